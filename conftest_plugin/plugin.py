"""pytest's hooks. Imports nothing heavy: a suite that does not use the fixtures pays nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conftest_plugin.fixtures import aws_clock, aws_world

if TYPE_CHECKING:
    import pytest

__all__ = ["aws_clock", "aws_world", "pytest_configure"]

MARKER = (
    'kmsmock(account_id="123456789012", region_name="us-east-1", enforce="strict", enforce_iam="model", quotas=False, '
    "delays=False): options of kmsmock.World for the aws_world of one test, class or module."
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, with all its options."""
    config.addinivalue_line("markers", MARKER)
