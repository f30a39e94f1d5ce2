"""Which file of a project holds a template, of which CloudFormation is given the text only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_ENDINGS = (".json", ".template", ".yaml", ".yml")
_NO_PLACE = frozenset({"node_modules", "site-packages", "venv", "__pycache__"})
"""Folders in which nobody keeps templates of his own, beside those that begin with a dot."""
AT_MOST = 20_000
"""Files of the project that are looked at."""


def file_of(text: str) -> str:
    """The file below the working directory that holds this text, as the suite names it; empty if none does."""
    return _file_of(text, Path.cwd()) if text else ""


@lru_cache(maxsize=256)
def _file_of(text: str, here: Path) -> str:
    content = text.encode()
    for path in _by_size(here).get(len(content), ()):
        try:
            if path.read_bytes() == content:
                return str(path.relative_to(here))
        except OSError:  # it is gone, or nobody may read it
            continue
    return ""


@lru_cache(maxsize=4)
def _by_size(here: Path) -> dict[int, list[Path]]:
    found: dict[int, list[Path]] = {}
    for path, size in _files(here):
        found.setdefault(size, []).append(path)
    return found


def _files(here: Path) -> Iterator[tuple[Path, int]]:
    looked = 0
    for folder, folders, names in os.walk(here):
        folders[:] = sorted(each for each in folders if each not in _NO_PLACE and not each.startswith("."))
        for name in sorted(names):
            looked += 1
            if looked > AT_MOST:
                return
            if name.endswith(_ENDINGS):
                path = Path(folder, name)
                yield path, path.stat().st_size if path.is_file() else 0
