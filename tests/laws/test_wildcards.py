"""What wildcards mean, however many values and patterns meet; and that no pattern makes it take longer."""

import json
import re
import sys

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kmsmock.iam
from kmsmock.errors import PolicyWarning
from kmsmock.iam import Layer, Policies, Principal, Request, Source, compile_policy, decide, match_wildcard
from kmsmock.iam.conditions import compile_conditions
from kmsmock.iam.matching import match_arn, substitute
from kmsmock.iam.wildcards import Row
from tests.support.claims import OWNER, allow, refused

laws = settings(max_examples=200, deadline=None, database=None)
TEXTS = st.text("ab*?:", max_size=6)
PATTERNS = st.text("ab*?", max_size=6)


def reference(pattern, value):
    """``*`` and ``?`` by their definition, with no thought for time."""
    if not pattern:
        return not value
    if pattern[0] == "*":
        return any(reference(pattern[1:], value[at:]) for at in range(len(value) + 1))
    return bool(value) and pattern[0] in ("?", value[0]) and reference(pattern[1:], value[1:])


@laws
@given(st.lists(st.text("ab", max_size=5), max_size=4), PATTERNS)
def test_a_row_tells_which_of_its_values_a_pattern_covers(values, pattern):
    row = Row([value] for value in values)
    assert row.which(pattern) == [number for number, value in enumerate(values) if reference(pattern, value)]


@laws
@given(
    st.lists(st.lists(st.text("ab", max_size=3), min_size=3, max_size=3), max_size=3), st.lists(PATTERNS, max_size=3)
)
def test_wildcards_stay_in_their_segment(values, segments):
    covered = [
        number for number, value in enumerate(values) if len(segments) == 3 and all(map(reference, segments, value))
    ]
    assert Row(values).which(*segments) == covered


@laws
@given(PATTERNS, TEXTS)
def test_one_value_is_covered_as_in_the_definition(pattern, value):
    assert match_wildcard(pattern, value) == reference(pattern, value)


ARNS = st.lists(st.text("ab*?", max_size=3), min_size=4, max_size=8).map(":".join)


@laws
@given(ARNS, ARNS)
def test_arns_are_covered_segment_by_segment(pattern, value):
    wanted, seen = pattern.split(":", 5), value.split(":", 5)
    assert match_arn(pattern, value) == (len(wanted) == len(seen) == 6 and all(map(reference, wanted, seen)))


OPERATORS = ["StringLike", "StringNotLike", "StringEquals", "StringNotEquals", "ArnLike", "ArnNotLike"]


@laws
@given(
    st.sampled_from(OPERATORS),
    st.lists(st.one_of(PATTERNS, ARNS), max_size=4),
    st.lists(st.one_of(st.text("ab", max_size=4), ARNS), max_size=4),
)
def test_several_values_hold_as_one_after_the_other_does(operator, wanted, seen):
    (one,) = compile_conditions({operator: {"aws:username": wanted}}, variables=True)
    each = [one.holds({"aws:username": value}) for value in seen]
    for quantifier, all_or_any in (("ForAllValues", all), ("ForAnyValue", any)):
        (several,) = compile_conditions({f"{quantifier}:{operator}": {"aws:tagkeys": wanted}}, variables=True)
        assert several.holds({"aws:tagkeys": tuple(seen)}) == all_or_any(each)


LITERAL_STAR = substitute("${*}", {})
VARIABLE = re.compile(r"\$\{([^},]*)(?:,\s*'([^']*)')?\}")


@laws
@given(st.lists(st.sampled_from(["${", "}", "a", "b", ",", " ", "'", "*", "$"]), max_size=12).map("".join))
@example("${a,'x${b}")
@example("${a,${a}")
@example("${a, 'b}'}")
def test_variables_are_found_as_their_grammar_says(text):
    context = {"a": "A", "b": "B"}
    missing = [
        match for match in VARIABLE.finditer(text) if match[1].strip() not in {"*", "$", *context} and match[2] is None
    ]
    wanted = VARIABLE.sub(
        lambda match: "\ufdd0" if match[1].strip() == "*" else "$" if match[1].strip() == "$"
        else context.get(match[1].strip(), (match[2] or "").replace("*", "\ufdd0")),
        text,
    )  # fmt: skip
    found = substitute(text, context)
    shown = None if found is None else found.replace(LITERAL_STAR, "\ufdd0")  # half a pair cannot be printed
    assert shown == (None if missing else wanted)


# --- steps ----------------------------------------------------------------------------------------------------------

USER = Principal("user", f"arn:aws:iam::{OWNER}:user/u", OWNER, f"arn:aws:iam::{OWNER}:user/u", "AIDAU")
LONGEST = 32_000
EVALUATOR = kmsmock.iam.__path__[0]


def steps(act):
    """The lines of the evaluator that run."""
    count = 0

    def line(frame, event, arg):
        nonlocal count
        count += event == "line"
        return line

    def called(frame, event, arg):
        return line if frame.f_code.co_filename.startswith(EVALUATOR) else None

    before = sys.gettrace()
    sys.settrace(called)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


