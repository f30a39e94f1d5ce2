"""Entry 34 of "Truth": ids, key material and order are the same from run to run, so that failures repeat."""

import os
import subprocess
import sys

import boto3
import pytest
from botocore.config import Config
from freezegun import freeze_time
from moto import mock_aws

import kmsmock
from kmsmock import entropy


def client(service):
    return boto3.client(service, region_name="us-east-1")


def made():
    """What one makes in a world: kmsmock's own ids and ciphertexts, and moto's ids."""
    kms, s3, ec2, iam = client("kms"), client("s3"), client("ec2"), client("iam")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    user = iam.create_user(UserName="alice")["User"]["UserId"]
    return {
        "key": key,
        "grant": kms.create_grant(KeyId=key, GranteePrincipal="arn:aws:iam::123456789012:root", Operations=["Encrypt"]),
        "ciphertext": kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"],
        "data key": kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"],
        "material": kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"],
        "version": s3.put_object(Bucket="bucket", Key="k", Body=b"x")["VersionId"],
        "volume": ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"],
        "user": user,
        "access key": iam.create_access_key(UserName="alice")["AccessKey"]["AccessKeyId"],
    }


def ids(seed):
    with kmsmock.World(seed=seed):
        found = made()
    return {**found, "grant": found["grant"]["GrantId"]}


@pytest.mark.parametrize("seed", ["a", 7])
def test_worlds_of_one_seed_make_the_same(seed):
    assert ids(seed) == ids(seed)


def test_worlds_of_other_seeds_make_others():
    first, second = ids("a"), ids("b")
    assert [name for name in first if first[name] == second[name]] == []


def test_the_worlds_of_one_test_make_others_each():
    assert ids(None)["key"] != ids(None)["key"]


def test_a_test_makes_the_same_in_every_run(monkeypatch):
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "tests/test_app.py::test_it (call)")
    first = ids(None)
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "tests/test_app.py::test_that (setup)")
    assert ids(None)["key"] != first["key"]
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "tests/test_app.py::test_it (setup)")
    assert ids(None) == first


def test_other_processes_make_the_same():
    code = """
import boto3, kmsmock
with kmsmock.World(seed="a"):
    print(boto3.client("kms", region_name="us-east-1").create_key()["KeyMetadata"]["KeyId"])
"""
    for hashes in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hashes}
        child = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
        )
        assert child.stdout.strip() == ids("a")["key"]


def test_the_first_world_of_a_process_makes_what_later_ones_do():
    """moto imports its services when they are first asked, and draws for some of them (EKS) when it does."""
    code = """
import boto3, kmsmock
def made():
    with kmsmock.World(seed="a"):
        boto3.client("eks", region_name="us-east-1").list_clusters()
        return boto3.client("dynamodb", region_name="us-east-1").list_tables()["ResponseMetadata"]["RequestId"]
first, second = made(), made()
assert first == second, (first, second)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_outside_of_pytest_nothing_can_be_foreseen(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert ids(None)["key"] != ids(None)["key"]


def test_a_world_inside_has_a_seed_of_its_own_and_the_outer_one_goes_on_as_before():
    with kmsmock.World(seed="outer"):
        first = client("kms").create_key()["KeyMetadata"]["KeyId"]
        with kmsmock.World(seed="inner"):
            client("kms").create_key()
        second = client("kms").create_key()["KeyMetadata"]["KeyId"]
    with kmsmock.World(seed="outer"):
        assert [client("kms").create_key()["KeyMetadata"]["KeyId"] for _ in range(2)] == [first, second]


def test_two_worlds_of_one_mock_do_not_make_the_same_ids():
    with mock_aws():
        for _ in range(2):
            with kmsmock.World(seed="a"):
                client("kms").create_key()
        assert len(client("kms").list_keys()["Keys"]) == 2


def test_after_a_world_nothing_can_be_foreseen_again():
    with kmsmock.World(seed="a"):
        pass
    assert entropy.random_bytes(16) != entropy.random_bytes(16)


@pytest.mark.parametrize("seed", [b"a", 1.5, True, ["a"]])
def test_a_seed_is_a_text_or_a_whole_number(seed):
    with pytest.raises(TypeError, match="give a text or a whole number"):
        kmsmock.World(seed=seed)


def drawn():
    """What botocore and moto draw by themselves."""
    secret = client("secretsmanager").create_secret(Name="db", SecretString="x")["VersionId"]
    client("s3").create_bucket(Bucket="bucket")
    upload = client("s3").create_multipart_upload(Bucket="bucket", Key="k")["UploadId"]
    stream = client("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )["TableDescription"]["LatestStreamArn"]
    streams = client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = streams.get_shard_iterator(StreamArn=stream, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]
    application = client("codedeploy").create_application(applicationName="app")["applicationId"]
    return {"secret's version": secret, "upload": upload, "iterator": iterator, "application": application}


def test_tokens_of_botocore_and_what_moto_draws_by_itself_follow_from_the_seed():
    with freeze_time("2026-01-01"):
        worlds = []
        for seed in ("a", "a", "b"):
            with kmsmock.World(seed=seed):
                worlds.append(drawn())
    first, again, other = worlds
    assert first == again
    assert [name for name in first if first[name] == other[name]] == []


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_how_long_botocore_backs_off_follows_from_the_seed(mode):
    waits = []
    for seed in ("a", "a", "b"):
        with freeze_time("2026-01-01"), kmsmock.World(seed=seed) as world:
            kms = boto3.client("kms", region_name="us-east-1", config=Config(retries={"mode": mode}))
            before = world.clock.now()
            with world.fault("kms", "ListKeys", error="ThrottlingException", times=2):
                kms.list_keys()
            waits.append(world.clock.now() - before)
    first, again, other = waits
    assert first == again != other
