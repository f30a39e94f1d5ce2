"""Condition keys that a test sets, because nothing in a test's process could tell them.

``principal.session(context={...})`` and ``world.request_context(**{...})`` take them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kmsmock.authorization import vocabulary
from kmsmock.call import Call
from kmsmock.errors import a_text
from kmsmock.iam.conditions import NETWORK
from kmsmock.model.turns import turn
from kmsmock.model.with_blocks import block
from kmsmock.store import Store

SETTABLE = frozenset(
    {
        "aws:assumedroot",
        "aws:chatbotsourcearn",
        "aws:ec2instancesourceprivateipv4",
        "aws:ec2instancesourcevpc",
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:referer",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:signinsessionarn",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceidentity",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:tokenissuetime",
        "aws:useragent",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "aws:vpcsourceip",
    }
)
"""The global keys that come from outside the call ("AWS global condition context keys" in the IAM user guide)."""

_OF_SERVICES = frozenset(
    {
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
    }
)
"""What else of a test's keys a service has that acts for itself, and not for a caller."""

Keys = Mapping[str, str | tuple[str, ...]]


def set_for(call: Call, given: Keys) -> Keys:
    """The keys that a test sets, for one call: a service's own has nothing of the request that caused it."""
    keys = {**given, **call.caller.session}
    if call.via:
        return {name: value for name, value in keys.items() if name not in NETWORK}
    if call.caller.principal.kind != "service":
        return keys
    own = {name: value for name, value in given.items() if not name.startswith("aws:") or name in _OF_SERVICES}
    return {**own, **call.caller.session}


def context_keys(given: Mapping[str, str | Sequence[str]]) -> dict[str, str | tuple[str, ...]]:
    """The keys in lower case, lists as tuples. Raises ValueError or TypeError for what cannot be set."""
    keys: dict[str, str | tuple[str, ...]] = {}
    said: object = given
    if not isinstance(said, Mapping):
        example = {"aws:SourceIp": "203.0.113.7"}
        raise TypeError(f"context={given!r}: give a mapping of condition keys to values, such as {example}")
    for name, value in given.items():
        lower = a_text("context", name, "aws:SourceIp").lower()
        service = lower.partition(":")[0]
        if ":" not in name:
            raise ValueError(f"{name!r} is no condition key; one looks like 'aws:SourceIp'")
        unknown = vocabulary.unknown_condition_key(name)
        if unknown is not None:
            raise ValueError(str(unknown))
        if service == "kms" or (
            service == "aws" and lower not in SETTABLE and not lower.startswith("aws:principaltag/")
        ):
            known = ", ".join(sorted(SETTABLE))
            raise ValueError(f"{name} is computed from the call and cannot be set; what can be set of aws: {known}")
        if isinstance(value, str):
            keys[lower] = value
        elif isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
            keys[lower] = tuple(value)
        else:
            raise TypeError(f"{name} is a string or a list of strings, not {value!r}")
    return keys


@block("world.request_context(…)")
def during(store: Store, keys: Mapping[str, str | Sequence[str]]) -> Iterator[None]:
    """Condition keys of all requests in the block. Raises ValueError for one that a test cannot set."""
    given = context_keys(keys)
    with turn:
        before = dict(store.request_context)
        store.request_context.update(given)
    try:
        yield
    finally:
        with turn:
            store.request_context.clear()
            store.request_context.update(before)
