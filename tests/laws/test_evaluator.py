"""What holds for every decision, whatever the policies: laws of ``kmsmock.iam.decide`` on policies made by chance."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kmsmock.iam import Layer, Policies, Request, Source, compile_policy, decide, match_wildcard
from tests.support.policies_by_chance import (
    ASKED,
    HOME,
    KEY,
    LAYERS,
    PRINCIPALS,
    WITH_SOURCES,
    answer,
    ask,
    compiled,
    replaced,
    request,
    single,
    statements,
)

laws = settings(max_examples=100, deadline=None, database=None)

# --- the laws -------------------------------------------------------------------------------------------------------


def adding_a_deny_never_allows(asked, layers, data):
    name = data.draw(single(WITH_SOURCES))
    extra = data.draw(statements(Layer[name.upper()], effect=st.just("Deny")))
    within = data.draw(st.booleans())

    def change(found):
        return [[*found[0], extra], *found[1:]] if within and found else [*found, [extra]]

    if ask(asked, replaced(layers, name, change)).allowed:
        assert ask(asked, layers).allowed


def a_deny_that_matches_always_denies(asked, layers, data):
    name = data.draw(single(["identity", "boundary", "session"]))
    deny = [{"Effect": "Deny", "Action": "*", "Resource": "*"}]
    decision = ask(asked, replaced({**layers, name: layers[name] or []}, name, lambda found: [*found, deny]))
    assert decision.effect == "explicitDeny"


UNRELATED = [
    {"Action": "kms:ScheduleKeyDeletion", "Resource": "*"},
    {"Action": ["s3:*", "ec2:*"], "Resource": KEY},
    {"Action": "*", "Resource": KEY + "x"},
    {"Action": "kms:*", "Resource": f"arn:aws:kms:eu-west-1:{HOME}:key/*"},
    {"NotAction": "kms:*", "Resource": "*"},
    {"Action": "kms:*", "NotResource": f"arn:aws:kms:*:{HOME}:key/*"},
    {"Action": [], "Resource": "*"},
]
EFFECTS, PLACES = single(["Allow", "Deny"]), st.integers(0, 3)


def adding_an_unrelated_statement_never_changes_the_decision(asked, layers, data):
    name, unrelated, effect, place = data.draw(st.tuples(single(WITH_SOURCES), single(UNRELATED), EFFECTS, PLACES))
    extra = {"Effect": effect, **unrelated}
    if name in ("rcp", "resource", "vpce"):
        extra["Principal"] = "*"
    before = ask(asked, layers)
    inside = replaced(layers, name, lambda found: [[*each[:place], extra, *each[place:]] for each in found])
    beside = replaced(layers, name, lambda found: [*found[:place], [extra], *found[place:]])
    for changed in (inside, beside):
        after = ask(asked, changed)
        assert answer(after) == answer(before)
        assert [each.raw for _, each in after.matched] == [each.raw for _, each in before.matched]
        assert after.grant == before.grant


def the_order_of_statements_policies_and_grants_does_not_matter(asked, layers, data):
    shuffled = dict(layers)
    for name in WITH_SOURCES:
        shuffled = replaced(
            shuffled,
            name,
            lambda found: data.draw(st.permutations([data.draw(st.permutations(each)) for each in found])),
        )
    if shuffled["scp"] is not None:
        shuffled["scp"] = data.draw(st.permutations(shuffled["scp"]))
    shuffled["grants"] = data.draw(st.permutations(shuffled["grants"]))
    assert answer(ask(asked, shuffled)) == answer(ask(asked, layers))


def the_same_question_has_the_same_answer_and_every_answer_can_be_explained(asked, layers, data):
    policies, question = compiled(layers), request(asked, layers)
    first = decide(question, policies)
    for again in (decide(question, policies), ask(asked, layers)):
        assert answer(again) == answer(first)
        assert [each.raw for _, each in again.matched] == [each.raw for _, each in first.matched]
        assert again.explain() == first.explain()
    assert first.explain().startswith("ALLOWED" if first.allowed else "DENIED")


def nobody_is_allowed_without_any_allow(asked, layers, data):
    def deny(found):
        return [[{**each, "Effect": "Deny"} for each in document] for document in found]

    for name in WITH_SOURCES:
        layers = replaced(layers, name, deny)
    decision = ask(asked, {**layers, "grants": []})
    assert not decision.allowed or (asked[0].kind == "root" and not decision.request.cross_account)


def taking_a_limit_away_never_denies(asked, layers, data):
    name = data.draw(single(["boundary", "session", "vpce"]))
    if asked[0].kind == "federated" and name == "session":
        return  # without a session policy he may do nothing
    if ask(asked, layers).allowed:
        assert ask(asked, {**layers, name: None}).allowed


LAWS = [
    adding_a_deny_never_allows,
    a_deny_that_matches_always_denies,
    adding_an_unrelated_statement_never_changes_the_decision,
    the_order_of_statements_policies_and_grants_does_not_matter,
    the_same_question_has_the_same_answer_and_every_answer_can_be_explained,
    nobody_is_allowed_without_any_allow,
    taking_a_limit_away_never_denies,
]


@settings(laws, max_examples=150)
@given(ASKED, LAYERS, st.data())
def test_every_law_holds_for_every_question_and_all_policies(asked, layers, data):
    """Making the policies is what takes long, and all laws can look at the same ones."""
    for law in LAWS:
        law(asked, layers, data)


# --- wildcards ------------------------------------------------------------------------------------------------------


def reference(pattern, value):
    """``*`` and ``?`` over UTF-16 code units, by the classical table and without any regular expression."""

    def split(text):
        raw = text.encode("utf-16-le", "surrogatepass")
        return [raw[at : at + 2] for at in range(0, len(raw), 2)]

    star, mark = "*".encode("utf-16-le"), "?".encode("utf-16-le")
    seen = split(value)
    row = [True, *[False] * len(seen)]
    for unit in split(pattern):
        if unit == star:
            fresh = [row[0]]
            for at in range(len(seen)):
                fresh.append(row[at + 1] or fresh[at])
        else:
            fresh = [False, *(row[at] and unit in (mark, seen[at]) for at in range(len(seen)))]
        row = fresh
    return row[-1]


PATTERN = st.text(alphabet="ab*?:/[]\\.+\n😀é", max_size=8)
VALUE = st.text(alphabet="ab:/[]\\.+\n😀é*?", max_size=10)


@settings(laws, max_examples=2000)
@given(PATTERN, VALUE)
@example("a??b", "a😀b")
@example("*\n*", "a\nb")
@example("[ab]", "a")
@example("", "")
def test_wildcards_agree_with_a_reference_matcher(pattern, value):
    assert match_wildcard(pattern, value) == reference(pattern, value)


ARN_PART = st.text(alphabet="ab*?", max_size=4)
ARN = st.tuples(ARN_PART, ARN_PART, ARN_PART, ARN_PART, ARN_PART, st.text(alphabet="ab*?:/", max_size=6))
PLAIN = st.tuples(*[st.text(alphabet="ab", max_size=3)] * 5, st.text(alphabet="ab:/", max_size=6))


@settings(laws, max_examples=500)
@given(ARN, PLAIN)
def test_resources_are_matched_segment_by_segment(pattern, value):
    resource = ":".join(value)
    expected = ":".join(pattern) == "*" or all(map(reference, pattern, value))
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": ":".join(pattern)}],
    }
    (statement,) = compile_policy(document).statements
    assert statement.resources.match(resource, {}) == expected
    document["Statement"][0]["Resource"] += "${aws:x, ''}"
    (statement,) = compile_policy(document).statements
    assert statement.resources.match(resource, {}) == expected


@pytest.mark.parametrize(
    ("pattern", "x", "resource", "matches"),
    [
        ("arn:aws:kms:*", None, "arn:aws:kms:r:1:key/k", False),
        ("arn:*", None, "arn:aws:kms:r:1:key/k", False),
        ("arn:aws:kms:*:*:*", None, "arn:aws:kms:r:1:key/k", True),
        ("arn:aws:s3:*:*:b/${aws:x}", "a*b", "arn:aws:s3:::b/a*b", True),
        ("arn:aws:s3:*:*:b/${aws:x}", "a*b", "arn:aws:s3:::b/axb", False),
        ("arn:aws:s3:*:*:b/${aws:x}", "a*b", "arn:aws:s3:a:b:c:b/a*b", False),
        ("${aws:x}", "*", "arn:aws:s3:::b/k", False),
        ("*", None, "anything", True),
        ("*?", None, "arn:aws:s3:::b/k", True),
    ],
)
def test_wildcards_of_resources_stay_within_their_segment(pattern, x, resource, matches):
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": pattern}]}
    (statement,) = compile_policy(document).statements
    assert statement.resources.match(resource, {} if x is None else {"aws:x": x}) is matches


ACTION = st.text(alphabet="aBc*?", min_size=1, max_size=5)


@laws
@given(ACTION, st.text(alphabet="AbC", min_size=1, max_size=5))
def test_actions_are_matched_without_regard_to_case(pattern, name):
    document = {"Statement": [{"Effect": "Allow", "Action": f"KMS:{pattern}", "Resource": "*"}]}
    (statement,) = compile_policy(document).statements
    expected = reference(f"kms:{pattern}".lower(), f"kms:{name}".lower())
    assert bool(statement.actions.match(f"kms:{name}".lower(), {})) == expected
    caller = PRINCIPALS[2]
    policies = Policies(
        identity=(Source(Layer.IDENTITY, "p", compile_policy(document)),), resource_policy_required=False
    )
    assert decide(Request(caller, f"kms:{name}", KEY, HOME, {}), policies).allowed == (
        expected and caller.account == HOME
    )
