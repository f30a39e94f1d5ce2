"""The grammar of policy documents by itself: which mistake is found, and in which order."""

import re

import pytest

from kmsmock.iam import grammar
from kmsmock.iam.grammar import mistake
from kmsmock.iam.matching import match_wildcard
from tests.support.documents import ALLOW, TRUST, but, text

pytestmark = pytest.mark.evidence(
    "documented",
    '"Grammar of the IAM JSON policy language" (IAM user guide); the order in which mistakes are found is chosen here',
)

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
        (text(but(ALLOW, Action="*", Sid="aZ09")), grammar.IDENTITY),
        (text(but(ALLOW, Action=["S3-x.y:Get*", "*"])), grammar.IDENTITY),
        (text(but(ALLOW, Resource=[None, "*"])), grammar.IDENTITY),
        (text(but(ALLOW, Resource=None, NotResource=[None, "*"])), grammar.IDENTITY),
        (text(but(ALLOW, Resource="arn:aws:lambda:us-east-1:111111111111:function:f:1")), grammar.IDENTITY),
        (text(but(ALLOW, Resource="arn:aws:iam::111111111111:role/a:b")), grammar.IDENTITY),
        (text(but(ALLOW, Resource="arn:aws:s3:::a::b")), grammar.IDENTITY),
        (text(but(ALLOW, Resource="arn:aws:iam")), grammar.IDENTITY),
        (text(but(GRANT, Principal={"CanonicalUser": "x"})), grammar.RESOURCE),
        (text(but(GRANT, Principal={"Federated": "x"})), grammar.RESOURCE),
        (text(but(GRANT, Resource=None)), grammar.NAMELESS),
        (text(but(GRANT, Resource="bucket", Sid="a b", Action="Get")), grammar.RESOURCE),
        (text(but(RCP, Principal={"AWS": "*"})), grammar.RESOURCE_CONTROL),
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
        # null is nothing in a list of resources, for IAM alone
        (text(but(ALLOW, Resource=[None])), grammar.IDENTITY, "no-resource"),
        (text(but(ALLOW, Action=[None, "s3:*"])), grammar.IDENTITY, "type"),
        (text(but(GRANT, Resource=[None, "*"])), grammar.RESOURCE, "type"),
        # the first of two mistakes
        (text(but(ALLOW, Resource="arn:aws::x", Sid="a b")), grammar.IDENTITY, "legacy"),
        (text(but(ALLOW, Resource="arn:aws:s3::x")), grammar.IDENTITY, "legacy"),
        (text(but(ALLOW, Resource="arn:x:s3:::b", Sid="a b")), grammar.IDENTITY, "sid-letters"),
        (text(but(ALLOW, Resource="arn:aws:iam:us-east-1")), grammar.IDENTITY, "iam-region"),
        (text(but(ALLOW, Resource="arn:aws:iam::111111111111:x:y")), grammar.IDENTITY, "iam-path"),
        (text(but(ALLOW, Action="*:Get")), grammar.IDENTITY, None),
        (text(but(ALLOW, Action="**")), grammar.IDENTITY, "action-prefix"),
        (text(but(ALLOW, Action="s3")), grammar.IDENTITY, "action-prefix"),
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


# The words of IAM's own refusal list what a resource of IAM may begin with; moto's test_iam_policies.py has them too.
IAM_PATHS = (
    "user/, federated-user/, role/, group/, instance-profile/, mfa/, server-certificate/, policy/, sms-mfa/, "
    "saml-provider/, oidc-provider/, report/, access-report/"
)


@pytest.mark.parametrize("path", IAM_PATHS.split(", "))
def test_resources_of_iam_begin_with_what_iam_has(path):
    assert found(text(but(ALLOW, Resource=f"arn:aws:iam::111111111111:{path}x"))) is None
    wrong = text(but(ALLOW, Resource=f"arn:aws:iam::111111111111:{path[:-1]}"))
    assert mistake(wrong, grammar.IDENTITY) == ("iam-path", IAM_PATHS)


@pytest.mark.parametrize("path", ["accesspoint/", "job/", "storage-lens/", "storage-lens-group/", "access-grants/"])
def test_resources_of_s3_that_are_in_a_region(path):
    assert found(text(but(ALLOW, Resource=f"arn:aws:s3:us-east-1:111111111111:{path}x"))) is None
    assert found(text(but(ALLOW, Resource=f"arn:aws:s3:us-east-1:111111111111:{path[:-1]}"))) == "s3-region"
    assert found(text(but(ALLOW, Resource="arn:aws:s3:us-east-1:111111111111:*"))) is None


@pytest.mark.parametrize(
    "partition",
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*"],
)
def test_partitions_that_there_are(partition):
    assert found(text(but(ALLOW, Resource=f"arn:{partition}:kms:us-east-1:111111111111:key/*"))) is None


@pytest.mark.parametrize(
    "service",
    [
        "lambda.amazonaws.com",
        "ec2.amazonaws.com.cn",
        "x.aws.internal",
        "edge-lambda.aws",
        "logs.us-east-1.amazonaws.com",
    ],
)
def test_services_that_may_be_trusted(service):
    assert found(text(but(TRUST, Principal={"Service": service})), grammar.TRUST) is None


