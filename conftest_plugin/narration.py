"""``--kmsmock-narrate``: each test that passes tells what was done in its worlds."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest_plugin.worlds import Seen, Worlds

_STORY, _REFUSED = "kmsmock_story", ("refused: ", "AWS would refuse: ")
"""Where a report keeps it, on its way from a worker of xdist; and what is shown in red."""


class Narration:
    """A plugin: where tests run it gathers what happened, where the run is put together it prints."""

    def __init__(self, config: pytest.Config, worlds: Worlds) -> None:
        self._config, self._worlds = config, worlds

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Look at the worlds of a test that passed, while they are there."""
        report = yield
        if report.when == "call" and report.passed and self._worlds.seen:
            vars(report)[_STORY] = [_heading(item), *_lines(self._worlds.seen)]
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """A test that is told of needs no dot."""
        return ("passed", "", "PASSED") if vars(report).get(_STORY) else None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Print what a test did."""
        story = vars(report).get(_STORY)
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if not story or reporter is None:
            return
        heading, *lines = story
        reporter.write_line("")
        reporter.write_line(heading, bold=True)
        for line in lines:
            reporter.write_line(f"  {line}", red=line.startswith(_REFUSED), cyan=line.startswith("-- "))


def _heading(item: pytest.Item) -> str:
    """The first line of what the test says of itself, with its parameters; else its name."""
    said = inspect.getdoc(getattr(item, "obj", None)) if isinstance(item, pytest.Function) else None
    parameters = item.name.partition("[")
    first = next(iter((said or "").splitlines()), "")
    return f"{first} {''.join(parameters[1:])}".rstrip() if first else item.name


def _lines(worlds: Sequence[Seen]) -> Iterator[str]:
    """What happened in each world in which anything did."""
    stories = [story for story in map(_story, worlds) if story]
    for number, story in enumerate(stories, 1):
        if len(stories) > 1:
            yield f"world {number}:"
        yield from story


def _story(world: Seen) -> list[str]:
    """What happened; where kmsmock itself fails at it, how: the test has passed, and the run goes on."""
    from kmsmock.model.turns import turn
    from kmsmock.report import narration

    try:
        with turn:
            return narration.told(world.store, world.events, world.refusals, world.decisions)
    except Exception:  # any bug of ours: out of a hook it would end the run with an INTERNALERROR of pytest
        return ["kmsmock failed to tell it, which is a fault of its own:", *traceback.format_exc().splitlines()]
