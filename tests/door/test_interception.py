"""Every way in which a request can be made reaches the world, and leaving it restores everything."""

import gc
import io
import os
import threading

import boto3
import botocore.endpoint
import pytest
import requests
from botocore.client import ClientCreator
from botocore.config import Config
from botocore.exceptions import NoCredentialsError
from botocore.model import ServiceModel
from botocore.signers import RequestSigner
from botocore.stub import Stubber

import kmsmock
from tests.support.claims import refused

EARLY = boto3.client("kms", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")
"""Made at import, outside any world."""


def patched():
    """What a world replaces in botocore and moto."""
    from moto.core import responses
    from moto.core.base_backend import BaseBackend

    places = {
        botocore.endpoint.Endpoint: ("make_request", "_send"),
        RequestSigner: ("sign",),
        ClientCreator: ("_create_methods",),
        responses: ("method_names_from_class",),
        BaseBackend: ("urls",),
    }
    return [vars(place)[name] for place, names in places.items() for name in names]


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Should anything try the network after all, it fails at once."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def test_clients_made_before_any_world_belong_to_the_world_that_is_active():
    for _ in range(2):
        with kmsmock.World():
            EARLY.create_key()
            assert len(EARLY.list_keys()["Keys"]) == 1


def test_unknown_credentials_are_the_root_user_of_the_default_account(aws_world):
    assert EARLY.create_key()["KeyMetadata"]["AWSAccountId"] == "123456789012"
    sts = boto3.client("sts", aws_access_key_id="testing", aws_secret_access_key="testing")
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"


def test_a_client_made_where_no_credentials_were_found_works(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    client = boto3.Session().client("kms", region_name="us-east-1")
    with kmsmock.World():
        assert client.create_key()["KeyMetadata"]["AWSAccountId"] == "123456789012"
    with pytest.raises(NoCredentialsError):
        client.list_keys()


def test_moto_account_id_is_respected_and_restored(monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "333333333333")
    with kmsmock.World() as world:
        assert EARLY.create_key()["KeyMetadata"]["AWSAccountId"] == "333333333333"
        assert world.account("111111111111").client("sts").get_caller_identity()["Account"] == "111111111111"
    assert os.environ["MOTO_ACCOUNT_ID"] == "333333333333"


def test_a_nested_mock_aws_shares_the_world(aws_world):
    from moto import mock_aws

    key = EARLY.create_key()["KeyMetadata"]["KeyId"]
    with mock_aws():
        assert EARLY.describe_key(KeyId=key)
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="inside")
    assert EARLY.describe_key(KeyId=key)
    assert [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]] == ["inside"]


def test_worlds_nest_and_are_isolated():
    with kmsmock.World():
        outer = EARLY.create_key()["KeyMetadata"]["KeyId"]
        boto3.client("s3").create_bucket(Bucket="outer")
        with kmsmock.World(account_id="999999999999"):
            with refused("NotFoundException"):
                EARLY.describe_key(KeyId=outer)
            assert boto3.client("s3").list_buckets()["Buckets"] == []
        assert EARLY.describe_key(KeyId=outer)["KeyMetadata"]["AWSAccountId"] == "123456789012"
        assert len(boto3.client("s3").list_buckets()["Buckets"]) == 1


def test_leaving_restores_botocore_the_environment_and_the_default_session():
    before = (dict(os.environ), boto3.DEFAULT_SESSION)
    functions = patched()
    with pytest.raises(ZeroDivisionError), kmsmock.World(region_name="eu-west-1"):
        assert boto3.client("kms").meta.region_name == "eu-west-1"
        assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"
        raise ZeroDivisionError
    assert (dict(os.environ), boto3.DEFAULT_SESSION) == before
    assert patched() == functions


def test_a_client_that_was_used_goes_with_its_world():
    def models():
        gc.collect()
        return sum(isinstance(each, ServiceModel) for each in gc.get_objects())

    def use():
        with kmsmock.World() as world:
            account = world.account("111111111111")
            account.client("kms").create_key()
            account.client("s3").list_buckets()
            account.client("ec2").describe_volumes()
            account.client("secretsmanager").list_secrets()

    use()  # the models of the process itself
    before = models()
    for _ in range(3):
        use()
    assert models() <= before  # those of other tests may go meanwhile


def test_what_principals_clients_share_is_not_changed_through_one_of_them(owner, other):
    session, seen = owner.root.session(), []
    session.events.register("creating-client-class.kms", lambda class_attributes, **_: class_attributes.update(mine=1))
    session.events.register("before-call.kms", lambda **_: seen.append(1))
    assert session.client("kms").mine == 1
    session.client("kms").list_keys()
    assert len(seen) == 1
    for principal in (owner, other):
        client = principal.client("kms")
        client.list_keys()
        assert not hasattr(client, "mine")
    assert len(seen) == 1


def test_a_client_has_the_methods_of_its_service_and_their_documentation(owner):
    kms, s3 = owner.client("kms"), owner.client("s3")
    assert "KMS key" in str(type(kms).describe_key.__doc__)
    assert not hasattr(s3, "describe_key")
    assert type(boto3.client("kms")) is not type(kms)


