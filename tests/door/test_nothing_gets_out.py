"""Finding 3 of "Who asks": outside of their world, clients of principals do not reach the network. Sockets are watched."""

import asyncio

import boto3
import pytest
from moto import mock_aws

import kmsmock
from kmsmock import KmsMockError
from tests.support.claims import OWNER, allow
from tests.support.policies import steward


def uses(make):
    """What a suite does with a principal."""
    return {
        "client": lambda principal: make(principal).list_keys(),
        "resource": lambda principal: list(principal.resource("s3").buckets.all()),
        "session": lambda principal: principal.session().client("s3", "eu-west-1").list_buckets(),
        "paginator": lambda principal: list(principal.client("kms").get_paginator("list_keys").paginate()),
        "waiter": lambda principal: principal.client("s3").get_waiter("bucket_exists").wait(Bucket="b"),
        "transfer": lambda principal: principal.client("s3").download_file("b", "k", "/tmp/never"),
    }


USES = uses(lambda principal: principal.client("kms"))


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_world_that_was_not_entered_yet(use):
    world = kmsmock.World()
    with pytest.raises(KmsMockError, match=r"has not been entered yet.*with kmsmock.World"):
        use(world.account(OWNER).root)


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_world_that_is_over(use):
    with kmsmock.World() as world:
        role = world.account(OWNER).role("app", [allow("*")])
    with pytest.raises(KmsMockError, match="is over"):
        use(role)


def test_making_users_and_roles_without_a_world():
    account = kmsmock.World().account(OWNER)
    for make in (lambda: account.role("app"), lambda: account.user("alice")):
        with pytest.raises(KmsMockError, match="has not been entered yet"):
            make()


@pytest.mark.parametrize("used", [True, False], ids=["used inside", "first used outside"])
def test_a_client_that_was_made_inside_a_block(used):
    session = boto3.Session(region_name="us-east-1")
    with kmsmock.World() as world, world.account(OWNER).role("app", [allow("*")]).acting():
        clients = [session.client("kms"), boto3.client("kms", region_name="us-east-1")]
        for client in clients if used else ():
            client.list_keys()
    for client in clients:
        with pytest.raises(KmsMockError, match="role/app"):
            client.list_keys()


def test_a_session_with_issued_credentials_whose_client_is_made_outside():
    with kmsmock.World() as world:
        account = world.account(OWNER)
        role = account.role("app", [allow("*")])
        given = steward(account).assume_role(RoleArn=role.arn, RoleSessionName="ci")["Credentials"]
    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], "us-east-1")
    with pytest.raises(KmsMockError, match="assumed-role/app/ci"):
        session.client("kms").list_keys()


def test_a_principals_client_under_a_mock_without_its_world():
    with kmsmock.World() as world:
        client = world.account(OWNER).role("app", [allow("*")]).client("kms")
    with mock_aws(), pytest.raises(KmsMockError, match="role/app"):
        client.list_keys()


def test_a_client_of_aiobotocore():
    session = pytest.importorskip("aiobotocore.session", reason="an extra").get_session()

    async def main():
        with kmsmock.World() as world, world.account(OWNER).role("app", [allow("*")]).acting():
            context = session.create_client("kms", region_name="us-east-1")
            client = await context.__aenter__()
            await client.list_keys()
        with pytest.raises(KmsMockError, match="role/app"):
            await client.list_keys()
        await context.__aexit__(None, None, None)

    asyncio.run(main())


def test_ordinary_clients_go_where_they_always_go_once_the_world_is_left():
    """A real call stays possible outside of worlds; here it is kept from the network by a closed port."""
    with kmsmock.World():
        client = boto3.client(
            "kms",
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            endpoint_url="http://127.0.0.1:1",
            config=boto3.session.Config(retries={"total_max_attempts": 1}),
        )
    with pytest.raises(Exception, match=r"Could not connect to the endpoint URL: .*127.0.0.1:1"):
        client.list_keys()
