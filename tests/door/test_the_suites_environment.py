"""Entry 29 of "Truth": the suite's own Region, account and credentials are kept unless the world was told otherwise."""

import os

import boto3
import pytest
from botocore.exceptions import NoRegionError
from moto import mock_aws

import kmsmock

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "MOTO_ACCOUNT_ID")


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine on which nobody configured anything."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "MOTO_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")  # outside of worlds it would be asked
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


def who():
    return boto3.client("sts").get_caller_identity()


def test_nothing_of_what_the_suite_exported_changes(bare, monkeypatch):
    (bare / "config").write_text("[profile suite]\nregion = eu-west-3\n")
    given = dict.fromkeys(CREDENTIALS, "333333333333") | {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_PROFILE": "suite"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with kmsmock.World() as world:
        assert dict(os.environ) == before
        assert (world.region_name, world.account_id) == ("eu-west-1", "333333333333")
        assert (boto3.client("kms").meta.region_name, who()["Account"]) == ("eu-west-1", "333333333333")
        assert boto3.Session().get_credentials().access_key == "333333333333"
    assert dict(os.environ) == before


def test_credentials_that_nobody_exported_do_not_appear(bare):
    with kmsmock.World():
        assert not set(CREDENTIALS) & set(os.environ)
        assert who()["Arn"] == "arn:aws:iam::123456789012:root"
        assert boto3.Session().get_credentials() is not None
    assert boto3.Session().get_credentials() is None


def test_a_region_is_given_only_where_there_is_none(bare):
    with kmsmock.World() as world:
        assert (world.region_name, os.environ["AWS_DEFAULT_REGION"]) == ("us-east-1", "us-east-1")
        assert boto3.client("kms").meta.region_name == "us-east-1"
    assert "AWS_DEFAULT_REGION" not in os.environ
    with pytest.raises(NoRegionError):
        boto3.client("kms")


def test_the_region_of_the_configuration_file_is_the_suites_own(bare):
    (bare / "config").write_text("[default]\nregion = ap-south-1\n")
    with kmsmock.World() as world:
        assert (world.region_name, boto3.client("kms").meta.region_name) == ("ap-south-1", "ap-south-1")
        assert "AWS_DEFAULT_REGION" not in os.environ


def test_a_world_that_was_told_its_region_has_it(bare, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with kmsmock.World(region_name="ap-south-1"):
        assert (os.environ["AWS_DEFAULT_REGION"], boto3.client("kms").meta.region_name) == ("ap-south-1", "ap-south-1")
    assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_a_world_that_was_told_its_account_has_it(bare, monkeypatch):
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "333333333333")
    with kmsmock.World(account_id="444444444444"):
        assert os.environ["MOTO_ACCOUNT_ID"] == "333333333333"
        boto3.client("sqs").create_queue(QueueName="q")
        assert "/444444444444/" in boto3.client("sqs").list_queues()["QueueUrls"][0]
        assert who()["Account"] == "444444444444"


def test_the_account_of_moto_set_inside_a_world_does_not_split_it(bare):
    with kmsmock.World() as world, pytest.MonkeyPatch.context() as inside:
        boto3.client("sqs").create_queue(QueueName="q")
        inside.setenv("MOTO_ACCOUNT_ID", "333333333333")
        assert len(boto3.client("sqs").list_queues()["QueueUrls"]) == 1
        assert len(world.account("222222222222").client("sqs").list_queues().get("QueueUrls", [])) == 0
        assert boto3.client("iam").create_user(UserName="u")["User"]["Arn"] == "arn:aws:iam::123456789012:user/u"


def test_a_profile_of_the_developer_is_the_ambient_caller(bare, monkeypatch):
    (bare / "credentials").write_text("[dev]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_PROFILE", "dev")
    with kmsmock.World() as world:
        assert os.environ["AWS_PROFILE"] == "dev"
        assert who()["Arn"] == "arn:aws:iam::123456789012:root"
        with world.account("111111111111").root.acting():
            assert who()["Arn"] == "arn:aws:iam::111111111111:root"
            assert boto3.Session(profile_name="dev").client("sts").get_caller_identity()["Account"] == "111111111111"


def test_variables_that_a_test_sets_inside_are_seen(bare):
    with kmsmock.World(), pytest.MonkeyPatch.context() as inside:
        inside.setenv("AWS_DEFAULT_REGION", "eu-north-1")
        assert boto3.client("kms").meta.region_name == "eu-north-1"


@pytest.fixture
def keeping(monkeypatch):
    """moto is told to keep the default session, as its own suite tells it."""
    from moto.core.config import default_user_config

    monkeypatch.setitem(default_user_config["core"], "reset_boto3_session", False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def test_an_option_of_moto_to_keep_the_default_session_is_honoured(bare, keeping):
    boto3.setup_default_session(region_name="eu-west-2")
    kept = boto3.DEFAULT_SESSION
    with kmsmock.World():
        assert boto3.DEFAULT_SESSION is kept
    assert boto3.DEFAULT_SESSION is kept


def test_so_is_it_for_a_default_session_that_is_made_in_a_world(bare, keeping):
    with kmsmock.World() as world:
        alice = world.account("222222222222").user("alice")
        with alice.acting():
            assert boto3.client("sts").get_caller_identity()["Arn"] == alice.arn
        made = boto3.DEFAULT_SESSION
    with kmsmock.World():
        assert boto3.DEFAULT_SESSION is made
        assert boto3.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"
    with mock_aws():
        assert boto3.client("sts", "us-east-1").get_caller_identity()["Account"] == "123456789012"
        assert boto3.client("kms", "us-east-1").create_key()["KeyMetadata"]["Enabled"]
