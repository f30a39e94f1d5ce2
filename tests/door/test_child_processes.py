"""Finding 3: what a test starts does not reach AWS; the clients of the process itself see none of that."""

import asyncio
import json
import multiprocessing
import os
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import boto3
import pytest

import kmsmock
from tests.support import child

SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
CALL = """
import boto3
try:
    boto3.client("kms").list_keys()
except Exception as error:
    print(type(error).__name__, error)
"""


def run(code=SHOW, **options):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, **options).stdout


def run_by_asyncio():
    async def main():
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", SHOW, stdout=asyncio.subprocess.PIPE)
        return (await process.communicate())[0]

    return asyncio.run(main())


def run_by_shell():
    async def main():
        command = f"{sys.executable} -c '{SHOW}'"
        process = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
        return (await process.communicate())[0]

    return asyncio.run(main())


def spawn():
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=child.send_environment, args=(there,))
    process.start()
    there.close()
    shown = here.recv()
    here.close()
    process.join()
    process.close()
    return shown


def by_system(path):
    assert os.system(f"{sys.executable} -c '{SHOW}' > {path}") == 0
    return path.read_text()


def by_popen():
    with os.popen(f"{sys.executable} -c '{SHOW}'") as pipe:
        return pipe.read()


WAYS = {
    "run": lambda path: run(),
    "check_output": lambda path: subprocess.check_output([sys.executable, "-c", SHOW]),
    "a shell": lambda path: subprocess.getoutput(f"{sys.executable} -c '{SHOW}'"),
    "popen": lambda path: by_popen(),
    "system": by_system,
    "asyncio": lambda path: run_by_asyncio(),
    "asyncio's shell": lambda path: run_by_shell(),
    "multiprocessing by spawn": lambda path: spawn(),
    "an environment of its own": lambda path: run(env={"PATH": os.environ["PATH"]}),
    "a copied environment": lambda path: run(env={**os.environ}),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_a_child_finds_aws_at_a_closed_local_port(aws_world, tmp_path, way):
    before = dict(os.environ)
    shown = json.loads(way(tmp_path / "shown"))
    endpoint = urlsplit(shown["AWS_ENDPOINT_URL"])
    assert (endpoint.hostname, shown["AWS_EC2_METADATA_DISABLED"]) == ("127.0.0.1", "true")
    with socket.socket() as probe:
        assert probe.connect_ex((endpoint.hostname, endpoint.port)) != 0
    assert "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" not in shown
    assert shown["AWS_ACCESS_KEY_ID"]
    assert dict(os.environ) == before


def test_its_call_fails_and_says_why(aws_world):
    answer = run(CALL)
    assert answer.startswith('EndpointConnectionError Could not connect to the endpoint URL: "http://127.0.0.1:')
    assert "kmsmock" in answer
    assert "child-process" in answer


def test_the_clients_of_the_process_see_none_of_it(aws_world):
    kms = boto3.client("kms", region_name="eu-west-1")
    assert kms.meta.endpoint_url == "https://kms.eu-west-1.amazonaws.com"
    s3 = boto3.client("s3", region_name="us-east-1")
    assert s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"}).startswith(
        "https://bucket.s3.amazonaws.com/k?"
    )
    assert not [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]
    assert "AWS_EC2_METADATA_DISABLED" not in os.environ


def test_a_child_with_a_world_of_its_own_is_in_that_world(aws_world):
    code = """
import boto3, kmsmock
with kmsmock.World() as world:
    boto3.client("kms").create_key()
    print(boto3.client("sts").get_caller_identity()["Arn"], world.events[-1]["eventName"])
"""
    with aws_world.account("111111111111").role("app").acting():
        child = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert child.stdout.split() == ["arn:aws:iam::123456789012:root", "CreateKey"]
    assert aws_world.events == []


def test_what_the_metadata_services_would_need_is_taken_away(aws_world, monkeypatch):
    for name in (
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    ):
        monkeypatch.setenv(name, "/x")
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    shown = json.loads(run())
    assert not {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    } & set(shown)
    assert "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" not in shown


def test_endpoints_of_the_test_itself_on_loopback_are_kept(aws_world):
    """LocalStack, moto's server, MinIO for a child are the test's own affair; an endpoint of AWS is not."""
    mine = {"AWS_ENDPOINT_URL": "http://localhost:4566", "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9000"}
    shown = json.loads(run(env={**os.environ, **mine, "AWS_ENDPOINT_URL_KMS": "https://kms.us-east-1.amazonaws.com"}))
    assert {name: shown[name] for name in mine} == mine
    assert "AWS_ENDPOINT_URL_KMS" not in shown


def test_a_child_shows_whoever_acts(aws_world, owner):
    role = owner.role("app")
    with role.acting():
        shown = json.loads(run())
    assert shown["AWS_ACCESS_KEY_ID"] == role.session().get_credentials().access_key


def test_the_environment_that_was_handed_over_is_not_changed(aws_world):
    mine = {"PATH": os.environ["PATH"]}
    run(env=mine)
    assert mine == {"PATH": os.environ["PATH"]}


def test_before_and_after_a_world_children_have_what_they_always_have():
    plain = json.loads(run())
    with kmsmock.World():
        assert json.loads(run()) != plain
    assert json.loads(run()) == plain


def test_a_suite_that_means_it_can_open_the_network():
    plain = json.loads(run())
    with kmsmock.World(enforce_network=False):
        assert "AWS_ENDPOINT_URL" not in json.loads(run())
    assert json.loads(run()) == plain


def test_a_forked_child_has_the_world_itself(aws_world, owner):
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    key = owner.client("kms").create_key()["KeyMetadata"]["KeyId"]
    process = context.Process(
        target=lambda: queue.put([each["KeyId"] for each in owner.client("kms").list_keys()["Keys"]])
    )
    process.start()
    assert queue.get(timeout=60) == [key]
    process.join()
