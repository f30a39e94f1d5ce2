"""Accounts, policies and assertions that read as claims."""

import re
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

OWNER, OTHER = "111111111111", "222222222222"


class Refusal:
    def __init__(self):
        self.response = {}


@contextmanager
def refused(code, message=None, status=400):
    """The block is refused by AWS with this code, status and message: a text, a pattern, or None to leave it open."""
    refusal = Refusal()
    with pytest.raises(ClientError) as caught:
        yield refusal
    refusal.response = caught.value.response
    error = caught.value.response["Error"]
    seen = (error["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"])
    assert seen == (code, status), error
    if isinstance(message, re.Pattern):
        assert message.fullmatch(error["Message"]), error["Message"]
    elif message is not None:
        assert error["Message"] == message


def allow(actions, resource="*", **more):
    """An identity policy of one statement."""
    return policy({"Effect": "Allow", "Action": actions, "Resource": resource, **more})


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}
