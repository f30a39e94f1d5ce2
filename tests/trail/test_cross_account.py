"""The use of another account's key: a record for each account, told apart by who receives it, tied by one id."""

import json

import boto3
import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import assume, make_key, root, signing, trust, use
from tests.support.trail import HOME, S3, SECRET, about_key, arns, named, recorded, the_one

pytestmark = pytest.mark.evidence(
    "documented",
    '"CloudTrail record contents" (sharedEventID, recipientAccountId); examples of the KMS developer guide',
)

THIRD = "333333333333"


@pytest.fixture
def shared(kms):
    """The ARN of a key that the accounts OTHER and THIRD may use."""
    return make_key(kms, use(root(OTHER)), use(root(THIRD)))


@pytest.fixture
def stranger(other):
    return other.user("stranger", [allow(["kms:*", "s3:*", "sts:*"])])


def by_account(records):
    return {record["recipientAccountId"]: record for record in records}


def test_both_accounts_get_a_record_of_one_call(aws_world, shared, stranger):
    with recorded(aws_world) as records:
        answer = stranger.client("kms").encrypt(KeyId=shared, Plaintext=SECRET, EncryptionContext={"a": "b"})
    told = by_account(records)
    assert (len(records), set(told)) == (2, {OWNER, OTHER})
    mine, theirs = told[OWNER], told[OTHER]
    assert mine["sharedEventID"] == theirs["sharedEventID"]
    assert mine["eventID"] != theirs["eventID"]
    for name in ("eventName", "eventTime", "awsRegion", "requestID", "requestParameters", "resources", "readOnly"):
        assert mine[name] == theirs[name], name
    assert mine["requestID"] == answer["ResponseMetadata"]["RequestId"]
    assert mine["resources"] == [about_key(shared)]


def test_the_caller_is_told_by_name_at_home_and_by_account_and_id_to_the_owner(aws_world, shared, stranger):
    with recorded(aws_world) as records:
        stranger.client("kms").encrypt(KeyId=shared, Plaintext=SECRET)
    number = stranger.client("sts").get_caller_identity()["UserId"]
    told = by_account(records)
    theirs = told[OTHER]["userIdentity"]
    assert (theirs["type"], theirs["arn"], theirs["accountId"]) == ("IAMUser", stranger.arn, OTHER)
    mine = told[OWNER]["userIdentity"]
    assert (mine["type"], mine["principalId"], mine["accountId"]) == ("AWSAccount", number, OTHER)
    assert not {"userName", "accessKeyId", "sessionContext"} & mine.keys()


def test_a_session_of_a_foreign_role_is_told_by_its_id(aws_world, other, shared, stranger):
    role = other.role("worker", [allow("kms:*")], trust=trust(root(OTHER)))
    client = signing(assume(stranger.client("sts"), role))
    with recorded(aws_world) as records:
        client.encrypt(KeyId=shared, Plaintext=SECRET)
    told = by_account(records)
    assert told[OTHER]["userIdentity"]["type"] == "AssumedRole"
    mine = told[OWNER]["userIdentity"]
    assert (mine["type"], mine["accountId"]) == ("AWSAccount", OTHER)
    assert mine["principalId"] == told[OTHER]["userIdentity"]["principalId"]
    assert mine["principalId"].endswith(":ci")


def test_a_call_within_one_account_has_one_record_and_no_shared_id(aws_world, owner, shared):
    with recorded(aws_world) as records:
        owner.user("alice", [allow("kms:*")]).client("kms").encrypt(KeyId=shared, Plaintext=SECRET)
    (record,) = records
    assert (record["recipientAccountId"], "sharedEventID" in record) == (OWNER, False)


def test_a_stranger_with_a_role_of_the_owner_is_no_stranger(aws_world, owner, kms, stranger):
    key = make_key(kms)
    role = owner.role("guest", [allow("kms:*")], trust=trust(root(OTHER)))
    client = signing(assume(stranger.client("sts"), role))
    with recorded(aws_world) as records:
        client.encrypt(KeyId=key, Plaintext=SECRET)
    (record,) = records
    assert (record["recipientAccountId"], record["userIdentity"]["type"]) == (OWNER, "AssumedRole")
    assert "sharedEventID" not in record


@pytest.mark.parametrize("side", ["key policy", "identity policy"])
def test_a_denied_call_is_told_to_the_callers_account_alone(aws_world, kms, other, shared, stranger, side):
    client, key = stranger.client("kms"), shared
    if side == "key policy":
        key = make_key(kms)
    else:
        client = other.user("nobody").client("kms")
    with recorded(aws_world) as records, refused("AccessDeniedException"):
        client.encrypt(KeyId=key, Plaintext=SECRET)
    (record,) = records
    assert (record["recipientAccountId"], record["errorCode"]) == (OTHER, "AccessDenied")
    assert "sharedEventID" not in record


def test_another_failure_is_told_to_both(aws_world, kms, shared, stranger):
    kms.disable_key(KeyId=shared)
    with recorded(aws_world) as records, refused("DisabledException"):
        stranger.client("kms").encrypt(KeyId=shared, Plaintext=SECRET)
    assert set(by_account(records)) == {OWNER, OTHER}
    assert {record["errorCode"] for record in records} == {"DisabledException"}
    assert len({record["sharedEventID"] for record in records}) == 1


