"""What time costs: a century over 1,000 rotating keys, and freezing by the world's clock against freezegun alone.

``python -m benchmarks travel``, or all of them by ``make bench``.
Freezing is a ratio within one run, after the same imports; the century is in seconds.
"""

import freezegun
import freezegun.api

import kmsmock
from benchmarks.figures import Figure
from kmsmock.call import Call
from kmsmock.kms import gate, lifecycle

KEYS, YEARS, ROUNDS = 1000, 100, 15
REGION = "us-east-1"


def lasts(work):
    """Seconds of real time."""
    start = freezegun.api.real_perf_counter()  # looked up there: freezegun replaces it everywhere else
    work()
    return freezegun.api.real_perf_counter() - start


def century():
    """Seconds of travelling, of a look at one key, and of a look at all."""
    with kmsmock.World() as world:
        world.clock.freeze("2026-01-01")
        caller = world.identities.caller("testing")

        def ask(operation, **params):
            return gate.answer(world.store, Call("kms", operation, params, caller, REGION))

        keys = [ask("CreateKey")["KeyMetadata"]["KeyId"] for _ in range(KEYS)]
        for key in keys:
            ask("EnableKeyRotation", KeyId=key)
        travel = lasts(lambda: (world.clock.advance(days=365 * YEARS + 30), ask("ListKeys")))
        one = lasts(lambda: ask("ListKeyRotations", KeyId=keys[0]))
        every = lasts(lambda: lifecycle.run_due(world.store, world.clock.now()))
        assert len(ask("ListKeyRotations", KeyId=keys[-1])["Rotations"]) == YEARS
    return travel, one, every


def freezing():
    """Seconds of starting and stopping: the world's clock, and freezegun's own freeze_time."""

    def ours():
        with kmsmock.World() as world:
            best_ours.append(lasts(lambda: (world.clock.freeze("2030-01-01"), world.clock.release())))

    def theirs():
        freezer = freezegun.freeze_time("2030-01-01")
        best_theirs.append(lasts(lambda: (freezer.start(), freezer.stop())))

    best_ours, best_theirs = [], []
    for _ in range(ROUNDS):
        ours()
        theirs()
    return min(best_ours), min(best_theirs)


def figures():
    """A century, and freezing as a ratio to freezegun's own."""
    travel, one, every = century()
    yield Figure("time", f"{YEARS} years over {KEYS:,} rotating keys", travel, "s", 1)
    yield Figure("time", "a look at one of them", one, "s")
    yield Figure("time", f"a look at all, {KEYS * YEARS:,} rotations", every, "s")
    ours, theirs = freezing()
    yield Figure("time", "freezing and releasing", ours / theirs, "x freezegun", 1)
