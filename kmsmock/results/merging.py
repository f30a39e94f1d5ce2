"""Many files of results as one: of the attempts at a test, the last of a run counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from kmsmock.results import files
from kmsmock.results.kinds import Record, Run, Test, World

Kind = TypeVar("Kind")


@dataclass(slots=True)
class WorldSeen:
    """A world, and its lines in order."""

    world: World
    records: list[Record] = field(default_factory=list)


@dataclass(slots=True)
class Attempt:
    """A test as it was last attempted in a run; ``records`` are the lines that belong to none of its worlds."""

    run: Run
    test: Test
    worlds: list[WorldSeen] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


@dataclass(slots=True)
class Results:
    """All that is known of one run or several, the tests by file, in the order in which they were started."""

    runs: list[Run] = field(default_factory=list)
    tests: list[Attempt] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    """The lines that belong to no test."""

    def all_of(self, kind: type[Kind]) -> Iterator[Kind]:
        """All lines of a kind, but those of runs, tests and worlds themselves."""
        of_tests = (each for test in self.tests for each in (*test.records, *_of_worlds(test)))
        yield from (each for each in (*self.records, *of_tests) if isinstance(each, kind))

    def lines(self) -> Iterator[Record]:
        """The same as one file of results: each run with its tests."""
        for name in dict.fromkeys(each.run for each in self.runs):
            for number, run in enumerate(each for each in self.runs if each.run == name):
                yield run
                if not number:
                    yield from (self.records if run is self.runs[0] else ())
                    for test in self.tests:
                        if test.run.run == name:
                            yield test.test
                            yield from test.records
                            for world in test.worlds:
                                yield world.world
                                yield from world.records


def _of_worlds(test: Attempt) -> Iterator[Record]:
    return (each for world in test.worlds for each in world.records)


def merged(paths: Iterable[Path]) -> Results:
    """What files hold together. Raises BadLine and OSError."""
    return put_together(map(files.read, paths))


def put_together(read: Iterable[Iterable[Record]]) -> Results:
    """What the records of several files are together."""
    found = Results()
    last: dict[tuple[str, str], Attempt] = {}
    for records in read:
        for each in _tests(records, found):
            name = each.run.run, each.test.test
            before = last.get(name)
            if before is None or _order(each) >= _order(before):
                last[name] = each
    found.tests = sorted(last.values(), key=lambda each: (each.test.test.partition("::")[0], each.test.started))
    return found


def _order(seen: Attempt) -> tuple[int, float]:
    return seen.test.attempt, seen.test.started


def _tests(records: Iterable[Record], into: Results) -> Iterator[Attempt]:
    """The tests of one file; its runs, and what belongs to no test, go into the results."""
    run, test, here = Run(""), None, into.records
    for each in records:
        if isinstance(each, Run):
            run, here = each, into.records
            if each not in into.runs:
                into.runs.append(each)
        elif isinstance(each, Test):
            if test is not None:
                yield test
            test = Attempt(run, each)
            here = test.records
        elif isinstance(each, World) and test is not None:
            test.worlds.append(WorldSeen(each))
            here = test.worlds[-1].records
        else:
            here.append(each)
    if test is not None:
        yield test
