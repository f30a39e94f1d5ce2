"""pytest's hooks. Imports nothing heavy: a suite that does not use the fixtures pays nothing."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from conftest_plugin.fixtures import _world_of_kmsmocks_marker, aws_clock, aws_world
from kmsmock.options import signature

__all__ = ["_world_of_kmsmocks_marker", "aws_clock", "aws_world", "pytest_configure", "pytest_runtest_makereport"]

MARKER = (
    f"kmsmock({signature()}, acting_as=None): options of kmsmock.World for the aws_world of one test, class or module, "
    "which the marker alone makes, and who acts in it."
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, with all its options."""
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Explain in the report of a failed test what the world refused it."""
    report = yield
    if report.failed:
        from conftest_plugin.report import add_explanations, explain_scope

        add_explanations(item, report)
        explain_scope(report)
    return report
