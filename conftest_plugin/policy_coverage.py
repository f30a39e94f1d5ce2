"""``--kmsmock-cov``: which statements of the suite's policies its tests exercise, as pytest-cov tells of modules."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from conftest_plugin.results import Collecting
    from kmsmock.coverage.view import PolicyCoverage

_FILES = {"json": "kmsmock-coverage.json", "html": "kmsmock-coverage.html"}
_TERMINAL = ("term", "term-missing")
_OFF = ("kmsmock_cov_report", "kmsmock_cov_fail_under", "kmsmock_cov_merge", "kmsmock_cov_all")


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """What is counted, how it is told, and how much is enough."""
    group.addoption(
        "--kmsmock-cov", action="store_true", help="tell which statements of the policies that tests use they exercise"
    )
    group.addoption(
        "--kmsmock-cov-report",
        action="append",
        default=[],
        metavar="TYPE",
        help="term (default), term-missing, json or html; the last two take a file, as in html:policies.html; may be "
        "given several times",
    )
    group.addoption(
        "--kmsmock-cov-fail-under",
        metavar="N",
        type=float,
        help="fail if fewer percent of the statements are exercised",
    )
    group.addoption(
        "--kmsmock-cov-merge",
        action="append",
        default=[],
        metavar="GLOB",
        help="policies of one name (their Id, or what IAM calls them) are one policy, where GLOB covers the name",
    )
    group.addoption(
        "--kmsmock-cov-all", action="store_true", help="count default key policies and AWS managed policies as well"
    )
    parser.addini("kmsmock_cov", "as --kmsmock-cov", "bool", default=False)
    parser.addini("kmsmock_cov_report", "as --kmsmock-cov-report", "args")
    parser.addini("kmsmock_cov_fail_under", "as --kmsmock-cov-fail-under", "string", "")
    parser.addini("kmsmock_cov_merge", "as --kmsmock-cov-merge", "args")
    parser.addini("kmsmock_cov_all", "as --kmsmock-cov-all", "bool", default=False)


class Asked(NamedTuple):
    """What was asked for."""

    reports: tuple[tuple[str, str], ...]
    """Kinds of reports, with the file of each that has one."""
    fail_under: float | None
    merge: tuple[str, ...]
    aws_made: bool


def read(config: pytest.Config) -> Asked | None:
    """What was asked for, on the command line or in the configuration; None where coverage was not.

    Raises UsageError for a report that there is not, a number that is none, and for options that say nothing alone.
    """
    if not (config.getoption("kmsmock_cov") or config.getini("kmsmock_cov")):
        if any(config.getoption(each) not in (None, False, []) for each in _OFF):
            raise pytest.UsageError("policy coverage is told where it is asked for: add --kmsmock-cov")
        return None
    reports = config.getoption("kmsmock_cov_report") or config.getini("kmsmock_cov_report") or ["term"]
    under = config.getoption("kmsmock_cov_fail_under")
    return Asked(
        tuple(map(_report, reports)),
        _number(config.getini("kmsmock_cov_fail_under")) if under is None else under,
        (*config.getoption("kmsmock_cov_merge"), *config.getini("kmsmock_cov_merge")),
        config.getoption("kmsmock_cov_all") or config.getini("kmsmock_cov_all"),
    )


def _report(given: str) -> tuple[str, str]:
    kind, _, file = given.partition(":")
    if kind in _TERMINAL and not file:
        return kind, ""
    if kind not in _FILES:
        raise pytest.UsageError(
            f"--kmsmock-cov-report={given}: give term, term-missing, json or html; json:FILE and html:FILE name a file"
        )
    return kind, file or _FILES[kind]


def _number(given: str) -> float | None:
    try:
        return float(given) if given else None
    except ValueError:
        raise pytest.UsageError(f"kmsmock_cov_fail_under = {given!r}: give a number of percent") from None


class PolicyCoverageReport:
    """A plugin of whoever puts a run together."""

    def __init__(self, config: pytest.Config, asked: Asked, collecting: Collecting) -> None:
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
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_WRITTEN[kind](self._found), encoding="utf-8")
        if self._is_too_little and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @property
    def _is_too_little(self) -> bool:
        under = self._asked.fail_under
        return under is not None and self._found is not None and self._found.percent < under

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The table, the files that were written, and whether it is enough."""
        if self._found is None:
            return
        terminalreporter.section("kmsmock: policy coverage", bold=True)
        for line in self._lines(self._found, terminalreporter._tw.fullwidth):
            terminalreporter.write_line(line)
        under = self._asked.fail_under
        if under is not None:
            needed = f"required coverage of {under:g}% of the policies' statements"
            total = f"{self._found.percent:.2f}%"
            if self._is_too_little:
                terminalreporter.write_line(f"FAIL {needed} not reached: {total}", red=True, bold=True)
            else:
                terminalreporter.write_line(f"{needed.capitalize()} reached: {total}", green=True)

    def _lines(self, found: PolicyCoverage, width: int) -> Sequence[str]:
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
