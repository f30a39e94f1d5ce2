"""What became of mutants in earlier runs, in a file of JSON lines: a run again tries only what may end otherwise.

Tests are only added, so what was killed stays killed for as long as the function that has it stays as it is. What
survived is tried again. Processes that share a group may share the file.
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.mutations import Mutant, functions


class Fates:
    """The fates of mutants, as they were when this was made; what is noted goes to the file, if there is one."""

    def __init__(self, file: Path | None, found: Sequence[Mutant], sources: Mapping[str, str]) -> None:
        self._file = file
        self._names = names(found, sources) if file is not None else {}
        lines = file.read_text().splitlines() if file is not None and file.exists() else []
        self._killers: dict[str, str | None] = {}
        for each in map(json.loads, lines):
            if self._killers.get(each["mutant"]) is None:
                self._killers[each["mutant"]] = each["killer"]

    def is_killed(self, mutant: Mutant) -> bool:
        """Whether a test killed it before, in code that is the same."""
        return self._killers.get(self._names.get(mutant, "")) is not None

    def survived(self, mutant: Mutant) -> bool:
        """Whether it was tried before, and no test killed it."""
        name = self._names.get(mutant, "")
        return name in self._killers and self._killers[name] is None

    def note(self, mutant: Mutant, killer: str | None) -> None:
        """A mutant was tried: a test killed it, or none did."""
        if self._file is not None:
            with self._file.open("a") as file:
                file.write(json.dumps({"mutant": self._names[mutant], "killer": killer}) + "\n")


def names(found: Sequence[Mutant], sources: Mapping[str, str]) -> dict[Mutant, str]:
    """What to know mutants by in another run: as they are printed without the line, which of those in their function,
    and a hash of its source; for tables, of the file without functions."""
    hashes: dict[tuple[str, str | None], str] = {}
    for path in {each.path for each in found}:
        tree = ast.parse(sources[path])
        tables = [each for each in tree.body if not isinstance(each, ast.FunctionDef)]
        hashes[path, None] = _hash(ast.unparse(ast.Module(tables, [])))
        for name, node in functions(tree):
            hashes[path, name] = _hash(ast.unparse(node))
    first: dict[tuple[str, str | None], int] = {}
    named = {}
    for each in sorted(found):
        at = each.place - first.setdefault((each.path, each.function), each.place)
        named[each] = f"{each.without_line()} #{at} {hashes[each.path, each.function]}"
    return named


def _hash(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()[:12]
