"""The short way of KMS's calls: nobody can tell it from the long one, and whoever could gets the long one."""

import contextlib
import json
import logging
from datetime import datetime, timedelta, timezone
from unittest import mock

import boto3
import botocore
import botocore.session
import pytest
from botocore import UNSIGNED, client
from botocore.client import BaseClient
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError, ParamValidationError
from botocore.history import get_global_history_recorder
from freezegun import freeze_time

import kmsmock
from kmsmock.door import ways
from tests.support.both_ways import exactly
from tests.support.claims import allow, refused

OWNER, OTHER = "111111111111", "222222222222"


@pytest.fixture
def taken(monkeypatch):
    """Why each call of KMS so far took the long way; None for each that took a short one."""
    reasons, ask, looked_at = [], ways.why_long, ways.is_looked_at

    def noted(call):
        reason = ask(call)
        if call.service == "kms":
            reasons.append(reason)
        return reason

    def at_once(call):
        found = looked_at(call)
        if not found:
            reasons.append(None)
        return found

    monkeypatch.setattr(ways, "why_long", noted)
    monkeypatch.setattr(ways, "is_looked_at", at_once)
    return reasons


def seen_by_all(client):
    """The same client with a handler that looks at what is sent, and does nothing."""
    client.meta.events.register("before-send.kms", lambda **_: None)
    return client


# --- the same answers ---------------------------------------------------------------------------------------------------


def tried(call, **params):
    """What a call gives, or what it is refused with."""
    try:
        return call(**params)
    except ClientError as error:
        return type(error).__name__, str(error), error.response, error.operation_name


def story(world, prepared):
    """Calls of all sorts by two accounts, refusals and pages among them, and what became of each."""
    account, other = world.account(OWNER), world.account(OTHER)
    kms = prepared(account.client("kms"))
    reader = prepared(account.user("reader", [allow(["kms:DescribeKey", "kms:ListKeys"])]).client("kms"))
    away = prepared(other.client("kms"))
    key = kms.create_key(Description="für alle", Tags=[{"TagKey": "a", "TagValue": "b"}])
    arn = key["KeyMetadata"]["Arn"]
    yield key
    for number in range(3):
        yield tried(kms.create_alias, AliasName=f"alias/{number}", TargetKeyId=arn)
    sealed = tried(kms.encrypt, KeyId="alias/0", Plaintext=b"x", EncryptionContext={"a": "ü"})
    yield sealed
    yield tried(kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "ü"})
    yield tried(kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"])
    yield tried(kms.generate_data_key, KeyId=arn, KeySpec="AES_256")
    yield tried(kms.generate_random, NumberOfBytes=16)
    yield tried(reader.describe_key, KeyId=arn)
    yield tried(reader.encrypt, KeyId=arn, Plaintext=b"x")
    yield tried(away.describe_key, KeyId=arn)
    yield tried(kms.describe_key, KeyId="alias/absent")
    yield tried(kms.encrypt, KeyId=arn, Plaintext=b"x", DryRun=True)
    yield tried(kms.create_grant, KeyId=arn, GranteePrincipal=f"arn:aws:iam::{OTHER}:root", Operations=["Decrypt"])
    yield tried(kms.put_key_policy, KeyId=arn, Policy="{")
    yield list(kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 2}))
    yield tried(kms.enable_key_rotation, KeyId=arn)
    yield tried(kms.get_key_rotation_status, KeyId=arn)
    yield tried(kms.disable_key, KeyId=arn)
    yield tried(kms.encrypt, KeyId=arn, Plaintext=b"x")
    yield tried(kms.schedule_key_deletion, KeyId=arn, PendingWindowInDays=7)
    yield tried(kms.list_grants, KeyId=arn)


