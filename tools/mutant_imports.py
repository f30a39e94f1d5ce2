"""Tries a mutant whose change takes effect where its file is imported: in a process that has not imported kmsmock."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

from tools.mutant_trials import ROOT, collect, in_child, limit, sources
from tools.mutations import Mutant, mutated

_SECONDS = 90.0
"""Of processor time for a mutant; none of the groups needs as much for all of its tests."""


class Changed(SourceFileLoader):
    """Loads a file with a change."""

    def __init__(self, name: str, path: str, place: int) -> None:
        super().__init__(name, path)
        self.place = place

    def get_code(self, fullname: str) -> CodeType:
        return compile(mutated(sources()[str(Path(self.path).relative_to(ROOT))], self.place), self.path, "exec")


class Finder:
    """Finds one module as a mutant of it."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = mutant.path.removesuffix(".py").replace("/", ".")
        self.mutant = mutant

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if name != self.name:
            return None
        file = str(ROOT / self.mutant.path)
        return spec_from_file_location(name, file, loader=Changed(name, file, self.mutant.place))


def fate_from_import(mutant: Mutant | None, tests: Sequence[str]) -> str | None:
    """Whether a test kills what is changed at import, in a process that has not imported kmsmock."""

    def attempt() -> str:
        limit(_SECONDS)
        if mutant is not None:
            sys.meta_path.insert(0, Finder(mutant))
        return "" if collect(tests) == 0 else "a test"

    found = in_child(attempt)
    return "time" if found is None else found or None
