"""What a world that does not enforce lets pass: whatever moto would (``World(enforce="audit")`` and ``"off"``)."""

from __future__ import annotations

from kmsmock.bridge import failures, requests
from kmsmock.errors import AwsError
from kmsmock.faults import Fault
from kmsmock.store import Store
from kmsmock.wire import answers
from kmsmock.wire.answers import Answer


def instead(store: Store, refusal: AwsError) -> Answer | None:
    """moto's answer in place of a refusal. None where the refusal stays: moto says the same, or has no answer, or the
    test asked for it."""
    moto: requests.Request | None = store.current_request.request
    if moto is None or store.enforce in ("strict", "watch") or isinstance(refusal.clue, Fault):
        return None
    try:
        answer = moto.own_answer()
    except (AwsError, failures.MotoFailed):
        return None
    return None if _code(moto, answer) == refusal.code else answer


def _code(moto: requests.Request, answer: Answer) -> str | None:
    """The code of the error that an answer is; None for one that is none."""
    if answer[0] < 300:
        return None
    try:
        answers.parse(moto.operation, answer)
    except AwsError as error:
        return error.code
    return None
