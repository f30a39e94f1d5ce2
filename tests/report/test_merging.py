"""Files of results, put together: of workers, of attempts, of runs."""

import pytest

from kmsmock.results import files, kinds, merging
from kmsmock.results.kinds import Event, Run, World


def world(number=1, **more):
    return World(number, "111111111111", "us-east-1", "strict", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", **more)


def event(name):
    return Event("2026-01-01T00:00:00Z", name, "kms.amazonaws.com", "111111111111", "us-east-1", "somebody")


def file(path, *records):
    path.write_text(files.text(records), encoding="utf-8")
    return path


def names(results):
    return [
        (each.test.test, each.test.outcome, [event.name for w in each.worlds for event in w.records])
        for each in results.tests
    ]


def test_workers_of_a_run_are_one(tmp_path):
    first = file(
        tmp_path / "gw0.jsonl", Run("a", worker="gw0"), kinds.Test("t.py::one", started=2), world(), event("CreateKey")
    )
    second = file(
        tmp_path / "gw1.jsonl", Run("a", worker="gw1"), kinds.Test("t.py::two", started=1), world(), event("Decrypt")
    )
    found = merging.merged([first, second])
    assert names(found) == [("t.py::two", "passed", ["Decrypt"]), ("t.py::one", "passed", ["CreateKey"])]
    assert [each.worker for each in found.runs] == ["gw0", "gw1"]


def test_of_the_attempts_of_a_run_the_last_counts(tmp_path):
    failed = (kinds.Test("t.py::one", attempt=1, outcome="failed", started=1), world(), event("CreateKey"))
    passed = (kinds.Test("t.py::one", attempt=2, started=2), world(), event("Decrypt"))
    for order in ((failed, passed), (passed, failed)):
        path = file(tmp_path / "results.jsonl", Run("a"), *(each for attempt in order for each in attempt))
        (test,) = merging.merged([path]).tests
        assert (test.test.outcome, test.test.attempt, [each.name for each in test.worlds[0].records]) == (
            "passed",
            2,
            ["Decrypt"],
        )


def test_a_test_of_two_runs_is_there_twice(tmp_path):
    paths = [
        file(tmp_path / f"{run}.jsonl", Run(run, python=python), kinds.Test("t.py::one"), world())
        for run, python in (("a", "3.10.1"), ("b", "3.13.1"))
    ]
    found = merging.merged(paths)
    assert [(each.run.python, each.test.test) for each in found.tests] == [
        ("3.10.1", "t.py::one"),
        ("3.13.1", "t.py::one"),
    ]


def test_the_same_file_twice_changes_nothing(tmp_path):
    path = file(tmp_path / "a.jsonl", Run("a"), kinds.Test("t.py::one"), world(), event("Decrypt"))
    found = merging.merged([path, path])
    assert names(found) == [("t.py::one", "passed", ["Decrypt"])]
    assert len(found.runs) == 1


def test_what_is_put_together_is_a_file_of_results(tmp_path):
    """Putting together what was put together changes nothing."""
    first = file(
        tmp_path / "a.jsonl", Run("a", worker="gw0"), kinds.Test("t.py::one", started=1), world(), event("CreateKey")
    )
    other = file(
        tmp_path / "b.jsonl", Run("b"), kinds.Test("t.py::two", started=2), world(1), event("Decrypt"), world(2)
    )
    once = merging.merged([first, other])
    again = merging.merged([file(tmp_path / "both.jsonl", *once.lines())])
    assert again == once


def test_what_belongs_to_no_test_is_kept(tmp_path):
    path = file(tmp_path / "a.jsonl", Run("a"), event("CreateKey"), kinds.Test("t.py::one"), world())
    found = merging.merged([path])
    assert found.records == [event("CreateKey")]
    assert list(found.lines()) == [Run("a"), event("CreateKey"), kinds.Test("t.py::one"), world()]


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        merging.merged([tmp_path / "none.jsonl"])


def test_all_of_a_kind(tmp_path):
    path = file(
        tmp_path / "a.jsonl", Run("a"), kinds.Test("t.py::one"), world(), event("Decrypt"), world(2), event("Encrypt")
    )
    assert [each.name for each in merging.merged([path]).all_of(kinds.Event)] == ["Decrypt", "Encrypt"]
