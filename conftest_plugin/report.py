"""The section of a failed test's report that explains what the world refused it.

A denial that the test expected, by ``pytest.raises`` or ``assertRaises``, adds nothing to it.
"""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.worlds import Seen

if TYPE_CHECKING:
    from kmsmock.refusals import Refusal
    from kmsmock.world import World

TITLE = "kmsmock: refused, and why"
SCOPE_TITLE = "kmsmock: a world for more than one test"
AT_MOST = 10
"""Explanations in one report; the first refusals are most likely the cause of all others."""


def add_explanations(item: pytest.Item, report: pytest.TestReport, worlds: Sequence[Seen]) -> None:
    """Add the section to the report of a test that failed while it had worlds, and a property for JUnit XML."""
    if not report.failed:
        return
    width = item.config.get_terminal_writer().fullwidth
    text = "\n\n".join(filter(None, (_explanations_or_fault(each, width) for each in worlds)))
    if text:
        add = getattr(report.longrepr, "addsection", None)
        if item.config.getoption("usepdb", False) and add is not None:
            add(TITLE, text)  # the debugger shows no other
        else:
            report.sections.append((TITLE, text))
        for properties in (item.user_properties, report.user_properties):
            properties.append(("kmsmock_refused", text))


_SCOPE = re.compile(r"ScopeMismatch: .*?(aws_world|aws_clock)", re.DOTALL)


def explain_scope(report: pytest.TestReport) -> None:
    """Add to the report of a fixture of a wider scope that asked for a world what to write instead."""
    found = _SCOPE.search(report.longreprtext)
    if found is not None:
        text = (
            f"{found[1]} is made anew for each test; a fixture of a wider scope asks for aws_world_module or "
            "aws_world_session, where what a test makes is gone after it, or writes: "
            "with kmsmock.World() as world: yield world"
        )
        report.sections.append((SCOPE_TITLE, text))


def explanations(world: World) -> str:
    """Every refusal of a world that was not expected, once, in the order in which they came."""
    return _explanations(Seen(world.store))


def _explanations_or_fault(seen: Seen, width: int) -> str:
    """The explanations; where kmsmock itself fails at them, how: the other tests, and their reports, go on."""
    try:
        return _explanations(seen, width)
    except Exception:  # any bug of ours: out of a hook it would end the run with an INTERNALERROR of pytest
        return f"kmsmock failed to explain what was refused, which is a fault of its own:\n{traceback.format_exc()}"


def _explanations(seen: Seen, width: int | None = None) -> str:
    from kmsmock.model.turns import turn
    from kmsmock.refusals import overview

    with turn:
        return overview.text(_unexpected(seen), AT_MOST, width or overview.WIDTH)


def _unexpected(seen: Seen) -> Iterator[Refusal]:
    from kmsmock.refusals import Refusal

    store = seen.store
    for made in store.refusals[seen.refusals :]:
        if not (made.request_id and made.request_id in store.expected):
            yield Refusal(store, made)


@contextmanager
def for_the_terminal(reporter: Any) -> Iterator[None]:
    """In the block the sections look as good as the terminal can show them; other reports have plain text."""
    writer = reporter.config.get_terminal_writer()
    encoding = getattr(sys.__stdout__, "encoding", None)
    seen = [
        each
        for found in reporter.stats.values()
        for each in found
        if any(title == TITLE for title, _ in getattr(each, "sections", ()))
    ]
    before = [(each, each.sections) for each in seen]
    for each in seen:
        each.sections = [
            (title, _shown(text, writer, encoding) if title == TITLE else text) for title, text in each.sections
        ]
    try:
        yield
    finally:
        for each, sections in before:
            each.sections = sections


def _shown(text: str, writer: Any, encoding: str | None) -> str:
    from kmsmock.iam.printable import in_words, marks
    from kmsmock.telling import colours

    shown = text if marks(encoding) == marks("utf-8") else in_words(text)
    return colours.ansi(shown, writer.fullwidth) if writer.hasmarkup else shown