def test_reencrypt_out_of_the_owners_key_is_told_to_both_owners(aws_world, other, shared, stranger):
    mine = other.client("kms").create_key()["KeyMetadata"]["Arn"]
    client = stranger.client("kms")
    blob = client.encrypt(KeyId=shared, Plaintext=SECRET)["CiphertextBlob"]
    with recorded(aws_world) as records:
        client.re_encrypt(CiphertextBlob=blob, SourceKeyId=shared, DestinationKeyId=mine)
    told = by_account(records)
    assert (len(records), set(told)) == (2, {OWNER, OTHER})
    assert len({record["sharedEventID"] for record in records}) == 1
    assert arns(told[OTHER]) == [shared, mine]
    assert shared in arns(told[OWNER])


def test_three_accounts_get_three_records(aws_world, other, shared):
    """A user of the third account moves a ciphertext from the first account's key to the second's."""
    target = make_key(other.client("kms"), use(root(THIRD)), use(root(OTHER)), delegate=False)
    client = aws_world.account(THIRD).user("mover", [allow("kms:*")]).client("kms")
    blob = client.encrypt(KeyId=shared, Plaintext=SECRET)["CiphertextBlob"]
    with recorded(aws_world) as records:
        client.re_encrypt(CiphertextBlob=blob, SourceKeyId=shared, DestinationKeyId=target)
    told = by_account(records)
    assert (len(records), set(told)) == (3, {OWNER, OTHER, THIRD})
    assert len({record["sharedEventID"] for record in records}) == 1
    assert told[THIRD]["userIdentity"]["type"] == "IAMUser"
    assert {told[each]["userIdentity"]["type"] for each in (OWNER, OTHER)} == {"AWSAccount"}


@pytest.mark.parametrize("operation", ["describe_key", "get_public_key", "list_grants", "get_key_rotation_status"])
def test_reads_and_changes_of_a_foreign_key_are_told_to_both_too(aws_world, kms, stranger, operation):
    options = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"} if operation == "get_public_key" else {}
    key = make_key(kms, use(root(OTHER)), **options)
    with recorded(aws_world) as records:
        getattr(stranger.client("kms"), operation)(KeyId=key)
    assert set(by_account(records)) == {OWNER, OTHER}


def test_a_grant_that_a_stranger_makes_is_told_to_both(aws_world, shared, stranger):
    with recorded(aws_world) as records:
        made = stranger.client("kms").create_grant(KeyId=shared, GranteePrincipal=stranger.arn, Operations=["Decrypt"])
    assert set(by_account(records)) == {OWNER, OTHER}
    assert {record["responseElements"]["grantId"] for record in records} == {made["GrantId"]}


def test_an_object_in_a_foreign_bucket_is_told_with_the_service_in_both_accounts(aws_world, other, shared, stranger):
    s3 = stranger.client("s3")
    s3.create_bucket(Bucket="theirs")
    with recorded(aws_world) as records:
        s3.put_object(Bucket="theirs", Key="k", Body=SECRET, ServerSideEncryption="aws:kms", SSEKMSKeyId=shared)
    told = by_account(record for record in records if record["eventName"] == "GenerateDataKey")
    assert set(told) == {OWNER, OTHER}
    assert {record["userIdentity"]["invokedBy"] for record in told.values()} == {S3}
    assert len({record["sharedEventID"] for record in told.values()}) == 1


def test_each_account_looks_up_its_own_record(aws_world, owner, other, shared, stranger):
    stranger.client("kms").encrypt(KeyId=shared, Plaintext=SECRET)
    wanted = [{"AttributeKey": "EventName", "AttributeValue": "Encrypt"}]
    found = {}
    for account in (owner, other):
        (event,) = account.client("cloudtrail").lookup_events(LookupAttributes=wanted)["Events"]
        found[account.id] = json.loads(event["CloudTrailEvent"])
    assert {number: record["recipientAccountId"] for number, record in found.items()} == {OWNER: OWNER, OTHER: OTHER}
    assert found[OWNER]["sharedEventID"] == found[OTHER]["sharedEventID"]


def test_the_owner_sees_the_last_use_by_a_stranger_as_his_own_record(aws_world, kms, shared, stranger):
    stranger.client("kms").encrypt(KeyId=shared, Plaintext=SECRET)
    record = by_account(named(aws_world, "Encrypt"))[OWNER]
    used = kms.get_key_last_usage(KeyId=shared)["KeyLastUsage"]
    assert (used["CloudTrailEventId"], used["KmsRequestId"]) == (record["eventID"], record["requestID"])


def test_a_guest_without_an_account_is_told_as_the_default_account(aws_world, kms):
    """Credentials that nobody issued are another account to the owner."""
    key = make_key(kms, use("*"))
    boto3.client("kms", HOME).describe_key(KeyId=key)
    told = by_account(named(aws_world, "DescribeKey"))
    assert set(told) == {OWNER, "123456789012"}
    assert told[OWNER]["userIdentity"]["accountId"] == "123456789012"


def test_an_organization_makes_no_difference_to_who_gets_a_record(aws_world, owner, other, kms):
    organizations = owner.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    everybody = use("*", Condition={"StringEquals": {"aws:PrincipalAccount": OTHER}})
    key = make_key(kms, everybody)
    client = other.user("member", [policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})]).client("kms")
    client.describe_key(KeyId=key)
    assert set(by_account(named(aws_world, "DescribeKey"))) == {OWNER, OTHER}
    assert the_one(aws_world, "CreateKey")["recipientAccountId"] == OWNER