def told(prepared):
    """The story in a world of its own, with what the world keeps of it."""
    with kmsmock.World(seed="both ways") as world, freeze_time("2026-01-01"):
        answers = [exactly(each) for each in story(world, prepared)]
        decisions = [(each.allowed, each.action, each.resource, each.explain()) for each in world.decisions]
        return answers, decisions, [json.loads(json.dumps(dict(each), default=str)) for each in world.events]


def test_both_ways_give_the_same_answers_errors_decisions_and_events(taken):
    short = told(lambda client: client)
    assert set(taken) == {None}
    del taken[:]
    long = told(seen_by_all)
    assert set(taken) == {"handlers of a user or a library"}
    for mine, wire in zip(short, long, strict=True):
        assert mine == wire


def test_the_caller_of_a_short_call_keeps_no_hand_on_the_world(kms):
    key = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    listed = kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]
    listed[0]["TagValue"] = "c"
    listed.append({})
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [{"TagKey": "a", "TagValue": "b"}]


# --- who could see a difference -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [each for each in ways.SKIPPED if each != "after-call-error"])
def test_a_handler_of_a_user_on_any_event_sees_what_it_saw_before(kms, event, taken):
    seen = []
    kms.meta.events.register(f"{event}.kms", lambda **given: seen.append(given) and None)
    kms.list_keys()
    assert (taken, len(seen)) == (["handlers of a user or a library"], 1)


def test_a_handler_sees_the_failure_of_a_call(kms, taken):
    kms.list_keys()
    seen = []
    kms.meta.events.register("after-call-error.kms", lambda exception, **_: seen.append(exception))
    with (
        mock.patch.object(Endpoint, "_send_request", side_effect=OSError("down")),
        pytest.raises(OSError, match="down"),
    ):
        kms.list_keys()
    assert [str(each) for each in seen] == ["down"]
    assert taken == [None, "handlers of a user or a library"]


def test_handlers_of_a_session_are_seen_as_well(owner, taken):
    session, seen = owner.root.session(), []
    session.events.register("before-sign.kms.ListKeys", lambda **given: seen.append(given) and None)
    session.client("kms").list_keys()
    assert (taken, len(seen)) == (["handlers of a user or a library"], 1)


def test_the_way_changes_when_the_handlers_of_a_client_do(kms, taken):
    def look(**_):
        return None

    kms.list_keys()
    kms.meta.events.register("before-send.kms.ListKeys", look)
    kms.list_keys()
    kms.meta.events.unregister("before-send.kms.ListKeys", look)
    kms.list_keys()
    assert taken == [None, "handlers of a user or a library", None]


def test_a_handler_after_the_call_is_given_the_response_that_there_would_have_been(kms, taken):
    seen = []
    kms.meta.events.register("after-call.kms", lambda http_response, **_: seen.append(http_response))
    made = kms.create_key()["KeyMetadata"]
    assert taken == [None]
    assert json.loads(seen[0].content)["KeyMetadata"]["Arn"] == made["Arn"]
    assert (seen[0].status_code, seen[0].headers["content-type"]) == (200, "application/x-amz-json-1.1")


def test_a_handler_before_the_call_may_change_what_is_asked(kms, taken):
    key = kms.create_key()["KeyMetadata"]["KeyId"]

    def change(params, **_):
        params["body"] = json.dumps({"KeyId": "alias/absent"}).encode()

    kms.meta.events.register("before-call.kms.DescribeKey", change)
    with refused("NotFoundException", f"Alias arn:aws:kms:us-east-1:{OWNER}:alias/absent is not found."):
        kms.describe_key(KeyId=key)
    assert set(taken) == {None}


def quotas(world):
    world.client("kms").list_keys()


@contextlib.contextmanager
def history():
    recorder = get_global_history_recorder()
    recorder.enable()
    try:
        yield
    finally:
        recorder.disable()


@contextlib.contextmanager
def debugging():
    logger = logging.getLogger("botocore")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.setLevel(before)


