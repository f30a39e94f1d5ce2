"""Tracebacks that end at one's own line: where that is asked for, and for a debugger, which is to begin there."""

from __future__ import annotations

from types import TracebackType

import pytest

_FOREIGN = {"botocore", "boto3", "kmsmock"}
"""The packages whose frames are no one's own line."""


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Before the report is made, and after pytest has fetched what unittest caught."""
    if call.excinfo is not None and _is_to_be_folded(item, call.excinfo.value):
        call.excinfo = _folded(call.excinfo)


def _is_to_be_folded(item: pytest.Item, error: BaseException) -> bool:
    if item.config.getoption("--kmsmock-fold"):
        return True
    notes = getattr(error, "__notes__", ())
    if not notes or not item.config.getoption("usepdb", False):
        return False
    from kmsmock.refusals.note import Note

    return any(isinstance(each, Note) for each in notes)


def _folded(excinfo: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """An exception without the frames of botocore, so that its traceback, and a debugger, end at one's own line."""
    frames, trace = [], excinfo.value.__traceback__
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    own = [each for each in frames if each.tb_frame.f_globals.get("__name__", "").partition(".")[0] not in _FOREIGN]
    shorter: TracebackType | None = None
    for each in reversed(own or frames):
        shorter = TracebackType(shorter, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return pytest.ExceptionInfo.from_exception(excinfo.value.with_traceback(shorter))
