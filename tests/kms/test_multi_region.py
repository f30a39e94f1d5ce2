"""Multi-Region keys: what related keys share, what they do not, and in which order they go."""

import json
from datetime import timedelta

import pytest

import kmsmock
from tests.support.claims import refused

pytestmark = pytest.mark.evidence(
    "recorded", "stackd (testdata/aws/kms): ReplicateKey, UpdatePrimaryRegion, deletion in order, and their refusals"
)

HOME, AWAY = "us-east-1", "eu-west-1"


@pytest.fixture
def primary(kms):
    return kms.create_key(MultiRegion=True, Description="mine", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]


@pytest.fixture
def replica(kms, away, primary):
    made = kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=AWAY)["ReplicaKeyMetadata"]
    assert (made["KeyState"], made["Enabled"], "CurrentKeyMaterialId" in made) == ("Creating", False, False)
    return away.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]


def test_a_replica_shares_id_and_material_and_has_its_own_life(kms, away, primary, replica):
    assert replica["KeyId"] == primary["KeyId"]
    assert replica["KeyId"].startswith("mrk-")
    assert replica["KeyState"] == "Enabled"
    assert replica["CurrentKeyMaterialId"] == primary["CurrentKeyMaterialId"]
    assert replica["Description"] == ""
    assert away.list_resource_tags(KeyId=replica["KeyId"])["Tags"] == []
    config = {
        "PrimaryKey": {"Arn": primary["Arn"], "Region": HOME},
        "ReplicaKeys": [{"Arn": replica["Arn"], "Region": AWAY}],
    }
    assert replica["MultiRegionConfiguration"] == {"MultiRegionKeyType": "REPLICA", **config}
    shown = kms.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]["MultiRegionConfiguration"]
    assert shown == {"MultiRegionKeyType": "PRIMARY", **config}


def test_the_ciphertext_of_one_region_is_opened_in_the_other_by_the_local_key(kms, away, primary, replica):
    blob = kms.encrypt(KeyId=primary["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert away.decrypt(CiphertextBlob=blob)["KeyId"] == replica["Arn"]
    kms.disable_key(KeyId=primary["KeyId"])
    assert away.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_rotation_is_set_on_the_primary_and_shared(kms, away, primary, replica):
    text = f"{replica['Arn']} is a multi-region replica key which is not valid for EnableKeyRotation."
    with refused("UnsupportedOperationException", text):
        away.enable_key_rotation(KeyId=replica["KeyId"])
    kms.enable_key_rotation(KeyId=primary["KeyId"], RotationPeriodInDays=90)
    assert away.get_key_rotation_status(KeyId=replica["KeyId"])["RotationPeriodInDays"] == 90
    kms.rotate_key_on_demand(KeyId=primary["KeyId"])
    materials = {
        client.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]["CurrentKeyMaterialId"] for client in (kms, away)
    }
    assert len(materials) == 1
    assert materials != {primary["CurrentKeyMaterialId"]}


@pytest.mark.parametrize(
    ("region", "code", "text"),
    [
        (HOME, "ValidationException", f"{HOME} cannot have a replica because it contains the primary."),
        (AWAY, "AlreadyExistsException", "You can create only one replica of each primary key in each AWS Region."),
        ("cn-north-1", "ValidationException",
         "The replica key Region must be in the same AWS partition as the primary key Region."),
        ("xx-east-1", "ValidationException",
         "Region xx-east-1 is not a valid Region or multi-Region keys are not supported in Region xx-east-1."),
    ],
)  # fmt: skip
def test_where_a_replica_cannot_be(kms, primary, replica, region, code, text):
    with refused(code, text):
        kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=region)


def test_only_a_primary_is_replicated(kms, away, key, replica):
    with refused("UnsupportedOperationException", f"{replica['Arn']} is not a multi-region primary key."):
        away.replicate_key(KeyId=replica["KeyId"], ReplicaRegion="eu-west-2")
    with refused("UnsupportedOperationException", f"{key} is not a multi-region primary key."):
        kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)


def test_the_primary_moves_and_both_are_updating_meanwhile(aws_world, kms, away, primary, replica):
    kms.update_primary_region(KeyId=primary["KeyId"], PrimaryRegion=AWAY)
    assert {key.state for key in aws_world.store.keys.values()} == {"Updating"}
    shown = away.describe_key(KeyId=replica["KeyId"])["KeyMetadata"]
    assert (shown["KeyState"], shown["MultiRegionConfiguration"]["MultiRegionKeyType"]) == ("Enabled", "PRIMARY")
    with refused("KMSInvalidStateException", f"{primary['Arn']} is not a multi-Region primary key."):
        kms.update_primary_region(KeyId=primary["KeyId"], PrimaryRegion=AWAY)
    away.update_primary_region(KeyId=primary["KeyId"], PrimaryRegion=AWAY)


def test_the_primary_moves_only_to_a_usable_replica(kms, away, primary, replica):
    with refused("ValidationException", f"{primary['KeyId']} does not have a replica key in the specified Region."):
        kms.update_primary_region(KeyId=primary["KeyId"], PrimaryRegion="eu-west-2")
    away.disable_key(KeyId=replica["KeyId"])
    with refused("DisabledException", f"{replica['Arn']} is disabled."):
        kms.update_primary_region(KeyId=primary["KeyId"], PrimaryRegion=AWAY)


