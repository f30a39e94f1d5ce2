"""Finding 3: nothing looks for credentials beyond the process while a world is active."""

import asyncio
import os
import sys

import boto3
import pytest

import kmsmock
from tests.support.claims import OWNER, allow, policy
from tests.support.sockets import watched

ROOT = "arn:aws:iam::123456789012:root"


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    with watched() as reached:
        yield tmp_path
    assert reached == []


def metadata(monkeypatch, path):
    """Nothing is configured: the last one that is asked is the instance's metadata service."""


def container(monkeypatch, path):
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials")


def container_of_ecs(monkeypatch, path):
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1")


def process(monkeypatch, path):
    (path / "config").write_text(f"[default]\ncredential_process = touch {path / 'asked'}\n")


def single_sign_on(monkeypatch, path):
    (path / "config").write_text(
        "[default]\nsso_session = s\nsso_account_id = 333333333333\nsso_role_name = dev\n"
        "[sso-session s]\nsso_region = us-east-1\nsso_start_url = https://x.awsapps.com/start\n"
    )


def login(monkeypatch, path):
    (path / "config").write_text("[default]\nlogin_session = arn:aws:sts::333333333333:assumed-role/dev/me\n")


def web_identity(monkeypatch, path):
    (path / "token").write_text("token")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(path / "token"))
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::333333333333:role/ci")


def role_of_a_profile(monkeypatch, path):
    (path / "credentials").write_text("[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n")
    (path / "config").write_text("[default]\nrole_arn = arn:aws:iam::333333333333:role/dev\nsource_profile = base\n")


KINDS = [metadata, container, container_of_ecs, process, single_sign_on, login, web_identity, role_of_a_profile]


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_machine_has_to_offer_is_not_asked_for(aws_world, monkeypatch, bare, kind):
    kind(monkeypatch, bare)
    assert boto3.Session().client("sts").get_caller_identity()["Arn"] == ROOT
    with aws_world.account(OWNER).root.acting():
        assert boto3.client("sts").get_caller_identity()["Account"] == OWNER
    assert not (bare / "asked").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_nor_by_aiobotocore(aws_world, monkeypatch, bare, kind):
    session = pytest.importorskip("aiobotocore.session", reason="an extra").get_session()
    kind(monkeypatch, bare)

    async def main():
        async with session.create_client("sts", region_name="us-east-1") as sts:
            return (await sts.get_caller_identity())["Arn"]

    assert asyncio.run(main()) == ROOT
    assert not (bare / "asked").exists()


def test_nor_by_an_aiobotocore_that_is_imported_inside(bare):
    import subprocess

    code = """
import asyncio, kmsmock, socket
def no(*args): raise SystemExit("reached " + str(args))
socket.socket.connect = no
with kmsmock.World():
    from aiobotocore.session import get_session
    async def main():
        async with get_session().create_client("sts", region_name="us-east-1") as sts:
            print((await sts.get_caller_identity())["Arn"])
    asyncio.run(main())
"""
    pytest.importorskip("aiobotocore", reason="an extra")
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == (ROOT, 0), done.stderr


def test_a_role_of_a_profile_that_the_world_has_is_assumed(aws_world, bare):
    account = aws_world.account("333333333333")
    trust = policy({"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"})
    account.role("dev", [allow("*")], trust=trust)
    caller = aws_world.account("123456789012").user("me", [allow("sts:AssumeRole")])
    role_of_a_profile(None, bare)
    with caller.acting():
        found = boto3.Session(profile_name="default").client("sts").get_caller_identity()["Arn"]
    assert found.startswith("arn:aws:sts::333333333333:assumed-role/dev/")


def test_a_process_of_the_test_is_asked_once_the_world_is_left(bare):
    (bare / "config").write_text(f"[default]\ncredential_process = touch {bare / 'asked'}\n")
    with kmsmock.World():
        boto3.Session().get_credentials()
        assert not (bare / "asked").exists()
    with pytest.raises(Exception):  # noqa: B017, PT011 - it answers nothing that could be read
        boto3.Session().get_credentials()
    assert (bare / "asked").exists()


def test_a_suite_that_means_it_may_ask_them(bare):
    (bare / "config").write_text(f"[default]\ncredential_process = touch {bare / 'asked'}\n")
    with kmsmock.World(enforce_network=False), pytest.raises(Exception):  # noqa: B017, PT011 - as above
        boto3.Session().get_credentials()
    assert (bare / "asked").exists()
