"""What worlds saw, written down at the end of each test: for reports, and only if one is asked for.

Each process of a run (a worker of xdist, a child that is forked for a test) adds to a file of its own; who puts the run
together makes one of them.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin import switch
from conftest_plugin.policy_options import is_asked
from kmsmock.telling import entered

if TYPE_CHECKING:
    from kmsmock.coverage import plain
    from kmsmock.results.collecting import Mark
    from kmsmock.results.kinds import Record
    from kmsmock.results.merging import Results
    from kmsmock.store import Store

ASKING = ("kmsmock_results", "kmsmock_report")
"""The options that need what worlds saw."""
AT_MOST = 20
"""Worlds of one test of which more than the numbers are kept."""
_PARTS, _RUN = "kmsmock_parts", "kmsmock_run"


def add_options(group: pytest.OptionGroup) -> None:
    """The options that keep what worlds saw."""
    group.addoption(
        "--kmsmock-results",
        metavar="PATH",
        type=Path,
        help="write what worlds saw into PATH as JSON lines, for python -m kmsmock report; into a folder, a file a run",
    )
    group.addoption(
        "--kmsmock-report", metavar="PAGE", type=Path, help="write what worlds saw as one HTML page, to look at"
    )


def configure(config: pytest.Config) -> None:
    """Collect, if any option asks for it."""
    everything = any(config.getoption(each) for each in ASKING)
    coverage, mutation = is_asked(config, "cov"), is_asked(config, "mutate")
    privilege = config.getoption("kmsmock_least_privilege") is not None
    if not (everything or coverage or mutation or privilege):
        return
    aws_made = config.getoption("kmsmock_cov_all") or config.getini("kmsmock_cov_all")
    policies = everything or coverage or mutation
    collecting = Collecting(config, everything=everything, policies=policies, privilege=privilege, aws_made=aws_made)
    config.pluginmanager.register(collecting, "kmsmock-results")
    if coverage and not hasattr(config, "workerinput"):
        from conftest_plugin import policy_coverage

        policy_coverage.configure(config, collecting)
    if privilege and not hasattr(config, "workerinput"):
        from conftest_plugin import least_privilege

        least_privilege.configure(config, collecting)
    if mutation:
        from conftest_plugin import policy_mutation

        policy_mutation.configure(config, collecting)


class _Open:
    """A world that goes on."""

    def __init__(self, store: Store, number: int, mark: Mark) -> None:
        self.store, self.number, self.mark = store, number, mark


class Collecting:
    """A plugin of each process; ``merged`` is all of the run, once the session has ended."""

    def __init__(
        self, config: pytest.Config, *, everything: bool, policies: bool, privilege: bool, aws_made: bool
    ) -> None:
        self._config, self._everything, self._aws_made = config, everything, aws_made
        self._policies, self._privilege = policies, privilege
        sent: dict[str, Any] | None = getattr(config, "workerinput", None)
        self._is_worker = sent is not None
        self.run: str = os.urandom(4).hex() if sent is None else sent[_RUN]
        self._parts = Path(tempfile.mkdtemp(prefix="kmsmock-results-") if sent is None else sent[_PARTS])
        self._worker = "" if sent is None else sent["workerid"]
        self._open: list[_Open] = []
        self._worlds = 0
        self._records: list[Record] = []
        self._phases: list[pytest.TestReport] = []
        self.merged: Results | None = None
        self.written: list[str] = []
        """What to say of the files that were asked for."""

    @property
    def _path(self) -> Path:
        return self._parts / f"{self._worker or 'main'}.jsonl"

    # --- where tests run ----------------------------------------------------------------------------------------------

    def pytest_sessionstart(self) -> None:
        """Begin the file of this process, and hear of worlds."""
        from kmsmock import __version__
        from kmsmock.results import files
        from kmsmock.results.explained import Explained
        from kmsmock.results.kinds import Run

        mode = self._config.stash[switch.SWITCH].everywhere or ""
        python, self._explained = platform.python_version(), Explained()
        files.append(
            self._path,
            [Run(self.run, worker=self._worker, kmsmock=__version__, python=python, mode=mode, started=time.time())],
        )
        entered.LISTENERS.append(self._begins)
        entered.LEAVING.append(self._ends)

    def pytest_unconfigure(self) -> None:
        """Hear of no world any more."""
        self.stop()
        if not self._is_worker:
            shutil.rmtree(self._parts, ignore_errors=True)

    def stop(self) -> None:
        """What happens from now on is not of the run."""
        for told, tell in ((entered.LISTENERS, self._begins), (entered.LEAVING, self._ends)):
            if tell in told:
                told.remove(tell)

    def policies_so_far(self) -> list[plain.Policy]:
        """The policies that tests used in this process."""
        from kmsmock.coverage import plain
        from kmsmock.results.merging import merged

        return plain.merged(merged([self._path]).all_of(plain.Policy))

    def _begins(self, store: Store) -> None:
        from kmsmock import clock
        from kmsmock.results.collecting import Mark

        self._worlds += 1
        self._open.append(_Open(store, self._worlds, Mark(clock.now(), aws_made=self._aws_made)))

    def _ends(self, store: Store) -> None:
        for each in [each for each in self._open if each.store is store]:
            self._open.remove(each)
            self._look(each, over=True)

    def _look(self, world: _Open, *, over: bool) -> None:
        from kmsmock.model.turns import turn
        from kmsmock.results.collecting import collect, policies, privilege

        with turn:
            needed = privilege(world.store, world.mark) if self._privilege else []
            if not self._everything:
                self._records += [*(policies(world.store, world.mark) if self._policies else ()), *needed]
                return
            found = collect(world.store, world.number, world.mark, self._explained, over=over)
        if over or len(found) > 1:
            worlds = sum(type(each) is type(found[0]) for each in self._records)
            self._records += found if worlds < AT_MOST else found[:1]
        self._records += needed

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Write down at the end of a test what its worlds saw."""
        report = yield
        self._phases.append(report)
        if report.when == "teardown":
            for each in self._open:
                self._look(each, over=False)
            records, self._records = self._records, []
            phases, self._phases = self._phases, []
            if records:
                self._write(item, phases, records)
        return report

    def _write(self, item: pytest.Item, phases: Sequence[pytest.TestReport], records: Sequence[Record]) -> None:
        from kmsmock.results import files
        from kmsmock.results.kinds import Test

        outcomes = [each.outcome for each in phases]
        test = Test(
            item.nodeid,
            attempt=getattr(item, "execution_count", 1),
            outcome=next((each for each in ("failed", "skipped") if each in outcomes), "passed"),
            started=round(getattr(phases[0], "start", 0), 3),
            seconds=round(sum(each.duration for each in phases), 3),
        )
        files.append(self._path, [test, *records])

    # --- where the run is put together --------------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist where to write."""
        node.workerinput.update({_PARTS: str(self._parts), _RUN: self.run})

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Put together what all processes wrote, and keep it where that was asked for."""
        if self._records:  # of worlds that ended after the last test
            from kmsmock.results import files

            files.append(self._path, self._records)
            self._records = []
        if self._is_worker:
            return
        from kmsmock.results import files
        from kmsmock.results.merging import merged

        self.merged = merged(sorted(self._parts.glob("*.jsonl")))
        to = self._config.getoption("kmsmock_results")
        if to is not None:
            path = self._file(to)
            files.write(path, self.merged.lines())
            self.written.append(f"results in {self._told(path)}")
        page = self._config.getoption("kmsmock_report")
        if page is not None:
            from kmsmock.report import build

            path = self._config.invocation_params.dir / page
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(build.page(self.merged), encoding="utf-8")
            self.written.append(f"report in {self._told(path)}")

    def _told(self, path: Path) -> Path:
        here = self._config.invocation_params.dir
        return path.relative_to(here) if path.is_relative_to(here) else path

    def _file(self, to: Path) -> Path:
        path = self._config.invocation_params.dir / to
        return path if path.suffix == ".jsonl" else path / f"results-{self.run}.jsonl"