def test_a_primary_waits_for_its_replicas_to_be_gone(aws_world, kms, away, primary, replica):
    answer = kms.schedule_key_deletion(KeyId=primary["KeyId"], PendingWindowInDays=7)
    assert (answer["KeyState"], answer["PendingWindowInDays"]) == ("PendingReplicaDeletion", 7)
    assert "DeletionDate" not in answer
    aws_world.clock.advance(days=100)
    shown = kms.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]
    assert (shown["KeyState"], shown["PendingDeletionWindowInDays"]) == ("PendingReplicaDeletion", 7)
    with refused("KMSInvalidStateException", f"{primary['Arn']} is pending replica deletion."):
        kms.encrypt(KeyId=primary["KeyId"], Plaintext=b"x")
    gone = away.schedule_key_deletion(KeyId=replica["KeyId"], PendingWindowInDays=7)["DeletionDate"]
    aws_world.clock.advance(days=8)
    shown = kms.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]
    assert shown["KeyState"] == "PendingDeletion"
    assert (shown["DeletionDate"] - gone).days == 7
    assert shown["MultiRegionConfiguration"]["ReplicaKeys"] == []
    aws_world.clock.advance(days=8)
    with refused("NotFoundException", f"Key '{primary['Arn']}' does not exist"):
        kms.describe_key(KeyId=primary["KeyId"])


@pytest.mark.kmsmock(delays=True)
def test_with_delays_a_test_sees_the_middle_of_what_takes_time(aws_world, kms, away, primary):
    kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=AWAY)
    arn = primary["Arn"].replace(HOME, AWAY)
    with refused("KMSInvalidStateException", f"{arn} is creating."):
        away.encrypt(KeyId=primary["KeyId"], Plaintext=b"x")
    aws_world.clock.advance(seconds=11)
    away.encrypt(KeyId=primary["KeyId"], Plaintext=b"x")
    kms.update_primary_region(KeyId=primary["KeyId"], PrimaryRegion=AWAY)
    with refused("KMSInvalidStateException", f"{arn} is updating."):
        away.disable_key(KeyId=primary["KeyId"])
    away.encrypt(KeyId=primary["KeyId"], Plaintext=b"x")
    aws_world.clock.advance(seconds=31)
    away.disable_key(KeyId=primary["KeyId"])


def test_wrong_delays_say_what_is_accepted():
    with pytest.raises(ValueError, match="ReplicateKey"):
        kmsmock.World(delays={"DescribeKey": timedelta(1)})
    with pytest.raises(TypeError, match="timedelta"):
        kmsmock.World(delays={"ReplicateKey": 1})


@pytest.mark.kmsmock(delays={"UpdatePrimaryRegion": timedelta(seconds=30)})
def test_a_primary_that_moves_back_at_once_ends_enabled(aws_world, kms, away, primary, replica):
    kms.update_primary_region(KeyId=primary["KeyId"], PrimaryRegion=AWAY)
    aws_world.clock.advance(seconds=10)
    away.update_primary_region(KeyId=primary["KeyId"], PrimaryRegion=HOME)
    for client in (kms, away):
        assert client.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]["KeyState"] == "Updating"
    aws_world.clock.advance(seconds=30)
    for client, kind in ((kms, "PRIMARY"), (away, "REPLICA")):
        shown = client.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]
        assert (shown["KeyState"], shown["MultiRegionConfiguration"]["MultiRegionKeyType"]) == ("Enabled", kind)


INCORRECT_KEY = "The key ID in the request does not identify a CMK that can perform this operation."


def test_the_arn_of_a_related_key_in_another_region_is_an_incorrect_key(kms, key, primary, replica):
    blob = kms.encrypt(KeyId=primary["Arn"], Plaintext=b"x")["CiphertextBlob"]
    with refused("IncorrectKeyException", INCORRECT_KEY):
        kms.decrypt(CiphertextBlob=blob, KeyId=replica["Arn"])
    with refused("IncorrectKeyException", INCORRECT_KEY):
        kms.re_encrypt(CiphertextBlob=blob, SourceKeyId=replica["Arn"], DestinationKeyId=key)
    with refused("NotFoundException", f"Invalid arn {AWAY}"):
        kms.encrypt(KeyId=replica["Arn"], Plaintext=b"x")


def test_a_ciphertext_of_keys_that_are_gone_in_each_region_names_the_key_of_the_region(
    aws_world, kms, away, primary, replica
):
    blob = kms.encrypt(KeyId=primary["Arn"], Plaintext=b"x")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=primary["KeyId"], PendingWindowInDays=7)
    away.schedule_key_deletion(KeyId=primary["KeyId"], PendingWindowInDays=7)
    aws_world.clock.advance(days=15)
    for client, gone in ((kms, primary), (away, replica)):
        with refused("NotFoundException", f"Key '{gone['Arn']}' does not exist"):
            client.decrypt(CiphertextBlob=blob)


# --- other partitions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_arns_and_the_default_policy_name_the_partition_of_the_region(owner, region, partition):
    kms = owner.client("kms", region_name=region)
    made = kms.create_key()["KeyMetadata"]
    assert made["Arn"] == f"arn:{partition}:kms:{region}:111111111111:key/{made['KeyId']}"
    policy = json.loads(kms.get_key_policy(KeyId=made["Arn"])["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": f"arn:{partition}:iam::111111111111:root"}
    blob = kms.encrypt(KeyId=made["Arn"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["KeyId"] == made["Arn"]


def test_keys_are_replicated_within_their_partition(owner):
    kms = owner.client("kms", region_name="cn-north-1")
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    made = kms.replicate_key(KeyId=key, ReplicaRegion="cn-northwest-1")["ReplicaKeyMetadata"]
    assert made["Arn"] == key.replace("cn-north-1", "cn-northwest-1")
    text = "The replica key Region must be in the same AWS partition as the primary key Region."
    with refused("ValidationException", text):
        kms.replicate_key(KeyId=key, ReplicaRegion=HOME)
