"""Files of results: their text, read line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kmsmock.results import lines
from kmsmock.results.kinds import Record, Run


def text(records: Iterable[Record]) -> str:
    """A file of results."""
    return "".join(f"{lines.as_line(each)}\n" for each in records)


def read_text(told: str) -> Iterator[Record]:
    """The records of such a text."""
    return _read(told.encode().splitlines(), "results")


def read(path: Path) -> Iterator[Record]:
    """The records of a file. Raises BadLine, which says which line of which file is wrong, and OSError."""
    with path.open("rb") as file:
        yield from _read(file, str(path))


def _read(written: Iterable[bytes], name: str) -> Iterator[Record]:
    for number, each in enumerate(written, 1):
        try:
            told = each.decode("utf-8").strip()
            if told:
                yield _record(told, first=number == 1)
        except UnicodeDecodeError:
            raise lines.BadLine(f"{name}:{number}: it is no text in UTF-8") from None
        except lines.BadLine as wrong:
            raise lines.BadLine(f"{name}:{number}: {wrong}") from None


def _record(told: str, *, first: bool) -> Record:
    found = lines.record(told)
    if first and not isinstance(found, Run):
        raise lines.BadLine("a file of results begins with its run")
    return found