@pytest.mark.parametrize(
    ("watched", "reason"),
    [
        (history, "a recorder of history"),
        (debugging, "a log of what botocore does"),
        (
            lambda: mock.patch.object(Endpoint, "_do_get_response", Endpoint._do_get_response.__get__),
            "somebody's patch",
        ),
        (lambda: mock.patch.object(Endpoint, "_send", wraps=Endpoint._send), "somebody's patch"),
    ],
)
def test_whoever_watches_botocore_sees_what_is_sent(kms, watched, reason, taken):
    with watched(), contextlib.suppress(TypeError):  # the patches here answer nothing that botocore can read
        kms.list_keys()
    assert taken[-1].startswith(reason)
    kms.list_keys()
    assert taken[-1] is None


def test_faults_and_quotas_are_met_on_the_long_way(aws_world, kms, taken):
    with aws_world.fault("kms", "ListKeys", error="ThrottlingException", times=2):
        assert kms.list_keys()["ResponseMetadata"]["RetryAttempts"] == 2
    assert taken == ["faults, which botocore retries"]


@pytest.mark.kmsmock(quotas=True)
def test_a_world_with_quotas_takes_the_long_way(kms, taken):
    kms.list_keys()
    assert taken == ["quotas, which botocore backs off from"]


# --- the shortest way: nothing is written down ------------------------------------------------------------------------


@pytest.fixture
def written(monkeypatch):
    """The operations of KMS that botocore has written into a request so far."""
    names, prepare = [], client.prepare_request_dict

    def noted(request_dict, *args, **options):
        names.append(request_dict["headers"].get("X-Amz-Target", "").rpartition(".")[2])
        return prepare(request_dict, *args, **options)

    monkeypatch.setattr(client, "prepare_request_dict", noted)
    return names


def test_a_call_that_nobody_looks_at_is_not_written_down(kms, key, written):
    del written[:]
    kms.describe_key(KeyId=key)
    kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "ü"})
    assert written == []


@pytest.fixture(scope="module")
def older():
    """Two clients that are made before a world is: of one the model is not what ships."""

    def made():
        credentials = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return botocore.session.Session().create_client("kms", "us-east-1", **credentials)

    plain, changed = made(), made()
    shapes = changed.meta.service_model._service_description["shapes"]
    shapes["DescribeKeyRequest"]["members"]["More"] = {"shape": "KeyIdType"}
    return plain, changed


def test_a_client_that_is_older_than_all_worlds_takes_it_too_if_its_model_is_what_ships(older, aws_world, written):
    plain, changed = older
    key = plain.create_key()["KeyMetadata"]["Arn"]
    del written[:]
    assert plain.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    assert written == []
    assert changed.describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key
    assert written == ["DescribeKey"]


@pytest.mark.parametrize("event", ways.BEFORE)
def test_a_handler_on_any_event_before_and_after_a_call_sees_what_it_saw_before(kms, key, event, written):
    seen = []
    kms.meta.events.register(f"{event}.kms", lambda **given: seen.append(given) and None)
    kms.describe_key(KeyId=key)
    assert ("DescribeKey" in written, len(seen)) == (True, 1)


def test_parameters_that_a_handler_provides_are_asked_for(kms, key):
    kms.meta.events.register("provide-client-params.kms.DescribeKey", lambda **_: {"KeyId": key})
    assert kms.describe_key(KeyId="alias/absent")["KeyMetadata"]["Arn"] == key


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"KeyId": None},
        {"KeyId": 1},
        {"KeyId": ""},
        {"KeyId": "k", "Plaintext": 1},
        {"KeyId": "k", "Plaintext": b"x", "EncryptionContext": {"a": 1}},
        {"KeyId": "k", "Plaintext": b"x", "EncryptionContext": [("a", "b")]},
        {"KeyId": "k", "Plaintext": b"x", "GrantTokens": "token"},
        {"KeyId": "k", "Plaintext": b"x", "DryRun": 1},
        {"KeyId": "k", "Plaintext": b"x", "Absent": 1},
    ],
)
def test_botocore_itself_refuses_what_is_not_right(kms, given):
    with pytest.raises(ParamValidationError) as shortest:
        kms.encrypt(**given)
    with pytest.raises(ParamValidationError) as long:
        seen_by_all(kms).encrypt(**given)
    assert str(shortest.value) == str(long.value)


