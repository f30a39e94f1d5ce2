"""What a denied request could bring to be let in, or to be spared by a Deny, in words that can be followed.

The words are kmsmock's own. What a caller has a say in follows "AWS global condition context keys" and "Condition keys
for AWS KMS" in AWS's guides.
"""

import pytest

from kmsmock.iam import Layer, Policies, Principal, Request, Source, compile_policy, decide
from kmsmock.iam.decision import to_do, ways

OWNER = "111111111111"
KEY = f"arn:aws:kms:us-east-1:{OWNER}:key/k"
ARN = f"arn:aws:iam::{OWNER}:user/u"
USER = Principal("user", ARN, OWNER, ARN, "AIDAU")
SERVICE = Principal("service", "logs.amazonaws.com", "", "", "")


def policies(*statements, layer=Layer.IDENTITY, **more):
    """What the caller may; a key policy delegates to the account."""
    document = {"Version": "2012-10-17", "Statement": [{"Action": "*", "Resource": "*", **each} for each in statements]}
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "*", "Resource": "*"}
    delegating = Source(Layer.RESOURCE, "key policy", compile_policy({"Statement": root}, kind="resource"))
    mine = Source(Layer.IDENTITY, "policy p", compile_policy(document))
    return Policies(identity=(mine,), resource=(delegating,), **more)


def asked(*statements, action="kms:Encrypt", resource=KEY, **context):
    """A decision; the context's names have ``_`` for ``:`` as they are written here."""
    return decide(Request(USER, action, resource, OWNER, context), policies(*statements))


def told(condition, *, effect, context=None, **question):
    everything = [] if effect == "Allow" else [{"Effect": "Allow"}]
    return ways(asked(*everything, {"Effect": effect, "Condition": condition}, **question, **(context or {})))


WAYS = [
    ("kms:EncryptionContext:App", "a", "send EncryptionContext={'App': 'a'}"),
    ("aws:RequestTag/Team", "red", "send the tag Team=red"),
    ("aws:PrincipalTag/Team", "red", "tag the caller with Team=red"),
    ("aws:ResourceTag/Team", "red", "tag the resource with Team=red"),
    ("kms:ViaService", "s3.us-east-1.amazonaws.com", "ask through s3.us-east-1.amazonaws.com"),
    ("aws:RequestedRegion", "eu-west-1", "use a client of Region eu-west-1"),
    ("aws:SourceVpce", "vpce-1", "come through VPC endpoint vpce-1"),
    ("aws:SourceIp", "203.0.113.0/24", "come from 203.0.113.0/24"),
    ("aws:SecureTransport", "true", "use https"),
    ("aws:SecureTransport", "false", "have aws:SecureTransport=false"),
    ("aws:MultiFactorAuthPresent", "true", "sign in with MFA"),
    ("aws:MultiFactorAuthPresent", "false", "have aws:MultiFactorAuthPresent=false"),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", KEY, f"send SSEKMSKeyId={KEY!r}"),
    ("s3:x-amz-server-side-encryption", "aws:kms", "send ServerSideEncryption='aws:kms'"),
    ("aws:PrincipalArn", ARN, f"ask as {ARN}"),
    ("aws:PrincipalOrgID", "o-1", "ask from organization o-1"),
    ("kms:CallerAccount", OWNER, f"ask from account {OWNER}"),
    ("sts:ExternalId", "x", "have sts:ExternalId=x"),
]


@pytest.mark.parametrize(("key", "value", "way"), WAYS)
def test_what_an_allow_waits_for_is_said_as_it_is_done(key, value, way):
    operator = {"aws:SourceIp": "IpAddress", "aws:SecureTransport": "Bool", "aws:MultiFactorAuthPresent": "Bool"}
    if value == "203.0.113.0/24":
        value, way = "203.0.113.7", "come from 203.0.113.7"
    assert told({operator.get(key, "StringEquals"): {key: value}}, effect="Allow") == [way]


@pytest.mark.parametrize(("key", "value", "way"), [each for each in WAYS if each[1] not in ("true", "false")])
def test_what_a_deny_spares_is_said_as_it_is_done(key, value, way):
    if value == "203.0.113.0/24":
        value, way = "203.0.113.7", "come from 203.0.113.7"
    condition = {"NotIpAddress" if key == "aws:SourceIp" else "StringNotEquals": {key: value}}
    assert told(condition, effect="Deny", context={key.lower(): "192.0.2.1"}) == [way]


