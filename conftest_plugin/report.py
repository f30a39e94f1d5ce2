"""The section of a failed test's report that explains what the world refused it.

A denial that the test expected, by ``pytest.raises`` or ``assertRaises``, adds nothing to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.contract import UNITTEST

if TYPE_CHECKING:
    from kmsmock.iam import Decision
    from kmsmock.world import World

TITLE = "kmsmock: refused, and why"
SCOPE_TITLE = "kmsmock: a world for more than one test"
AT_MOST = 10
"""Explanations in one report; the first refusals are most likely the cause of all others."""


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


def add_explanations(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add the section to the report of a test that failed while it had a world."""
    world = getattr(item, "funcargs", {}).get("aws_world")
    if world is None or not report.failed:
        return
    text = explanations(world)
    if text:
        report.sections.append((TITLE, text))


_SCOPE = re.compile(r"ScopeMismatch: .*?(aws_world|aws_clock)", re.DOTALL)


def explain_scope(report: pytest.TestReport) -> None:
    """Add to the report of a fixture of a wider scope that asked for a world what to write instead."""
    found = _SCOPE.search(report.longreprtext)
    if found is not None:
        text = (
            f"{found[1]} is made anew for each test; in a fixture of a wider scope write: "
            "with kmsmock.World() as world: yield world"
        )
        report.sections.append((SCOPE_TITLE, text))


def explanations(world: World) -> str:
    """Every refusal that was not expected, once, in the order in which they came."""
    from kmsmock.model.turns import turn

    store = world.store
    with turn:
        expected = {id(each) for made in store.refusals if made.request_id in store.expected for each in made.denials}
        denied = [each for each in store.decisions if not each.allowed and id(each) not in expected]
    counted = Counter(map(_what, denied))
    first = {what: decision for decision in reversed(denied) for what in [_what(decision)]}
    shown = [_text(decision, counted[what]) for what, decision in reversed(list(first.items()))]
    if len(shown) > AT_MOST:
        shown[AT_MOST:] = [f"... and {len(shown) - AT_MOST} more: see world.decisions"]
    return "\n\n".join(shown)


def _what(decision: Decision) -> tuple[str, str, str, str]:
    return decision.caller, decision.action, decision.resource, decision.reason


def _text(decision: Decision, times: int) -> str:
    return decision.explain() + (f"\n  ({times} times)" if times > 1 else "")
