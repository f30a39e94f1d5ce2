"""Files of results: written a test at a time, each in one piece, and read line by line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from kmsmock.results import lines
from kmsmock.results.kinds import Record, Run


def append(path: Path, records: Iterable[Record]) -> None:
    """Add lines to a file, all of them or none: a process that is forked for one test adds to the same file."""
    text = "".join(f"{lines.line(each)}\n" for each in records)
    if not text:
        return
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        left = memoryview(text.encode())
        while left:
            left = left[os.write(file, left) :]
    finally:
        os.close(file)


def read(path: Path) -> Iterator[Record]:
    """The records of a file. Raises BadLine, which says which line of which file is wrong, and OSError."""
    with path.open("rb") as file:
        for number, written in enumerate(file, 1):
            try:
                text = written.decode("utf-8").strip()
                if text:
                    yield _record(text, first=number == 1)
            except UnicodeDecodeError:
                raise lines.BadLine(f"{path}:{number}: it is no text in UTF-8") from None
            except lines.BadLine as wrong:
                raise lines.BadLine(f"{path}:{number}: {wrong}") from None


def _record(text: str, *, first: bool) -> Record:
    found = lines.record(text)
    if first and not isinstance(found, Run):
        raise lines.BadLine("a file of results begins with its run")
    return found


def write(path: Path, records: Iterable[Record]) -> None:
    """Write a file anew; the folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{lines.line(each)}\n" for each in records), encoding="utf-8")
