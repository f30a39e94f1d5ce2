"""Replaying agrees with the evaluator: a mutant of which nothing is said changes no decision, and any other does."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kmsmock.coverage import plain
from kmsmock.coverage.counting import Counting
from kmsmock.coverage.shapes import statements_of
from kmsmock.iam import Policy, compile_policy, decide
from kmsmock.mutation import mutants
from kmsmock.mutation.cases import Cases
from kmsmock.mutation.replaying import Replay, first_use
from tests.support import policies_by_chance as chance

laws = settings(max_examples=40, deadline=None, database=None)
SUITES = st.tuples(chance.LAYERS, st.lists(chance.ASKED, min_size=1, max_size=4))


def ran(suite):
    """The decisions of a suite, what is kept of them, and the policies with all their mutants."""
    decisions, store = chance.decided(suite)
    cases = Cases()
    for number, each in enumerate(decisions):
        cases.begin(str(number))
        cases.keep(each)
    by_policy = cases.by_policy()
    found = []
    for each in plain.of(Counting(store)):
        used = first_use(cases, by_policy.get(each.policy, []), each.policy)
        found.append((each, list(mutants.of(each.policy, statements_of(each.document), used))))
    return decisions, cases, by_policy, found


def mutated(policies, document, mutant):
    """The policies with one document changed wherever it hangs, compiled from its text."""

    def source(each):
        raws = [one.raw for one in each.policy.statements]
        if raws != document["Statement"]:
            return each
        left = mutants.changed(mutant, raws)
        kind = "resource" if each.layer.name in ("RCP", "RESOURCE", "VPCE") else "identity"
        policy = compile_policy({"Version": "2012-10-17", "Statement": left}, kind=kind) if left else NOTHING
        return chance.Source(each.layer, each.name, policy)

    def level(sources):
        return None if sources is None else tuple(map(source, sources))

    changed = {name: level(getattr(policies, name)) for name in chance.WITH_SOURCES if name != "scp"}
    scp = None if policies.scp is None else tuple(map(level, policies.scp))
    return policies._replace(**changed, scp=scp)


def told(decision):
    """What a caller can know: of a denial, the reason too."""
    return ("allowed",) if decision.allowed else chance.answer(decision)


NOTHING = Policy("2012-10-17", "", ())


@laws
@given(SUITES)
def test_a_mutant_changes_just_the_decisions_that_the_replay_says(suite):
    decisions, cases, by_policy, found = ran(suite)
    for policy, made in found:
        for mutant in made:
            replay = Replay(cases, mutant)
            changed = {case.test for case in by_policy.get(mutant.policy, []) if replay.changes(case)}
            for number, each in enumerate(decisions):
                again = decide(each.request, mutated(each.policies, policy.document, mutant))
                assert (told(again) != told(each)) == (str(number) in changed), mutant


@laws
@given(SUITES)
def test_each_mutant_is_another_document(suite):
    _, _, _, found = ran(suite)
    for policy, made in found:
        before = statements_of(policy.document)
        texts = [str(mutants.changed(each, before)) for each in made]
        assert str(before) not in texts
        assert len({(each.path, each.how, each.to) for each in made}) == len(made)


@laws
@given(SUITES)
def test_every_statement_and_every_condition_has_a_mutant_without_it(suite):
    _, _, _, found = ran(suite)
    for policy, made in found:
        dropped = {each.path for each in made if each.how == "dropped"}
        for path in policy.counts:
            if "/" not in path or "/Condition/" in path:
                assert path in dropped