def test_leaving_leaves_moto_usable_and_empty():
    from moto import mock_aws

    with kmsmock.World():
        boto3.client("s3").create_bucket(Bucket="gone")
    with mock_aws():
        assert boto3.client("s3", region_name="us-east-1").list_buckets()["Buckets"] == []


def test_presigned_urls_work_through_requests(aws_world):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")
    put = s3.generate_presigned_url("put_object", {"Bucket": "bucket", "Key": "k"})
    assert requests.put(put, data=b"body", timeout=1).status_code == 200
    get = s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"})
    assert requests.get(get, timeout=1).content == b"body"


def test_a_presigned_url_is_decided_for_its_signer(aws_world, owner, kms, key):
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    signer = owner.client("s3", config=Config(signature_version="s3v4"))
    url = signer.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"})
    assert requests.get(url, timeout=1).content == b"x"
    kms.disable_key(KeyId=key)
    answer = requests.get(url, timeout=1)
    assert answer.status_code == 400
    assert "<Code>KMS.DisabledException</Code>" in answer.text


def test_resources_waiters_and_transfer_threads_are_covered(aws_world, tmp_path):
    bucket = boto3.resource("s3").Bucket("bucket")
    bucket.create()
    bucket.wait_until_exists()
    source = tmp_path / "big"
    source.write_bytes(os.urandom(9 * 1024 * 1024))
    bucket.upload_file(str(source), "big")
    bucket.download_file("big", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == source.read_bytes()


def test_bodies_can_be_read_like_files(aws_world):
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"first\nsecond\n")

    def body():
        return s3.get_object(Bucket="bucket", Key="k")["Body"]

    assert body().readable()
    assert body().readlines() == [b"first\n", b"second\n"]
    assert list(body().iter_lines()) == [b"first", b"second"]
    assert list(body().iter_chunks(7)) == [b"first\ns", b"econd\n"]
    assert text_lines(body()) == ["first", "second"]
    with body() as stream:
        assert stream.read(5) == b"first"
    stream.close()


def text_lines(body):
    """As libraries read text that comes in."""
    return [line.rstrip() for line in io.TextIOWrapper(io.BufferedReader(body))]


def test_calls_from_threads_reach_the_world_and_lose_nothing(aws_world):
    threads = [threading.Thread(target=EARLY.create_key) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(EARLY.list_keys()["Keys"]) == 20


def test_acting_makes_a_principal_the_ambient_caller(aws_world, owner):
    role = owner.role("worker")
    with role.acting():
        assert boto3.client("sts").get_caller_identity()["Arn"].endswith("assumed-role/worker/kmsmock")
    assert boto3.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"


def test_what_nobody_serves_is_refused_and_does_not_leave_the_process(aws_world):
    with pytest.raises((kmsmock.RealRequestRefused, NotImplementedError)) as caught:
        boto3.client("braket", region_name="us-east-1").search_devices(filters=[])
    assert "braket" in str(caught.value)


def test_a_before_send_handler_of_the_user_still_sees_every_request(aws_world):
    seen = []
    client = boto3.client("kms")
    client.meta.events.register("before-send.kms.ListKeys", lambda request, **_: seen.append(request.url))
    client.list_keys()
    assert seen == ["https://kms.us-east-1.amazonaws.com/"]


def test_stubbed_clients_stay_stubbed(aws_world):
    client = boto3.client("kms")
    with Stubber(client) as stub:
        stub.add_response("list_keys", {"Keys": [{"KeyId": "stubbed"}]})
        assert client.list_keys()["Keys"][0]["KeyId"] == "stubbed"


def test_a_bug_of_ours_is_no_aws_error(aws_world, monkeypatch):
    from kmsmock.kms import gate

    monkeypatch.setattr(gate.lifecycle, "catch_up", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        boto3.client("kms").list_keys()


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"account_id": "12"}, ValueError, "12 digits"),
        ({"enforce": "maybe"}, ValueError, "'strict', 'audit', 'off'"),
        ({"region_name": "nowhere"}, ValueError, "AWS Region"),
        ({"colour": "red"}, TypeError, "colour"),
        ({"quotas": {"Sing": 1}}, ValueError, "no quota .Sing."),
        ({"quotas": {"Sign": 0}}, ValueError, "Sign"),
    ],
)
def test_wrong_options_say_what_is_accepted(options, error, text):
    with pytest.raises(error, match=text):
        kmsmock.World(**options)


def test_wrong_use_of_the_helpers_says_what_is_accepted(aws_world, owner):
    with pytest.raises(ValueError, match="12 digits"):
        aws_world.account("1")
    with pytest.raises(TypeError, match="list of policy documents"):
        owner.role("r", policies={"Version": "2012-10-17"})
    with pytest.raises(ValueError, match="forward"):
        aws_world.clock.advance(days=-1)
    with pytest.raises(TypeError, match="keywords"):
        aws_world.clock.advance()
    with pytest.raises(ValueError, match="ISO 8601"):
        aws_world.clock.move_to("soon")
    with pytest.raises(kmsmock.KmsMockError, match="entered already"):
        aws_world.start()
