"""What a test says about its requests: VPC endpoints, addresses, MFA; and what the URL itself says, https or http."""

import json

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.policies import KEY_SIDE, denied, encrypt, key_policy, lacks, make_key, use

pytestmark = pytest.mark.evidence(
    "documented",
    '"AWS global condition context keys" (IAM user guide), "Controlling access to AWS KMS through VPC endpoints" (KMS developer guide)',
)

ALICE = f"arn:aws:iam::{OWNER}:user/alice"
OFFICE = {"aws:SourceIp": "203.0.113.7"}
FROM_OFFICE = {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}
SOMEWHERE = {"aws:SourceVpce": "vpce-0123456789abcdef0"}
IN_RESOURCE = "with an explicit deny in a resource-based policy"


@pytest.fixture
def alice(owner):
    return owner.user("alice", [allow(["kms:*", "s3:*"])])


# --- VPC endpoints --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def documents():
    """Policies of endpoints, by what the refusal of Encrypt through them says; None for those that allow it."""
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"}
    no_allow = "because no VPC endpoint policy allows the kms:Encrypt action"
    return [
        (policy(everybody), None),
        (policy({**everybody, "Principal": {"AWS": ALICE}}), None),
        (policy({**everybody, "Condition": {"StringEquals": {"aws:PrincipalAccount": OWNER}}}), None),
        (policy({**everybody, "Action": "kms:Describe*"}), no_allow),
        (policy({**everybody, "Principal": {"AWS": f"arn:aws:iam::{OWNER}:user/bob"}}), no_allow),
        (policy({**everybody, "Resource": f"arn:aws:kms:us-east-1:{OWNER}:key/other"}), no_allow),
        (policy(everybody, deny), "with an explicit deny in a VPC endpoint policy"),
    ]


def test_the_policy_of_a_vpc_endpoint_limits_what_comes_through_it(aws_world, owner, alice, key, documents):
    ec2 = owner.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    for document, reason in documents:
        made = ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName="com.amazonaws.us-east-1.kms", PolicyDocument=json.dumps(document)
        )
        through = {"aws:SourceVpce": made["VpcEndpoint"]["VpcEndpointId"]}
        inside = alice.session(context=through).client("kms")
        assert encrypt(alice.client("kms"), key)
        if reason is None:
            assert encrypt(inside, key)
            continue
        with denied(ALICE, "kms:Encrypt", key, reason):
            encrypt(inside, key)
        with aws_world.request_context(**through), denied(ALICE, "kms:Encrypt", key, reason):
            encrypt(alice.client("kms"), key)
        with aws_world.request_context(**through), denied(owner.root.arn, "kms:Encrypt", key, reason):
            encrypt(owner.client("kms"), key)


def test_the_root_user_is_limited_by_an_endpoint_in_every_service(aws_world, owner):
    ec2 = owner.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    only_kms = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}],
    }
    made = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3", PolicyDocument=json.dumps(only_kms)
    )
    s3 = owner.client("s3")
    through = {"aws:SourceVpce": made["VpcEndpoint"]["VpcEndpointId"]}
    no_policy = pytest.raises(s3.exceptions.ClientError, match="because no VPC endpoint policy allows")
    with aws_world.request_context(**through), no_policy as refusal:
        s3.list_buckets()
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert s3.list_buckets()["Buckets"] == []


def test_an_endpoint_without_a_policy_or_that_only_the_test_knows_allows_everything(aws_world, owner, alice, key):
    ec2 = owner.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.kms")["VpcEndpoint"]
    for name in (made["VpcEndpointId"], SOMEWHERE["aws:SourceVpce"]):
        with aws_world.request_context(**{"aws:SourceVpce": name}):
            assert encrypt(alice.client("kms"), key)


