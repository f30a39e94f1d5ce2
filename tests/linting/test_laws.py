"""What holds of lint for every policy: it answers, and a statement that it calls needless is."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmsmock.iam import Layer, Policies, Request, Source, compile_policy, decide
from kmsmock.linting import asking, judging, reading
from kmsmock.linting.rules.idle import shadowing
from tests.support.policies_by_chance import CONTEXTS, HOME, KEY, PRINCIPALS, statements

EVERYTHING = (
    Source(Layer.IDENTITY, "all", compile_policy({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})),
)
MADE = st.lists(statements(Layer.RESOURCE), min_size=1, max_size=4)
UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Whoever draws first reads the constants of all modules, on whatever machine."""
ACTIONS = ("kms:Decrypt", "kms:Encrypt", "kms:PutKeyPolicy")


def document(listed):
    return {"Version": "2012-10-17", "Statement": listed}


@UNHURRIED
@given(MADE, st.booleans())
def test_lint_answers_about_every_policy(listed, known):
    looked = reading.of_document(json.dumps(document(listed)), "p.json", *((HOME, "us-east-1") if known else ()))
    found = judging.judge([looked], judging.asked("note"))
    assert found.looked_at == 1
    assert all(each.what and each.fix and each.page and str(each) for each in found)


@UNHURRIED
@given(st.lists(statements(Layer.IDENTITY), min_size=1, max_size=4))
def test_lint_answers_about_every_policy_of_iam(listed):
    found = judging.judge([reading.of_document(json.dumps(document(listed)), "p.json")], judging.asked("note"))
    assert {each.code for each in found} <= {
        "KMS001",
        "KMS005",
        "KMS006",
        "KMS008",
        "KMS009",
        "KMS010",
        "KMS011",
        "KMS014",
    }


ANYTHING = st.sampled_from(
    [None, True, 1, "*", [], {}, "kms:Decrypt", ["kms:*"], {"AWS": "*"}, {"Bool": {}}, {"Bool": {"a": None}}]
)
ELEMENTS = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition", "Other"]
HARDLY_STATEMENTS = st.dictionaries(st.sampled_from(ELEMENTS), ANYTHING | st.just("Allow"), max_size=6)


@UNHURRIED
@given(ANYTHING | st.lists(HARDLY_STATEMENTS | ANYTHING, max_size=2))
def test_what_is_no_policy_is_refused_or_found(value):
    looked = reading.of_document(json.dumps({"Statement": value}), "p.json")
    assert judging.judge([looked], judging.asked("note")).looked_at == 1


def effects(policy, contexts):
    answers = []
    for who in PRINCIPALS:
        for identity in (EVERYTHING, ()):
            policies = Policies(identity=identity, resource=(Source(Layer.RESOURCE, "key policy", policy),))
            for context in contexts:
                answers += [decide(Request(who, each, KEY, HOME, context), policies).effect for each in ACTIONS]
    return answers


@UNHURRIED
@given(MADE, st.lists(CONTEXTS, min_size=1, max_size=3))
def test_a_needless_statement_changes_no_decision(listed, contexts):
    listed = [*listed, *({**each, "Action": "kms:Decrypt"} for each in listed[:1] if "Action" in each)]
    policy = compile_policy(document(listed), kind="resource")
    for statement in policy.statements:
        if shadowing(statement, policy.statements) is None:
            continue
        left = [each for number, each in enumerate(listed) if number != statement.index]
        assert effects(policy, contexts) == effects(compile_policy(document(left), kind="resource"), contexts)


@UNHURRIED
@given(MADE, CONTEXTS)
def test_what_conditions_are_seen_to_lets_in_no_fewer(listed, context):
    policy = compile_policy(document(listed), kind="resource")
    wide = asking.eased(policy, lambda condition: True)
    for before, after in zip(effects(policy, [context]), effects(wide, [context]), strict=True):
        assert (before, after) != ("allowed", "implicitDeny")
