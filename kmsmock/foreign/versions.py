"""The versions with which the whole suite has been run, and what may not work with another: told once in a process.

The table is ``versions.json``. ``first`` and ``last`` are what the suite was run with; ``counts`` is how many numbers
of a version are looked at, for most libraries do not change inside in a release that fixes something. What is not
needed is looked at only if somebody has imported it.
"""

from __future__ import annotations

import json
import platform
import re
import warnings
from collections.abc import Container, Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from kmsmock.errors import VersionWarning

ABSENT = "of unknown version"
"""Said as the version of what is not installed, or is there without its metadata."""
_due = ["the first world of this process"]
"""Empty as soon as it was entered."""


class Known(NamedTuple):
    """A row of the table."""

    first: str
    last: str
    counts: int
    may_not_work: str
    if_imported: str | None = None

    def __str__(self) -> str:
        return self.first if self.first == self.last else f"{self.first} to {self.last}"

    def covers(self, version: str) -> bool:
        """Whether a version is in the range; one that is unknown is not looked at."""
        found = _numbers(version)
        if not found:
            return True
        return found >= _numbers(self.first) and found[: self.counts] <= _numbers(self.last)[: self.counts]


def _numbers(version: str) -> tuple[int, ...]:
    """``1.44.8`` as numbers; of ``5.2.6.dev1`` those before the word."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()


@cache
def table() -> Mapping[str, Known]:
    """The libraries that matter, with ``Python``, by the names under which they are installed."""
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    return {library: Known(**row) for library, row in json.loads(text).items()}


def installed(library: str) -> str:
    """The version of a library, or words that say that there is none."""
    if library == "Python":
        return platform.python_version()
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return ABSENT


def outside(found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A sentence for each library, given with its version, that is outside of its range."""
    for library, version in found:
        known = table()[library]
        if not known.covers(version):
            yield f"{library} {version} (but with {known}): {known.may_not_work} may not work"


def tell_once(imported: Container[str]) -> None:
    """At the first world of a process, warn of versions that the suite was not run with.

    ``imported`` are the modules that are there. Where warnings are errors this raises; the next world says nothing.
    """
    if not _due:
        return
    _due.clear()  # before anything is raised
    looked_at = [name for name, known in table().items() if known.if_imported is None or known.if_imported in imported]
    found = list(outside((library, installed(library)) for library in looked_at))
    if found:
        warnings.warn(
            f"kmsmock's own suite has not been run with {'; '.join(found)}. If your suite passes, silence this with "
            "the filter ignore::kmsmock.VersionWarning.",
            VersionWarning,
            stacklevel=6,  # with World(), or the fixture
        )