@pytest.mark.parametrize(
    ("condition", "context", "holds"),
    [
        ({"StringEquals": SOMEWHERE}, SOMEWHERE, True),
        ({"StringEquals": SOMEWHERE}, {}, False),
        ({"StringEquals": SOMEWHERE}, {"aws:SourceVpce": "vpce-1"}, False),
        ({"StringNotEquals": SOMEWHERE}, {}, True),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, {**SOMEWHERE, "aws:SourceVpc": "vpc-1"}, True),
        ({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}, {**SOMEWHERE, "aws:VpcSourceIp": "10.1.2.3"}, True),
        ({"Null": {"aws:SourceIp": "true"}}, SOMEWHERE, True),
        ({"StringEquals": {"aws:VpceAccount": OWNER}}, {**SOMEWHERE, "aws:VpceAccount": OWNER}, True),
        (FROM_OFFICE, OFFICE, True),
        (FROM_OFFICE, {"aws:SourceIp": "203.0.114.1"}, False),
        (FROM_OFFICE, {"aws:SourceIp": "2001:db8::1"}, True),
        (FROM_OFFICE, {"aws:SourceIp": "not an address"}, False),
        ({"NotIpAddress": FROM_OFFICE["IpAddress"]}, {"aws:SourceIp": "198.51.100.1"}, True),
        ({"NotIpAddress": FROM_OFFICE["IpAddress"]}, {"aws:SourceIp": "not an address"}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.7"}}, OFFICE, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {"aws:MultiFactorAuthPresent": "true"}, True),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, {"aws:MultiFactorAuthPresent": "false"}, False),
        ({"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}, {"aws:MultiFactorAuthAge": "299"}, True),
        ({"StringEquals": {"aws:PrincipalTag/Team": "red"}}, {"aws:PrincipalTag/team": "red"}, True),
        ({"StringEquals": {"aws:SourceIdentity": "alice"}}, {"AWS:SourceIdentity": "alice"}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/*"}}, {"aws:PrincipalOrgPaths": ["o-1/r-1/"]}, True),
        ({"StringEquals": {"codebuild:ProjectArn": "arn:p"}}, {"codebuild:ProjectArn": "arn:p"}, True),
    ],
)
def test_what_a_test_says_of_its_requests_is_what_conditions_see(aws_world, owner, kms, condition, context, holds):
    bob = owner.user("bob")
    key = make_key(kms, use(bob.arn, Condition=condition))
    session = bob.session(context=context).client("kms")
    if holds:
        assert encrypt(session, key)
        with aws_world.request_context(**context):
            assert encrypt(bob.client("kms"), key)
        return
    with lacks(bob.arn, "kms:Encrypt", key):
        encrypt(session, key)
    with aws_world.request_context(**context), lacks(bob.arn, "kms:Encrypt", key):
        encrypt(bob.client("kms"), key)


def test_a_deny_for_all_but_an_address_hits_what_comes_through_an_endpoint(alice, kms):
    deny = use("*", "kms:Encrypt", "Deny", Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})
    key = make_key(kms, deny)
    assert encrypt(alice.session(context=OFFICE).client("kms"), key)
    with denied(ALICE, "kms:Encrypt", key, IN_RESOURCE):
        encrypt(alice.session(context=SOMEWHERE).client("kms"), key)


# --- how long it holds, and what may be said ------------------------------------------------------------------------


def test_a_context_ends_with_its_block_and_blocks_nest(aws_world, owner, kms):
    bob = owner.user("bob")
    key = make_key(kms, use(bob.arn, Condition=FROM_OFFICE))
    client = bob.client("kms")
    with aws_world.request_context(**OFFICE):
        assert encrypt(client, key)
        with aws_world.request_context(**{"aws:SourceIp": "10.0.0.1"}), lacks(bob.arn, "kms:Encrypt", key):
            encrypt(client, key)
        assert encrypt(client, key)
        with aws_world.request_context(**{"aws:Referer": "x"}):
            assert encrypt(client, key)
    with lacks(bob.arn, "kms:Encrypt", key):
        encrypt(client, key)


def test_a_context_ends_even_when_its_block_fails(aws_world, owner, kms):
    bob = owner.user("bob")
    key = make_key(kms, use(bob.arn, Condition=FROM_OFFICE))
    with pytest.raises(ZeroDivisionError), aws_world.request_context(**OFFICE):
        raise ZeroDivisionError
    with lacks(bob.arn, "kms:Encrypt", key):
        encrypt(bob.client("kms"), key)


def test_the_keys_of_a_session_go_before_those_of_the_block_and_stay_with_the_session(aws_world, owner, kms):
    bob = owner.user("bob")
    key = make_key(kms, use(bob.arn, Condition=FROM_OFFICE))
    office = bob.session(context=OFFICE).client("kms")
    with aws_world.request_context(**{"aws:SourceIp": "10.0.0.1"}):
        assert encrypt(office, key)
        with lacks(bob.arn, "kms:Encrypt", key):
            encrypt(bob.client("kms"), key)
    assert encrypt(office, key)


@pytest.mark.parametrize(
    ("keys", "error", "words"),
    [
        ({"kms:ViaService": "s3.us-east-1.amazonaws.com"}, ValueError, "kms:ViaService is computed"),
        ({"kms:EncryptionContext:a": "1"}, ValueError, "kms:EncryptionContext:a is computed"),
        ({"aws:PrincipalArn": ALICE}, ValueError, "aws:PrincipalArn is computed"),
        ({"aws:PrincipalAccount": OWNER}, ValueError, "aws:PrincipalAccount is computed"),
        ({"aws:ResourceTag/team": "red"}, ValueError, "aws:ResourceTag/team is computed"),
        ({"aws:RequestTag/team": "red"}, ValueError, "aws:RequestTag/team is computed"),
        ({"aws:CurrentTime": "2030-01-01T00:00:00Z"}, ValueError, "aws:CurrentTime is computed"),
        ({"aws:SecureTransport": "false"}, ValueError, "aws:SecureTransport is computed"),
        ({"aws:CalledVia": ["s3.amazonaws.com"]}, ValueError, "aws:CalledVia is computed"),
        ({"SourceIp": "10.0.0.1"}, ValueError, "is no condition key"),
        ({"aws:SourceIp": 10}, TypeError, "aws:SourceIp is a string or a list of strings, not 10"),
        ({"aws:MultiFactorAuthPresent": True}, TypeError, "is a string or a list of strings, not True"),
        ({"aws:SourceIp": None}, TypeError, "not None"),
    ],
)
def test_what_cannot_be_said_is_refused_and_changes_nothing(aws_world, alice, key, keys, error, words):
    with pytest.raises(error, match=words), aws_world.request_context(**keys):
        pytest.fail("the block must not run")
    with pytest.raises(error, match=words):
        alice.session(context=keys)
    assert encrypt(alice.client("kms"), key)
    assert aws_world.store.request_context == {}


# --- https and http -------------------------------------------------------------------------------------------------

INSECURE = {"Bool": {"aws:SecureTransport": "false"}}


def test_a_plain_http_endpoint_is_not_secure(alice, kms):
    key = make_key(kms, use("*", "kms:*", "Deny", Condition=INSECURE))
    plain = alice.client("kms", endpoint_url="http://kms.us-east-1.amazonaws.com")
    assert encrypt(alice.client("kms"), key)
    with denied(ALICE, "kms:Encrypt", key, IN_RESOURCE):
        encrypt(plain, key)


def test_a_foreign_caller_without_tls_only_learns_that_the_key_side_refuses(kms, other):
    key = make_key(kms, use(other.root.arn), use("*", "kms:*", "Deny", Condition=INSECURE))
    plain = other.client("kms", endpoint_url="http://kms.us-east-1.amazonaws.com")
    with denied(other.root.arn, "kms:Encrypt", "on this resource", KEY_SIDE):
        encrypt(plain, key)


def test_a_bucket_that_demands_tls(owner, alice):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    resources = ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resources, "Condition": INSECURE}
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy(deny)))
    for secure in (alice.client("s3"), s3):
        assert secure.put_object(Bucket="bucket", Key="k", Body=b"x")
        assert secure.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
        assert secure.delete_object(Bucket="bucket", Key="k")
    for principal in (alice, owner.root):
        plain = principal.client("s3", endpoint_url="http://s3.us-east-1.amazonaws.com")
        with refused(
            "AccessDenied",
            f"User: {principal.arn} is not authorized to perform: s3:GetObject on resource: "
            f'"arn:aws:s3:::bucket/k" {IN_RESOURCE}',
            403,
        ):
            plain.get_object(Bucket="bucket", Key="k")


def test_a_key_policy_may_allow_through_an_endpoint_only(aws_world, owner, kms):
    bob = owner.user("bob")
    text = key_policy(
        use(bob.arn, "kms:Encrypt"), use(bob.arn, "kms:*", "Deny", Condition={"StringNotEquals": SOMEWHERE})
    )
    key = kms.create_key(Policy=text)["KeyMetadata"]["Arn"]
    with denied(bob.arn, "kms:Encrypt", key, IN_RESOURCE):
        encrypt(bob.client("kms"), key)
    with aws_world.request_context(**SOMEWHERE):
        assert encrypt(bob.client("kms"), key)


@pytest.mark.parametrize(("version", "let_in"), [(None, True), ("1.2", True), ("1.1", False)])
def test_a_bucket_that_demands_a_version_of_tls(aws_world, owner, version, let_in):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    old = {"NumericLessThan": {"s3:TlsVersion": "1.2"}}
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
        "Condition": old,
    }
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy(deny)))
    with aws_world.request_context(**({"s3:TlsVersion": version} if version else {})):
        if let_in:
            s3.put_object(Bucket="bucket", Key="k", Body=b"x")
        else:
            with refused("AccessDenied", status=403):
                s3.put_object(Bucket="bucket", Key="k", Body=b"x")
