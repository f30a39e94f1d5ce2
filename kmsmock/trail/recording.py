"""Remembers calls and what KMS did by itself; nothing is written out here, because most tests never look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.key import Key
from kmsmock.store import Store
from kmsmock.trail.captures import FACTS
from kmsmock.trail.cross_region import ECHOES


class ApiCall(NamedTuple):
    """What an event will tell about a call. ``fact`` is what it needs of the answer (see ``captures``); the answer
    itself, with the plaintext in it, is let go. ``context`` are the condition keys that the test had set then."""

    call: Call
    when: datetime
    keys: tuple[Key, ...]
    error: AwsError | None
    fact: Any = None
    context: Mapping[str, Any] | None = None


COUNT_AS_USE = frozenset(
    {
        "Decrypt",
        "DeriveSharedSecret",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "ReEncrypt",
        "Sign",
        "Verify",
        "VerifyMac",
    }
)
"""The operations that count as use of a key ("GetKeyLastUsage" in the API reference)."""


class LastUse(NamedTuple):
    """The last use of a key, and where in the trail it stands."""

    made: ApiCall
    number: int


class ServiceAct(NamedTuple):
    """What KMS did by itself, to be written out likewise."""

    name: str
    when: datetime
    key: Key
    details: Mapping[str, str]


def record(
    store: Store,
    call: Call,
    when: datetime,
    keys: tuple[Key, ...],
    error: AwsError | None,
    result: Mapping[str, Any] | None = None,
) -> None:
    """Remember one API call, refused or not; a successful cryptographic operation is the last use of its keys."""
    context = dict(store.request_context) if store.request_context else None
    fact = None
    if result is not None:
        find = FACTS.get(call.operation)
        if find is not None:
            fact = find(store, call, keys, result)
    created = ApiCall(call, when, keys, error, fact, context)
    if error is None and call.operation in COUNT_AS_USE:
        for key in keys:
            key.last_used = LastUse(created, len(store.events))
    store.events.append(created)
    if result is not None and call.operation in ECHOES:
        echo = ECHOES[call.operation](store, call, keys, result)
        if echo is not None:
            store.events.append(ApiCall(echo.call, when, echo.keys, None, echo.fact, context))


def service_event(store: Store, name: str, when: datetime, key: Key, **details: str) -> None:
    """Remember what KMS did by itself, such as DeleteKey at the end of the waiting period."""
    store.events.append(ServiceAct(name, when, key, details))
