"""A progress bar on a person's terminal, for what goes on after the tests; nothing anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any

import pytest

Uncaptured = Callable[[], AbstractContextManager[None]]


class Progress:
    """Tests run while it shows, so that it writes only when it is told to, past pytest's capturing."""

    def __init__(self, uncaptured: Uncaptured | None) -> None:
        self._uncaptured = uncaptured
        self._bar: Any = None
        self._task: Any = None

    @classmethod
    def of(cls, config: pytest.Config, wanted: bool) -> Progress:
        """One for a run, if its terminal is a person's."""
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if not wanted or reporter is None or not reporter.isatty:
            return cls(None)
        capture = config.pluginmanager.get_plugin("capturemanager")
        return cls(nullcontext if capture is None else capture.global_and_fixture_disabled)

    def begin(self, total: int) -> None:
        """Show that so much is to be done."""
        if self._uncaptured is None:
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        with self._uncaptured():
            sys.stdout.write("\n")
            columns = (TextColumn("policy mutants"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Bar(*columns, console=Console(file=sys.stdout), auto_refresh=False, transient=True)
            self._bar.start()
        self._task = self._bar.add_task("", total=total)

    def advance(self) -> None:
        """One more is done."""
        if self._bar is not None and self._uncaptured is not None:
            with self._uncaptured():
                self._bar.update(self._task, advance=1, refresh=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._bar is not None and self._uncaptured is not None:
            with self._uncaptured():
                self._bar.stop()
