"""The admin API of a world that is served: what a test does in the process, from anywhere."""

import json
import re
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from kmsmock.serve.routes import ROOT, ROUTES

ALLOWED = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["kms:*"], "Resource": "*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def client(told, service="kms"):
    """A client with the credentials that the admin API gave."""
    found = told["environment"]
    return boto3.client(
        service,
        endpoint_url=found["AWS_ENDPOINT_URL"],
        region_name=found["AWS_REGION"],
        aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=found.get("AWS_SESSION_TOKEN"),
    )


def anybody(api, service="kms"):
    return boto3.client(
        service,
        endpoint_url=api.url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def whoami(told):
    return client(told, "sts").get_caller_identity()["Arn"]


def code_of(call, **parameters):
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def test_accounts_users_and_roles_are_made_with_what_they_sign_with(api):
    root = api("POST", "/accounts/111111111111")
    assert whoami(root) == root["arn"] == "arn:aws:iam::111111111111:root"
    user = api("POST", "/accounts/111111111111/users", {"name": "app", "policies": [ALLOWED]})
    assert whoami(user) == user["arn"] == "arn:aws:iam::111111111111:user/app"
    role = api("POST", "/accounts/111111111111/roles", {"name": "job", "policies": [json.dumps(ALLOWED)]})
    assert role["arn"] == "arn:aws:iam::111111111111:role/job"
    assert whoami(role) == "arn:aws:sts::111111111111:assumed-role/job/kmsmock"
    assert client(role).create_key()["KeyMetadata"]["AWSAccountId"] == "111111111111"
    found = {each["account"]: each for each in api("GET", "/accounts")["accounts"]}
    assert found["111111111111"] == {"account": "111111111111", "users": ["app"], "roles": ["job"]}
    assert "123456789012" in found


def test_who_is_there_already_signs_by_a_session(api):
    account = "/accounts/111111111111"
    api("POST", f"{account}/users", {"name": "app"})
    api("POST", f"{account}/roles", {"name": "job", "trust": "lambda.amazonaws.com"})
    for arn in ("arn:aws:iam::111111111111:user/app", "arn:aws:iam::111111111111:root"):
        assert whoami(api("POST", "/sessions", {"principal": arn})) == arn
    role = "arn:aws:iam::111111111111:role/job"
    function = "arn:aws:lambda:us-east-1:111111111111:function:thumbnails"
    used = api("POST", "/sessions", {"principal": role, "used_by": function})
    assert whoami(used) == "arn:aws:sts::111111111111:assumed-role/job/thumbnails"


def test_a_session_may_have_condition_keys_of_its_own(api, aws_world):
    statement = {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, **ALLOWED["Statement"][0]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    user = api("POST", "/accounts/123456789012/users", {"name": "app", "policies": [policy]})
    assert code_of(client(user).create_key) == "AccessDeniedException"
    context = {"aws:SourceIp": "203.0.113.7"}
    client(api("POST", "/sessions", {"principal": user["arn"], "context": context})).create_key()
    api("PUT", "/context", {"keys": context})
    assert api("GET", "/context") == {"keys": {"aws:sourceip": "203.0.113.7"}}
    client(user).create_key()
    api("PUT", "/context", {"keys": {}})
    assert code_of(client(user).create_key) == "AccessDeniedException"


def test_whoever_acts_is_who_asks_without_credentials_of_the_world(api):
    sts = anybody(api, "sts")
    role = api("POST", "/accounts/111111111111/roles", {"name": "job"})
    assert api("GET", "/acting") == {"acting": None}
    assert api("PUT", "/acting", {"principal": role["arn"]}) == {"acting": role["arn"]}
    assert sts.get_caller_identity()["Arn"].startswith("arn:aws:sts::111111111111:assumed-role/job/")
    assert api("GET", "/acting")["acting"].startswith("arn:aws:sts::111111111111:assumed-role/job/")
    found = api("GET", "/environment")
    assert found["AWS_CONTAINER_CREDENTIALS_FULL_URI"] == f"{api.url}/_kmsmock/credentials"
    assert whoami({"environment": found}) == sts.get_caller_identity()["Arn"]
    assert api("DELETE", "/acting") == {"acting": None}
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:root"


def test_the_environment_names_the_address_as_whoever_asks_does_and_is_good_for_a_shell(api):
    host = {"Host": f"localhost:{api.url.port}"}
    _, _, found = api.ask("GET", "/environment", **host)
    assert found["AWS_ENDPOINT_URL"] == found["AWS_EC2_METADATA_SERVICE_ENDPOINT"] == f"http://{host['Host']}"
    root = "arn:aws:iam::111111111111:root"
    status, headers, text = api.ask("GET", f"/environment?format=sh&principal={root}", **host)
    assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    lines = text.decode().splitlines()
    assert lines[0] == f"export AWS_ENDPOINT_URL=http://{host['Host']}"
    assert all(re.fullmatch(r"export AWS_[A-Z_]+=\S+", each) for each in lines)


def test_time_is_moved_set_frozen_and_released(api):
    kms = anybody(api)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert api("POST", "/clock/freeze", {"at": "2030-01-01"}) == {"now": "2030-01-01T00:00:00+00:00", "frozen": True}
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert api("POST", "/clock/advance", {"days": 8, "hours": 1.5})["now"] == "2030-01-09T01:30:00+00:00"
    assert code_of(kms.describe_key, KeyId=key) == "NotFoundException"
    assert api("POST", "/clock/move", {"at": "2029-01-01T00:00:00Z"})["now"] == "2029-01-01T00:00:00+00:00"
    assert api("GET", "/clock") == {"now": "2029-01-01T00:00:00+00:00", "frozen": True}
    assert api("POST", "/clock/release")["frozen"] is False


def test_calls_fail_as_a_fault_says_until_it_ends(api):
    kms = anybody(api)
    made = api("POST", "/faults", {"operation": "ListKeys", "error": "KMSInternalException", "times": 1})
    assert made == {
        "id": "1",
        "service": "kms",
        "operation": "ListKeys",
        "error": "KMSInternalException",
        "message": "The request was rejected because an internal exception occurred. The request can be retried.",
        "status": 500,
        "times": 1,
    }
    other = {"service": "sts", "operation": "*", "error": "ServiceUnavailable", "message": "later"}
    assert api("POST", "/faults", other)["id"] == "2"
    kms.list_keys()  # botocore tries again
    assert [each["times"] for each in api("GET", "/faults")["faults"]] == [0, None]
    assert [each["id"] for each in api("DELETE", "/faults/1")["faults"]] == ["2"]
    assert api("DELETE", "/faults") == {"faults": []}
    anybody(api, "sts").get_caller_identity()
    assert api.ask("DELETE", "/faults/1")[0] == 404


def test_delays_and_quotas_are_set(api):
    assert api("GET", "/delays") == {"delays": {}}
    assert api("PUT", "/delays", {"delays": {"ReplicateKey": 60}}) == {"delays": {"ReplicateKey": 60.0}}
    assert api("PUT", "/delays", {"delays": True})["delays"]["CopyImage"] == 300.0
    kms = anybody(api)
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    made = kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    assert made["ReplicaKeyMetadata"]["KeyState"] == "Creating"
    assert api("PUT", "/delays", {"delays": False}) == {"delays": {}}
    api("PUT", "/quotas", {"quotas": {"ListKeys": 1}})
    api("POST", "/clock/freeze")
    once = boto3.session.Config(retries={"total_max_attempts": 1})
    kms = boto3.client("kms", endpoint_url=api.url, region_name="us-east-1", config=once)
    kms.list_keys()
    assert code_of(kms.list_keys) == "ThrottlingException"


def test_what_was_decided_and_refused_is_told_with_its_explanation(api):
    user = api("POST", "/accounts/111111111111/users", {"name": "app"})
    key = anybody(api).create_key()["KeyMetadata"]["Arn"]
    assert code_of(client(user).describe_key, KeyId=key) == "AccessDeniedException"
    told = api("GET", "/refusals?operation=DescribeKey&last=1")
    (refusal,) = told["refusals"]
    assert (told["total"], refusal["key"], refusal["principal"]) == (1, key, user["arn"])
    assert refusal["explanation"].startswith(f"{refusal['cause']}: ")
    assert refusal["error"]["code"] == "AccessDeniedException"
    told = api("GET", "/decisions?action=kms:DescribeKey&allowed=false")
    assert [(each["allowed"], each["caller"]) for each in told["decisions"]] == [(False, user["arn"])]
    assert "kms:DescribeKey" in told["decisions"][0]["explanation"]
    told = api("GET", "/events?name=CreateKey")
    assert [each["eventName"] for each in told["Records"]] == ["CreateKey"]
    world = api("GET", "/world")
    assert (world["account"], world["region"], world["keys"], world["refusals"]) == ("123456789012", "us-east-1", 1, 1)


def test_the_newest_are_told_and_how_many_there_are(api):
    kms = anybody(api)
    for _ in range(5):
        kms.list_keys()
    kms.list_aliases()
    told = api("GET", "/events?last=2")
    assert ([each["eventName"] for each in told["Records"]], told["total"]) == (["ListKeys", "ListAliases"], 6)


def test_reset_makes_the_world_as_it_began(api):
    kms = anybody(api)
    api("POST", "/clock/freeze", {"at": "2030-01-01"})
    user = api("POST", "/accounts/111111111111/users", {"name": "app"})
    kms.create_key()
    api("POST", "/faults", {"operation": "*", "error": "AccessDeniedException"})
    api("PUT", "/snapshots/later")
    assert api("POST", "/reset")["frozen"] is False
    world = api("GET", "/world")
    assert [world[name] for name in ("keys", "decisions", "events", "refusals")] == [0, 0, 0, 0]
    assert api("GET", "/faults") == {"faults": []}
    assert api("GET", "/snapshots") == {"snapshots": []}
    assert code_of(client(user).list_keys) == "KmsMockError"  # it says that the world was put back
    kms.create_key()
    api("POST", "/reset")
    assert kms.list_keys()["Keys"] == []


def test_the_world_is_remembered_by_names_and_put_back(api):
    kms = anybody(api)
    first = kms.create_key()["KeyMetadata"]["KeyId"]
    assert api("PUT", "/snapshots/one") == {"snapshots": ["one"]}
    kms.disable_key(KeyId=first)
    assert api("PUT", "/snapshots/two") == {"snapshots": ["one", "two"]}
    kms.create_key()
    assert api("POST", "/snapshots/two/restore")["snapshots"] == ["one", "two"]
    assert [each["KeyId"] for each in kms.list_keys()["Keys"]] == [first]
    assert kms.describe_key(KeyId=first)["KeyMetadata"]["KeyState"] == "Disabled"
    assert api("POST", "/snapshots/one/restore")["snapshots"] == ["one"]
    assert kms.describe_key(KeyId=first)["KeyMetadata"]["KeyState"] == "Enabled"
    assert api("DELETE", "/snapshots/one") == {"snapshots": []}
    status, _, said = api.ask("POST", "/snapshots/one/restore")
    assert (status, said["error"]["message"]) == (404, "there is no snapshot 'one'; there are: none")


def test_all_that_there_is_is_listed_and_stands_in_the_docs(api):
    listed = api("GET", "/")["routes"]
    assert [(each["method"], each["path"]) for each in listed] == [(each.method, ROOT + each.path) for each in ROUTES]
    assert all(each["what"].endswith(".") for each in listed)
    page = Path(__file__).parents[2].joinpath("docs", "serve.md").read_text()
    told = re.findall(r"^\| `([A-Z]+) (/[^`]*)` \|", page, re.MULTILINE)
    assert told == [(each.method, each.path) for each in ROUTES]
    rows = {(each[0], each[1]): each[2] for each in re.findall(r"^\| `([A-Z]+) (/\S*)` \| (.*)$", page, re.MULTILINE)}
    lacking = [(each.path, name) for each in ROUTES for name in each.takes if f"`{name}`" not in rows[each[:2]]]
    assert lacking == []


def test_a_failure_of_ours_is_told_without_a_traceback(api, aws_world, monkeypatch, caplog):
    monkeypatch.setattr(aws_world, "quotas", None)
    status, _, content = api.ask("PUT", "/quotas", {"quotas": True})
    assert (status, content["error"]["code"]) == (400, "NotAccepted")
    monkeypatch.setattr(aws_world, "quotas", lambda *_: 1 // 0)
    status, _, content = api.ask("PUT", "/quotas", {"quotas": True})
    assert (status, content["error"]["code"]) == (500, "Failed")
    assert "ZeroDivisionError" in content["error"]["message"]
    assert "kmsmock failed at PUT /_kmsmock/quotas" in caplog.text
