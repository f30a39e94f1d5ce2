"""The wrapped keys that services keep, damaged: KMS refuses each, and no service gives a plaintext. 10,000 of them."""

import random
from dataclasses import replace

import boto3
import pytest
from botocore.exceptions import ClientError

import kmsmock
from kmsmock.records import s3_objects
from kmsmock.records.buckets import find_bucket
from kmsmock.services.ec2.records import Disks
from kmsmock.services.secretsmanager.replicas import Secrets

TEXT = "attack at dawn"


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


def damages(wrapped, times):
    """A wrapped key with a bit flipped, something behind it, another end, or no end."""
    dice = random.Random(1)
    while times:
        at, more = dice.randrange(len(wrapped)), dice.randbytes(dice.randrange(64))
        flipped = wrapped[:at] + bytes([wrapped[at] ^ 1 << dice.randrange(8)]) + wrapped[at + 1 :]
        changed = dice.choice((flipped, wrapped + more, wrapped[: max(at, 1)] + more, wrapped[: max(at, 1)]))
        if changed != wrapped:
            times -= 1
            yield changed


def others(lab, which, times):
    """The encryption contexts of other things, and those that have more or less in them."""
    dice = random.Random(1)
    for _ in range(times):
        other = dice.randrange(3)
        context = dict(lab.envelopes[other].context)
        if other == which:
            name = "".join(dice.choices("abc:/é", k=dice.randrange(1, 9)))
            context = {} if dice.random() < 0.5 else {**context, name: "x"}
        yield context


@pytest.mark.parametrize("which", range(3))
def test_kms_opens_no_wrapped_key_that_was_damaged(lab, which):
    envelope = lab.envelopes[which]
    for blob in damages(envelope.wrapped, 1400):
        with pytest.raises(ClientError) as caught:
            lab.kms.decrypt(CiphertextBlob=blob, EncryptionContext=dict(envelope.context))
        assert caught.value.response["Error"] == {"Code": "InvalidCiphertextException", "Message": ""}
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("which", range(3))
def test_kms_opens_no_wrapped_key_under_the_context_of_something_else(lab, which):
    for context in others(lab, which, 1300):
        with pytest.raises(ClientError) as caught:
            lab.kms.decrypt(CiphertextBlob=lab.envelopes[which].wrapped, EncryptionContext=context)
        assert caught.value.response["Error"]["Code"] == "InvalidCiphertextException"


def test_s3_gives_no_object_whose_key_was_damaged(lab):
    good = lab.object.envelope
    for wrapped in damages(good.wrapped, 1000):
        lab.object.envelope = replace(good, wrapped=wrapped)
        with pytest.raises(ClientError) as caught:
            lab.s3.get_object(Bucket="bucket", Key="key")
        assert "Body" not in caught.value.response
    lab.object.envelope = good


def test_secrets_manager_gives_no_secret_whose_key_was_damaged(lab):
    good = lab.versions[lab.version]
    for wrapped in damages(good.wrapped, 1000):
        lab.versions[lab.version] = replace(good, wrapped=wrapped)
        with pytest.raises(ClientError) as caught:
            lab.secrets.get_secret_value(SecretId="one")
        assert "SecretString" not in caught.value.response
    lab.versions[lab.version] = good


def test_the_envelopes_that_were_damaged_are_good_ones(lab):
    for envelope in lab.envelopes:
        assert lab.kms.decrypt(CiphertextBlob=envelope.wrapped, EncryptionContext=dict(envelope.context))["Plaintext"]
    assert lab.s3.get_object(Bucket="bucket", Key="key")["Body"].read() == TEXT.encode()
    assert lab.secrets.get_secret_value(SecretId="one")["SecretString"] == TEXT
