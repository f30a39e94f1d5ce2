"""What a denied request could have to pass, in words: each has been tried on the evaluator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kmsmock.iam.advice import Decide, blocking
from kmsmock.iam.conditions import NETWORK, Condition
from kmsmock.iam.matching import has_variable, is_wild
from kmsmock.iam.nearness import nearest
from kmsmock.iam.request import Layer, Policies, Request


def requests(request: Request, policies: Policies, layer: Layer, decide: Decide) -> list[str]:
    """What the request could have for a statement to let it in as it is, in words."""
    for near in nearest(request, policies, blocking(request, policies, layer)):
        if near.failing and len(near.misses) == len(near.failing):
            sent = {each.key: _satisfying(each) if _sendable(each.key, request) else None for each in near.failing}
            if None not in sent.values() and _passes(request, policies, sent, decide):
                return [_send(each, sent[each.key]) for each in near.failing]
    return []


def avoiding(request: Request, policies: Policies, conditions: tuple[Condition, ...], decide: Decide) -> list[str]:
    """What the request could have for a Deny to spare it, in words: each by itself is enough."""
    found = []
    for condition in conditions:
        for value in _sparing(condition) if _sendable(condition.key, request) else ():
            if _passes(request, policies, {condition.key: value}, decide):
                found.append(_send(condition, value))
                break
    return found


def for_somebody(request: Request) -> bool:
    """Whether a service asks for its caller (a forward access session)."""
    return request.context.get("aws:viaawsservice") == "true"


def strikes_services(request: Request, conditions: tuple[Condition, ...]) -> bool:
    """Whether a Deny strikes a service for not coming from where its caller does."""
    return for_somebody(request) and any(each.key in NETWORK for each in conditions)


def _sendable(key: str, request: Request) -> bool:
    """Whether the caller has a say in a key: a service chooses its encryption context itself, and what is still to be
    created has no tags yet."""
    if key.startswith("kms:encryptioncontext"):
        return request.principal.kind != "service" and "kms:viaservice" not in request.context
    if key in NETWORK:
        return not for_somebody(request)
    return not (key.startswith("aws:resourcetag/") and request.resource == "*")


def _passes(request: Request, policies: Policies, sent: Mapping[str, Any], decide: Decide) -> bool:
    if any(value is _ABSENT and key in _ALWAYS for key, value in sent.items()):
        return False
    context = {name: value for name, value in {**dict(request.context), **sent}.items() if value is not _ABSENT}
    return bool(decide(request._replace(context=context), policies).allowed)


_ABSENT = object()
_ALWAYS = frozenset(
    {
        *("aws:currenttime", "aws:epochtime", "aws:principalaccount", "aws:principalarn", "aws:principalisawsservice"),
        *("aws:principaltype", "aws:requestedregion", "aws:resourceaccount", "aws:securetransport", "aws:userid"),
        *("aws:viaawsservice", "kms:calleraccount", "kms:keyorigin", "kms:keyspec", "kms:keyusage", "kms:multiregion"),
    }
)
"""Keys that no request can do without ("AWS global condition context keys", by availability), nor any key of KMS."""


def _satisfying(condition: Condition) -> Any:
    """A value with which a condition holds, if that is easily said."""
    if condition.operator == "Null":
        return _ABSENT if "true" in map(str.lower, condition.wanted) else None
    return None if condition.quantifier or "Not" in condition.operator else next(_plain(condition), None)


_ANY: Mapping[str, str] = {"s3:x-amz-server-side-encryption": "aws:kms"}
"""What to send where only something has to be sent; else the caller knows what."""


def _sparing(condition: Condition) -> Iterator[Any]:
    """Values with which a condition of a Deny would not hold."""
    if "Not" in condition.operator:
        yield from _plain(condition)
    elif condition.operator == "Bool":
        yield from ("true", "false")
    elif condition.operator == "Null" and "true" in map(str.lower, condition.wanted):
        yield _ANY.get(condition.key, "...")
    else:
        yield _ABSENT


def _plain(condition: Condition) -> Iterator[str]:
    """The wanted values that say just what to send; there may be none, as AWS takes an empty list."""
    return (each for each in condition.wanted if not is_wild(each) and not has_variable(each))


_WAYS: Mapping[str, str] = {  # by what "key=value" begins with
    "kms:encryptioncontext:": "send EncryptionContext={{{name!r}: {value!r}}}",
    "aws:requesttag/": "send the tag {name}={value}",
    "aws:principaltag/": "tag the caller with {name}={value}",
    "aws:resourcetag/": "tag the resource with {name}={value}",
    "kms:viaservice": "ask through {value}",
    "aws:requestedregion": "use a client of Region {value}",
    "aws:sourcevpce": "come through VPC endpoint {value}",
    "aws:sourceip": "come from {value}",
    "aws:securetransport=true": "use https",
    "aws:multifactorauthpresent=true": "sign in with MFA",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "send SSEKMSKeyId={value!r}",
    "s3:x-amz-server-side-encryption": "send ServerSideEncryption={value!r}",
    "aws:principalarn": "ask as {value}",
    "aws:principalorgid": "ask from organization {value}",
    "kms:calleraccount": "ask from account {value}",
}


def _send(condition: Condition, value: Any) -> str:
    key = condition.shown.partition(" ")[2]
    if value is _ABSENT:
        return f"do without {key}"
    sent = f"{condition.key}={value}"
    prefix, way = next((each for each in _WAYS.items() if sent.startswith(each[0])), ("", "have {key}={value}"))
    return way.format(name=key[len(prefix) :], value=value, key=key)
