"""What is known beside a denial: who was not meant, for whom a service asks, and what is not known everywhere yet."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kmsmock.call import Call, Target
from kmsmock.iam import Decision
from kmsmock.iam.conditions import NETWORK
from kmsmock.iam.request import applicable
from kmsmock.identity import late
from kmsmock.model.spreading import Spreading
from kmsmock.store import Store

_NOBODY = (
    "the credentials are nobody's, so that the root user of {account} asks; use the client of a role or user, or "
    "with principal.acting(): around the code under test"
)
_FORWARDED = "{service} asks for the caller (a forward access session), so that the caller's own permissions count"
_NOT_FORWARDED = (
    "such a call has no {keys}, whatever the caller's own request has: spare what services ask for him by "
    "aws:ViaAWSService or kms:ViaService"
)
_NO_SOURCE = (
    "{service} tells nothing of its source here, so that no condition on {keys} can be met: limit what the key is for "
    "by kms:EncryptionContext"
)
_SOURCES = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})


def about(store: Store, call: Call, target: Target, decision: Decision) -> Iterator[str]:
    """All of it, as sentences for the one who reads the denial."""
    yield from _of_caller(call, decision)
    yield from _spreading(store, call, target)


def _of_caller(call: Call, decision: Decision) -> Iterator[str]:
    """Who was not meant, and for whom a service asks, and what it does not bring of the caller's request."""
    request = decision.request
    if call.caller.ambient:
        yield _NOBODY.format(account=call.account)
    if request.principal.kind == "service" and not call.caller.session:
        keys = _conditions(decision, _SOURCES)
        if keys:
            yield _NO_SOURCE.format(service=request.principal.arn, keys=" and ".join(sorted(keys)))
    service = call.via[-1] if call.via else request.context.get("kms:viaservice")
    if service is None or request.principal.kind in ("service", "provider", "anonymous"):
        return
    yield _FORWARDED.format(service=service)
    keys = _conditions(decision, NETWORK)
    if keys:
        yield _NOT_FORWARDED.format(keys=" and no ".join(sorted(keys)))


def _conditions(decision: Decision, keys: Collection[str]) -> set[str]:
    """Those of some condition keys that statements about the action look at, as they are written."""
    request = decision.request
    return {
        condition.shown.partition(" ")[2]
        for sources in applicable(request, decision.policies)
        for source in sources
        for statement in source.policy.statements
        if statement.is_about(request.action.lower())
        for condition in statement.conditions
        if condition.key in keys
    }


_LATE = "{what} known from {when:%Y-%m-%d %H:%M:%S} on, and not looked at until then (World(delays=...))"


def _spreading(store: Store, call: Call, target: Target) -> Iterator[str]:
    """What of a decision is not what it will be, once all that changed is known everywhere."""
    if not store.delays:
        return
    spreading, caller = store.records(Spreading), call.caller.principal
    for what, whose, words in (
        ("policy", target.arn, "the new policy of the key is"),
        ("tags", target.arn, "the new tags of the key are"),
        ("aliases", target.arn, "the new aliases of the key are"),
        (late.POLICIES, late.whose(caller), f"the new policies of {caller.principal_arn or caller.arn} are"),
        (late.TRUST, target.arn, "the new trust policy of the role is"),
    ):
        when = spreading.until(what, whose)
        if when is not None:
            yield _LATE.format(what=words, when=when)
