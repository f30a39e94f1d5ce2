"""The aws: condition keys that are computed from the call: who calls, when, from where in AWS, and through what."""

import json

import boto3
import pytest
from botocore.config import Config

import kmsmock
from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import assume, denied, encrypt, lacks, make_key, session_arn, signing, steward, trust, use

pytestmark = pytest.mark.evidence("documented", '"AWS global condition context keys" (IAM user guide)')

ACCOUNT = f"arn:aws:iam::{OWNER}:root"
ALICE = f"arn:aws:iam::{OWNER}:user/team/alice"
ROLE = f"arn:aws:iam::{OWNER}:role/team/worker"
KINDS = {"root", "user", "role", "session"}


@pytest.fixture(scope="module")
def people():
    """One world for all that only ask: a KMS client of each kind of caller."""
    with kmsmock.World() as world:
        owner = world.account(OWNER)
        yield owner.client("kms"), _callers(owner)


@pytest.fixture
def callers(owner):
    return _callers(owner)


def _callers(owner):
    """A KMS client of each kind of caller; user and role have a path and tags."""
    iam = owner.client("iam")
    tags = [{"Key": "Team", "Value": "red"}]
    iam.create_user(UserName="alice", Path="/team/", Tags=tags)
    document = json.dumps(trust(ACCOUNT))
    iam.create_role(RoleName="worker", Path="/team/", AssumeRolePolicyDocument=document, Tags=tags)
    user = signing(iam.create_access_key(UserName="alice")["AccessKey"], "sts")
    given = iam.create_access_key(UserName="alice")["AccessKey"]
    return {
        "root": owner.client("kms"),
        "user": signing(given),
        "role": signing(assume(steward(owner), ROLE)),
        "session": signing(user.get_session_token()["Credentials"]),
    }


