"""A name that another version of a library does not have is told: no rule is passed over because a record is not found."""

import subprocess
import sys

import boto3
import botocore.endpoint
import botocore.retries.bucket
import freezegun.api
import pytest
from moto.core import responses

import kmsmock
from conftest_plugin.contract import UNITTEST
from conftest_plugin.expected import note_what_is_expected
from kmsmock.active import patches
from kmsmock.clock import FREEZEGUN
from kmsmock.records.contract import MOTO
from kmsmock.wire.contract import BOTOCORE


@pytest.fixture(autouse=True)
def as_in_a_new_process(monkeypatch):
    for contract in (MOTO, BOTOCORE, FREEZEGUN, UNITTEST):
        monkeypatch.setattr(contract, "_checked", set())


def names_it(library, name):
    path = name.replace(".", r"\.")
    return rf"^{library} [\d.]+ has no {path}, which kmsmock needs: .+ Known to work: {library} [\d.]+( to [\d.]+)?\.$"


@pytest.fixture
def bucket(aws_world):
    """A bucket whose objects are under a key that is disabled, for a user who may write to neither."""
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="sealed")
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket="sealed",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    boto3.client("kms").disable_key(KeyId=key)
    return "sealed"


def put(world, bucket):
    world.account("111111111111").user("nobody").client("s3").put_object(Bucket=bucket, Key="a", Body=b"x")


def test_a_module_of_moto_that_has_another_name_lets_no_write_through(aws_world, bucket, monkeypatch):
    with monkeypatch.context() as renamed:
        renamed.setitem(sys.modules, "moto.s3.storage", sys.modules["moto.s3.models"])
        renamed.delitem(sys.modules, "moto.s3.models")
        with pytest.raises(kmsmock.KmsMockError, match=names_it("moto", "moto.s3.models.s3_backends")):
            put(aws_world, bucket)


@pytest.mark.parametrize(
    "name",
    ["s3_backends", "FakeKey.is_locked", "FakeBucket.get_permission", "S3Backend.put_object", "cfn_to_api_encryption"],
)
def test_a_name_of_moto_s_s3_that_is_gone_is_told_before_anything_is_written(aws_world, monkeypatch, name):
    import moto.s3.models

    owner, _, last = name.rpartition(".")
    MOTO._checked.clear()  # entering the world has looked at what is there already
    with monkeypatch.context() as renamed:
        renamed.delattr(getattr(moto.s3.models, owner) if owner else moto.s3.models, last)
        with pytest.raises(kmsmock.KmsMockError, match=names_it("moto", f"moto.s3.models.{name}")):
            boto3.client("s3").create_bucket(Bucket="new")


@pytest.mark.parametrize(
    "name",
    [
        "moto.iam.models.iam_backends",
        "moto.iam.models.IAMBackend.get_groups_for_user",
        "moto.organizations.models.organizations_backends",
    ],
)
def test_a_call_of_kms_does_not_pass_over_records_that_it_cannot_find(aws_world, monkeypatch, name):
    user, key = (
        aws_world.account("123456789012").user("anybody"),
        boto3.client("kms").create_key()["KeyMetadata"]["Arn"],
    )
    boto3.client("organizations").create_organization()
    kms = user.client("kms")
    MOTO._checked.clear()
    with monkeypatch.context() as renamed:
        renamed.delattr(name)
        with pytest.raises(kmsmock.KmsMockError, match=names_it("moto", name)):
            kms.encrypt(KeyId=key, Plaintext=b"x")


@pytest.mark.parametrize(
    ("library", "owner", "name", "told"),
    [
        ("botocore", botocore.retries.bucket.TokenBucket, "_refill", "botocore.retries.bucket.TokenBucket._refill"),
        ("botocore", botocore.endpoint.Endpoint, "_send", "botocore.endpoint.Endpoint._send"),
        ("moto", responses, "method_names_from_class", "moto.core.responses.method_names_from_class"),
    ],
)
def test_no_world_is_entered_without_a_name_that_it_replaces(monkeypatch, library, owner, name, told):
    before = botocore.endpoint.Endpoint.make_request
    with monkeypatch.context() as renamed:
        renamed.delattr(owner, name)
        with pytest.raises(kmsmock.KmsMockError, match=names_it(library, told)):
            kmsmock.World().__enter__()
        assert botocore.endpoint.Endpoint.make_request is before
        assert list(patches) == []


def test_time_is_not_moved_past_a_freeze_that_cannot_be_seen(aws_world, monkeypatch):
    with monkeypatch.context() as renamed:
        renamed.delattr(freezegun.api, "freeze_factories")
        with pytest.raises(kmsmock.KmsMockError, match=names_it("freezegun", "freezegun.api.freeze_factories")):
            aws_world.clock.advance(days=1)


def test_refusals_that_unittest_expects_are_not_explained_by_mistake(aws_world, monkeypatch):
    with monkeypatch.context() as renamed:
        renamed.delattr("unittest.case._AssertRaisesContext")
        with pytest.raises(kmsmock.KmsMockError, match=names_it("Python", "unittest.case._AssertRaisesContext")):
            note_what_is_expected()


def test_a_suite_that_uses_kms_alone_imports_no_service_of_moto():
    code = """
import sys, boto3, kmsmock
with kmsmock.World() as world:
    key = boto3.client("kms", region_name="us-east-1").create_key()["KeyMetadata"]["Arn"]
print([name for name in sys.modules if name.split(".")[:2] in (["moto", "s3"], ["moto", "ec2"], ["moto", "sqs"])])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
