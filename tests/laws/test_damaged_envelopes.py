"""The wrapped keys that services keep, damaged: KMS refuses each, and no service gives a plaintext. 10,000 of them."""

from dataclasses import replace

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import kmsmock
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket
from kmsmock.services.ec2.records import Disks
from kmsmock.services.secretsmanager.replicas import Secrets

TEXT = "attack at dawn"
examples = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
many, some = settings(examples, max_examples=4000), settings(examples, max_examples=1000)


class Lab:
    """One world for the whole module, with one thing of each service: a refused call changes nothing."""

    def __init__(self, world):
        client = boto3.Session(region_name="us-east-1").client
        self.kms, self.s3, self.secrets, ec2 = client("kms"), client("s3"), client("secretsmanager"), client("ec2")
        key = self.kms.create_key()["KeyMetadata"]["KeyId"]
        self.s3.create_bucket(Bucket="bucket")
        self.s3.put_object(Bucket="bucket", Key="key", Body=TEXT, ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
        self.object = s3_objects.sealed_of(s3_objects.find(find_bucket("bucket"), "key", None))
        self.secrets.create_secret(Name="one", SecretString=TEXT, KmsKeyId=key)
        self.versions = world.store.records(Secrets).versions
        ((self.version, secret),) = self.versions.items()
        volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key)
        disk = world.store.records(Disks).volumes[volume["VolumeId"]].envelope
        self.envelopes = [self.object.envelope, secret, disk]


@pytest.fixture(scope="module")
def lab():
    with kmsmock.World() as world:
        yield Lab(world)


DAMAGE = {
    "at": st.integers(0, 10_000),
    "bit": st.integers(0, 7),
    "more": st.binary(max_size=64),
    "how": st.integers(0, 3),
}
"""A bit flipped, something behind it, another end, or no end."""


def damaged(wrapped, at, bit, more, how):
    at %= len(wrapped)
    flipped = wrapped[:at] + bytes([wrapped[at] ^ 1 << bit]) + wrapped[at + 1 :]
    changed = (flipped, wrapped + more, wrapped[: max(at, 1)] + more, wrapped[: max(at, 1)])[how]
    assume(changed != wrapped)
    return changed


@many
@given(which=st.integers(0, 2), **DAMAGE)
def test_kms_opens_no_wrapped_key_that_was_damaged(lab, which, **damage):
    envelope = lab.envelopes[which]
    blob = damaged(envelope.wrapped, **damage)
    with pytest.raises(ClientError) as caught:
        lab.kms.decrypt(CiphertextBlob=blob, EncryptionContext=dict(envelope.context))
    assert caught.value.response["Error"] == {"Code": "InvalidCiphertextException", "Message": ""}
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@many
@given(
    which=st.integers(0, 2),
    other=st.integers(0, 2),
    name=st.text("abc:/é", min_size=1, max_size=8),
    drop=st.booleans(),
)
def test_kms_opens_no_wrapped_key_under_the_context_of_something_else(lab, which, other, name, drop):
    context = dict(lab.envelopes[other].context)
    context = context if which != other else {} if drop else {**context, name: "x"}
    with pytest.raises(ClientError) as caught:
        lab.kms.decrypt(CiphertextBlob=lab.envelopes[which].wrapped, EncryptionContext=context)
    assert caught.value.response["Error"]["Code"] == "InvalidCiphertextException"


@some
@given(**DAMAGE)
def test_s3_gives_no_object_whose_key_was_damaged(lab, **damage):
    good = lab.object.envelope
    lab.object.envelope = replace(good, wrapped=damaged(good.wrapped, **damage))
    try:
        with pytest.raises(ClientError) as caught:
            lab.s3.get_object(Bucket="bucket", Key="key")
    finally:
        lab.object.envelope = good
    assert "Body" not in caught.value.response


@some
@given(**DAMAGE)
def test_secrets_manager_gives_no_secret_whose_key_was_damaged(lab, **damage):
    good = lab.versions[lab.version]
    lab.versions[lab.version] = replace(good, wrapped=damaged(good.wrapped, **damage))
    try:
        with pytest.raises(ClientError) as caught:
            lab.secrets.get_secret_value(SecretId="one")
    finally:
        lab.versions[lab.version] = good
    assert "SecretString" not in caught.value.response


def test_the_envelopes_that_were_damaged_are_good_ones(lab):
    for envelope in lab.envelopes:
        assert lab.kms.decrypt(CiphertextBlob=envelope.wrapped, EncryptionContext=dict(envelope.context))["Plaintext"]
    assert lab.s3.get_object(Bucket="bucket", Key="key")["Body"].read() == TEXT.encode()
    assert lab.secrets.get_secret_value(SecretId="one")["SecretString"] == TEXT
