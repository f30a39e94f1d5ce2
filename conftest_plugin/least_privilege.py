"""``--kmsmock-least-privilege``: the narrowest policies and grants under which the tests still pass, by principal."""

from __future__ import annotations

import json
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest_plugin.collected import Collected
    from kmsmock.privilege.suite import SuitePrivilege


def configure(config: pytest.Config, collecting: Collected) -> None:
    """Tell it at the end of the run. Raises UsageError for a file in a folder that is not there."""
    folder = Path(config.getoption("kmsmock_least_privilege")).parent
    if not (config.invocation_params.dir / folder).is_dir():
        raise pytest.UsageError(f"--kmsmock-least-privilege: there is no folder {folder}")
    config.pluginmanager.register(LeastPrivilegeReport(config, collecting), "kmsmock-least-privilege")


class LeastPrivilegeReport:
    """A plugin of whoever puts a run together."""

    def __init__(self, config: pytest.Config, collecting: Collected) -> None:
        self._config, self._collecting = config, collecting
        self._file: str = config.getoption("kmsmock_least_privilege")
        self._found: SuitePrivilege | None = None
        self._fault = ""

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Put it together, and write the file."""
        merged = self._collecting.merged
        if merged is None:
            return
        from kmsmock.privilege import suite
        from kmsmock.privilege.basis import OwnFault
        from kmsmock.privilege.plain import Privilege

        try:
            self._found = suite.of(merged.all_of(Privilege))
        except OwnFault:  # out of a hook it would end the run with an INTERNALERROR of pytest
            self._fault, session.exitstatus = traceback.format_exc(), pytest.ExitCode.INTERNAL_ERROR
            return
        path = self._config.invocation_params.dir / self._file
        path.write_text(json.dumps(self._found.as_dict(), indent=2) + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What is wider than it need be."""
        if self._fault:
            terminalreporter.section("kmsmock: least privilege failed, which is a fault of its own", red=True)
            terminalreporter.write_line(self._fault)
        if self._found is not None:
            terminalreporter.section("kmsmock: least privilege", bold=True)
            for line in self._found.lines(terminalreporter.config.get_terminal_writer().fullwidth, self._file):
                terminalreporter.write_line(line)
