"""Finding 1 of "Who asks": ``acting()`` decides for every client with ambient credentials, whenever it was made."""

import asyncio
import contextvars
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
import requests
from botocore.config import Config

import kmsmock
from kmsmock import KmsMockError
from tests.support.claims import OWNER, allow, refused
from tests.support.policies import steward

TESTING = {"region_name": "us-east-1", "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
EARLY = boto3.client("sts", **TESTING)
"""Made at import, as the module of a Lambda function makes its clients."""
EARLY_S3 = boto3.client("s3", **TESTING, config=Config(signature_version="s3v4"))
EARLY_BUCKETS = boto3.resource("s3", **TESTING)
FOREIGN = boto3.client(
    "sts", region_name="us-east-1", aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="x"
)
SESSION = boto3.Session()
"""A session of a module, which finds its credentials when it is first asked for a client."""
ROOT = "arn:aws:iam::123456789012:root"


def who(client=EARLY):
    return client.get_caller_identity()["Arn"]


def arn(name):
    return f"arn:aws:sts::{OWNER}:assumed-role/{name}/kmsmock"


@pytest.fixture
def reader(owner):
    return owner.role("reader", [allow("*")])


@pytest.fixture
def writer(owner):
    return owner.role("writer", [allow("*")])


def test_a_client_made_before_acting_asks_as_the_principal(reader):
    assert who() == ROOT
    with reader.acting():
        assert who() == arn("reader")
    assert who() == ROOT


def test_a_permission_test_of_a_module_level_client_fails_where_the_policy_does(owner):
    kms = boto3.client("kms", **TESTING)
    role = owner.role("app", [allow("sts:*")])
    with role.acting(), refused("AccessDeniedException"):
        kms.create_key()


@pytest.mark.parametrize("client", [EARLY, FOREIGN], ids=["testing", "the developer's own"])
def test_whatever_credentials_the_world_did_not_issue_are_ambient(reader, client):
    with reader.acting():
        assert who(client) == arn("reader")


def test_a_client_without_any_credentials_is_ambient(monkeypatch, tmp_path, reader):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    client = boto3.Session().client("sts", region_name="us-east-1")
    assert who(client) == ROOT
    with reader.acting():
        assert who(client) == arn("reader")


def test_credentials_that_the_world_issued_stay_who_they_are(owner, reader, writer):
    explicit = writer.client("sts")
    given = steward(owner).assume_role(RoleArn=writer.arn, RoleSessionName="ci")["Credentials"]
    assumed = boto3.client(
        "sts",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    with reader.acting():
        assert who(explicit) == arn("writer")
        assert who(assumed) == f"arn:aws:sts::{OWNER}:assumed-role/writer/ci"


def test_it_nests_and_restores_also_after_an_error(reader, writer):
    with reader.acting():
        with pytest.raises(ZeroDivisionError), writer.acting():
            assert who() == arn("writer")
            raise ZeroDivisionError
        assert who() == arn("reader")
    assert who() == ROOT


def test_users_and_root_users_act_as_well(owner):
    alice = owner.user("alice", [allow("*")])
    for principal in (alice, owner.root):
        with principal.acting():
            assert who() == principal.arn


def test_the_environment_and_the_default_session_show_the_principal(reader):
    before = {name: os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN")}
    with reader.acting():
        shown = boto3.Session().get_credentials()
        assert shown.access_key == os.environ["AWS_ACCESS_KEY_ID"] == reader.session().get_credentials().access_key
        assert shown.token == os.environ["AWS_SESSION_TOKEN"]
        assert who(boto3.client("sts")) == arn("reader")
        assert boto3.DEFAULT_SESSION.get_credentials().access_key == shown.access_key
    assert {name: os.environ.get(name) for name in before} == before
    assert who(boto3.client("sts")) == ROOT


def test_a_client_found_its_credentials_in_one_block_and_is_asked_in_another(reader, writer):
    """Handlers keep their lazily made clients: what they found in the environment is whoever acts."""
    with reader.acting():
        kept = boto3.client("sts")
        of_session = SESSION.client("sts", region_name="us-east-1")
        assert who(kept) == who(of_session) == arn("reader")
    with writer.acting():
        assert who(kept) == who(of_session) == arn("writer")
        assert who(SESSION.client("sts", region_name="us-east-1")) == arn("writer")


def test_a_default_session_with_credentials_of_its_own_is_ambient_too(reader):
    boto3.setup_default_session(**TESTING)
    client = boto3.client("sts")
    with reader.acting():
        assert who(client) == who(boto3.client("sts")) == arn("reader")
    assert who(client) == ROOT


def test_resources_paginators_and_waiters_of_before(owner, reader):
    owner.client("s3").create_bucket(Bucket="of-the-owner")
    with reader.acting():
        assert [bucket.name for bucket in EARLY_BUCKETS.buckets.all()] == ["of-the-owner"]
        pages = EARLY_S3.get_paginator("list_buckets").paginate()
        assert [bucket["Name"] for page in pages for bucket in page["Buckets"]] == ["of-the-owner"]
        EARLY_S3.get_waiter("bucket_exists").wait(Bucket="of-the-owner")
    assert list(EARLY_BUCKETS.buckets.all()) == []


def test_a_paginator_is_asked_by_whoever_acts_at_each_page(owner, reader):
    for number in range(3):
        owner.client("kms").create_key(Description=str(number))
    pages = iter(boto3.client("kms", **TESTING).get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2}))
    with reader.acting():
        assert len(next(pages)["Keys"]) == 2
        assert len(next(pages)["Keys"]) == 1


def test_presigned_urls_and_forms_are_signed_by_the_principal(owner, reader):
    owner.client("s3").create_bucket(Bucket="bucket")
    with reader.acting():
        put = EARLY_S3.generate_presigned_url("put_object", {"Bucket": "bucket", "Key": "k"})
        form = EARLY_S3.generate_presigned_post("bucket", "posted")
        identity = EARLY.generate_presigned_url("get_caller_identity")
    assert requests.put(put, data=b"x", timeout=5).status_code == 200
    assert requests.post(form["url"], data=form["fields"], files={"file": b"x"}, timeout=5).status_code == 204
    assert arn("reader") in requests.get(identity, timeout=5).text


def test_transfers_and_their_threads(owner, reader, tmp_path):
    source = tmp_path / "big"
    source.write_bytes(b"0123456789" * 1_000_000)
    owner.client("s3").create_bucket(Bucket="bucket")
    nobody = owner.role("nobody")
    with reader.acting():
        EARLY_S3.upload_file(str(source), "bucket", "big")
        EARLY_S3.download_file("bucket", "big", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == source.read_bytes()
    with nobody.acting(), pytest.raises(boto3.exceptions.S3UploadFailedError, match="assumed-role/nobody"):
        EARLY_S3.upload_file(str(source), "bucket", "other")


def test_each_thread_has_its_own(reader, writer):
    seen, inside, leave = {}, threading.Barrier(3), threading.Event()

    def work(principal, name):
        with principal.acting():
            inside.wait(10)
            seen[name] = (who(), who(boto3.client("sts")))
            leave.wait(10)

    threads = [threading.Thread(target=work, args=each) for each in ((reader, "reader"), (writer, "writer"))]
    for thread in threads:
        thread.start()
    inside.wait(10)
    mine = who()
    while len(seen) < 2 and any(thread.is_alive() for thread in threads):
        threads[0].join(0.01)
    leave.set()
    for thread in threads:
        thread.join(10)
    assert mine == ROOT
    assert seen == {name: (arn(name), arn(name)) for name in ("reader", "writer")}


def test_threads_and_executors_that_the_block_starts_act_as_it_does(reader, writer):
    seen = []
    with reader.acting():
        thread = threading.Thread(target=lambda: seen.append(who()))
        thread.start()
        thread.join()
        with ThreadPoolExecutor(2) as pool:
            seen += list(pool.map(lambda _: who(), range(4)))
    assert seen == [arn("reader")] * 5


def test_an_executor_of_outside_asks_as_whoever_gives_it_work(reader, writer):
    with ThreadPoolExecutor(1) as pool:
        with reader.acting():
            mine = pool.submit(who)
        with writer.acting():
            other = pool.submit(who)
        assert [mine.result(), other.result(), pool.submit(who).result()] == [arn("reader"), arn("writer"), ROOT]


def test_a_thread_that_outlives_the_block_goes_on_as_it_began(reader):
    go, seen = threading.Event(), []
    with reader.acting():
        thread = threading.Thread(target=lambda: (go.wait(10), seen.append(who())))
        thread.start()
    assert who() == ROOT
    go.set()
    thread.join(10)
    assert seen == [arn("reader")]


def test_a_thread_with_a_run_method_of_its_own(reader):
    class Worker(threading.Thread):
        def run(self):
            self.seen = who()

    with reader.acting():
        worker = Worker()
        worker.start()
        worker.join()
    assert worker.seen == arn("reader")


def test_each_task_has_its_own(reader, writer):
    async def work(principal):
        with principal.acting():
            await asyncio.sleep(0)
            first = who()
            await asyncio.sleep(0)
            return first, await asyncio.to_thread(who), await asyncio.get_running_loop().run_in_executor(None, who)

    async def main():
        return await asyncio.gather(work(reader), work(writer), asyncio.to_thread(who))

    assert asyncio.run(main()) == [(arn("reader"),) * 3, (arn("writer"),) * 3, ROOT]


def test_a_copied_context_keeps_it(reader):
    with reader.acting():
        context = contextvars.copy_context()
    assert who() == ROOT
    assert context.run(who) == arn("reader")


@pytest.fixture
def acting_fixture(reader):
    with reader.acting():
        yield reader


def test_a_fixture_around_the_whole_test(acting_fixture):
    assert who() == arn("reader")


def test_generators_that_end_in_another_order_restore_what_is_left(reader, writer):
    def holding(principal):
        with principal.acting():
            yield

    first, second = holding(reader), holding(writer)
    next(first)
    next(second)
    assert who() == arn("writer")
    first.close()
    assert who() == arn("writer")
    second.close()
    assert who() == ROOT
    assert who(boto3.client("sts")) == ROOT


def test_an_async_generator_that_is_closed_elsewhere_restores_the_environment(reader):
    before = dict(os.environ)

    async def holding():
        with reader.acting():
            yield

    async def main():
        generator = holding()
        await asyncio.create_task(generator.__anext__())
        await asyncio.create_task(generator.aclose())

    asyncio.run(main())
    assert dict(os.environ) == before
    assert who() == ROOT


def test_the_same_principal_can_act_in_itself(reader):
    with reader.acting(), reader.acting():
        assert who() == arn("reader")
    assert who() == ROOT


def test_requests_that_nobody_signed_for_another_service_than_s3(owner, reader):
    owner.client("s3").create_bucket(Bucket="bucket")
    with reader.acting():
        url = "https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15"
        assert arn("reader") in requests.get(url, timeout=5).text
        assert requests.get("https://bucket.s3.amazonaws.com/k", timeout=5).status_code in (403, 404)


def test_a_principal_of_an_inner_world_does_not_act_in_the_outer_one(reader):
    with reader.acting():
        with kmsmock.World() as inner:
            assert who() == ROOT
            with inner.account("999999999999").role("inner", [allow("*")]).acting():
                assert who() == "arn:aws:sts::999999999999:assumed-role/inner/kmsmock"
        assert who() == arn("reader")


def test_the_world_has_a_default_for_whole_tests(aws_world, reader, writer):
    before = dict(os.environ)
    aws_world.act_as(reader)
    assert who() == who(boto3.client("sts")) == arn("reader")
    with writer.acting():
        assert who() == arn("writer")
    assert who() == arn("reader")
    seen = []
    thread = threading.Thread(target=lambda: seen.append(who()))
    thread.start()
    thread.join()
    assert seen == [arn("reader")]
    aws_world.act_as(None)
    assert who() == ROOT
    assert dict(os.environ) == before


def test_leaving_a_world_ends_what_acts_in_it():
    before = dict(os.environ)
    with kmsmock.World() as world:
        world.act_as(world.account(OWNER).role("app"))
        left_open = world.account(OWNER).role("other").acting()
        left_open.__enter__()
        assert who() == arn("other")
    assert dict(os.environ) == before
    with kmsmock.World():
        assert who() == ROOT


def test_acting_as_something_else_says_what_is_accepted(aws_world):
    with pytest.raises(TypeError, match=r"act_as\(\) takes a principal.*role\('app'\)"):
        aws_world.act_as("app")


def test_a_role_that_was_deleted_no_longer_acts(owner, reader):
    owner.client("iam").delete_role_policy(RoleName="reader", PolicyName="policy-1")
    owner.client("iam").delete_role(RoleName="reader")
    with reader.acting(), refused("AccessDeniedException"):
        boto3.client("kms", **TESTING).list_keys()


def test_acting_where_no_world_is_active_says_what_to_do():
    with kmsmock.World() as world:
        role = world.account(OWNER).role("app")
    with pytest.raises(KmsMockError, match=r"is over.*aws_world"), role.acting():
        pass
    waiting = kmsmock.World()
    with (
        pytest.raises(KmsMockError, match=r"not been entered yet.*with kmsmock.World"),
        waiting.account(OWNER).root.acting(),
    ):
        pass


def test_the_pinned_credentials_of_an_endpoint_that_is_not_awss_are_left_alone(reader):
    signed = []
    client = boto3.client(
        "s3", **TESTING, endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1})
    )
    client.meta.events.register("before-send", lambda request, **_: signed.append(request.headers["Authorization"]))
    with reader.acting(), pytest.raises(Exception, match=r"127.0.0.1:9"):
        client.list_buckets()
    assert b"Credential=testing/" in signed[0]