def statement(**changed):
    return {"Effect": "Allow", "Action": "kms:*", "Resource": "*", **changed}


def condition(operator, key, *values):
    return statement(Condition={operator: {key: list(values)}})


CONTEXT = "kms:EncryptionContext:a"
KEYS = "kms:EncryptionContextKeys"
WITHOUT = {"Effect": "Allow", "Resource": "*"}
HARD = {
    "the conditions of the issue": ([condition("StringLike", CONTEXT, "*a*a*az")], "a" * 1000),
    "its eight stars": ([condition("StringLike", CONTEXT, "*a" * 8 + "z")], "a" * 100),
    "its action": ([statement(Action="kms:" + "*?" * 8 + "zz")], "a"),
    "its objects": ([statement(Action="*", Resource="arn:aws:s3:::bucket/*a*a*az")], "a" * 1000),
    "one long pattern": ([condition("StringLike", CONTEXT, "*a?" * (LONGEST // 3) + "z")], "a" * 8000),
    "half of a and then b": ([condition("StringLike", CONTEXT, "*" + "a" * 4000 + "b*")], "a" * 8000),
    "many short patterns": ([condition("StringNotLike", CONTEXT, *["*a?z"] * 4000)], "a" * 8000),
    "many statements": ([condition("StringLike", CONTEXT, f"*a?z{number}") for number in range(250)], "a" * 8000),
    "many values": ([condition("ForAnyValue:StringLike", KEYS, *["*z?a"] * 4000)], "a" * 8000),
    "many values that are ARNs": ([condition("ForAllValues:ArnNotLike", KEYS, *["a:*z:*:*:*:*"] * 2000)], "a" * 8000),
    "many names": ([statement(Action=[f"kms:*a?{number}" for number in range(2000)])], "a"),
    "many that are not": ([{**WITHOUT, "NotAction": [f"s3:*a?{number}" for number in range(2000)]}], "a"),
    "many objects": ([statement(Action="*", Resource=["arn:aws:s3:::*a?z*"] * 1500)], "a" * 1000),
    "variables": ([condition("StringLike", CONTEXT, "*${kms:EncryptionContext:a}" * 1100)], "a" * 8000),
    "no variables": ([statement(Resource="${" * (LONGEST // 2))], "a"),
    "variables without an end": ([condition("StringEquals", CONTEXT, "${a,'" * (LONGEST // 5) + "}")], "a"),
}


@pytest.mark.parametrize("name", HARD)
def test_the_steps_of_a_decision_grow_with_the_document_and_not_with_what_is_in_it(name):
    statements, value = HARD[name]
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    source = Source(Layer.IDENTITY, "p", compile_policy(text))
    many = tuple(f"a:a:a:a:{number}:aa" for number in range(500))
    context = {CONTEXT.lower(): value, KEYS.lower(): many}
    key = f"arn:aws:kms:us-east-1:{OWNER}:key/k"
    requests = [
        Request(USER, "kms:Decrypt", key, OWNER, context),
        Request(USER, "s3:GetObject", f"arn:aws:s3:::bucket/{value[:1000]}", OWNER, context),
    ]
    for request in requests:
        taken = steps(lambda request=request: decide(request, Policies(identity=(source,))))
        assert taken < 12 * (len(text) + len(value) + sum(map(len, many))), taken


def test_what_is_longer_than_any_value_is_not_filled_in_to_its_end():
    """1,200 times 8,000 characters fit into a policy as variables; nothing is as long as they would be."""
    name = "${kms:EncryptionContext:a}"
    filled = substitute(name * 1200, {CONTEXT.lower(): "a" * 8000})
    assert 1_000_000 <= len(filled) < 1_050_000
    assert not match_wildcard(filled, "a" * 8000)
    assert substitute(name * 3, {CONTEXT.lower(): "ab"}) == "ababab"


def test_a_call_under_hard_patterns_is_answered(aws_world, owner, key):
    statements = [
        condition("StringLike", CONTEXT, "*a*a*az", "*a" * 8 + "z"),
        statement(Action="kms:" + "*?" * 8 + "zz"),
        statement(Action="s3:GetObject", Resource="arn:aws:s3:::bucket/*a*a*az"),
    ]
    with pytest.warns(PolicyWarning, match="there is no action"):
        user = owner.user("u", [{"Version": "2012-10-17", "Statement": statements}])
    with refused("AccessDeniedException"):
        user.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "a" * 4000})
    owner.client("s3").create_bucket(Bucket="bucket")
    with refused("AccessDenied", status=403):
        user.client("s3").get_object(Bucket="bucket", Key="a" * 1000)
    assert [decision.allowed for decision in aws_world.decisions.denied] == [False, False]


def test_hard_patterns_that_match_do(owner, key):
    user = owner.user("u", [allow("kms:*", Condition={"StringLike": {CONTEXT: "*a?a*?b*" + "*a" * 20}})])
    value = "a" * 2000 + "b" + "a" * 2000
    assert user.client("kms").encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": value})["CiphertextBlob"]
