"""Finding 2 of "Who asks": credentials of another world are nobody's, and certainly not the default account's root."""

import boto3
import pytest

import kmsmock
from kmsmock import KmsMockError
from tests.support.claims import OWNER, allow, refused
from tests.support.policies import steward

EARLY = boto3.client("sts", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing")


def with_credentials(given):
    return boto3.client(
        "kms",
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given.get("SessionToken"),
    )


def of_role(account):
    return account.role("app", [allow("*")]).client("kms"), "role/app"


def of_root(account):
    return account.client("kms"), f"{OWNER}:root"


def of_user(account):
    return account.user("alice", [allow("*")]).client("kms"), "user/alice"


def of_access_key(account):
    account.user("alice", [allow("*")])
    return with_credentials(account.client("iam").create_access_key(UserName="alice")["AccessKey"]), "user/alice"


def of_assumed_role(account):
    role = account.role("app", [allow("*")])
    given = steward(account).assume_role(RoleArn=role.arn, RoleSessionName="ci")["Credentials"]
    return with_credentials(given), "assumed-role/app/ci"


def of_session_token(account):
    given = account.user("alice", [allow("*")]).client("sts").get_session_token()["Credentials"]
    return with_credentials(given), "user/alice"


def of_context(account):
    session = account.role("app", [allow("*")]).session(context={"aws:SourceIp": "203.0.113.7"})
    return session.client("kms"), "role/app"


def of_acting(account):
    with account.role("app", [allow("*")]).acting():
        return boto3.client("kms", region_name="us-east-1"), "role/app"


KINDS = [of_role, of_root, of_user, of_access_key, of_assumed_role, of_session_token, of_context, of_acting]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("used", [True, False], ids=["used before", "first used too late"])
def test_the_next_world_refuses_them_and_says_whose_they_were(kind, used):
    with kmsmock.World() as world:
        client, whose = kind(world.account(OWNER))
        if used:
            client.list_keys()
    with kmsmock.World() as later:
        with pytest.raises(KmsMockError) as caught:
            client.list_keys()
        assert later.events == []
    text = str(caught.value)
    assert whose in text
    assert "test_the_next_world_refuses_them_and_says_whose_they_were" in text  # which world
    assert "aws_world.account(" in text  # how to make it anew


@pytest.mark.parametrize("kind", KINDS)
def test_an_inner_world_refuses_those_of_the_outer_one_which_takes_them_again(aws_world, kind):
    client, whose = kind(aws_world.account(OWNER))
    with kmsmock.World(), pytest.raises(KmsMockError, match=whose):
        client.list_keys()
    assert client.list_keys()["Keys"] == []


def test_expired_ones_too():
    with kmsmock.World() as world:
        account = world.account(OWNER)
        client, _ = of_assumed_role(account)
        world.clock.advance(days=1)
        with refused("ExpiredTokenException"):
            client.list_keys()
    with kmsmock.World(), pytest.raises(KmsMockError, match="assumed-role/app/ci"):
        client.list_keys()


def test_deleted_ones_too():
    with kmsmock.World() as world:
        account = world.account(OWNER)
        account.user("alice", [allow("*")])
        key = account.client("iam").create_access_key(UserName="alice")["AccessKey"]
        client = with_credentials(key)
        account.client("iam").delete_access_key(UserName="alice", AccessKeyId=key["AccessKeyId"])
        with refused("UnrecognizedClientException"):
            client.list_keys()
    with kmsmock.World(), pytest.raises(KmsMockError, match="user/alice"):
        client.list_keys()


def test_those_of_another_process_are_known_by_their_shape(aws_world, owner):
    """A cache on disk, a worker of pytest-xdist, a pickled session."""
    key = owner.role("app").session().get_credentials().access_key
    unknown = key[:-6] + "".join("A" if letter != "A" else "B" for letter in key[-6:])
    client = with_credentials({"AccessKeyId": unknown, "SecretAccessKey": "x", "SessionToken": "y"})
    with pytest.raises(KmsMockError, match="no world of this process"):
        client.list_keys()


@pytest.mark.parametrize("key", ["testing", "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "FOOBARKEY", "minioadmin"])
def test_ordinary_foreign_credentials_stay_ambient(aws_world, key):
    client = boto3.client("sts", region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key="x")
    assert client.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"


def test_a_presigned_url_of_another_world_is_refused_as_well():
    import requests

    with kmsmock.World() as world:
        url = world.account(OWNER).role("app", [allow("*")]).client("sts").generate_presigned_url("get_caller_identity")
    with kmsmock.World(), pytest.raises(KmsMockError, match="role/app"):
        requests.get(url, timeout=5)


def test_what_a_block_of_another_world_found_is_whoever_acts_now():
    """Lambda handlers, s3fs and caches keep clients that were made inside ``acting()``."""
    with kmsmock.World() as world, world.account(OWNER).role("first", [allow("*")]).acting():
        kept = boto3.client("sts", region_name="us-east-1")
        assert kept.get_caller_identity()["Arn"].endswith("assumed-role/first/kmsmock")
    with kmsmock.World() as world, world.account(OWNER).role("second", [allow("*")]).acting():
        assert kept.get_caller_identity()["Arn"].endswith("assumed-role/second/kmsmock")


def test_the_message_of_a_role_is_one_that_can_be_followed():
    with kmsmock.World() as world:
        client = world.account(OWNER).role("app").client("kms")
    with kmsmock.World(), pytest.raises(KmsMockError) as caught:
        client.list_keys()
    text = str(caught.value)
    assert f'aws_world.account("{OWNER}").role("app"' in text
    assert "is over" in text
