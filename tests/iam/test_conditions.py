"""Condition operators against AWS's truth tables, row by row."""

import pytest

from kmsmock.iam import MalformedPolicy, compile_policy
from kmsmock.iam.conditions import MULTIVALUED, compile_conditions, unreadable

pytestmark = pytest.mark.evidence(
    "recorded", "stackd (testdata/aws/iam/condition_*.json); the operators are those of the IAM user guide"
)

SINGLE, MULTI = "aws:username", "aws:tagkeys"


def holds(operator, wanted, context, key=SINGLE, variables=True):
    (condition,) = compile_conditions({operator: {key: wanted}}, variables)
    return condition.holds(context)


MATCHES = [
    ("StringEquals", "Ann", "Ann", True),
    ("StringEquals", "Ann", "ann", False),
    ("StringEquals", "A*", "Ann", False),
    ("StringEquals", ["Bob", "Ann"], "Ann", True),
    ("StringNotEquals", ["Bob", "Ann"], "Ann", False),
    ("StringNotEquals", ["Bob", "Ann"], "Cid", True),
    ("StringEqualsIgnoreCase", "ANN", "ann", True),
    ("StringNotEqualsIgnoreCase", "ANN", "ann", False),
    ("StringLike", "A?n*", "Ann", True),
    ("StringLike", "a*", "Ann", False),
    ("StringLike", "[A]nn", "Ann", False),
    ("StringLike", "a*b", "a\nb", True),
    ("StringNotLike", "A*", "Ann", False),
    ("NumericEquals", "7", "+07.0", True),
    ("NumericNotEquals", "7", "8", True),
    ("NumericNotEquals", "7", "seven", True),
    ("NumericEquals", "7", "seven", False),
    ("NumericLessThan", "7", "6.5", True),
    ("NumericLessThanEquals", 7, "7", True),
    ("NumericGreaterThan", "7", "7", False),
    ("NumericGreaterThanEquals", "7", "7", True),
    ("NumericLessThan", "7", "few", False),
    ("DateEquals", "2026-01-01T00:00:00Z", "1767225600", True),
    ("DateLessThan", "2026-01-01T00:00:00.001Z", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThan", "2026-01-01", "2026-01-02T00:00:00+00:00", True),
    ("DateEquals", "2026-01-02T00:00:00.5+00:00", "2026-1-2t0:0:0.500000z", True),
    ("DateEquals", "2016-12-12T03:00:00Z", "2016-12-13t2:00:00+23", True),
    ("DateEquals", "2026-01-01T05:30:00Z", "2026-01-01T0:0:0-0530", True),
    ("DateEquals", "2026-07-01", "2026-7T", True),
    ("DateNotEquals", "2026-01-01", "soon", True),
    ("DateLessThanEquals", "2026-01-01", "soon", False),
    ("Bool", "true", "TRUE", True),
    ("Bool", True, "true", True),
    ("Bool", "false", "maybe", True),
    ("Bool", "true", "maybe", False),
    ("BinaryEquals", "AQI=", "AQI=", True),
    ("BinaryEquals", "AQI=", "AQM=", False),
    ("BinaryEquals", "AQI=", "%%", False),
    ("IpAddress", "203.0.113.7/24", "203.0.113.200", True),
    ("IpAddress", "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", "203.0.113.0/24", "2001:db8::1", False),
    ("NotIpAddress", "203.0.113.0/24", "2001:db8::1", True),
    ("IpAddress", "2001:db8::/32", "2001:db8::1", True),
    ("IpAddress", "2001:db8::1/32", "2001:db8::1", False),
    ("NotIpAddress", "203.0.113.0/24", "nowhere", False),
    ("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam::111111111111:role/a/b", True),
    ("ArnEquals", "arn:aws:iam::*:role/r", "arn:aws:iam::111111111111:role/r", True),
    ("ArnLike", "arn:aws:*:role/r", "arn:aws:iam::111111111111:role/r", False),
    ("ArnNotLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:user/u", True),
    ("ArnNotEquals", "arn:aws:iam::1:role/r", "no arn", False),
]


@pytest.mark.parametrize(("operator", "wanted", "seen", "expected"), MATCHES)
def test_an_operator_compares_as_aws_does(operator, wanted, seen, expected):
    assert holds(operator, wanted, {SINGLE: seen}) is expected


SINGLE_TABLE = [
    # operator, key absent, equal value, other value
    ("StringEquals", False, True, False),
    ("StringNotEquals", True, False, True),
    ("StringEqualsIfExists", True, True, False),
    ("StringNotEqualsIfExists", True, False, True),
    ("ForAnyValue:StringEquals", False, True, False),
    ("ForAnyValue:StringNotEquals", False, False, True),
    ("ForAllValues:StringEquals", True, True, False),
    ("ForAllValues:StringNotEquals", True, False, True),
]


@pytest.mark.parametrize(("operator", "absent", "equal", "other"), SINGLE_TABLE)
def test_a_single_valued_key_follows_the_truth_table(operator, absent, equal, other):
    assert holds(operator, "x", {}) is absent
    assert holds(operator, "x", {SINGLE: "x"}) is equal
    assert holds(operator, "x", {SINGLE: "y"}) is other


MULTI_TABLE = [
    # operator wanting x, absent, empty, [x], [x, y], [y]
    ("StringEquals", False, False, False, False, False),
    ("StringNotEquals", True, False, False, False, False),
    ("StringEqualsIfExists", True, False, False, False, False),
    ("ForAnyValue:StringEquals", False, False, True, True, False),
    ("ForAnyValue:StringNotEquals", False, False, False, True, True),
    ("ForAllValues:StringEquals", True, True, True, False, False),
    ("ForAllValues:StringNotEquals", True, True, False, False, True),
    ("ForAnyValue:StringLikeIfExists", True, False, True, True, False),
]


@pytest.mark.parametrize(("operator", "absent", "empty", "one", "two", "other"), MULTI_TABLE)
def test_a_multivalued_key_follows_the_truth_table(operator, absent, empty, one, two, other):
    assert holds(operator, "x", {}, MULTI) is absent
    for values, expected in (((), empty), (("x",), one), (("x", "y"), two), (("y",), other)):
        assert holds(operator, "x", {MULTI: values}, MULTI) is expected


def test_a_key_declared_multivalued_never_matches_a_scalar_operator_even_with_one_value():
    assert all(not holds("StringEquals", "x", {key: "x"}, key) for key in MULTIVALUED)


def test_null_asks_whether_the_key_is_there():
    assert holds("Null", "true", {})
    assert not holds("Null", "true", {SINGLE: ""})
    assert holds("Null", "false", {SINGLE: ""})
    assert not holds("Null", False, {})


def test_variables_are_filled_in_and_their_wildcards_are_literal():
    context = {SINGLE: "a*c", "aws:userid": "a*c"}
    assert holds("StringLike", "${aws:userid}", context)
    assert not holds("StringLike", "${aws:userid}", {SINGLE: "abc", "aws:userid": "a*c"})
    assert holds("StringLike", "a${*}c", {SINGLE: "a*c"})
    assert not holds("StringLike", "a${*}c", {SINGLE: "abc"})


def test_a_variable_without_value_matches_nothing_unless_it_has_a_default():
    assert not holds("StringEquals", "${aws:sourceip}", {SINGLE: "x"})
    assert holds("StringNotEquals", "${aws:sourceip}", {SINGLE: "x"})
    assert holds("StringEquals", "${aws:sourceip, 'x'}", {SINGLE: "x"})
    assert not holds("StringEquals", "${aws:tagkeys, 'x'}", {SINGLE: "x", "aws:tagkeys": ("x",)})


def test_in_a_policy_of_2008_a_variable_is_plain_text():
    assert holds("StringEquals", "${aws:userid}", {SINGLE: "${aws:userid}", "aws:userid": "x"}, variables=False)


def test_key_names_are_not_case_sensitive():
    assert holds("StringEquals", "x", {"kms:encryptioncontext:appname": "x"}, "kms:EncryptionContext:AppName")


@pytest.mark.parametrize("operator", ["StringIs", "NullIfExists", "ForEach:StringEquals", ""])
def test_an_unknown_operator_is_malformed(operator):
    document = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "*",
            "Resource": "*",
            "Condition": {operator: {"aws:username": "x"}},
        },
    }
    with pytest.raises(MalformedPolicy, match="Invalid Condition type"):
        compile_policy(document)


