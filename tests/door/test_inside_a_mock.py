"""Entry 31 of "Truth": a world entered inside a ``mock_aws`` of a wider scope shares its data, as an inner mock would."""

import boto3
import pytest
from moto import mock_aws

import kmsmock
from tests.support.claims import OWNER, allow, refused

CREDENTIALS = {"region_name": "us-east-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


def client(service, region="us-east-1"):
    return boto3.client(service, **{**CREDENTIALS, "region_name": region})


@pytest.fixture
def outer():
    """A mock of a module, class or session."""
    with mock_aws():
        yield


def test_data_that_was_made_before_is_seen(outer):
    client("s3").create_bucket(Bucket="bucket")
    client("s3").put_object(Bucket="bucket", Key="k", Body=b"before")
    client("sqs").create_queue(QueueName="q")
    client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    client("secretsmanager").create_secret(Name="s", SecretString="before")
    client("ssm").put_parameter(Name="p", Value="before", Type="String")
    with kmsmock.World():
        assert client("s3").get_object(Bucket="bucket", Key="k")["Body"].read() == b"before"
        assert len(client("sqs").list_queues()["QueueUrls"]) == 1
        assert client("iam").get_role(RoleName="r")["Role"]["RoleName"] == "r"
        assert client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == "before"
        assert client("ssm").get_parameter(Name="p")["Parameter"]["Value"] == "before"


def test_what_is_made_inside_stays_as_an_inner_mock_would_leave_it(outer):
    with kmsmock.World():
        client("s3").create_bucket(Bucket="bucket")
        client("s3").put_object(Bucket="bucket", Key="k", Body=b"inside")
        client("dynamodb").create_table(
            TableName="t",
            KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client("secretsmanager").create_secret(Name="s", SecretString="inside")
    assert client("s3").get_object(Bucket="bucket", Key="k")["Body"].read() == b"inside"
    assert client("dynamodb").list_tables()["TableNames"] == ["t"]
    assert client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == "inside"


def test_keys_of_before_are_the_worlds(outer):
    kms = client("kms")
    made = kms.create_key(Description="before", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    kms.create_alias(AliasName="alias/mine", TargetKeyId=made["KeyId"])
    disabled = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=disabled)
    rsa = kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    public = kms.get_public_key(KeyId=rsa)["PublicKey"]
    with kmsmock.World():
        found = kms.describe_key(KeyId="alias/mine")["KeyMetadata"]
        assert (found["Arn"], found["Description"]) == (made["Arn"], "before")
        assert kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
        blob = kms.encrypt(KeyId="alias/mine", Plaintext=b"x")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
        with refused("DisabledException"):
            kms.encrypt(KeyId=disabled, Plaintext=b"x")
        assert kms.get_public_key(KeyId=rsa)["PublicKey"] == public


@pytest.mark.parametrize("text", ["my policy", "{}", '{"Statement": []}'])
def test_of_a_policy_of_before_that_is_none_the_default_one_decides(outer, text):
    key = client("kms").create_key(Policy=text)["KeyMetadata"]["KeyId"]
    with kmsmock.World() as world:
        assert client("kms").get_key_policy(KeyId=key)["Policy"] == text
        blob = client("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
        user = world.account("123456789012").user("alice", [allow("kms:Decrypt")])
        assert user.client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"] == text


def test_a_ciphertext_of_before_is_read(outer):
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"before", EncryptionContext={"a": "b"})["CiphertextBlob"]
    with kmsmock.World():
        assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"before"
        with refused("InvalidCiphertextException"):
            kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "c"})


def test_keys_of_inside_are_the_mocks_afterwards(outer):
    kms = client("kms")
    with kmsmock.World():
        key = kms.create_key(Description="inside")["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName="alias/mine", TargetKeyId=key)
    assert kms.describe_key(KeyId="alias/mine")["KeyMetadata"]["Description"] == "inside"
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    with kmsmock.World():
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "inside"


def test_objects_under_a_key_of_inside_are_read_afterwards(outer):
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket")
    with kmsmock.World():
        key = client("kms").create_key()["KeyMetadata"]["Arn"]
        s3.put_object(Bucket="bucket", Key="k", Body=b"secret", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"secret"
    with kmsmock.World():
        assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"secret"


def test_a_user_of_before_is_who_he_is(outer):
    client("iam").create_user(UserName="alice")
    given = client("iam").create_access_key(UserName="alice")["AccessKey"]
    alice = boto3.client(
        "sts",
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
    )
    with kmsmock.World():
        assert alice.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/alice"
    assert alice.get_caller_identity()["Arn"].endswith("user/alice")


def test_two_worlds_in_one_mock_see_what_the_first_made(outer):
    with kmsmock.World():
        client("s3").create_bucket(Bucket="bucket")
    with kmsmock.World() as world:
        assert [each["Name"] for each in client("s3").list_buckets()["Buckets"]] == ["bucket"]
        assert world.account(OWNER).role("app", [allow("*")]).client("sts").get_caller_identity()["Account"] == OWNER


def test_a_world_inside_a_world_is_apart(aws_world):
    """Only moto's own mocks are shared; worlds stay worlds, also where one has a nested mock."""
    client("s3").create_bucket(Bucket="outer")
    with mock_aws(), kmsmock.World():
        assert client("s3").list_buckets()["Buckets"] == []
        client("s3").create_bucket(Bucket="inner")
    assert [each["Name"] for each in client("s3").list_buckets()["Buckets"]] == ["outer"]


def test_without_a_mock_outside_a_world_begins_empty_and_leaves_nothing():
    with kmsmock.World():
        client("s3").create_bucket(Bucket="gone")
    with mock_aws():
        assert client("s3").list_buckets()["Buckets"] == []
        with kmsmock.World():
            client("s3").create_bucket(Bucket="stays")
    with mock_aws():
        assert client("s3").list_buckets()["Buckets"] == []
