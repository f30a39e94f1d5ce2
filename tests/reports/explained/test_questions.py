"""The first advice of a refusal is the answer that was accepted in public, and it helps."""

import pytest

import kmsmock
from tests.reports.explained import ciphertexts, databases, disks, messages, objects, policies, services
from tests.support.questions import applied, first_advice, refusal_of

MODULES = (objects, disks, messages, services, databases, ciphertexts, policies)
QUESTIONS = [each for module in MODULES for each in module.QUESTIONS]
ROUNDS = 4
"""How many permissions a call may lack one after the other."""


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_the_first_advice_is_the_accepted_answer(no_containers, question):
    with kmsmock.World(**question.options) as world:
        made = question.situation(world)
        call, answer = made if isinstance(made, tuple) else (made, None)
        refusal = refusal_of(world, call)
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
    assert len(QUESTIONS) >= 60
    assert sum(each.steps == 1 for each in QUESTIONS) >= len(QUESTIONS) - 2
    assert len({str(each) for each in QUESTIONS}) == len({each.asked for each in QUESTIONS}) == len(QUESTIONS)
