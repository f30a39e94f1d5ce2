"""An exception at any line, as the signal of pytest-timeout or Ctrl-C raises it."""

import sys
from functools import cache

FILES = ("/kmsmock/", "/moto/core/models.py", "/freezegun/api.py")
"""Whose lines are struck."""


class Struck(BaseException):
    """Like KeyboardInterrupt and pytest's own, no Exception."""


def _traced(frame):
    return any(part in frame.f_code.co_filename for part in FILES)


def lines_of(action):
    """The lines that an action runs, each once, in their order."""
    found = {}

    def trace(frame, event, _):
        if not _traced(frame):
            return None
        if event == "line":
            found[frame.f_code.co_filename, frame.f_lineno] = None
        return trace

    _run(action, trace)
    return list(found)


@cache
def _numbers(code):
    return frozenset(number for *_, number in code.co_lines())


def strike(action, line):
    """Run an action, and raise Struck when it comes to a line for the first time; whether it did."""
    file, number = line

    def trace(frame, event, _):
        if frame.f_code.co_filename != file or number not in _numbers(frame.f_code):
            return None  # what has not got the line runs as fast as ever
        if event == "line" and frame.f_lineno == number:
            raise Struck  # which ends the tracing as well
        return trace

    try:
        _run(action, trace)
    except Struck:
        return True
    return False


def _run(action, trace):
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        action()
    finally:
        sys.settrace(before)
