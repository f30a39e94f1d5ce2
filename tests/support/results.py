"""Results as a run writes them, made without one: what worlds saw in which a function did something."""

import kmsmock
from kmsmock import clock
from kmsmock.model.turns import turn
from kmsmock.results import collecting, files, kinds, merging
from kmsmock.results.explained import Explained
from kmsmock.telling import entered


def seen(do, **options):
    """The lines of a world in which ``do(world)`` did something, taken at its end as the plugin does."""
    found = []

    def leave(store):
        with turn:
            found.extend(collecting.collect(store, 1, mark, Explained(), over=True))

    try:
        with kmsmock.World(**options) as world:
            mark = collecting.Mark(clock.now())
            do(world)
            entered.LEAVING.append(leave)
    finally:
        entered.LEAVING.remove(leave)
    return found


def of_kind(records, kind):
    return [each for each in records if isinstance(each, kind)]


def written(path, tests, *, run="run", **options):
    """A file of results: the tests by their names, each the lines below it."""
    records = [kinds.Run(run, kmsmock="1.0", python="3.13.1", started=1_700_000_000.0, **options)]
    for number, (name, lines) in enumerate(tests.items()):
        records += [kinds.Test(name, started=1_700_000_000.0 + number, seconds=0.25), *lines]
    files.write(path, records)
    return path


def merged(path, tests, **options):
    return merging.merged([written(path, tests, **options)])
