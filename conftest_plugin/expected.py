"""Which refusals a test was prepared for, by ``pytest.raises`` or ``assertRaises``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conftest_plugin.contract import UNITTEST


def note_what_is_expected() -> None:
    """From now on, until the last world is left, worlds remember which refusals the test was prepared for."""
    from kmsmock.active import patches

    contexts: tuple[Any, ...] = (
        type(pytest.raises(AssertionError)),
        UNITTEST.get("unittest.case:_AssertRaisesContext"),
    )
    for context in contexts:
        if not patches.holds(context, "__exit__"):
            patches.replace(context, "__exit__", _noting(context.__exit__))


def _noting(original: Callable[..., Any]) -> Callable[..., Any]:
    from kmsmock.active import active
    from kmsmock.model.turns import turn

    def leave(self: Any, kind: Any, error: Any, trace: Any) -> Any:
        __tracebackhide__ = True  # a DID NOT RAISE ends in the test
        swallowed, store = original(self, kind, error, trace), active()
        if swallowed and store is not None:
            with turn:
                store.expected.update(_requests(error))
        return swallowed

    return leave


def _requests(error: BaseException | None) -> Iterator[str]:
    """The ids of the requests whose refusals an exception is, or was caused by."""
    while error is not None:
        response = getattr(error, "response", None)
        if isinstance(response, dict):
            yield response.get("ResponseMetadata", {}).get("RequestId", "")
        error = error.__cause__ or error.__context__
