"""The options by which a run is told of: what they are for is imported only where one of them was given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conftest_plugin import policy_options, verifying

if TYPE_CHECKING:
    from conftest_plugin.worlds import Worlds

_LEAST = "kmsmock-least-privilege.json"
_COLLECTED = ("kmsmock_results", "kmsmock_report", "kmsmock_least_privilege")
"""The options that need what worlds saw, beside those of policies."""


def add_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """What is written and printed of a run."""
    group.addoption(
        "--kmsmock-results",
        metavar="PATH",
        type=Path,
        help="write what worlds saw into PATH as JSON lines, for python -m kmsmock report; into a folder, a file a run",
    )
    group.addoption(
        "--kmsmock-report", metavar="PAGE", type=Path, help="write what worlds saw as one HTML page, to look at"
    )
    policy_options.add_options(parser, group)
    group.addoption(
        "--kmsmock-least-privilege",
        nargs="?",
        const=_LEAST,
        type=_file,
        metavar="FILE",
        help="tell which policies are wider than the tests need, and write the narrowest ones that would do into FILE "
        f"({_LEAST}), as JSON",
    )
    group.addoption(
        "--kmsmock-narrate",
        action="store_true",
        help="tell of each test that passes what was done in its worlds: who did what with which key, what was refused "
        "and why, and when time moved",
    )
    verifying.add_options(group)


def configure(config: pytest.Config, worlds: Worlds) -> None:
    """Do what is asked for. Raises UsageError for options that say nothing alone."""
    coverage, mutation = (policy_options.is_asked(config, what) for what in ("cov", "mutate"))
    if coverage or mutation or any(config.getoption(each) is not None for each in _COLLECTED):
        from conftest_plugin import results

        results.configure(config, coverage=coverage, mutation=mutation)
    if config.getoption("kmsmock_narrate"):
        from conftest_plugin.narration import Narration

        config.pluginmanager.register(Narration(config, worlds), "kmsmock-narration")
    verifying.configure(config)


def _file(value: str) -> str:
    """A file to write; a test that follows the option is not meant to be one."""
    if "::" in value or value.endswith(".py") or Path(value).is_dir():
        raise pytest.UsageError(
            f"--kmsmock-least-privilege={value}: give a file to write, with an equals sign "
            f"(--kmsmock-least-privilege={_LEAST} {value})"
        )
    return value
