"""Assertions that fail with the explanation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmsmock.active import current
from kmsmock.model.turns import turn
from kmsmock.refusals.collection import Refusals, of
from kmsmock.refusals.view import Refusal


def assert_denied(call: Callable[[], Any], *, because: str = "") -> Refusal:
    """That a call is denied by policies: ``assert_denied(lambda: kms.encrypt(...), because="key policy")``.

    ``because`` is a part of what decided: a cause, a layer, the name of a policy, the Sid of a statement.
    """
    __tracebackhide__ = True
    made = assert_refused(call)
    if not made.cause.startswith("IAM-"):
        raise AssertionError(f"it was refused, but not by policies:\n{made.explain()}")
    reasons = (made.cause, made.why, *(each.explain() for each in made.denials))
    if because and not any(because in each for each in reasons):
        raise AssertionError(f"it was denied, but not because of {because!r}:\n{made.explain()}")
    return made


def assert_refused(call: Callable[[], Any], *, cause: str = "") -> Refusal:
    """That a call is refused, for a cause: ``assert_refused(lambda: kms.encrypt(...), cause="KMS-STATE-DISABLED")``."""
    __tracebackhide__ = True
    store = current()
    with turn:
        before = len(store.refusals)
    try:
        answer = call()
    except Exception as error:
        if not isinstance(getattr(error, "response", None), dict):
            raise
    else:
        raise AssertionError(f"it was not refused; it answered {answer!r}")
    with turn:
        made: Refusals = of(store)[before:]
    if not made:
        raise AssertionError("it was refused by what is no part of kmsmock's model: world.refusals has nothing of it")
    if cause and made[-1].cause != cause:
        raise AssertionError(f"it was refused for another cause than {cause}:\n{made[-1].explain()}")
    return made[-1]