@pytest.mark.parametrize(
    ("operator", "good", "bad"),
    [
        ("NumericLessThan", "1.5", "many"),
        ("DateGreaterThan", "2030-01-01T00:00:00Z", "tomorrow"),
        ("Bool", "True", "yes"),
        ("Null", "false", "0"),
        ("BinaryEquals", "QQ==", "?"),
        ("IpAddress", "203.0.113.0/24", "everywhere"),
        ("NotIpAddress", "2001:db8::1", "nowhere"),
    ],
)
def test_the_first_value_that_an_operator_cannot_read_is_named(operator, good, bad):
    """A policy with such a value is refused where it is stored (MalformedPolicy of IAM, KMS and others)."""
    (readable,) = compile_conditions({operator: {SINGLE: [good]}}, True)
    (mixed,) = compile_conditions({operator: {SINGLE: [good, bad]}}, True)
    assert (unreadable(readable), unreadable(mixed)) == (None, bad)


def test_a_text_is_read_by_every_operator_of_texts():
    (condition,) = compile_conditions({"StringLike": {SINGLE: "anything at all"}}, True)
    assert unreadable(condition) is None


def test_what_is_not_an_object_is_told_with_its_operator():
    with pytest.raises(ValueError, match=r"^Condition operator StringLike must hold an object$"):
        compile_conditions({"StringLike": "x"}, True)


@pytest.mark.parametrize("document", [[], "Allow", None])
def test_a_statement_that_is_no_object_is_a_syntax_error(document):
    with pytest.raises(MalformedPolicy, match=r"^Syntax errors in policy\.$"):
        compile_policy({"Version": "2012-10-17", "Statement": [document]})
