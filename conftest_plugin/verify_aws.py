"""``--kmsmock-verify-aws``: each case runs in a world, and then, with consent, against an account of AWS.

All worlds come first: what they tell is what the account's owner reads before anything is made.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from conftest_plugin.switch import SWITCH
from kmsmock import entropy
from kmsmock.errors import KmsMockError
from kmsmock.telling.words import counted
from kmsmock.verify import differences, places, plan
from kmsmock.verify.case import AwsCase, Declared, Made, Place
from kmsmock.verify.differences import Difference
from kmsmock.verify.normal import Step, normalise

FILE = "verify-aws.json"
_WORLD, _AWS = "world", "aws"


def configure(config: pytest.Config, profile: str, name: str) -> None:
    """Run the cases, as a plugin of this name.

    Raises UsageError with options that would have other worlds answer, or in several processes.
    """
    together = [
        ("--kmsmock", config.stash[SWITCH].is_on),
        ("--kmsmock-mutate", config.getoption("kmsmock_mutate")),
        ("-n", bool(config.getoption("numprocesses", None)) or hasattr(config, "workerinput")),
    ]
    wrong = [name for name, given in together if given]
    if wrong:
        raise pytest.UsageError(f"--kmsmock-verify-aws runs alone, in one process: leave out {', '.join(wrong)}")
    try:
        region = places.region_of(profile)
    except KmsMockError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(Verifying(config, profile, region), name)


class Verifying:
    """A plugin of a run that verifies."""

    def __init__(self, config: pytest.Config, profile: str, region: str) -> None:
        self._config, self._profile, self._region = config, profile, region
        self._run = entropy.uuid()[:8]
        self._worlds: dict[str, list[Step]] = {}
        self._costs: dict[str, plan.Costs] = {}
        self._failed: set[str] = set()
        self._found: dict[str, list[Difference]] = {}
        self._made: dict[str, list[Made]] = {}
        self._left: list[tuple[str, Made, str]] = []
        self._place: Place | None = None
        self._trouble, self._consent = "", bool(config.getoption("kmsmock_verify_aws_yes"))
        self._case: AwsCase | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each case runs twice."""
        if "aws_case" in metafunc.fixturenames:
            metafunc.parametrize("aws_case", [_WORLD, _AWS], indirect=True)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Cases only, and all of them in worlds before any in the account."""
        chosen = [item for where in (_WORLD, _AWS) for item in items if _where(item) == where]
        others = [item for item in items if not _where(item)]
        if others:
            config.hook.pytest_deselected(items=others)
        items[:] = chosen

    @contextmanager
    def case(self, request: pytest.FixtureRequest, declared: Declared) -> Iterator[AwsCase]:
        """The case of a test, in its world or in the account."""
        name = _name(request.node.nodeid)
        if request.param == _WORLD:
            with places.in_a_world(self._run, declared, self._region, lambda costs: self._note(name, costs)) as case:
                yield case
            self._worlds[name] = normalise(case.transcript)
            return
        assert self._place is not None
        case = self._case = AwsCase(self._place, self._run, declared)
        try:
            yield case
        finally:
            self._case = None
            self._made[name] = case.made
            self._left += [(name, made, why) for made, why in case.remove()]

    def _note(self, name: str, costs: plan.Costs) -> None:
        self._costs[name] = costs

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Nothing goes to AWS before the plan was printed, and nothing is made there without consent."""
        if _where(item) != _AWS:
            return
        if self._place is None and not self._trouble:
            self._begin()
        if self._trouble:
            pytest.fail(self._trouble, pytrace=False)
        name = _name(item.nodeid)
        if name in self._failed or name not in self._worlds:
            pytest.skip("not run against AWS: it did not pass in a world")
        if not self._costs[name].reads and not self._consent:
            pytest.skip("not run against AWS: it makes something there, and needs --kmsmock-verify-aws-yes")

    def _begin(self) -> None:
        try:
            self._place = places.in_the_account(self._profile, self._config.getoption("kmsmock_verify_aws_settle"))
        except Exception as error:  # whatever boto3 says of credentials, profiles and connections
            self._trouble = f"AWS was not reached: {type(error).__name__}: {error}"
            return
        terminal: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        capture: Any = self._config.pluginmanager.get_plugin("capturemanager")
        if capture is not None:
            capture.suspend_global_capture(in_=True)
        try:
            ready = {name: costs for name, costs in self._costs.items() if name not in self._failed}
            terminal.write_line("")
            terminal.section("kmsmock: what is about to run against AWS", bold=True)
            for line in plan.lines(self._place.caller, self._place.region, ready):
                terminal.write_line(line)
            if not self._consent and not all(costs.reads for costs in ready.values()):
                self._consent = _asked(terminal)
        finally:
            if capture is not None:
                capture.resume_global_capture()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """Compare, also what a case did before it failed."""
        found: list[Difference] = []
        try:
            return (yield)
        finally:
            if self._case is not None and _where(item) == _AWS:
                name = _name(item.nodeid)
                found = self._found[name] = differences.compare(self._worlds[name], normalise(self._case.transcript))
                if found and sys.exc_info()[1] is None:
                    pytest.fail(f"AWS answers otherwise: {counted(len(found), 'difference')}", pytrace=False)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember which cases did not pass in their worlds."""
        if report.failed and report.nodeid.endswith(f"{_WORLD}]"):
            self._failed.add(_name(report.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what differs; a run that leaves something behind does not pass."""
        if self._left and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self._place is None:
            return
        told = {
            "account": self._place.account,
            "caller": self._place.caller,
            "region": self._place.region,
            "run": self._run,
            "cases": [
                {
                    "case": name,
                    "made": [str(each) for each in self._made.get(name, [])],
                    "differences": [each.as_dict() for each in found],
                }
                for name, found in self._found.items()
            ],
            "left": [{"case": name, "what": str(made), "why": why} for name, made, why in self._left],
        }
        path = self._config.invocation_params.dir / FILE
        path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What differs, and what is still there."""
        if self._place is None:
            return
        unlike = {name: found for name, found in self._found.items() if found}
        terminalreporter.section("kmsmock: verified against AWS", bold=True)
        agree = len(self._found) - len(unlike)
        terminalreporter.write_line(f"{agree} of {counted(len(self._worlds), 'case')} agree; written to {FILE}")
        for name, found in unlike.items():
            terminalreporter.write_line(name, bold=True)
            for each in found:
                for line in str(each).splitlines():
                    terminalreporter.write_line(f"  {line}")
        if self._left:
            terminalreporter.write_line("still there, to be removed by hand:", red=True)
        for name, made, why in self._left:
            terminalreporter.write_line(f"  {made} (of {name}): {why}")


def _asked(terminal: Any) -> bool:
    """Whether somebody at the terminal says yes; without one, nobody does."""
    if not sys.stdin.isatty():
        terminal.write_line("cases that make something are not run: add --kmsmock-verify-aws-yes")
        return False
    terminal.write("make and remove this in the account? [y/N] ", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _where(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    return "" if callspec is None else str(callspec.params.get("aws_case", ""))


def _name(nodeid: str) -> str:
    """What both runs of a case are called."""
    for where in (_WORLD, _AWS):
        for ending, instead in ((f"[{where}]", ""), (f"-{where}]", "]")):
            if nodeid.endswith(ending):
                return nodeid.removesuffix(ending) + instead
    return nodeid
