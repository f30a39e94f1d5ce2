"""What falls due happens at its own instant, in order and once."""

from datetime import datetime, timedelta

import pytest

from kmsmock.model.agenda import Agenda

NOON = datetime(2026, 3, 1, 12)
SECOND = timedelta(seconds=1)


@pytest.fixture
def agenda():
    return Agenda()


def noting(agenda, now):
    """What an agenda does until an instant: when, and about what."""
    done = []
    agenda.run_due({"note": lambda state, when, subject: state.append((when, subject))}, done, now)
    return done


def test_what_falls_due_at_an_instant_happens_at_it_and_only_once(agenda):
    agenda.add(NOON, "note", "a")
    assert noting(agenda, NOON - SECOND) == []
    assert noting(agenda, NOON) == [(NOON, "a")]
    assert noting(agenda, NOON + SECOND) == []


def test_what_fell_due_meanwhile_happens_in_the_order_of_time(agenda):
    agenda.add(NOON + SECOND, "note", "second")
    agenda.add(NOON, "note", "first")
    agenda.add(NOON + 2 * SECOND, "note", "not yet")
    assert noting(agenda, NOON + SECOND) == [(NOON, "first"), (NOON + SECOND, "second")]


def test_of_one_instant_what_was_made_first_happens_first(agenda):
    for name in ("b", "a", "c"):
        agenda.add(NOON, "note", name)
    assert [subject for _, subject in noting(agenda, NOON)] == ["b", "a", "c"]


def test_what_happens_may_look_at_the_agenda_and_finds_nothing_to_do(agenda):
    agenda.add(NOON, "look", "a")
    agenda.add(NOON, "look", "b")
    done = []

    def look(state, when, subject):
        agenda.run_due({"look": look}, state, NOON)
        done.append(subject)

    agenda.run_due({"look": look}, None, NOON)
    assert done == ["a", "b"]


def test_what_fails_does_not_stop_what_comes_later(agenda):
    agenda.add(NOON, "fail", "a")
    agenda.add(NOON, "note", "b")

    def fail(state, when, subject):
        raise RuntimeError("as a fault of ours would")

    with pytest.raises(RuntimeError):
        agenda.run_due({"fail": fail}, None, NOON)
    assert noting(agenda, NOON) == [(NOON, "b")]
