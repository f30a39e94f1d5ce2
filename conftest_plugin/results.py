"""What worlds saw, written down at the end of each test: for reports, and only if one is asked for.

Each process of a run (a worker of xdist, a child that is forked for a test) tells it with the report of the test, in
the lines of a file of results; who puts the run together makes one file of them.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin import switch
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
_LINES, _RUN = "kmsmock_lines", "kmsmock_run"


def configure(config: pytest.Config, *, coverage: bool, mutation: bool) -> None:
    """Collect what options ask for."""
    if config.getoption("collectonly"):
        return
    everything = any(config.getoption(each) for each in ASKING)
    privilege = config.getoption("kmsmock_least_privilege") is not None
    policies = everything or coverage or mutation
    aws_made = config.getoption("kmsmock_cov_all") or config.getini("kmsmock_cov_all")
    _must_be_there(config)
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


def _must_be_there(config: pytest.Config) -> None:
    """Raise UsageError for a file in a folder that is not there: after an hour of tests it is too late."""
    for name in ASKING:
        path = config.getoption(name)
        folder = None if path is None else path if _is_folder(name, path) else path.parent
        if folder is not None and not (config.invocation_params.dir / folder).is_dir():
            raise pytest.UsageError(f"--{name.replace('_', '-')}={path}: there is no folder {folder}")


def _is_folder(option: str, path: Path) -> bool:
    """Whether each run is to have a file of its own."""
    return option == "kmsmock_results" and path.suffix != ".jsonl"


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
        self.run = "" if sent is None else str(sent[_RUN])
        self._worker = "" if sent is None else str(sent["workerid"])
        self._lines: list[str] = []
        """Of each test that was reported, as files of their own."""
        self._open: list[_Open] = []
        self._stop: Callable[[], None] = lambda: None
        self._worlds = 0
        self._records: list[Record] = []
        self._phases: list[pytest.TestReport] = []
        self.merged: Results | None = None
        self.written: list[str] = []
        """What to say of the files that were asked for."""

    # --- where tests run ----------------------------------------------------------------------------------------------

    def pytest_sessionstart(self) -> None:
        """Hear of worlds from now on."""
        from kmsmock import __version__, clock, entropy
        from kmsmock.results.explained import Explained
        from kmsmock.results.kinds import Run

        self._explained = Explained()
        self.run = self.run or entropy.uuid()[:8]
        self._head = Run(
            self.run,
            worker=self._worker,
            kmsmock=__version__,
            python=platform.python_version(),
            mode=self._config.stash[switch.SWITCH].everywhere or "",
            started=clock.timestamp(),
        )
        self._stop = entered.listen(self._begins, self._ends)

    def pytest_unconfigure(self) -> None:
        """Hear of no world any more."""
        self.stop()

    def stop(self) -> None:
        """What happens from now on is not of the run."""
        self._stop()

    def policies_so_far(self) -> list[plain.Policy]:
        """The policies that tests used in this process."""
        from kmsmock.coverage import plain

        return plain.merged(self._put_together().all_of(plain.Policy))

    def _put_together(self) -> Results:
        from kmsmock.results import files, merging

        return merging.put_together(files.read_text(each) for each in self._lines)

    def _begins(self, store: Store) -> None:
        from kmsmock.results.collecting import begun

        self._worlds += 1
        self._open.append(_Open(store, self._worlds, begun(store, aws_made=self._aws_made)))

    def _ends(self, store: Store) -> None:
        for each in [each for each in self._open if each.store is store]:
            self._open.remove(each)
            self._look(each, over=True)

    def _look(self, world: _Open, *, over: bool) -> None:
        from kmsmock.coverage import plain
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
            counted = (each for each in found if isinstance(each, plain.Policy))  # however many worlds there are
            self._records += found if worlds < AT_MOST else [found[0], *counted]
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
                vars(report)[_LINES] = self._told_of(item, phases, records)
        return report

    def _told_of(self, item: pytest.Item, phases: Sequence[pytest.TestReport], records: Sequence[Record]) -> str:
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
        return files.text([self._head, test, *records])

    # --- where the run is put together --------------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of xdist which run it is of."""
        node.workerinput[_RUN] = self.run

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of xdist has ended."""
        self._lines += filter(None, [getattr(node, "workeroutput", {}).get(_LINES, "")])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what the reports tell."""
        self._lines += filter(None, [vars(report).get(_LINES, "")])

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Put together what all processes told, and keep it where that was asked for."""
        from kmsmock.results import files

        if self._records:  # of worlds that ended after the last test
            last = files.text([self._head, *self._records])
            self._records = []
            if self._is_worker:
                self._config.workeroutput[_LINES] = last  # type: ignore[attr-defined]  # xdist's
            else:
                self._lines.append(last)
        if self._is_worker:
            return
        self.merged = self._put_together()
        to = self._config.getoption("kmsmock_results")
        if to is not None:
            path = self._file(to)
            path.write_text(files.text(self.merged.lines()), encoding="utf-8")
            self.written.append(f"results in {self._told(path)}")
        page = self._config.getoption("kmsmock_report")
        if page is not None:
            from kmsmock.report import build

            path = self._config.invocation_params.dir / page
            path.write_text(build.page(self.merged), encoding="utf-8")
            self.written.append(f"report in {self._told(path)}")

    def _told(self, path: Path) -> Path:
        here = self._config.invocation_params.dir
        return path.relative_to(here) if path.is_relative_to(here) else path

    def _file(self, to: Path) -> Path:
        path = self._config.invocation_params.dir / to
        return path / f"results-{self.run}.jsonl" if _is_folder("kmsmock_results", path) else path
