"""pytest's hooks. Imports nothing heavy: a suite that does not use the fixtures pays nothing."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from conftest_plugin import asking, folding, switch
from conftest_plugin.fixtures import _world_of_kmsmock, aws_clock, aws_world, aws_world_module, aws_world_session
from conftest_plugin.tally import Tally
from conftest_plugin.verifying import aws_case
from conftest_plugin.worlds import Worlds
from kmsmock.telling import entered

__all__ = [
    "_world_of_kmsmock",
    "aws_case",
    "aws_clock",
    "aws_world",
    "aws_world_module",
    "aws_world_session",
    "pytest_configure",
    "pytest_runtest_makereport",
]
_WORLDS = pytest.StashKey[Worlds]()

MARKER = (
    "kmsmock(account_id=None, region_name=None, enforce='strict', enforce_services=(), enforce_iam='model', "
    "quotas=False, delays=False, service_caches=False, extra_regions=(), custom_endpoints='pass', "
    "enforce_network=True, seed=None, acting_as=None, load=None): options of kmsmock.World for the aws_world "
    "of one test, class or module, which the marker alone makes, and who acts in it."
)
"""Written out: reading the options takes longer than all else that a suite without worlds pays."""


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, with all its options, hear of each world, and read the switch."""
    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(folding, "kmsmock-folding")
    worlds = config.stash[_WORLDS] = Worlds()
    entered.LISTENERS.append(worlds)
    switched = config.stash[switch.SWITCH] = switch.read(config)
    if switched.is_on:
        from conftest_plugin.audit import Audit
        from conftest_plugin.wider import WiderWorlds

        wider = WiderWorlds(switched)
        config.pluginmanager.register(wider, "kmsmock-wider")
        config.pluginmanager.register(Audit(config, switched, wider, worlds), "kmsmock-audit")
    elif any(config.getoption(each) for each in ("kmsmock_summary", "kmsmock_update_baseline")):
        raise pytest.UsageError("what AWS would refuse is found where every test has a world: add --kmsmock=audit")
    asking.configure(config, worlds)
    config.pluginmanager.register(Tally(config), "kmsmock-tally")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Hear of no world any more."""
    entered.LISTENERS.remove(config.stash[_WORLDS])


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the command line."""
    group = parser.getgroup("kmsmock")
    group.addoption(
        "--kmsmock-fold", action="store_true", help="end tracebacks at one's own line: without the frames of botocore"
    )
    switch.add_options(parser, group)
    asking.add_options(parser, group)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logstart(nodeid: str, location: object) -> None:
    """Begin a test: what was refused before is not its own."""
    for each in entered.LISTENERS:
        if isinstance(each, Worlds):
            each.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Explain in the report of a failed test what its worlds refused it."""
    worlds = item.config.stash[_WORLDS].seen
    if not worlds:
        report = yield
    else:
        from conftest_plugin.report import add_explanations
        from kmsmock.refusals.note import silent

        with silent():  # the section has them
            report = yield
        add_explanations(item, report, worlds)
    if report.failed:
        from conftest_plugin.report import explain_scope

        explain_scope(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: object) -> Generator[None, None, None]:
    """Show explanations in the terminal's colours."""
    from conftest_plugin.report import for_the_terminal

    with for_the_terminal(terminalreporter):
        return (yield)
