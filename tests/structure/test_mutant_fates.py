"""What a run of ``python -m tools.mutants --known`` keeps for the next one."""

import pytest

from tools.mutant_fates import Fates
from tools.mutations import mutants

SOURCE = "LIMIT = 7\n\ndef both(a, b):\n    return a and b\n\ndef less(a, b):\n    return a < b and b < LIMIT\n"


@pytest.fixture
def run(tmp_path):
    """A run over a source, with the fates that the runs before it have kept."""

    def begin(source=SOURCE):
        found = mutants("x.py", source)
        return found, Fates(tmp_path / "known.jsonl", found, {"x.py": source})

    return begin


def names(mutants):
    return [each.function or "table" for each in mutants]


def test_what_was_killed_is_known_and_what_survived_is_tried_again(run):
    found, fates = run()
    for at, each in enumerate(found):
        fates.note(each, "a test" if at else None)
    found, fates = run()
    assert [fates.is_killed(each) for each in found] == [False] + [True] * (len(found) - 1)
    assert [each for each in found if fates.survived(each)] == found[:1]
    fates.note(found[0], "another test")
    fates.note(found[1], None)
    found, fates = run()
    assert all(fates.is_killed(each) and not fates.survived(each) for each in found)


def test_changes_of_one_kind_in_one_function_are_told_apart(run):
    found, fates = run()
    twice = [each for each in found if each.change == "Lt -> LtE"]
    fates.note(twice[1], "a test")
    found, fates = run()
    assert [fates.is_killed(each) for each in found if each.change == "Lt -> LtE"] == [False, True]


@pytest.mark.parametrize(
    ("before", "after", "known"),
    [
        ("def both", "# moves what is below\n\ndef both", {"table", "both", "less"}),
        ("a and b", "b and a", {"table", "less"}),
        ("a < b and b", "a < b or b", {"table", "both"}),
        ("LIMIT = 7", "LIMIT = 8", {"both", "less"}),
    ],
)
def test_code_that_changed_is_tried_again(run, before, after, known):
    found, fates = run()
    for each in found:
        fates.note(each, "a test")
    found, fates = run(SOURCE.replace(before, after))
    assert set(names(each for each in found if fates.is_killed(each))) == known


def test_without_a_file_nothing_is_known_or_kept():
    found = mutants("x.py", SOURCE)
    fates = Fates(None, found, {"x.py": SOURCE})
    fates.note(found[0], "a test")
    assert not fates.is_killed(found[0])