SPARED = [
    # the condition of a Deny, what the request has, what would spare it
    ({"Bool": {"aws:SecureTransport": "false"}}, {"aws:securetransport": "false"}, ["use https"]),
    ({"Bool": {"aws:SecureTransport": "true"}}, {"aws:securetransport": "true"}, ["have aws:SecureTransport=false"]),
    ({"StringNotEquals": {"aws:RequestTag/a": ["1", "2"]}}, {}, ["send the tag a=1"]),
    ({"Bool": {"aws:ViaAWSService": "false"}}, {"aws:viaawsservice": "false"}, ["have aws:ViaAWSService=true"]),
    ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}, {}, ["sign in with MFA"]),
    ({"Null": {"kms:EncryptionContext:App": "true"}}, {}, ["send EncryptionContext={'App': '...'}"]),
    ({"Null": {"kms:EncryptionContext:App": "TRUE"}}, {}, ["send EncryptionContext={'App': '...'}"]),
    ({"Null": {"s3:x-amz-server-side-encryption": "true"}}, {}, ["send ServerSideEncryption='aws:kms'"]),
    ({"Null": {"aws:RequestTag/a": "false"}}, {"aws:requesttag/a": "1"}, ["do without aws:RequestTag/a"]),
    ({"StringEquals": {"aws:RequestTag/a": "1"}}, {"aws:requesttag/a": "1"}, ["do without aws:RequestTag/a"]),
    ({"StringLike": {"aws:SourceVpce": "vpce-*"}}, {"aws:sourcevpce": "vpce-1"}, ["do without aws:SourceVpce"]),
    ({"StringNotLike": {"aws:RequestTag/a": ["x*", "y"]}}, {}, ["send the tag a=y"]),
    ({"StringNotLike": {"aws:RequestTag/a": ["x*"]}}, {}, []),
    ({"StringNotEquals": {"aws:RequestTag/a": "${aws:username}"}}, {}, []),
    ({"StringNotEquals": {"aws:RequestTag/a": []}}, {}, []),
    ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, {"aws:requestedregion": "us-east-1"}, []),
    ({"StringEquals": {"kms:KeySpec": "RSA_2048"}}, {"kms:keyspec": "RSA_2048"}, []),
    (
        {"StringNotEquals": {"aws:RequestTag/a": "1"}, "Bool": {"aws:SecureTransport": "false"}},
        {"aws:securetransport": "false"},
        ["send the tag a=1", "use https"],
    ),
    # the caller is no service's caller, so where he comes from is up to him
    ({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}, {}, ["have aws:SourceVpc=vpc-1"]),
    ({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}, {"aws:viaawsservice": "true"}, []),
    # a service chooses its encryption context itself
    ({"StringNotEquals": {"kms:EncryptionContext:App": "a"}}, {"kms:viaservice": "s3.us-east-1.amazonaws.com"}, []),
]


@pytest.mark.parametrize(("condition", "context", "expected"), SPARED)
def test_a_deny_tells_what_would_spare_the_request(condition, context, expected):
    assert told(condition, effect="Deny", context=context) == expected


@pytest.mark.parametrize(
    "key",
    [
        "aws:CurrentTime", "aws:EpochTime", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService",
        "aws:PrincipalType", "aws:RequestedRegion", "aws:ResourceAccount", "aws:SecureTransport", "aws:userid",
        "aws:ViaAWSService", "kms:CallerAccount", "kms:KeyOrigin", "kms:KeySpec", "kms:KeyUsage", "kms:MultiRegion",
    ],
)  # fmt: skip
def test_no_request_can_do_without_what_every_request_has(key):
    assert told({"StringLike": {key: "*"}}, effect="Deny", context={key.lower(): "x"}) == []


LET_IN = [
    # the condition of an Allow, what the request has, what would let it in
    ({"StringEquals": {"aws:RequestTag/a": ["1", "2"]}}, {}, ["send the tag a=1"]),
    ({"StringLike": {"aws:RequestTag/a": ["1*", "2"]}}, {}, ["send the tag a=2"]),
    ({"StringLike": {"aws:RequestTag/a": "1*"}}, {}, []),
    ({"StringEquals": {"aws:RequestTag/a": "1", "aws:SourceVpce": "vpce-1"}}, {},
     ["send the tag a=1", "come through VPC endpoint vpce-1"]),
    ({"StringEquals": {"aws:RequestTag/a": "1"}, "StringLike": {"aws:SourceVpce": "*"}}, {}, []),
    ({"StringEquals": {"aws:RequestTag/a": "1", "aws:SourceVpce": "vpce-1"}}, {"aws:sourcevpce": "vpce-1"},
     ["send the tag a=1"]),
    ({"Null": {"aws:RequestTag/a": "true"}}, {"aws:requesttag/a": "1"}, ["do without aws:RequestTag/a"]),
    ({"Null": {"aws:RequestTag/a": "True"}}, {"aws:requesttag/a": "1"}, ["do without aws:RequestTag/a"]),
    ({"Null": {"aws:RequestTag/a": "false"}}, {}, []),
    ({"Null": {"aws:RequestedRegion": "true"}, "StringEquals": {"aws:RequestTag/a": "1"}},
     {"aws:requestedregion": "us-east-1"}, []),
    ({"StringNotEquals": {"aws:RequestTag/a": "1"}}, {"aws:requesttag/a": "1"}, []),
    ({"ForAnyValue:StringEquals": {"aws:TagKeys": "a"}}, {}, []),
    ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, {"aws:viaawsservice": "true"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "context", "expected"), LET_IN)
