"""Clients of principals come out of one session of botocore, and differ in nothing from clients with one each.

Source: "Configuration", "Credentials" and "Extensibility guide" of boto3.
"""

import boto3
import pytest
from botocore.client import ClientCreator
from botocore.exceptions import PartialCredentialsError
from botocore.handlers import BUILTIN_HANDLERS

import kmsmock
from tests.support.claims import OTHER, OWNER
from tests.support.floors import newest_botocore


def uri_of(client):
    return client.meta.service_model.operation_model("ListQueues").http["requestUri"]


def test_what_a_test_writes_into_a_model_goes_with_its_world():
    with kmsmock.World() as world:
        client = world.account(OWNER).client("sqs")
        plain = uri_of(client)
        client.meta.service_model.operation_model("ListQueues").http["requestUri"] = "/mine"
    with kmsmock.World() as world:
        assert uri_of(world.account(OWNER).client("sqs")) == plain != "/mine"


def test_each_client_signs_as_its_own_principal_in_its_own_region(owner, other):
    clients = [each.client("sts", region) for each in (owner, other) for region in ("us-east-1", "eu-west-1")]
    assert [each.get_caller_identity()["Account"] for each in clients] == [OWNER, OWNER, OTHER, OTHER]
    assert [each.meta.region_name for each in clients] == ["us-east-1", "eu-west-1"] * 2


def test_handlers_of_a_client_are_its_own(owner):
    heard, first, second = [], owner.client("kms"), owner.client("kms")
    first.meta.events.register("provide-client-params.kms", lambda **_: heard.append("first"))
    for each in (second, owner.client("kms"), first):
        each.list_keys()
    assert heard == ["first"]


def test_a_method_that_a_test_replaces_is_that_of_one_client(owner, monkeypatch):
    client = owner.client("kms")
    monkeypatch.setattr(type(client), "list_keys", lambda self: "mine")
    assert client.list_keys() == "mine"
    assert owner.client("kms").list_keys()["Keys"] == []


def test_methods_have_the_documentation_of_their_own_service(owner):
    documented = {service: str(owner.client(service).tag_resource.__doc__) for service in ("kms", "ecr")}
    assert "customer managed key" in documented["kms"]
    assert "customer managed key" not in documented["ecr"]


@newest_botocore
def test_the_configuration_is_read_again_where_it_changed(owner, monkeypatch, tmp_path):
    file = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    seen = []
    for text in ("", "[default]\nretry_mode = adaptive\n", "[default]\nretry_mode = standard\n"):
        file.write_text(text)
        seen.append(owner.client("kms").meta.config.retries["mode"])
    monkeypatch.setenv("AWS_RETRY_MODE", "adaptive")
    seen.append(owner.client("kms").meta.config.retries["mode"])
    assert seen == ["standard", "adaptive", "standard", "adaptive"]


def test_handlers_that_a_suite_adds_for_all_sessions_are_heard(owner):
    heard = []
    owner.client("kms").list_keys()
    BUILTIN_HANDLERS.append(("before-call.kms", lambda **_: heard.append(1)))
    try:
        owner.client("kms").list_keys()
    finally:
        BUILTIN_HANDLERS.pop()
    owner.client("kms").list_keys()
    assert heard == [1]


def test_credentials_that_are_given_to_a_client_go_before_the_principals(owner, other):
    theirs = other.root.credentials
    given = {"aws_access_key_id": theirs.access_key, "aws_secret_access_key": theirs.secret}
    assert owner.client("sts", **given).get_caller_identity()["Account"] == OTHER
    with pytest.raises(PartialCredentialsError):
        owner.client("sts", aws_access_key_id=theirs.access_key)


def test_sessions_of_principals_are_made_one_by_one(owner):
    assert owner.session()._session is not owner.session()._session
    assert isinstance(owner.session(), boto3.Session)


def test_methods_that_somebody_makes_meanwhile_are_those_of_the_next_clients(owner, monkeypatch):
    original = vars(ClientCreator)["_create_api_method"]
    owner.client("kms")

    def traced(self, name, operation, model):
        plain = original(self, name, operation, model)
        return lambda client, **given: {**plain(client, **given), "traced": operation}

    with monkeypatch.context() as patched:
        patched.setattr(ClientCreator, "_create_api_method", traced)
        assert owner.client("kms").list_keys()["traced"] == "ListKeys"
    assert "traced" not in owner.client("kms").list_keys()


def test_handlers_of_a_session_are_copied_for_its_client_as_botocore_copies_them(owner):
    """First, in the midst, and last; and who is taken away from one is not taken away from the other."""
    heard, session = [], owner.session()
    for name, register in (("last", "register_last"), ("middle", "register"), ("first", "register_first")):
        getattr(session.events, register)("before-call.kms.ListKeys", lambda name=name, **_: heard.append(name), name)
    client = session.client("kms")
    client.meta.events.unregister("before-call.kms.ListKeys", unique_id="middle")
    session.client("kms").list_keys()
    client.list_keys()
    assert heard == ["first", "middle", "last", "first", "last"]
