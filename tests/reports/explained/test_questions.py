"""The first advice of a refusal is the answer that was accepted in public, and it helps."""

import pytest

import kmsmock
from tests.reports.explained.table import QUESTIONS
from tests.support.questions import applied, first_advice, made, refusal_of
from tools import questions_page

pytestmark = pytest.mark.evidence("reported", "public reports and questions, as docs/questions.md lists them")

ROUNDS = 4
"""How many permissions a call may lack one after the other."""


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_first_advice_is_the_accepted_answer(no_containers, question):
    with kmsmock.World(**question.options) as world:
        call, answer = made(question, world)
        refusal = refusal_of(world, call)
        row = questions_page.row(question, first_advice(refusal))
        assert row in questions_page.PAGE.read_text(encoding="utf-8"), "run: python -m tools.questions_page"
        for step in range(ROUNDS):
            advice = first_advice(refusal)
            if step == question.steps - 1:
                assert [words for words in question.fix if words not in advice] == [], refusal.explain()
            if answer is not None:
                assert refusal_of(world, answer) is None
                return
            assert applied(world, refusal), refusal.explain()
            refusal = refusal_of(world, call)
            if refusal is None:
                assert step >= question.steps - 1
                return
        raise AssertionError(refusal.explain())


def test_nearly_all_lead_straight_to_the_accepted_answer():
    """Of each 60 kinds of questions, 55 or more."""
    assert len(QUESTIONS) >= 60
    assert sum(each.steps == 1 for each in QUESTIONS) / len(QUESTIONS) >= 58 / 60
    assert len({str(each) for each in QUESTIONS}) == len({each.asked for each in QUESTIONS}) == len(QUESTIONS)


def test_the_page_of_questions_has_no_others():
    rows = [line for line in questions_page.PAGE.read_text(encoding="utf-8").splitlines() if line.endswith(") |")]
    assert len(rows) == len(QUESTIONS)
