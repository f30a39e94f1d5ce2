"""What a client is told whose credentials are of another world: whose they were, of which world, what to write instead.

The texts are kmsmock's own: AWS knows nothing of worlds.
"""

import re
from pathlib import Path

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, HeadersDict

import kmsmock
from kmsmock import KmsMockError
from kmsmock.identity import issued, outside
from tests.support.claims import OWNER, allow
from tests.support.policies import assume, signing, steward

ANEW = "Make the client anew, from a principal of the world that is active: "
KEEP = "; and keep none in a module, a session or the cache of a library beyond its test."


def of_federated_user(account):
    user = account.user("alice", [allow("*")])
    return signing(user.client("sts").get_federation_token(Name="bob")["Credentials"])


KINDS = {
    "root": (lambda account: account.client("kms"), f"arn:aws:iam::{OWNER}:root", ""),
    "role": (
        lambda account: account.role("app").client("kms"),
        f"arn:aws:sts::{OWNER}:assumed-role/app/kmsmock",
        'role("app").',
    ),
    "session": (
        lambda account: signing(assume(steward(account), account.role("app"))),
        f"arn:aws:sts::{OWNER}:assumed-role/app/ci",
        'role("app").',
    ),
    "user": (lambda account: account.user("alice").client("kms"), f"arn:aws:iam::{OWNER}:user/alice", 'user("alice").'),
    "user of a path": (
        lambda account: account.get_user(_with_path(account)).client("kms"),
        f"arn:aws:iam::{OWNER}:user/team/carol",
        'user("carol").',
    ),
    "federated user": (of_federated_user, f"arn:aws:sts::{OWNER}:federated-user/bob", 'user("bob").'),
}


def _with_path(account):
    account.client("iam").create_user(UserName="carol", Path="/team/")
    return "carol"


def told(client):
    """What a client is told, in one line, and the access key that it signs with."""
    with pytest.raises(KmsMockError) as caught:
        client.list_keys()
    return str(caught.value), client._request_signer._credentials.access_key


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_world_that_is_over_it_is_told_whose_they_were_and_how_to_make_the_client_anew(request, kind):
    make, arn, maker = KINDS[kind]
    with kmsmock.World() as world:
        client = make(world.account(OWNER))
    with kmsmock.World():
        text, key = told(client)
    assert text == (
        f"the credentials {key} were issued to {arn} by the world of {request.node.nodeid}, which is over. "
        f'{ANEW}aws_world.account("{OWNER}").{maker}client("kms"){KEEP}'
    )


def test_of_a_world_outside_of_the_active_one_it_is_told_to_leave_that(request, aws_world, owner):
    client = owner.client("kms")
    with kmsmock.World():
        text, key = told(client)
    assert text == (
        f"the credentials {key} were issued to {owner.root.arn} by the world of {request.node.nodeid}, "
        "which is not the innermost active world: leave the one inside it first"
    )


def test_of_a_world_that_was_not_entered_it_is_told_to_enter_it(request):
    waiting = kmsmock.World()
    with kmsmock.World():
        key = waiting.account(OWNER).root.credentials[0]
        client = boto3.client("kms", aws_access_key_id=key, aws_secret_access_key="x")
        text, _ = told(client)
    assert text == (
        f"the credentials {key} were issued to arn:aws:iam::{OWNER}:root by the world of {request.node.nodeid}, "
        "which has not been entered yet: write `with kmsmock.World() as world:`, or use the fixture aws_world"
    )


def test_of_a_world_of_another_process_it_is_told_where_they_may_have_been_kept(owner):
    key = owner.root.credentials[0]
    unknown = key[:-6] + "".join("A" if letter != "A" else "B" for letter in key[-6:])
    text, _ = told(signing({"AccessKeyId": unknown, "SecretAccessKey": "x", "SessionToken": "y"}))
    assert text == (
        f"the credentials {unknown} were issued by no world of this process, but look like those of one: a cache on "
        f"disk, a pickled session or another worker kept them. {ANEW}"
        'aws_world.account("111111111111").role("app").client("kms")'
    )


def by_line(text):
    """The line of this file that a text says a world was made in."""
    found = re.search(rf"by the world of {re.escape(__file__)}:(\d+), which is over", text)
    assert found, text
    return Path(__file__).read_text(encoding="utf-8").splitlines()[int(found[1]) - 1].strip()


def test_outside_of_a_test_a_world_is_called_by_the_line_that_makes_it(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    world = kmsmock.World()
    with world:
        client = world.account(OWNER).client("kms")
    with kmsmock.World():
        assert by_line(told(client)[0]) == "world = kmsmock.World()"


def test_one_that_the_plugin_makes_is_called_by_the_line_that_asked_the_plugin(monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    plugin = {"__name__": "conftest_plugin.fixtures", "World": kmsmock.World}
    exec("def make():\n    return World()", plugin)
    world = plugin["make"]()
    with world:
        client = world.account(OWNER).client("kms")
    with kmsmock.World():
        assert by_line(told(client)[0]) == 'world = plugin["make"]()'


def test_so_many_are_known_by_name_and_older_ones_of_worlds_that_are_over_by_their_form(monkeypatch):
    monkeypatch.setattr(issued, "_issues", {})
    monkeypatch.setattr(issued, "_KEPT", 2)
    with kmsmock.World() as world:
        clients = [world.account(OWNER).role(name).client("kms") for name in ("a", "b", "c", "d")]
    with kmsmock.World() as world:
        assert all("were issued to" in told(client)[0] for client in clients)  # an active world forgets none
        monkeypatch.setattr(issued, "_KEPT", len(issued._issues) + 1)
        world.account(OWNER).role("e")
        assert "were issued to" in told(clients[0])[0]
        world.account(OWNER).role("f")
        assert "were issued by no world of this process" in told(clients[0])[0]
        assert "assumed-role/d/kmsmock" in told(clients[3])[0]


def request(key, url="https://kms.us-east-1.amazonaws.com/"):
    scope = f"{key}/20261130/us-east-1/kms/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=a"} if key else {}
    return AWSPreparedRequest("GET", url, HeadersDict(headers), b"", False)


def test_without_any_world_only_what_a_world_signed_is_held_back():
    with kmsmock.World() as world:
        key = world.account(OWNER).root.credentials[0]
        assert outside.refuse(request(key)) is None  # the world looks at it itself
    with pytest.raises(KmsMockError, match=f"{key} were issued to arn:aws:iam::{OWNER}:root .* which is over"):
        outside.refuse(request(key))
    for other in ("AKIAIOSFODNN7EXAMPLE", "testing", ""):
        assert outside.refuse(request(other)) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:4577/", "http://kmsmock:4577/", "https://localhost/"])
def test_a_world_of_another_process_is_asked_where_it_is_served(url):
    with kmsmock.World() as world:
        key = world.account(OWNER).root.credentials[0]
    unknown = key[:-6] + "".join("A" if letter != "A" else "B" for letter in key[-6:])
    assert outside.refuse(request(unknown, url)) is None
    with pytest.raises(KmsMockError, match="issued by no world of this process"):
        outside.refuse(request(unknown))
    with pytest.raises(KmsMockError, match="were issued to arn:aws:iam"):
        outside.refuse(request(key, url))
