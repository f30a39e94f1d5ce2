"""Tests run once more, after the run, without a word: to see whether they notice what has changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conftest_plugin.worlds import Worlds
from kmsmock.telling import entered

Outcomes = tuple[str, ...]


def can_be_repeated(item: pytest.Item) -> bool:
    """Whether an item is a function: others may keep what they have done."""
    return isinstance(item, pytest.Function)


def outcomes_of(item: pytest.Item) -> Outcomes:
    """How a test ends when it runs again, with all of its fixtures made anew: set-up, call and tear-down."""
    for each in entered.LISTENERS:
        if isinstance(each, Worlds):
            each.begin()
    item._initrequest()  # type: ignore[attr-defined]  # see contract.py
    outcomes = tuple(report.outcome for report in _reports(item))
    item._request, item.funcargs = False, None  # type: ignore[attr-defined]  # likewise
    return outcomes


def _reports(item: pytest.Item) -> Iterator[pytest.TestReport]:
    """The three phases, as pytest runs them; no debugger is asked, and nothing is told."""
    hook = item.ihook
    setup = _phase(item, "setup", lambda: hook.pytest_runtest_setup(item=item))
    yield setup
    if setup.passed:
        yield _phase(item, "call", lambda: hook.pytest_runtest_call(item=item))
    yield _phase(item, "teardown", lambda: hook.pytest_runtest_teardown(item=item, nextitem=None))


def _phase(item: pytest.Item, when: Any, do: Callable[[], object]) -> pytest.TestReport:
    leave = (pytest.exit.Exception, KeyboardInterrupt)
    call = pytest.CallInfo.from_call(do, when=when, reraise=leave)
    report: pytest.TestReport = item.ihook.pytest_runtest_makereport(item=item, call=call)
    return report