WHAT = [
    # the document, what is wrong, and the piece of it that is
    (text(ALLOW, Comment="x"), grammar.IDENTITY, ("unknown", "Comment")),
    (text(ALLOW, Statement=None), grammar.IDENTITY, ("no-statement", "")),
    (text(), grammar.IDENTITY, ("empty", "")),
    (text(ALLOW, Version="2013-01-01"), grammar.IDENTITY, ("version", "2013-01-01")),
    (text(ALLOW, Id=7), grammar.IDENTITY, ("id", "")),
    (text("text"), grammar.IDENTITY, ("statement", "")),
    (text(but(ALLOW, Actions="*")), grammar.IDENTITY, ("unknown", "Actions")),
    (text(but(ALLOW, Effect=None)), grammar.IDENTITY, ("no-effect", "")),
    (text(but(ALLOW, Effect=7)), grammar.IDENTITY, ("effect", "7")),
    (text(but(ALLOW, Effect="DENY")), grammar.IDENTITY, ("effect-case", "DENY")),
    (text(but(RCP, Effect="Allow")), grammar.RESOURCE_CONTROL, ("effect", "Allow")),
    (text(but(ALLOW, Sid=7)), grammar.IDENTITY, ("sid", "")),
    (text(but(ALLOW, NotAction="s3:*")), grammar.IDENTITY, ("both", "Action")),
    (text(but(ALLOW, NotResource="*")), grammar.IDENTITY, ("both", "Resource")),
    (text(but(ALLOW, Principal="*", NotPrincipal="*")), grammar.IDENTITY, ("both", "Principal")),
    (text(but(ALLOW, Action=None, NotAction=[7])), grammar.IDENTITY, ("type", "NotAction")),
    (text(but(ALLOW, Resource=None, NotResource=7)), grammar.IDENTITY, ("type", "NotResource")),
    (text(but(ALLOW, Action=7)), grammar.IDENTITY, ("type", "Action")),
    (text(but(ALLOW, Resource=7)), grammar.IDENTITY, ("type", "Resource")),
    (text(but(ALLOW, Condition={"Is": {"a": "b"}})), grammar.IDENTITY, ("condition", "Invalid Condition type : Is.")),
    (text(but(ALLOW, Condition={"Bool": {"a": "x"}})), grammar.IDENTITY, ("condition-value", "Bool a")),
    (text(but(ALLOW, Sid="a"), but(ALLOW, Sid="a")), grammar.IDENTITY, ("sids", "")),
    (text(but(ALLOW, Sid="a b")), grammar.IDENTITY, ("sid-letters", "a b")),
    (text(but(ALLOW, Action=[])), grammar.IDENTITY, ("no-action", "")),
    (text(but(GRANT, Action=None, NotAction="*")), grammar.REGISTRY, ("unknown", "NotAction")),
    (text(but(ALLOW, Resource="bucket")), grammar.IDENTITY, ("resource", "bucket")),
    (text(but(ALLOW, Resource="arn:aws")), grammar.IDENTITY, ("vendor", "arn:aws")),
    (text(but(ALLOW, Resource="a:b:c")), grammar.IDENTITY,
     ("partition", '"b" is not valid for resource "arn:b:c:*:*:*"')),
    (text(but(ALLOW, Resource="a:b:")), grammar.IDENTITY,
     ("partition", '"b" is not valid for resource "arn:b:*:*:*:*"')),
    (text(but(ALLOW, Resource="arn:b:s3:::x")), grammar.IDENTITY,
     ("partition", '"b" is not valid for resource "arn:b:s3:::x"')),
    (text(but(ALLOW, Action="Get")), grammar.IDENTITY, ("action-prefix", "Get")),
    (text(but(ALLOW, Action="s3:a:b")), grammar.IDENTITY, ("action-colons", "s3:a:b")),
    (text(but(ALLOW, Action="s 3:a")), grammar.IDENTITY, ("action-vendor", "s 3")),
    (text(but(TRUST, Resource="*")), grammar.TRUST, ("prohibited", "Resource")),
    (text(but(TRUST, NotResource="*")), grammar.TRUST, ("prohibited", "NotResource")),
    (text(but(ALLOW, NotPrincipal="*")), grammar.IDENTITY, ("prohibited-principal", "NotPrincipal")),
    (text(but(TRUST, Principal=None)), grammar.TRUST, ("no-principal", "")),
    (text(but(TRUST, Principal={})), grammar.TRUST, ("empty-principal", "")),
    (text(but(TRUST, Principal="x")), grammar.TRUST, ("principal", '"AWS":"x"')),
    (text(but(TRUST, Principal={"AWS": "x"})), grammar.TRUST, ("principal", '"AWS":"x"')),
    (text(but(TRUST, Principal={"Service": "x"})), grammar.TRUST, ("principal", '"SERVICE":"x"')),
    (text(but(TRUST, Principal={"Other": "x"})), grammar.TRUST, ("principal", '"Other"')),
    (text(but(RCP, Principal={"AWS": "111111111111"})), grammar.RESOURCE_CONTROL, ("principal", '"AWS":"*"')),
]  # fmt: skip


@pytest.mark.parametrize(("document", "of", "what"), WHAT)
def test_a_mistake_names_the_piece_that_is_wrong(document, of, what):
    assert mistake(document, of) == what


@pytest.mark.parametrize("pattern", ["", "*", "a*", "*a", "a?c", "*a*b*", "?", "**", "a*?c", "abc", "*bc*c"])
@pytest.mark.parametrize("name", ["", "a", "abc", "aabcc", "acbc", "b"])
def test_covers_is_what_wildcards_mean(pattern, name):
    meant = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert match_wildcard(pattern, name) == (re.fullmatch(meant, name) is not None)


def test_covers_does_not_go_back_and_forth():
    assert not match_wildcard("*a" * 60 + "z", "a" * 2000)
