"""Callers with little, and what KMS and the services say to them, shared by the tests of this folder."""

import re
from contextlib import contextmanager

from tests.support.policies import everything_but_kms
from tests.support.refusals import TAIL, Refusal, refused_as


def person(account, *kms, name="alice", resource="*"):
    """A user who may do everything but KMS, of which these actions."""
    return account.user(name, [everything_but_kms(*kms, resource=resource)])


def refused_by_kms(code, text, before="", after=TAIL, status=400):
    """The block is refused with KMS's text and what the service puts around it."""
    pattern = re.escape(before) + re.escape(text) + after
    return refused_as(Refusal(code, status, pattern), None)


def refused_somehow(*codes, status=400):
    """The block is refused; with one of the codes where any is given."""
    return refused_as(Refusal(codes or None, status), None)


@contextmanager
def decided(world):
    """What was decided of KMS in the block."""
    before, found = len(world.decisions), []
    yield found
    found += [each for each in world.decisions[before:] if each.action.startswith("kms:")]


def actions(decisions, caller=None):
    return [each.action for each in decisions if caller is None or each.caller == caller]


def contexts(events, name):
    """The encryption contexts of the calls of one operation."""
    return [event["requestParameters"]["encryptionContext"] for event in events if event["eventName"] == name]
