"""``--kmsmock-cov``: which statements of the suite's policies its tests exercise, as pytest-cov tells of modules."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from conftest_plugin.policy_options import Least, number, reports

if TYPE_CHECKING:
    from conftest_plugin.collected import Collected
    from kmsmock.coverage.view import PolicyCoverage

_FILES = {"json": "kmsmock-coverage.json", "html": "kmsmock-coverage.html"}
_TERMINAL = ("term", "term-missing")


class Asked(NamedTuple):
    """What was asked for."""

    reports: tuple[tuple[str, str], ...]
    """Kinds of reports, with the file of each that has one."""
    least: Least
    merge: tuple[str, ...]


def configure(config: pytest.Config, collecting: Collected) -> None:
    """Tell of coverage when the run has ended. Raises UsageError for a report that there is not, and for no number."""
    asked = Asked(
        reports(config, "cov", _TERMINAL, _FILES),
        Least(number(config, "kmsmock_cov_fail_under"), "coverage", "policies' statements"),
        (*config.getoption("kmsmock_cov_merge"), *config.getini("kmsmock_cov_merge")),
    )
    config.pluginmanager.register(PolicyCoverageReport(config, asked, collecting), "kmsmock-policy-coverage")


class PolicyCoverageReport:
    """A plugin of whoever puts a run together."""

    def __init__(self, config: pytest.Config, asked: Asked, collecting: Collected) -> None:
        self._config, self._asked, self._collecting = config, asked, collecting
        self._found: PolicyCoverage | None = None

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the files that were asked for, and fail the run if too little was exercised."""
        merged = self._collecting.merged
        if merged is None:
            return
        from kmsmock.coverage import making, plain

        self._found = making.of_plain(merged.all_of(plain.Policy), self._asked.merge)
        for kind, file in self._asked.reports:
            if file:
                path = self._config.invocation_params.dir / file
                path.write_text(_WRITTEN[kind](self._found), encoding="utf-8")
        self._asked.least.fail(session, self._found.percent)

    @property
    def found(self) -> PolicyCoverage | None:
        """What the run exercised, once it has ended."""
        return self._found

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The table, the files that were written, and whether it is enough."""
        if self._found is None:
            return
        terminalreporter.section("kmsmock: policy coverage", bold=True)
        width = self._config.get_terminal_writer().fullwidth if terminalreporter.isatty else None
        for line in self._lines(self._found, width):
            terminalreporter.write_line(line)
        self._asked.least.tell(terminalreporter, self._found.percent)

    def _lines(self, found: PolicyCoverage, width: int | None) -> Sequence[str]:
        from kmsmock.coverage import text

        told: list[str] = []
        kinds = [kind for kind, _ in self._asked.reports]
        if any(kind in _TERMINAL for kind in kinds):
            told += text.lines(found, missing="term-missing" in kinds, width=width)
        told += [f"Policy coverage as {kind.upper()} written to {file}" for kind, file in self._asked.reports if file]
        return told


def _json(found: PolicyCoverage) -> str:
    return json.dumps(found.as_dict(), indent=2) + "\n"


def _html(found: PolicyCoverage) -> str:
    from kmsmock.coverage.page import page

    return page(found)


_WRITTEN: Mapping[str, Callable[[PolicyCoverage], str]] = {"json": _json, "html": _html}
