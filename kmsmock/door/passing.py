"""What a world that does not enforce lets pass: whatever moto would (``World(enforce="audit")`` and ``"off"``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kmsmock.bridge import failures, requests, switches
from kmsmock.errors import AwsError
from kmsmock.store import Mode, Store, is_meant
from kmsmock.wire import answers
from kmsmock.wire.answers import Answer

_MOTOS_TOO = frozenset({"InvalidSnapshot.InUse"})
"""What moto refuses by records which kmsmock keeps in its place."""


def mode(store: Store, service: str) -> Mode:
    """What refusals of a service count for. Where a suite has moto ask for permissions, they are meant."""
    if store.enforce_services and service not in store.enforce_services:
        return "off"
    return "strict" if store.enforce == "audit" and switches.asks() else store.enforce


def instead(store: Store, refusal: AwsError, again: Callable[[], Answer]) -> Answer | None:
    """The answer to a refused request where nothing is enforced: ``again``, which answers it once more, or else moto's.

    None where the refusal stays: moto says the same, or has no answer, or the test asked for it.
    """
    moto: requests.Request | None = store.current_request.request
    if moto is None or not store.lets_pass or is_meant(refusal) or refusal.code in _MOTOS_TOO:
        return None
    answer = _unenforced(store, again) if store.enforce == "audit" else None
    try:
        answer = answer or replace(moto, _own=None).own_answer()  # what was refused has been undone
    except (AwsError, failures.MotoFailed):
        return None
    return None if _code(moto, answer) == refusal.code else answer


def _unenforced(store: Store, again: Callable[[], Answer]) -> Answer | None:
    """What the services answer if KMS refuses nobody; the trail has both."""
    store.enforce = "off"
    try:
        answer = again()
    except AwsError:
        return None
    finally:
        store.enforce = "audit"
    return answer


def _code(moto: requests.Request, answer: Answer) -> str | None:
    """The code of the error that an answer is; None for one that is none."""
    if answer[0] < 300:
        return None
    try:
        answers.parse(moto.operation, answer)
    except AwsError as error:
        return error.code
    return None
