"""The options of policy coverage and of mutants, and whether one was given: what they are for is imported only then."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pytest

_OPTIONS = (
    ("cov", "bool", None, "tell which statements of the policies that tests use they exercise"),
    (
        "cov-report",
        "args",
        "TYPE",
        "term (default), term-missing, json[:FILE] or html[:FILE]; may be given several times",
    ),
    ("cov-fail-under", "string", "N", "fail if fewer percent of the statements are exercised"),
    (
        "cov-merge",
        "args",
        "GLOB",
        "policies of one name (their Id, or what IAM calls them) are one policy, where GLOB covers the name",
    ),
    ("cov-all", "bool", None, "count default key policies and AWS managed policies as well"),
    (
        "mutate",
        "bool",
        None,
        "tell what in the policies of tests could be dropped, widened or narrowed and no test would fail",
    ),
    ("mutate-report", "args", "TYPE", "term (default) or json[:FILE]; may be given several times"),
    ("mutate-seconds", "string", "S", "try mutants for at most so long after the tests have run (default: 60)"),
    ("mutate-fail-under", "string", "N", "fail if tests notice fewer percent of the mutants that were tried"),
)
"""Each option, the type of its line in the configuration, what it takes, and what it is for."""


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """What is counted and tried, how it is told, and how much is enough."""
    for name, kind, value, words in _OPTIONS:
        ini = f"kmsmock_{name.replace('-', '_')}"
        if kind == "bool":
            group.addoption(f"--kmsmock-{name}", action="store_true", help=words)
            parser.addini(ini, f"as --kmsmock-{name}", "bool", default=False)
        elif kind == "args":
            group.addoption(f"--kmsmock-{name}", action="append", default=[], metavar=value, help=words)
            parser.addini(ini, f"as --kmsmock-{name}", "args")
        else:
            group.addoption(f"--kmsmock-{name}", type=float, metavar=value, help=words)
            parser.addini(ini, f"as --kmsmock-{name}", "string", "")


def is_asked(config: pytest.Config, what: str) -> bool:
    """Whether ``cov`` or ``mutate`` is asked for. Raises UsageError for options of it that say nothing alone."""
    if config.getoption(f"kmsmock_{what}") or config.getini(f"kmsmock_{what}"):
        return True
    beside = [f"kmsmock_{name.replace('-', '_')}" for name, *_ in _OPTIONS if name.startswith(f"{what}-")]
    if any(config.getoption(each) not in (None, False, []) for each in beside):
        raise pytest.UsageError(f"{_WHAT[what]} where it is asked for: add --kmsmock-{what}")
    return False


_WHAT = {"cov": "policy coverage is told", "mutate": "whether tests notice mutants is tried"}


def reports(
    config: pytest.Config, what: str, terminal: Collection[str], files: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """The kinds of reports that are asked for, with the file of each that has one; ``files`` has those of nobody's
    choice. Raises UsageError for a kind that there is not."""
    name = f"kmsmock_{what}_report"
    found = []
    for given in config.getoption(name) or config.getini(name) or ["term"]:
        kind, _, file = given.partition(":")
        if kind not in files and (kind not in terminal or file):
            named = " and ".join(f"{each}:FILE" for each in files)
            raise pytest.UsageError(
                f"--kmsmock-{what}-report={given}: give {', '.join((*terminal, *files))}; {named} name a file"
            )
        found.append((kind, file or files.get(kind, "")))
    return tuple(found)


def number(config: pytest.Config, name: str) -> float | None:
    """A number of the command line or, if it has none, of the configuration. Raises UsageError for what is none."""
    given: float | None = config.getoption(name)
    written = config.getini(name)
    try:
        return given if given is not None or not written else float(written)
    except ValueError:
        raise pytest.UsageError(f"{name} = {written!r} in the configuration: give a number") from None


class Least:
    """How many percent there have to be, of what and which; None: as many as there are."""

    def __init__(self, percent: float | None, what: str, of: str) -> None:
        self.percent, self.what, self.of = percent, what, of

    def is_missed(self, percent: float) -> bool:
        return self.percent is not None and percent < self.percent

    def fail(self, session: pytest.Session, percent: float) -> None:
        """Fail a run that would pass, if that is too little."""
        if self.is_missed(percent) and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def tell(self, terminalreporter: Any, percent: float) -> None:
        """Say whether it is enough."""
        if self.percent is None:
            return
        words = f"required {self.what} of {self.percent:g}% of the {self.of}"
        if self.is_missed(percent):
            terminalreporter.write_line(f"FAIL {words} not reached: {percent:.2f}%", red=True, bold=True)
        else:
            terminalreporter.write_line(f"{words.capitalize()} reached: {percent:.2f}%", green=True)
