"""Whose line of code asked: the last one that is neither of an installed library nor of Python itself."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import NamedTuple

_PACKAGES = ("site-packages", "dist-packages")
_HERE = Path(__file__).parents[2]
_NOT_OWN = (
    *(f"{path}{os.sep}" for path in (_HERE / "kmsmock", _HERE / "conftest_plugin", sysconfig.get_path("stdlib"))),
    "<frozen",
)
_LONGEST = 100
TEST = "PYTEST_CURRENT_TEST"
"""The variable by which pytest tells which test runs."""


class Line(NamedTuple):
    """One line of a file."""

    file: str
    number: int

    @property
    def place(self) -> str:
        """``tests/test_app.py:17``, from where the suite was started if the file is below it."""
        path = Path(self.file)
        return f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}:{self.number}"

    @property
    def text(self) -> str:
        """What stands there, cut where it is long; empty where nobody knows."""
        found = linecache.getline(self.file, self.number).strip()
        return found if len(found) <= _LONGEST else f"{found[: _LONGEST - 3]}..."


def place(file: str, number: int) -> str:
    """A line of a file as it is told."""
    return Line(file, number).place


@lru_cache(4096)
def is_own(file: str) -> bool:
    """Whether a file is of the suite, or of the code that it tests as long as that is not installed."""
    return not file.startswith(_NOT_OWN) and not any(each in file for each in _PACKAGES)


def asking() -> tuple[Line, ...]:
    """The line that makes the present call, and the line of the test where that is another; none in a thread in which
    only libraries run."""
    test = os.environ.get(TEST, "").partition("::")[0].rpartition("/")[2]
    found: list[Line] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if is_own(file):
            line = Line(file, frame.f_lineno)
            if test and file.endswith(test):
                return (*found, line)
            found = found or [line]
            if not test:
                break
        frame = frame.f_back
    return tuple(found)


def told(lines: tuple[Line, ...]) -> str:
    """The lines for a person: ``app.py:12: kms.encrypt(...), from test_app.py:30``."""
    if not lines:
        return ""
    first, *others = lines
    text = f": {first.text}" if first.text else ""
    return first.place + text + "".join(f", from {each.place}" for each in others)