def allowed(callers, kms, condition):
    """The callers that a key policy lets in which names everybody under a condition, and delegates to nobody."""
    administrator = use(ACCOUNT, ["kms:PutKeyPolicy", "kms:CreateKey"])
    key = make_key(kms, use("*", "kms:Encrypt", Condition=condition), administrator, delegate=False)
    found = set()
    for name, client in callers.items():
        try:
            encrypt(client, key)
        except client.exceptions.ClientError as error:
            assert "no resource-based policy allows" in str(error)  # noqa: PT017
        else:
            found.add(name)
    return found


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"aws:PrincipalType": "Account"}}, {"root"}),
        ({"StringEquals": {"aws:PrincipalType": "User"}}, {"user", "session"}),
        ({"StringEquals": {"aws:PrincipalType": "AssumedRole"}}, {"role"}),
        ({"ArnEquals": {"aws:PrincipalArn": ACCOUNT}}, {"root"}),
        ({"ArnEquals": {"aws:PrincipalArn": ALICE}}, {"user", "session"}),
        ({"ArnEquals": {"aws:PrincipalArn": ROLE}}, {"role"}),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/team/*"}}, {"role"}),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:sts::*:assumed-role/*"}}, set()),
        ({"StringEquals": {"aws:PrincipalAccount": OWNER}}, KINDS),
        ({"StringEquals": {"aws:username": "alice"}}, {"user", "session"}),
        ({"Null": {"aws:username": "true"}}, {"root", "role"}),
        ({"StringEquals": {"aws:userid": OWNER}}, {"root"}),
        ({"StringLike": {"aws:userid": "AIDA*"}}, {"user", "session"}),
        ({"StringLike": {"aws:userid": "AROA*:ci"}}, {"role"}),
        ({"StringEquals": {"aws:PrincipalTag/team": "red"}}, {"user", "role", "session"}),
        ({"StringEquals": {"aws:PrincipalTag/Team": "Red"}}, set()),
        ({"Null": {"aws:PrincipalTag/team": "true"}}, {"root"}),
        ({"Null": {"aws:PrincipalOrgID": "true"}}, KINDS),
        ({"Bool": {"aws:PrincipalIsAWSService": "false"}}, KINDS),
        ({"Null": {"aws:PrincipalServiceName": "true"}}, KINDS),
        ({"Null": {"aws:PrincipalServiceNamesList": "true"}}, KINDS),
        ({"Null": {"aws:TokenIssueTime": "false"}}, {"role", "session"}),
        ({"DateGreaterThan": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}}, {"role", "session"}),
        ({"Null": {"aws:SourceIdentity": "true"}}, KINDS),
        ({"Null": {"aws:FederatedProvider": "true"}}, KINDS),
        ({"Bool": {"aws:ViaAWSService": "false"}}, KINDS),
        ({"Null": {"aws:CalledVia": "true"}}, KINDS),
        ({"Null": {"aws:SourceArn": "true"}}, KINDS),
        ({"Null": {"aws:SourceAccount": "true"}}, KINDS),
        ({"StringEquals": {"aws:SourceAccount": OWNER}}, set()),
        ({"Null": {"aws:SourceVpce": "true"}}, KINDS),
        ({"Bool": {"aws:SecureTransport": "true"}}, KINDS),
        ({"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, KINDS),
        ({"StringEquals": {"aws:ResourceAccount": OWNER}}, KINDS),
        ({"StringEquals": {"aws:ResourceAccount": OTHER}}, set()),
        ({"StringEquals": {"AWS:PRINCIPALTYPE": "Account"}}, {"root"}),
    ],
)
def test_how_policies_see_each_kind_of_caller(people, condition, expected):
    kms, callers = people
    assert allowed(callers, kms, condition) == expected


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, [True, False]),
        ({"DateGreaterThanEquals": {"aws:CurrentTime": "2030-01-01"}}, [False, True]),
        ({"NumericLessThan": {"aws:EpochTime": "1893456000"}}, [True, False]),
        ({"DateGreaterThanEquals": {"aws:EpochTime": "1893456000"}}, [False, True]),
    ],
)
def test_time_is_that_of_the_clock(aws_world, owner, kms, condition, holds):
    client = owner.user("alice").client("kms")
    aws_world.clock.move_to("2029-12-31T23:59:00Z")
    key = make_key(kms, use("*", "kms:Encrypt", Condition=condition))
    seen = []
    for _ in holds:
        try:
            seen.append(bool(encrypt(client, key)))
        except client.exceptions.ClientError:
            seen.append(False)
        aws_world.clock.advance(minutes=1)
    assert seen == holds


def test_the_region_is_that_of_the_endpoint(owner):
    alice = owner.user("alice", [allow("kms:*", Condition={"StringLike": {"aws:RequestedRegion": "eu-*"}})])
    assert alice.client("kms", "eu-west-1").create_key()
    with lacks(alice.arn, "kms:CreateKey", "*"):
        alice.client("kms", "us-west-2").create_key()


def test_the_user_agent_is_that_of_the_client(owner):
    alice = owner.user("alice", [allow("kms:*", Condition={"StringLike": {"aws:UserAgent": "backup-job/1*"}})])
    assert alice.client("kms", config=Config(user_agent="backup-job/1.2")).create_key()
    with lacks(alice.arn, "kms:CreateKey", "*"):
        alice.client("kms").create_key()


def test_the_referer_is_that_of_the_request(owner):
    alice = owner.user("alice", [allow("kms:*", Condition={"StringEquals": {"aws:Referer": "https://example.com/"}})])
    client = alice.client("kms")
    with lacks(alice.arn, "kms:CreateKey", "*"):
        client.create_key()
    client.meta.events.register(
        "before-sign.kms", lambda request, **_: request.headers.add_header("Referer", "https://example.com/")
    )
    assert client.create_key()


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:ViaAWSService": "true"}},
        {"ForAnyValue:StringEquals": {"aws:CalledVia": "s3.amazonaws.com"}},
        {"StringEquals": {"aws:CalledViaFirst": "s3.amazonaws.com", "aws:CalledViaLast": "s3.amazonaws.com"}},
        {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}},
    ],
)
def test_a_service_that_forwards_a_call_is_seen_and_is_not_the_caller(owner, kms, condition):
    alice = owner.user("alice", [allow("s3:*")])
    direct = {"Null": {"aws:SourceArn": "true"}, "ArnEquals": {"aws:PrincipalArn": alice.arn}}
    key = make_key(kms, use(alice.arn, Condition={**condition, **direct}))
    s3 = alice.client("s3")
    s3.create_bucket(Bucket="bucket")
    assert s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    with lacks(alice.arn, "kms:Encrypt", key):
        encrypt(alice.client("kms"), key)


def test_the_owner_of_a_foreign_key_is_the_resource_account(owner, kms, other):
    key = make_key(kms, use(other.root.arn))
    bob = other.user("bob", [allow("kms:*", Condition={"StringEquals": {"aws:ResourceAccount": OWNER}})])
    own = other.client("kms").create_key()["KeyMetadata"]["Arn"]
    assert encrypt(bob.client("kms"), key)
    with lacks(bob.arn, "kms:Encrypt", own):
        encrypt(bob.client("kms"), own)


def test_tags_of_a_foreign_key_are_those_that_its_owner_gave(kms, other):
    key = make_key(kms, use(other.root.arn), Tags=[{"TagKey": "team", "TagValue": "red"}])
    bob = other.user("bob", [allow("kms:*", Condition={"StringEquals": {"aws:ResourceTag/team": "red"}})])
    assert encrypt(bob.client("kms"), key)
    kms.untag_resource(KeyId=key, TagKeys=["team"])
    with lacks(bob.arn, "kms:Encrypt", "on this resource"):
        encrypt(bob.client("kms"), key)


def test_attribute_based_access_compares_the_tags_of_caller_and_key(owner, kms, callers):
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    document = json.dumps(allow("kms:Encrypt", Condition=same))  # a key policy may not ask for the key's own tags
    owner.client("iam").put_role_policy(RoleName="worker", PolicyName="abac", PolicyDocument=document)
    key = make_key(kms, Tags=[{"TagKey": "team", "TagValue": "red"}])
    assert encrypt(callers["role"], key)
    owner.client("iam").tag_role(RoleName="worker", Tags=[{"Key": "Team", "Value": "blue"}])
    with lacks(session_arn("worker"), "kms:Encrypt", key):
        encrypt(callers["role"], key)
    owner.client("iam").untag_role(RoleName="worker", TagKeys=["Team"])
    with lacks(session_arn("worker"), "kms:Encrypt", key):
        encrypt(callers["role"], key)


def test_an_absent_key_makes_a_negated_deny_hit(owner, kms):
    alice = owner.user("alice", [allow("kms:*")])
    deny = use("*", "kms:Encrypt", "Deny", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})
    with denied(
        alice.arn, "kms:Encrypt", (key := make_key(kms, deny)), "with an explicit deny in a resource-based policy"
    ):
        encrypt(alice.client("kms"), key)


def test_role_sessions_of_a_web_identity_name_their_provider(owner, kms):
    trusting = policy(
        {
            "Effect": "Allow",
            "Principal": {"Federated": "accounts.google.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
        }
    )
    role = owner.role("web", trust=trusting)
    closed = owner.role("closed")
    sts = boto3.client("sts")
    terms = {"RoleSessionName": "visitor", "WebIdentityToken": "token", "ProviderId": "accounts.google.com"}
    given = sts.assume_role_with_web_identity(RoleArn=role.arn, **terms)["Credentials"]
    key = make_key(kms, use(role.arn, Condition={"StringEquals": {"aws:FederatedProvider": "accounts.google.com"}}))
    assert encrypt(signing(given), key)
    with lacks(session_arn("web", "kmsmock"), "kms:Encrypt", key):
        encrypt(role.client("kms"), key)
    with refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403):
        sts.assume_role_with_web_identity(RoleArn=closed.arn, **terms)
