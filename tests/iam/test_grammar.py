"""The grammar of policy documents by itself: which mistake is found, and in which order."""

import re

import pytest

from kmsmock.iam import grammar
from kmsmock.iam.grammar import mistake
from kmsmock.iam.matching import match_wildcard
from tests.support.documents import ALLOW, TRUST, but, text

GRANT = but(ALLOW, Principal={"AWS": "111111111111"})
RCP = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}


def found(document, of=grammar.IDENTITY):
    problem = mistake(document, of)
    return None if problem is None else problem.reason


@pytest.mark.parametrize(
    ("document", "of"),
    [
        (text(ALLOW), grammar.IDENTITY),
        (text(ALLOW, Version="2008-10-17"), grammar.IDENTITY),
        (text(ALLOW), grammar.MANAGED),
        (text(TRUST), grammar.TRUST),
        (text(GRANT), grammar.RESOURCE),
        (text(but(GRANT, Sid="a"), but(GRANT, Sid="a")), grammar.RESOURCE),
        (text(RCP), grammar.RESOURCE_CONTROL),
        (text(but(ALLOW, Condition={"NumericEquals": {"s3:max-keys": "many"}})), grammar.SESSION),
    ],
)
def test_documents_without_a_mistake(document, of):
    assert found(document, of) is None


@pytest.mark.parametrize(
    ("document", "of", "reason"),
    [
        ("", grammar.IDENTITY, "json"),
        ("7", grammar.IDENTITY, "object"),
        (text(ALLOW, Version=None), grammar.MANAGED, "old-version"),
        (text(but(ALLOW, Condition={"Bool": {"aws:SecureTransport": "maybe"}})), grammar.IDENTITY, "condition-value"),
        (text(but(ALLOW, Resource="arn:aws:iam:us-east-1::role/x")), grammar.IDENTITY, "iam-region"),
        (text(but(ALLOW, Resource="arn:aws:s3:us-east-1::x")), grammar.IDENTITY, "s3-region"),
        (text(but(ALLOW, Resource="arn:aws:iam::111111111111:x")), grammar.IDENTITY, "iam-path"),
        (text(but(ALLOW, Resource="arn:aws")), grammar.IDENTITY, "vendor"),
        (text(but(ALLOW, Resource="arn:aws::x")), grammar.IDENTITY, "legacy"),
        (text(but(TRUST, NotResource="*")), grammar.TRUST, "prohibited"),
        (text(but(TRUST, Principal=["AWS"])), grammar.TRUST, "principal"),
        (text(but(TRUST, Principal={"Everybody": "*"})), grammar.TRUST, "principal"),
        (text(but(TRUST, Principal={"AWS": 7})), grammar.TRUST, "principal"),
        (text(but(TRUST, Principal={"Service": ["lambda.amazonaws.com", "x"]})), grammar.TRUST, "principal"),
        (text(but(RCP, Principal=None, NotPrincipal="*")), grammar.RESOURCE_CONTROL, "principal"),
        (text(but(RCP, Effect="Allow")), grammar.RESOURCE_CONTROL, "effect"),
        (text(but(ALLOW, Principal="*", Resource=None)), grammar.IDENTITY, "no-resource"),
        (text(but(ALLOW, Effect="x", Principal="*")), grammar.IDENTITY, "effect"),
    ],
)
def test_the_first_mistake_is_found(document, of, reason):
    assert found(document, of) == reason


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:s3:us-east-1:111111111111:accesspoint/x",
        "arn:aws:s3:us-east-1:111111111111:job/*",
        "arn:aws:iam::111111111111:*",
        "arn:aws:iam::*:role/*",
        "arn:aws-us-gov:kms:us-gov-west-1:111111111111:key/*",
        "arn:aws:kms:*:*:key/*",
        "arn:aws:sqs:us-east-1:111111111111:q",
    ],
)
def test_resources_that_iam_can_read(resource):
    assert found(text(but(ALLOW, Resource=resource))) is None


@pytest.mark.parametrize("pattern", ["", "*", "a*", "*a", "a?c", "*a*b*", "?", "**", "a*?c", "abc", "*bc*c"])
@pytest.mark.parametrize("name", ["", "a", "abc", "aabcc", "acbc", "b"])
def test_covers_is_what_wildcards_mean(pattern, name):
    meant = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert match_wildcard(pattern, name) == (re.fullmatch(meant, name) is not None)


def test_covers_does_not_go_back_and_forth():
    assert not match_wildcard("*a" * 60 + "z", "a" * 2000)
