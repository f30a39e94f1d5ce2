"""``world.events``: the same records as CloudTrail's, oldest first, and a question with ``where``."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kmsmock
from tests.support.claims import OTHER, OWNER, allow, refused
from tests.support.policies import assume, make_key, signing, trust, use
from tests.support.trail import AWAY, CONTEXT, HOME, KMS, S3, SECRET, bare


def told(records):
    return [record["eventName"] for record in records]


@pytest.fixture
def role(owner):
    return owner.role("worker", [allow("kms:*")], trust=trust(f"arn:aws:iam::{OWNER}:root"))


# --- a list -------------------------------------------------------------------------------------------------------------


def test_the_records_are_a_list_with_the_newest_last(aws_world, kms, key):
    kms.describe_key(KeyId=key)
    kms.disable_key(KeyId=key)
    events = aws_world.events
    assert told(events) == ["CreateKey", "DescribeKey", "DisableKey"]
    assert len(events) == 3
    assert (events[0]["eventName"], events[-1]["eventName"]) == ("CreateKey", "DisableKey")
    assert told(events[1:]) == ["DescribeKey", "DisableKey"]
    assert events[-1] in events
    assert told(reversed(events)) == ["DisableKey", "DescribeKey", "CreateKey"]


def test_a_new_world_has_none(aws_world):
    assert len(aws_world.events) == 0
    assert not aws_world.events
    assert list(aws_world.events.where()) == []


def test_worlds_do_not_share_their_records(aws_world, kms, key):
    with kmsmock.World() as inner:
        inner.account(OWNER).client("kms").list_keys()
        assert told(inner.events) == ["ListKeys"]
    assert told(aws_world.events) == ["CreateKey"]


def test_what_is_asked_can_be_asked_again(aws_world, alice, kms, key):
    kms.encrypt(KeyId=key, Plaintext=b"x")
    alice.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    alice.client("kms").describe_key(KeyId=key)
    mine = aws_world.events.where(principal=alice)
    assert told(mine) == ["Encrypt", "DescribeKey"]
    assert told(mine.where(name="Encrypt")) == ["Encrypt"]
    assert mine.where(name="Encrypt")[0]["userIdentity"]["arn"] == alice.arn
    assert len(mine.where(name="Decrypt")) == 0
    assert not mine.where(name="Decrypt")
    assert told(mine[1:]) == ["DescribeKey"]


def test_several_conditions_all_hold(aws_world, alice, kms, key):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    for client in (kms, alice.client("kms")):
        for each in (key, other):
            client.encrypt(KeyId=each, Plaintext=b"x")
            client.describe_key(KeyId=each)
    (record,) = aws_world.events.where(name="Encrypt", principal=alice.arn, key=other)
    assert (record["userIdentity"]["arn"], record["resources"][0]["ARN"]) == (alice.arn, other)


@pytest.mark.parametrize("word", ["event", "eventName", "nmae", "resource"])
def test_an_unknown_condition_is_a_type_error(aws_world, word):
    with pytest.raises(TypeError, match=word):
        aws_world.events.where(**{word: "x"})


def test_conditions_have_names(aws_world):
    with pytest.raises(TypeError):
        aws_world.events.where("Decrypt")


# --- name, source -------------------------------------------------------------------------------------------------------


def test_by_name(aws_world, kms, key):
    kms.describe_key(KeyId=key)
    assert told(aws_world.events.where(name="DescribeKey")) == ["DescribeKey"]
    assert told(aws_world.events.where(name="DisableKey")) == []
    for part in ("Describe", "describekey"):  # no event is named so: a typo
        with pytest.raises(ValueError, match="did you mean 'DescribeKey'"):
            aws_world.events.where(name=part)


def test_by_source(aws_world, kms, key):
    assert told(aws_world.events.where(source=KMS)) == ["CreateKey"]
    assert told(aws_world.events.where(source=S3)) == []


# --- principal ----------------------------------------------------------------------------------------------------------


def test_by_principal_as_an_arn_or_as_itself(aws_world, owner, alice, kms, key):
    owner.user("alice2", [allow("kms:*")]).client("kms").encrypt(KeyId=key, Plaintext=b"x")
    alice.client("kms").describe_key(KeyId=key)
    for principal in (alice, alice.arn):
        assert told(aws_world.events.where(principal=principal)) == ["DescribeKey"]
    for principal in (owner.root, f"arn:aws:iam::{OWNER}:root"):
        assert told(aws_world.events.where(principal=principal)) == ["CreateKey"]


def test_the_arn_of_a_role_stands_for_all_its_sessions(aws_world, owner, alice, role, key):
    for name in ("one", "two"):
        signing(assume(alice.client("sts"), role, name)).encrypt(KeyId=key, Plaintext=b"x")
    owner.role("worker2", [allow("kms:*")]).client("kms").describe_key(KeyId=key)
    for principal in (role, role.arn):
        assert told(aws_world.events.where(principal=principal)) == ["Encrypt", "Encrypt"]
    session = f"arn:aws:sts::{OWNER}:assumed-role/worker/two"
    (record,) = aws_world.events.where(principal=session)
    assert record["userIdentity"]["arn"] == session


def test_a_role_with_a_path_stands_for_its_sessions_too(aws_world, owner, alice, key):
    document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"%s"},"Action":"sts:*"}}'
    made = owner.client("iam").create_role(
        RoleName="deep", Path="/team/", AssumeRolePolicyDocument=document % f"arn:aws:iam::{OWNER}:root"
    )["Role"]
    with refused("AccessDeniedException"):
        signing(assume(alice.client("sts"), made["Arn"])).describe_key(KeyId=key)
    assert told(aws_world.events.where(principal=made["Arn"])) == ["DescribeKey"]


def test_a_role_of_the_same_name_in_another_account_is_another(aws_world, owner, other, kms):
    key = make_key(kms, use("*"))
    mine, theirs = owner.role("app", [allow("kms:*")]), other.role("app", [allow("kms:*")])
    theirs.client("kms").describe_key(KeyId=key)
    assert told(aws_world.events.where(principal=mine)) == []
    assert told(aws_world.events.where(principal=theirs, account=OTHER)) == ["DescribeKey"]


def test_a_principal_through_a_service_is_still_he(aws_world, alice, key):
    s3 = alice.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=SECRET, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert told(aws_world.events.where(principal=alice, source=KMS)) == ["GenerateDataKey"]


# --- key ----------------------------------------------------------------------------------------------------------------


def test_by_key_as_an_arn_or_an_id(aws_world, kms, key):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.describe_key(KeyId=bare(key))
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    kms.encrypt(KeyId="alias/app", Plaintext=b"x")
    kms.list_keys()
    for given_key in (key, bare(key)):
        assert told(aws_world.events.where(key=given_key)) == ["CreateKey", "DescribeKey", "CreateAlias", "Encrypt"]
    assert told(aws_world.events.where(key=other)) == ["CreateKey"]
    assert told(aws_world.events.where(key="12345678-1234-1234-1234-123456789012")) == []


def test_either_key_of_a_reencryption(aws_world, stage):
    stage.kms.re_encrypt(CiphertextBlob=stage.blob, SourceEncryptionContext=CONTEXT, DestinationKeyId=stage.another)
    for each in (stage.key, stage.another):
        assert told(aws_world.events.where(key=each, name="ReEncrypt")) == ["ReEncrypt"]


def test_the_id_of_a_key_of_several_regions_finds_it_in_all(aws_world, owner, kms):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    there = primary.replace(HOME, AWAY)
    kms.describe_key(KeyId=primary)
    owner.client("kms", AWAY).describe_key(KeyId=there)
    assert len(aws_world.events.where(name="DescribeKey", key=bare(primary))) == 2
    (record,) = aws_world.events.where(name="DescribeKey", key=there)
    assert record["awsRegion"] == AWAY


def test_what_was_refused_is_found_by_its_key(aws_world, owner, key):
    with refused("AccessDeniedException"):
        owner.user("nobody").client("kms").encrypt(KeyId=key, Plaintext=b"x")
    assert told(aws_world.events.where(key=key, error="AccessDenied")) == ["Encrypt"]


# --- error --------------------------------------------------------------------------------------------------------------


def test_by_error_and_without_one(aws_world, owner, kms, key):
    with refused("AccessDeniedException"):
        owner.user("nobody").client("kms").describe_key(KeyId=key)
    kms.disable_key(KeyId=key)
    with refused("DisabledException"):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    assert told(aws_world.events.where(error="AccessDenied")) == ["DescribeKey"]
    assert told(aws_world.events.where(error="DisabledException")) == ["Encrypt"]
    assert told(aws_world.events.where(error="NotFoundException")) == []
    assert told(aws_world.events.where(error=None)) == ["CreateKey", "DisableKey"]
    assert told(aws_world.events.where()) == ["CreateKey", "DescribeKey", "DisableKey", "Encrypt"]


# --- account, region ----------------------------------------------------------------------------------------------------


def test_by_account_and_region(aws_world, owner, other, kms):
    kms.create_key()
    owner.client("kms", AWAY).list_keys()
    other.client("kms").list_aliases()
    assert told(aws_world.events.where(account=OWNER)) == ["CreateKey", "ListKeys"]
    assert told(aws_world.events.where(account=OTHER)) == ["ListAliases"]
    assert told(aws_world.events.where(region=AWAY)) == ["ListKeys"]
    assert told(aws_world.events.where(region=HOME)) == ["CreateKey", "ListAliases"]


def test_the_account_is_the_one_that_received_the_record(aws_world, other, kms):
    key = make_key(kms, use(f"arn:aws:iam::{OTHER}:root"))
    other.user("stranger", [allow("kms:*")]).client("kms").describe_key(KeyId=key)
    for number in (OWNER, OTHER):
        (record,) = aws_world.events.where(name="DescribeKey", account=number)
        assert record["recipientAccountId"] == number


# --- via ----------------------------------------------------------------------------------------------------------------


def test_by_the_service_that_called(aws_world, alice, key):
    alice.client("kms").generate_data_key(KeyId=key, KeySpec="AES_256")
    s3 = alice.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=SECRET, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert told(aws_world.events.where(name="GenerateDataKey")) == ["GenerateDataKey"] * 2
    (record,) = aws_world.events.where(via=S3)
    assert record["requestParameters"]["encryptionContext"] == {"aws:s3:arn": "arn:aws:s3:::bucket/k"}
    assert told(aws_world.events.where(via="ec2.amazonaws.com")) == []


def test_a_claim_about_who_decrypted_what(aws_world, owner, kms, key):
    """The way a test would use it: nobody but the reporter has decrypted with this key, and only through S3."""
    reporter = owner.role("reporter", [allow(["s3:*", "kms:*"])])
    s3 = reporter.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=SECRET, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    s3.get_object(Bucket="bucket", Key="k")["Body"].read()
    decrypted = aws_world.events.where(name="Decrypt", key=key, error=None)
    assert decrypted
    assert list(decrypted) == list(aws_world.events.where(name="Decrypt", principal=reporter, via=S3))


# --- laws ---------------------------------------------------------------------------------------------------------------

CONDITIONS = {
    "name": ["DescribeKey", "Encrypt", "CreateKey"],
    "error": [None, "DisabledException"],
    "region": [HOME, AWAY],
    "account": [OWNER, OTHER],
    "source": [KMS, S3],
    "via": [S3],
}
conditions = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in CONDITIONS.items()})


@pytest.fixture(scope="module")
def lived():
    """A world in which this and that happened."""
    with kmsmock.World() as world:
        for number in (OWNER, OTHER):
            for region in (HOME, AWAY):
                kms = world.account(number).client("kms", region)
                key = kms.create_key()["KeyMetadata"]["Arn"]
                kms.encrypt(KeyId=key, Plaintext=b"x")
                kms.disable_key(KeyId=key)
                with refused("DisabledException"):
                    kms.encrypt(KeyId=key, Plaintext=b"x")
        yield world


@settings(max_examples=60, deadline=None, database=None)
@given(first=conditions, second=conditions)
def test_asking_twice_is_asking_for_both_and_keeps_the_order(lived, first, second):
    once = list(lived.events.where(**first))
    assert [record for record in lived.events if record in once] == once
    twice = list(lived.events.where(**first).where(**second))
    assert twice == list(lived.events.where(**second).where(**first))
    if not {name for name in first if name in second and first[name] != second[name]}:
        assert twice == list(lived.events.where(**first, **{k: v for k, v in second.items() if k not in first}))
    assert all(record in once for record in twice)


def test_a_slice_can_be_asked_as_well(aws_world, kms, key):
    before = len(aws_world.events)
    kms.list_keys()
    kms.describe_key(KeyId=key)
    assert [each["eventName"] for each in aws_world.events[before:].where(key=key)] == ["DescribeKey"]
