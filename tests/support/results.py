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
    path.write_text(files.text(records), encoding="utf-8")
    return path


def merged(path, tests, **options):
    return merging.merged([written(path, tests, **options)])


HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>&amp;\u2028\ud800"
"""What a name in a test may be, at worst."""


_WHEN = "2026-01-01T00:00:00Z"


def hostile_results(tmp_path):
    key = kinds.Key(f"arn:aws:kms:us-east-1:111111111111:key/{HOSTILE}", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS",
              "CUSTOMER", "Enabled", [[_WHEN, "Enabled"]], aliases=[f"alias/{HOSTILE}", "¤0a¤"])  # fmt: skip
    caller = f"arn:aws:iam::111111111111:role/{HOSTILE}"
    records = [
        kinds.World(1, "111111111111", "us-east-1", "strict", _WHEN, _WHEN, calls=1, decisions=1, denied=1, refused=1),
        key,
        kinds.Decision(caller, f"kms:{HOSTILE}", key.arn, "implicitDeny", "resource-based policy", by=f"¤ {key.arn} {HOSTILE}"),
        kinds.Event(_WHEN, HOSTILE, f"{HOSTILE}.amazonaws.com", "111111111111", "us-east-1", caller, keys=[key.arn], error=HOSTILE),
        kinds.Refusal(_WHEN, HOSTILE, HOSTILE, f"{key.arn} {HOSTILE}", "kms", HOSTILE, HOSTILE, HOSTILE, HOSTILE,
                principal=caller, key=key.arn, at=HOSTILE, explanation=HOSTILE),
        kinds.Link("share", "111111111111", HOSTILE, "222222222222", "us-east-1", HOSTILE, key.arn, HOSTILE),
    ]  # fmt: skip
    return merged(
        tmp_path / "results.jsonl", {f"test_{HOSTILE}.py::test_{HOSTILE}": records}, mode=HOSTILE, worker=HOSTILE
    )
