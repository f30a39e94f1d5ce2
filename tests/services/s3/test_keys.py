"""Which KMS key S3 takes for a name, in what state and Region it must be, and what S3 answers otherwise."""

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OWNER, allow, refused
from tests.support.s3 import (
    BODY,
    GHOST,
    WEST,
    alias,
    get,
    head,
    key_arn,
    keys,
    made,
    put,
    read,
    set_default,
    shown,
    sse,
    under,
    uploads,
)

pytestmark = pytest.mark.evidence(
    "recorded", "localstack (test_s3.snapshot.json): keys that are unknown, disabled or in another Region"
)

BY_CIPHERTEXT = "on the resource associated with this ciphertext"
EVERYTHING = allow(["s3:*", "kms:*"])


# --- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["id", "ARN", "alias", "alias ARN"])
def test_each_form_of_a_key_is_taken_and_shown_as_its_arn(s3, write, kms, key, asks, form):
    name = {
        "id": key.split("/")[1],
        "ARN": key,
        "alias": alias(kms, key),
        "alias ARN": f"arn:aws:kms:us-east-1:{OWNER}:alias/app",
    }[form]
    assert shown(write(s3, **asks(name))) == under(key)


def test_an_alias_that_moves_takes_new_objects_along_and_leaves_the_old(s3, kms, key, another, asks):
    options = asks(alias(kms, key))
    put(s3, "old", **options)
    kms.update_alias(AliasName="alias/app", TargetKeyId=another)
    put(s3, "new", **options)
    assert [shown(get(s3, name)) for name in ("old", "new")] == [under(key), under(another)]
    kms.delete_alias(AliasName="alias/app")
    kms.disable_key(KeyId=another)
    assert read(s3, "old") == BODY
    with refused("KMS.DisabledException", f"{another} is disabled."):
        read(s3, "new")


