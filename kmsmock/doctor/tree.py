"""The files of a project: what may hold tests, code and settings; bounded, and no file is opened that is none."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

MOST_FILES = 50_000
"""Files that are looked at; a tree of more is not one project."""
LARGEST = 8 * 1024 * 1024
"""Bytes of a file that is read: lock files are long."""
_SKIPPED = frozenset(
    {
        *("node_modules", "site-packages", "dist-packages", "__pycache__", "__pypackages__", "venv", "build", "dist"),
        *("cdk.out", "htmlcov"),
    }
)
_MARK_OF_A_VENV = "pyvenv.cfg"
_ROOTS = ("pyproject.toml", "setup.cfg", "setup.py", "tox.ini", "pytest.ini", ".git")
"""What the root of a project has in it."""


class Unread(NamedTuple):
    """A file that could not be read, and why."""

    file: str
    why: str


class Tree:
    """The files below some paths, and the settings of the project that the paths are in."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.unread: list[Unread] = []
        self.files: list[Path] = []
        seen: set[Path] = set()
        for path in paths:
            for file in self._below(path):
                if len(self.files) >= MOST_FILES:
                    self.unread.append(Unread(str(path), f"more than {MOST_FILES} files: only these were looked at"))
                    return
                if file.absolute() not in seen:
                    seen.add(file.absolute())
                    self.files.append(file)

    def text(self, file: Path) -> str | None:
        """What stands in a file, whatever its encoding; None (and a note) if it cannot be read."""
        data = self.data(file)
        return None if data is None else data.decode("utf-8-sig", "replace")

    def data(self, file: Path) -> bytes | None:
        """The bytes of a file; None (and a note) if it is no plain file, too long, or not to be read."""
        try:
            status = file.stat()
            if not stat.S_ISREG(status.st_mode):
                return None
            if status.st_size > LARGEST:
                self.unread.append(Unread(str(file), f"longer than {LARGEST // 1024 // 1024} MB"))
                return None
            return file.read_bytes()
        except OSError as problem:
            self.unread.append(Unread(str(file), problem.strerror or type(problem).__name__))
            return None

    def _below(self, path: Path) -> Iterator[Path]:
        yield from _settings_above(path)
        if not path.is_dir():
            yield path
            return
        for folder, folders, names in os.walk(path):  # follows no links, so that loops do not matter
            folders[:] = sorted(name for name in folders if not _is_skipped(folder, name))
            yield from (Path(folder, name) for name in sorted(names) if _matters(name))


def _is_skipped(folder: str, name: str) -> bool:
    hidden = name.startswith(".") and name not in (".github", ".ci", ".circleci")
    return hidden or name in _SKIPPED or name.endswith(".egg-info") or Path(folder, name, _MARK_OF_A_VENV).exists()


def _matters(name: str) -> bool:
    return name.endswith((".py", ".toml", ".cfg", ".ini", ".txt", ".in", ".lock", ".yml", ".yaml")) or name in (
        *("Pipfile", "Makefile", ".env", "conftest.py"),
    )


def _settings_above(path: Path) -> Iterator[Path]:
    """The files that lie in the root of the project, if the path is a folder or a file inside of it."""
    for folder in path.absolute().parents:
        if any((folder / name).exists() for name in _ROOTS):
            yield from (each for each in sorted(folder.iterdir()) if _matters(each.name) and each.suffix != ".py")
            return
        if folder == Path.home():
            return