def test_an_allow_that_nearly_held_tells_what_it_waits_for(condition, context, expected):
    assert told(condition, effect="Allow", context=context) == expected


def test_an_allow_that_is_about_something_else_tells_nothing():
    condition = {"StringEquals": {"aws:RequestTag/a": "1"}}
    assert ways(asked({"Effect": "Allow", "Action": "kms:Decrypt", "Condition": condition})) == []


def test_the_next_allow_is_told_where_the_nearest_cannot_be_met():
    wild = {"Effect": "Allow", "Condition": {"StringLike": {"aws:RequestTag/a": "1*"}}}
    plain = {"Effect": "Allow", "Condition": {"StringEquals": {"aws:RequestTag/b": "2"}}}
    assert ways(asked(wild, plain)) == ["send the tag b=2"]


def test_what_lets_an_allow_hold_and_meets_a_deny_is_not_told():
    """Each way has been tried on the evaluator."""
    allow = {"Effect": "Allow", "Condition": {"StringEquals": {"aws:RequestTag/a": "1"}}}
    deny = {"Effect": "Deny", "Condition": {"StringEquals": {"aws:RequestTag/a": "1"}}}
    assert ways(asked(allow, deny)) == []


@pytest.mark.parametrize(("resource", "expected"), [(KEY, ["tag the resource with a=1"]), ("*", [])])
def test_what_is_still_to_be_made_has_no_tags_to_change(resource, expected):
    condition = {"StringNotEquals": {"aws:ResourceTag/a": "1"}}
    assert told(condition, effect="Deny", resource=resource) == expected


def test_a_service_chooses_its_encryption_context_itself():
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE.arn},
        "Action": "kms:Encrypt",
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:EncryptionContext:App": "a"}},
    }
    document = compile_policy({"Version": "2012-10-17", "Statement": statement}, kind="resource")
    resource = (Source(Layer.RESOURCE, "key policy", document),)
    decision = decide(Request(SERVICE, "kms:Encrypt", KEY, OWNER, {}), Policies(resource=resource))
    assert decision.layer is Layer.RESOURCE
    assert ways(decision) == []


# --- as sentences ---------------------------------------------------------------------------------------------------


def test_what_is_to_do_is_told_in_sentences_of_their_own():
    decision = asked({"Effect": "Allow", "Condition": {"StringEquals": {"aws:RequestTag/a": "1"}}})
    assert to_do(decision) == [
        "send the tag a=1",
        f"add this statement to a policy of user u in account {OWNER}: policy p: "
        f'{{"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "{KEY}", '
        '"Condition": {"Null": {"aws:RequestTag/a": "true"}}}',
    ]
    assert to_do(asked({"Effect": "Allow"})) == ways(asked({"Effect": "Allow"})) == []


def test_an_explanation_has_them_as_lines():
    shown = asked({"Effect": "Allow", "Condition": {"StringEquals": {"aws:RequestTag/a": "1"}}}).explain().splitlines()
    assert "  To allow it: send the tag a=1." in shown


def test_without_what_decided_it_nothing_is_tried():
    decision = asked({"Effect": "Allow", "Condition": {"StringEquals": {"aws:RequestTag/a": "1"}}})
    assert to_do(decision._replace(decide=None)) == ways(decision._replace(decide=None)) == []


def test_a_deny_that_a_service_meets_for_its_caller_spares_services():
    """ "AWS global condition context keys", aws:SourceVpc: not there where a service asks for the caller."""
    condition = {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}
    statements = {"Effect": "Allow"}, {"Effect": "Deny", "Condition": condition}
    spare = '  To allow it: spare what services do for the caller: add "Bool": {"aws:ViaAWSService": "false"} there.'
    out = "  To allow it: take the caller, the action or the resource out of that Deny, or narrow its Condition."
    assert asked(*statements, **{"aws:viaawsservice": "true"}).explain().splitlines()[-2:] == [spare, out]
    wider = {"Effect": "Deny", "Condition": {**condition, "Bool": {"aws:SecureTransport": "true"}}}
    both = {"aws:viaawsservice": "true", "aws:securetransport": "true"}
    assert asked({"Effect": "Allow"}, wider, **both).explain().splitlines()[-3:] == [
        "  To avoid it: have aws:SecureTransport=false.",
        spare,
        out,
    ]
    for text in (
        asked(*statements, **{"aws:viaawsservice": "false"}).explain(),
        asked(
            {"Effect": "Allow"},
            {"Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
            **{"aws:viaawsservice": "true", "aws:securetransport": "false"},
        ).explain(),
    ):
        assert spare not in text
        assert text.splitlines()[-1] == out