NOT_FOUND, WRONG_USE = "KMS.NotFoundException", "KMS.InvalidKeyUsageException"
UNFIT = {
    "garbage": lambda kms, far: ("fake-key-id", NOT_FOUND, "Invalid keyId 'fake-key-id'"),
    "unknown id": lambda kms, far: (GHOST, NOT_FOUND, f"Key '{key_arn(GHOST)}' does not exist"),
    "unknown ARN": lambda kms, far: (key_arn(GHOST), NOT_FOUND, f"Key '{key_arn(GHOST)}' does not exist"),
    "unknown alias": lambda kms, far: (
        "alias/none",
        NOT_FOUND,
        f"Alias arn:aws:kms:us-east-1:{OWNER}:alias/none is not found.",
    ),
    "ARN of another Region": lambda kms, far: (made(far)["Arn"], NOT_FOUND, f"Invalid arn {WEST}"),
    "id of another Region": lambda kms, far: (
        identifier := made(far)["KeyId"],
        NOT_FOUND,
        f"Key '{key_arn(identifier)}' does not exist",
    ),
    "RSA": lambda kms, far: (made(kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["Arn"], WRONG_USE, None),
    "signing": lambda kms, far: (made(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["Arn"], WRONG_USE, None),
    "HMAC": lambda kms, far: (made(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["Arn"], WRONG_USE, None),
    "pending import": lambda kms, far: (
        arn := made(kms, Origin="EXTERNAL")["Arn"],
        "KMS.KMSInvalidStateException",
        f"{arn} is pending import.",
    ),
}


@pytest.mark.parametrize("unfit", UNFIT)
def test_what_is_no_usable_key_is_refused_and_nothing_is_stored(s3, write, kms, west_kms, asks, unfit):
    name, code, message = UNFIT[unfit](kms, west_kms)
    options = asks(name)
    with refused(code, message):
        write(s3, **options)
    assert (keys(s3), uploads(s3)) == ([], [])


# --- states ------------------------------------------------------------------------------------------------------------


def deleted(kms, clock, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    clock.advance(days=8)


STATES = {
    "disabled": (
        lambda kms, clock, key: kms.disable_key(KeyId=key),
        "KMS.DisabledException",
        "{} is disabled.",
    ),
    "pending deletion": (
        lambda kms, clock, key: kms.schedule_key_deletion(KeyId=key),
        "KMS.KMSInvalidStateException",
        "{} is pending deletion.",
    ),
    "deleted": (deleted, "KMS.NotFoundException", "Key '{}' does not exist"),
}


@pytest.mark.parametrize("state", STATES)
def test_a_key_that_cannot_be_used_refuses_a_write_and_what_was_there_stays(
    s3, write, kms, aws_clock, key, asks, state
):
    put(s3, body=b"before")
    act, code, message = STATES[state]
    options = asks(key)
    act(kms, aws_clock, key)
    with refused(code, message.format(key)):
        write(s3, **options)
    assert read(s3) == b"before"
    assert (keys(s3), uploads(s3)) == (["k"], [])


@pytest.mark.parametrize("state", STATES)
def test_a_key_that_cannot_be_used_refuses_to_be_read_under(s3, reading, kms, aws_clock, key, state):
    put(s3, **sse(key))
    act, code, message = STATES[state]
    act(kms, aws_clock, key)
    with refused(code, message.format(key)):
        reading(s3)
    assert keys(s3) == ["k"]


@pytest.mark.parametrize("state", STATES)
def test_the_head_of_an_object_needs_no_key_but_its_checksum_does(s3, kms, aws_clock, key, state):
    put(s3, **sse(key))
    STATES[state][0](kms, aws_clock, key)
    assert shown(head(s3)) == under(key)
    with refused("400", "Bad Request"):
        head(s3, ChecksumMode="ENABLED")


def test_a_key_that_comes_back_reads_again(s3, kms, key):
    put(s3, **sse(key))
    kms.schedule_key_deletion(KeyId=key)
    kms.cancel_key_deletion(KeyId=key)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        read(s3)
    kms.enable_key(KeyId=key)
    assert read(s3) == BODY


def test_an_object_outlives_the_rotation_of_its_key(s3, kms, key):
    put(s3, **sse(key))
    kms.rotate_key_on_demand(KeyId=key)
    assert read(s3) == BODY


# --- Regions -----------------------------------------------------------------------------------------------------------


def test_the_region_of_the_bucket_counts_and_not_that_of_the_client(owner, s3, west, west_kms, key):
    here = made(west_kms)["Arn"]
    assert shown(put(s3, bucket="west", **sse(here))) == under(here)
    with refused("KMS.NotFoundException", "Invalid arn us-east-1"):
        put(s3, bucket="west", **sse(key))


def test_a_multi_region_key_is_one_key_in_each_region(s3, west, kms, west_kms):
    primary = made(kms, MultiRegion=True)
    name, arn = primary["KeyId"], primary["Arn"]
    replica = key_arn(name, region=WEST)
    with refused("KMS.NotFoundException", f"Key '{replica}' does not exist"):
        put(west, bucket="west", **sse(name))
    kms.replicate_key(KeyId=name, ReplicaRegion=WEST)
    for identifier in (name, replica):
        assert shown(put(west, bucket="west", **sse(identifier))) == under(replica)
    with refused("KMS.NotFoundException", "Invalid arn us-east-1"):
        put(west, bucket="west", **sse(arn))
    kms.disable_key(KeyId=arn)
    assert read(west, bucket="west") == BODY
    west_kms.disable_key(KeyId=replica)
    with refused("KMS.DisabledException", f"{replica} is disabled."):
        read(west, bucket="west")


# --- aws/s3 --------------------------------------------------------------------------------------------------------------


def test_the_managed_key_is_made_by_the_first_use_in_each_region(s3, west, write, kms, west_kms):
    assert kms.list_keys()["Keys"] == west_kms.list_keys()["Keys"] == []
    first, second = (shown(write(s3, name, **sse()))["key"] for name in ("k", "l"))
    assert first == second
    assert [each["KeyArn"] for each in kms.list_keys()["Keys"]] == [first]
    assert west_kms.list_keys()["Keys"] == []
    metadata = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (metadata["Arn"], metadata["KeyManager"]) == (first, "AWS")
    assert metadata["Description"] == "Default key that protects my S3 objects when no other key is defined"
    there = shown(put(west, bucket="west", **sse()))["key"]
    assert [each["KeyArn"] for each in west_kms.list_keys()["Keys"]] == [there]


@pytest.mark.parametrize("name", [None, "alias/aws/s3", f"arn:aws:kms:us-east-1:{OWNER}:alias/aws/s3"])
def test_the_managed_key_works_for_everybody_in_the_account(owner, s3, write, managed, asks, name):
    client = owner.user("alice", [allow("s3:*")]).client("s3")
    options = asks(name)
    assert shown(write(client, **options)) == under(managed())
    put(client, "mine", **options)
    assert read(client, "mine") == BODY


def test_a_bucket_that_defaults_to_the_managed_key_takes_nothing_from_another_account(s3, write, stranger):
    set_default(s3)
    with pytest.raises(ClientError):
        write(stranger.client("s3"))
    assert (keys(s3), uploads(s3)) == ([], [])


def test_overwriting_without_encryption_frees_an_object_from_its_key(s3, kms, key):
    put(s3, **sse(key))
    put(s3, body=b"plain")
    kms.disable_key(KeyId=key)
    assert read(s3) == b"plain"