def test_values_that_botocore_writes_in_its_own_way_are_written_by_it(kms, key, written):
    class Name(str):
        __slots__ = ()

    for text in ("x", bytearray(b"x")):
        blob = kms.encrypt(KeyId=Name(key), Plaintext=text, EncryptionContext={"a": Name("b")})["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == b"x"
    assert written.count("Encrypt") == 2


@pytest.mark.parametrize(
    "step", ["_make_api_call", "_emit_api_params", "_resolve_endpoint_ruleset", "_convert_to_request_dict"]
)
@pytest.mark.parametrize("of_the_class", [True, False])
def test_whoever_replaces_a_step_of_a_client_is_asked(kms, key, step, of_the_class, written):
    kms.describe_key(KeyId=key)
    original, seen = getattr(kms, step), []

    def noted(*args, **options):
        seen.append(step)
        return original(*(args[1:] if of_the_class else args), **options)

    with mock.patch.object(BaseClient if of_the_class else kms, step, noted):
        kms.describe_key(KeyId=key)
    assert seen == [step]


def test_the_agent_of_a_client_is_told_as_it_was_at_the_call(aws_world, kms, key):
    list(kms.get_paginator("list_keys").paginate())
    agents = [event["userAgent"] for event in aws_world.events if event["eventName"] == "ListKeys"]
    seen = []
    kms.meta.events.register("before-call.kms", lambda params, **_: seen.append(params["headers"]["User-Agent"]))
    list(kms.get_paginator("list_keys").paginate())
    assert [sorted(each.replace(",", " ").split()) for each in agents] == [
        sorted(each.replace(",", " ").split()) for each in seen
    ]


def test_a_refusal_is_an_exception_of_the_client(kms, key):
    with refused("NotFoundException"):
        kms.describe_key(KeyId="alias/absent")
    assert issubclass(kms.exceptions.NotFoundException, ClientError)
    with pytest.raises(kms.exceptions.NotFoundException) as caught:
        kms.describe_key(KeyId="alias/absent")
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert caught.value.operation_name == "DescribeKey"


# --- who asks -------------------------------------------------------------------------------------------------------------


def test_credentials_are_refreshed_as_botocore_refreshes_them(owner, taken):
    user, fetched = owner.user("alice", [allow("kms:*")]), []
    first = user.client("kms")._request_signer._credentials.get_frozen_credentials()

    def fetch():
        fetched.append(1)
        until = datetime.now(timezone.utc) + timedelta(minutes=5)
        return {
            "access_key": first.access_key,
            "secret_key": first.secret_key,
            "token": first.token,
            "expiry_time": until.isoformat(),
        }

    session = botocore.session.get_session()
    session._credentials = RefreshableCredentials.create_from_metadata(fetch(), refresh_using=fetch, method="test")
    kms = session.create_client("kms", "us-east-1")
    kms.list_keys()
    kms.list_keys()
    assert (taken, len(fetched)) == ([None, None], 3)  # within the time in which botocore refreshes at every call


def test_a_client_that_signs_nothing_takes_the_long_way(aws_world, taken):
    boto3.client("kms", "us-east-1", config=Config(signature_version=UNSIGNED)).list_keys()
    assert taken == ["a client that does not sign as others do"]


def test_the_short_way_ends_with_the_last_world():
    with kmsmock.World():
        assert BaseClient._make_request.__module__ == "kmsmock.door.short_way"
    assert BaseClient._make_request.__module__ == "botocore.client"
