"""Audit: what AWS would have refused in a suite that passes, test by test, and all of it at the end.

With a baseline (``--kmsmock-baseline``) what it knows is let pass, and a test that does something else fails.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from typing import Any

import pytest

from conftest_plugin import baseline as baselines
from conftest_plugin import summary
from conftest_plugin.baseline import Baseline
from conftest_plugin.found import Collector, Found, kind_of, test_of
from conftest_plugin.switch import Switch
from conftest_plugin.wider import WiderWorlds
from conftest_plugin.worlds import Worlds
from kmsmock import __version__

_DESELECTED = "kmsmock_deselected"
PROPERTY = "kmsmock_would_refuse"
"""The name of JUnit's property of a test that does what AWS would refuse."""


def baseline_of(config: pytest.Config) -> Baseline | None:
    """The baseline that was asked for. Raises UsageError for options that say nothing without it."""
    given, root = config.getoption("kmsmock_baseline"), config.rootpath
    if given is None and config.getini("kmsmock_baseline"):
        given = (config.inipath.parent if config.inipath is not None else root) / config.getini("kmsmock_baseline")
    update = config.getoption("kmsmock_update_baseline")
    if given is None:
        if update:
            raise pytest.UsageError("--kmsmock-update-baseline: say which file, with --kmsmock-baseline=FILE")
        return None
    return baselines.read(config.invocation_params.dir / given, to_write=update)


class Audit:
    """A plugin for suites that are switched: on xdist's workers it tells with each report what was found."""

    def __init__(self, config: pytest.Config, switch: Switch, wider: WiderWorlds, worlds: Worlds) -> None:
        self._config, self._switch, self._wider, self._worlds = config, switch, wider, worlds
        self.baseline = baseline_of(config)
        self._updates = config.getoption("kmsmock_update_baseline")
        self._collector = Collector()
        self._untold: list[Found] = []
        self.found: list[Found] = []
        """All that was found, here or on the workers."""
        self._tests: set[str] = set()
        self._ran: set[str] = set()
        self._unfinished: set[str] = set()

    # --- where tests run ----------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell with the report what was let pass; fail a test for what the baseline does not know."""
        report = yield
        if self._worlds.seen:
            self._untold += self._collector.new(self._worlds.seen, item.nodeid)
        if report.when == "setup" and report.passed:
            return report  # what fixtures did is told with the test
        found, self._untold = self._untold, []
        fixtures, self._wider.set_up[:] = [*self._wider.set_up], []
        vars(report).update(kmsmock_found=found, kmsmock_fixtures=fixtures)
        for kind in dict.fromkeys(map(kind_of, found)):
            for properties in (item.user_properties, report.user_properties):
                properties.append((PROPERTY, kind))
        new = [each for each in found if self.baseline is not None and not self.baseline.knows(each)]
        if new and report.passed and not self._updates:
            assert self.baseline is not None
            report.outcome, report.longrepr = "failed", summary.of_test(new, self.baseline.path.name)
        return report

    def pytest_deselected(self, items: Iterable[pytest.Item]) -> None:
        """Of a test of which some parameters do not run, nobody can say what is gone."""
        self._unfinished.update(test_of(item.nodeid) for item in items)

    # --- where the run is put together ------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather what the reports tell."""
        self.found += vars(report).get("kmsmock_found", ())
        self._ran.update(vars(report).get("kmsmock_fixtures", ()))
        test = test_of(report.nodeid)
        self._tests.add(report.nodeid)
        if not report.passed:
            self._unfinished.add(test)
        elif report.when == "call":
            self._ran.add(test)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of xdist has ended."""
        self._unfinished.update(getattr(node, "workeroutput", {}).get(_DESELECTED, ()))

    def pytest_sessionfinish(self) -> None:
        """Write the files that were asked for."""
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_DESELECTED] = sorted(self._unfinished)
            return
        to = self._config.getoption("kmsmock_summary")
        if to is not None:
            path = self._config.invocation_params.dir / to
            path.write_text(json.dumps(summary.as_dict(self.found), indent=2) + "\n", encoding="utf-8")
        if self.baseline is not None and self._updates:
            baselines.write(self.baseline, self.found, self._ended)

    @property
    def _ended(self) -> set[str]:
        return self._ran - self._unfinished

    def pytest_report_header(self) -> str:
        """The version, and the mode of the suite, since its results mean something else in each."""
        switch = self._switch
        modes = [*([switch.everywhere] if switch.everywhere else []), *(f"{at.name}: {m}" for at, m in switch.by_path)]
        of = [f"services {', '.join(switch.services)}"] if switch.services else []
        known = [] if self.baseline is None else [f"baseline {self.baseline.path.name}"]
        return f"kmsmock {__version__}: {'; '.join([', '.join(modes), *of, *known])}"

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What AWS would have refused, grouped by cause; with a baseline what is new, and what is gone."""
        baseline = self.baseline
        known = [] if baseline is None or self._updates else [each for each in self.found if baseline.knows(each)]
        new = [each for each in self.found if each not in known]
        lines = list(summary.lines(new, len(self._tests), known=len(known)))
        if baseline is not None:
            gone = baselines.gone(baseline, self.found, self._ended)
            lines += summary.of_baseline(baseline.path.name, gone, written=self._updates)
        if lines:
            terminalreporter.section("kmsmock: what AWS would refuse", bold=True)
            for line in lines:
                terminalreporter.write_line(line)
