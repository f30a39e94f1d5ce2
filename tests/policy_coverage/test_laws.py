"""Coverage agrees with the evaluator: what it calls unneeded can be taken away, and no decision changes."""

from hypothesis import given, settings
from hypothesis import strategies as st

from kmsmock.coverage import plain
from kmsmock.coverage.counting import Counting, sources_of
from kmsmock.coverage.policies import of
from kmsmock.iam import Policy, decide
from tests.support import policies_by_chance as chance

laws = settings(max_examples=40, deadline=None, database=None)
SUITES = st.tuples(chance.LAYERS, st.lists(chance.ASKED, min_size=1, max_size=6))


def ran(suite):
    """The decisions of a suite, and the coverage of its policies."""
    decisions, store = chance.decided(suite)
    return decisions, of(plain.merged(plain.of(Counting(store))))


def without(policies, document, change):
    """The policies with one document changed wherever it hangs; ``change`` gives the statements that are left."""

    def source(each):
        if [raw.raw for raw in each.policy.statements] != document["Statement"]:
            return each
        left = change(document["Statement"])
        policy = chance.source(each.layer.name.lower(), left).policy if left else Policy("2012-10-17", "", ())
        return chance.Source(each.layer, each.name, policy)

    def level(sources):
        return None if sources is None else tuple(map(source, sources))

    changed = {name: level(getattr(policies, name)) for name in chance.WITH_SOURCES if name != "scp"}
    scp = None if policies.scp is None else tuple(map(level, policies.scp))
    return policies._replace(**changed, scp=scp)


def unchanged(decisions, document, change):
    for each in decisions:
        again = decide(each.request, without(each.policies, document, change))
        assert again.effect == each.effect, (each.explain(), again.explain())


@laws
@given(SUITES)
def test_a_statement_that_never_matched_can_be_dropped(suite):
    decisions, found = ran(suite)
    for policy in found:
        for statement in policy.statements:
            if not statement.exercised:
                unchanged(decisions, policy.document, lambda raws, at=statement.index: raws[:at] + raws[at + 1 :])


def drop(part, raw):
    """A statement without one value of an element, or without a condition; None if nothing would be left of it."""
    if part.element == "Condition":
        operator, _, key = part.key.partition(" ")
        keys = {name: value for name, value in raw["Condition"][operator].items() if name != key}
        return {**raw, "Condition": {**raw["Condition"], operator: keys}}
    value = raw[part.element]
    if isinstance(value, list) and len(value) > 1:
        return {**raw, part.element: [each for each in value if each != part.value]}
    named = value.get("AWS") if isinstance(value, dict) else None
    if isinstance(named, list) and len(named) > 1:
        return {**raw, part.element: {"AWS": [each for each in named if each != part.value]}}
    return None


def needless(part):
    """Conditions may go that were never false; values, that took no part."""
    return not part.against if part.element == "Condition" else not part.exercised


@laws
@given(SUITES)
def test_a_part_that_took_no_part_can_be_dropped(suite):
    decisions, found = ran(suite)
    for policy in found:
        for statement in policy.statements:
            raw = policy.document["Statement"][statement.index]
            for part in filter(needless, statement.parts):
                left = drop(part, raw)
                empty = left is None or not all(left.get(part.element, {"": [0]}) or [0])
                if not empty and left.get(part.element) not in ([], {"AWS": []}):
                    unchanged(
                        decisions,
                        policy.document,
                        lambda raws, at=statement.index, left=left: [*raws[:at], left, *raws[at + 1 :]],
                    )


@laws
@given(SUITES)
def test_every_decision_is_counted_once_by_every_statement_that_had_a_say(suite):
    decisions, found = ran(suite)
    for policy in found:
        same = [
            source
            for decision in decisions
            for source in sources_of(decision.request, decision.policies)
            if [each.raw for each in source.policy.statements] == policy.document["Statement"]
        ]
        for statement in policy.statements:
            assert statement.matched + statement.unmatched == len(same)


@laws
@given(SUITES)
def test_the_statements_that_decided_have_matched(suite):
    decisions, found = ran(suite)
    matched = {
        (str(policy.document["Statement"]), statement.index)
        for policy in found
        for statement in policy.statements
        if statement.exercised
    }
    for decision in decisions:
        for source, statement in decision.matched:
            assert (str([each.raw for each in source.policy.statements]), statement.index) in matched
