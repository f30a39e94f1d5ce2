"""``world.snapshot()``: whatever is made after it is gone when it is put back, and what was there before is as it was."""

import re
import threading
import time
from datetime import datetime, timedelta, timezone

import boto3
import freezegun
import pytest
from botocore.exceptions import ClientError

import kmsmock
from kmsmock import KmsMockError
from tests.support.claims import allow, refused

OWNER, OTHER = "111111111111", "222222222222"


def keys(client):
    return [each["KeyArn"] for each in client.list_keys()["Keys"]]


def make_key(client, **options):
    return client.create_key(**options)["KeyMetadata"]["Arn"]


@pytest.fixture
def kms(aws_world):
    return aws_world.account(OWNER).client("kms")


# --- KMS ------------------------------------------------------------------------------------------------------------


def test_what_a_block_makes_is_gone_after_it(aws_world, kms):
    key = make_key(kms)
    with aws_world.snapshot():
        other = make_key(kms)
        kms.create_alias(AliasName="alias/other", TargetKeyId=other)
        kms.tag_resource(KeyId=key, Tags=[{"TagKey": "a", "TagValue": "b"}])
        kms.update_key_description(KeyId=key, Description="another")
    assert keys(kms) == [key]
    assert [each for each in kms.list_aliases()["Aliases"] if not each["AliasName"].startswith("alias/aws/")] == []
    assert kms.list_resource_tags(KeyId=key)["Tags"] == []
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == ""
    with refused("NotFoundException", f"Key '{other}' does not exist"):
        kms.describe_key(KeyId=other)


def test_a_key_that_was_disabled_scheduled_or_deleted_is_there_again(aws_world, kms):
    first, second, third = (make_key(kms) for _ in range(3))
    with aws_world.snapshot():
        kms.disable_key(KeyId=first)
        kms.schedule_key_deletion(KeyId=second, PendingWindowInDays=7)
        kms.schedule_key_deletion(KeyId=third, PendingWindowInDays=30)
        aws_world.clock.advance(days=8)
        assert set(keys(kms)) == {first, third}
    for key in (first, second, third):
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    aws_world.clock.advance(days=40)
    assert set(keys(kms)) == {first, second, third}


def test_ciphertexts_of_before_can_be_read_after(aws_world, kms):
    key = make_key(kms)
    before = kms.encrypt(KeyId=key, Plaintext=b"before", EncryptionContext={"a": "b"})["CiphertextBlob"]
    with aws_world.snapshot():
        kms.rotate_key_on_demand(KeyId=key)
        within = kms.encrypt(KeyId=key, Plaintext=b"within")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=within)["Plaintext"] == b"within"
    assert kms.decrypt(CiphertextBlob=before, EncryptionContext={"a": "b"})["Plaintext"] == b"before"
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=within)
    assert kms.list_key_rotations(KeyId=key)["Rotations"] == []


def test_key_pairs_and_ids_are_not_given_out_twice(aws_world, kms):
    signing = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
    early = make_key(kms, **signing)
    with aws_world.snapshot():
        within = make_key(kms, **signing)
        public = {kms.get_public_key(KeyId=each)["PublicKey"] for each in (early, within)}
    later = make_key(kms, **signing)
    assert later not in (early, within)
    assert kms.get_public_key(KeyId=later)["PublicKey"] not in public
    assert kms.get_public_key(KeyId=early)["PublicKey"] in public


def test_grants_and_policies_are_as_they_were(aws_world, kms):
    account = aws_world.account(OWNER)
    app = account.role("app")
    key = make_key(kms)
    kept = kms.create_grant(KeyId=key, GranteePrincipal=app.arn, Operations=["Encrypt"])["GrantId"]
    policy = kms.get_key_policy(KeyId=key)["Policy"]
    app.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    with aws_world.snapshot():
        kms.revoke_grant(KeyId=key, GrantId=kept)
        kms.create_grant(KeyId=key, GranteePrincipal=app.arn, Operations=["Decrypt"])
        kms.put_key_policy(KeyId=key, Policy=policy.replace("kms:*", "kms:Put*"))
        with pytest.raises(ClientError):
            app.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    assert [each["Operations"] for each in kms.list_grants(KeyId=key)["Grants"]] == [["Encrypt"]]
    assert kms.get_key_policy(KeyId=key)["Policy"] == policy
    app.client("kms").encrypt(KeyId=key, Plaintext=b"x")


# --- accounts, users and roles --------------------------------------------------------------------------------------


def test_roles_and_accounts_that_were_made_are_gone(aws_world, kms):
    account = aws_world.account(OWNER)
    app = account.role("app", policies=[allow("sqs:*")])
    client = app.client("sts")
    with aws_world.snapshot():
        late, root = account.role("late"), aws_world.account(OTHER).root
        account.client("iam").delete_role_policy(RoleName="app", PolicyName=policies(account, "app")[0])
        old = late.client("sts"), root.client("sts")
        assert [each.get_caller_identity()["Account"] for each in old] == [OWNER, OTHER]
    assert [each["RoleName"] for each in account.client("iam").list_roles()["Roles"]] == ["app"]
    assert len(policies(account, "app")) == 1
    assert client.get_caller_identity()["Arn"].endswith("assumed-role/app/kmsmock")
    assert account.role("late").arn == late.arn
    for each in old:
        said = (
            "after the snapshot that this world was put back to: nobody has them now. Make the client anew: aws_world"
        )
        with pytest.raises(KmsMockError, match=re.escape(said)):
            each.get_caller_identity()
    assert aws_world.account(OTHER).client("sts").get_caller_identity()["Account"] == OTHER


def policies(account, role):
    return account.client("iam").list_role_policies(RoleName=role)["PolicyNames"]


def test_who_acts_is_who_acted(aws_world):
    account = aws_world.account(OWNER)
    app, other = account.role("app"), account.role("other")
    aws_world.act_as(app)
    with aws_world.snapshot():
        aws_world.act_as(other)
        assert "/other/" in boto3.client("sts").get_caller_identity()["Arn"]
    assert "/app/" in boto3.client("sts").get_caller_identity()["Arn"]
    with aws_world.snapshot():
        aws_world.act_as(None)
    assert "/app/" in boto3.client("sts").get_caller_identity()["Arn"]


# --- what a world remembers -----------------------------------------------------------------------------------------


def test_decisions_events_and_refusals_are_those_of_before(aws_world, kms):
    key = make_key(kms)
    app = aws_world.account(OWNER).role("app").client("kms")
    before = len(aws_world.decisions), [each["eventID"] for each in aws_world.events], len(aws_world.refusals)
    with aws_world.snapshot():
        with pytest.raises(ClientError):
            app.encrypt(KeyId=key, Plaintext=b"x")
        assert aws_world.refusals[-1].error.code == "AccessDeniedException"
        assert len(aws_world.events) == len(before[1]) + 1
    now = len(aws_world.decisions), [each["eventID"] for each in aws_world.events], len(aws_world.refusals)
    assert now == before
    assert len(aws_world.timeline(key)) == 1


def test_faults_and_quotas_are_those_of_before(aws_world, kms):
    key = make_key(kms)
    with aws_world.fault("kms", "Encrypt", error="DisabledException", times=1):
        with aws_world.snapshot():
            aws_world.quotas({"DescribeKey": 1})
            with pytest.raises(ClientError, match="DisabledException"):
                kms.encrypt(KeyId=key, Plaintext=b"x")
            kms.encrypt(KeyId=key, Plaintext=b"x")
        with pytest.raises(ClientError, match="DisabledException"):
            kms.encrypt(KeyId=key, Plaintext=b"x")
    with aws_world.snapshot():
        within = aws_world.fault("kms", "Encrypt", error="DisabledException")
        within.__enter__()
    kms.encrypt(KeyId=key, Plaintext=b"x")
    within.__exit__(None, None, None)
    for _ in range(5):
        kms.describe_key(KeyId=key)


def test_the_bill_is_that_of_before(aws_world, kms):
    aws_world.clock.freeze("2026-01-01")
    make_key(kms)
    aws_world.clock.move_to("2026-01-31")
    before = str(aws_world.bill("2026-01"))
    with aws_world.snapshot():
        make_key(kms)
        aws_world.clock.advance(days=100)
        assert str(aws_world.bill("2026-01")) != before
    assert str(aws_world.bill("2026-01")) == before


# --- time -----------------------------------------------------------------------------------------------------------


def test_time_that_was_moved_is_back(aws_world):
    aws_world.clock.freeze("2030-01-01")
    with aws_world.snapshot():
        aws_world.clock.advance(days=400)
    assert aws_world.clock.now() == datetime(2030, 1, 1, tzinfo=timezone.utc)
    with aws_world.snapshot():
        aws_world.clock.release()
    assert aws_world.clock.now() == datetime(2030, 1, 1, tzinfo=timezone.utc)


def test_time_that_ran_runs_again(aws_world):
    before = aws_world.clock.now()
    with aws_world.snapshot():
        aws_world.clock.advance(days=400)
    after = aws_world.clock.now()
    assert before <= after < before + timedelta(days=1)
    until = time.monotonic() + 10
    while aws_world.clock.now() == after:  # two looks can be within one microsecond
        assert time.monotonic() < until


def test_time_that_a_client_skipped_goes_on_from_where_it_was(aws_world):
    before = aws_world.clock.now()
    aws_world.clock.skip(100 * 86400)
    with aws_world.snapshot():
        aws_world.clock.skip(100 * 86400)
        aws_world.clock.freeze()
    assert timedelta(days=100) <= aws_world.clock.now() - before < timedelta(days=101)


def test_a_freezer_of_the_test_is_where_it_was(aws_world):
    with freezegun.freeze_time("2030-01-01"):
        with aws_world.snapshot():
            aws_world.clock.advance(days=3)
        assert aws_world.clock.now() == datetime(2030, 1, 1, tzinfo=timezone.utc)
        with aws_world.snapshot():
            freezegun.freeze_time("2031-01-01").start()
        assert aws_world.clock.now() == datetime(2030, 1, 1, tzinfo=timezone.utc)


# --- services -------------------------------------------------------------------------------------------------------


def test_objects_that_were_overwritten_and_deleted_are_there_again(aws_world, kms):
    s3, key = aws_world.account(OWNER).client("s3"), make_key(kms)
    s3.create_bucket(Bucket="bucket")
    under = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    for name in ("kept", "overwritten", "deleted"):
        s3.put_object(Bucket="bucket", Key=name, Body=name.encode(), **under)
    open_body = s3.get_object(Bucket="bucket", Key="kept")["Body"]
    with aws_world.snapshot():
        s3.put_object(Bucket="bucket", Key="overwritten", Body=b"another")
        s3.delete_object(Bucket="bucket", Key="deleted")
        s3.put_object(Bucket="bucket", Key="new", Body=b"new", **under)
        late_body = s3.get_object(Bucket="bucket", Key="new")["Body"]
        s3.create_bucket(Bucket="another")
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["bucket"]
    for name in ("kept", "overwritten", "deleted"):
        found = s3.get_object(Bucket="bucket", Key=name)
        assert (found["Body"].read(), found["SSEKMSKeyId"]) == (name.encode(), key)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="bucket")["Contents"]] == [
        "deleted",
        "kept",
        "overwritten",
    ]
    assert (open_body.read(), late_body.read()) == (b"kept", b"new")
    s3.create_bucket(Bucket="another")


def test_disks_images_secrets_queues_and_tables_are_as_they_were(aws_world, kms):
    account, key = aws_world.account(OWNER), make_key(kms)
    ec2, secrets, sqs = (account.client(each) for each in ("ec2", "secretsmanager", "sqs"))
    dynamodb, sns = account.client("dynamodb"), account.client("sns")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=8, Encrypted=True, KmsKeyId=key)["VolumeId"]
    secrets.create_secret(Name="secret", SecretString="first", KmsKeyId=key)
    queue = sqs.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="waits")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    dynamodb.create_table(
        TableName="table",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="table", Item={"id": {"S": "kept"}})
    with aws_world.snapshot():
        ec2.create_snapshot(VolumeId=volume)
        ec2.delete_volume(VolumeId=volume)
        secrets.put_secret_value(SecretId="secret", SecretString="second")
        received = sqs.receive_message(QueueUrl=queue)["Messages"]
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=received[0]["ReceiptHandle"])
        sqs.create_queue(QueueName="another")
        sns.delete_topic(TopicArn=topic)
        dynamodb.put_item(TableName="table", Item={"id": {"S": "new"}})
        dynamodb.delete_item(TableName="table", Key={"id": {"S": "kept"}})
    assert [each["VolumeId"] for each in ec2.describe_volumes()["Volumes"]] == [volume]
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    assert secrets.get_secret_value(SecretId="secret")["SecretString"] == "first"
    assert sqs.list_queues()["QueueUrls"] == [queue]
    assert [each["Body"] for each in sqs.receive_message(QueueUrl=queue)["Messages"]] == ["waits"]
    assert [each["TopicArn"] for each in sns.list_topics()["Topics"]] == [topic]
    assert dynamodb.scan(TableName="table")["Items"] == [{"id": {"S": "kept"}}]


def test_a_service_that_was_used_within_for_the_first_time_is_empty(aws_world, kms):
    logs = aws_world.account(OWNER).client("logs")
    with aws_world.snapshot():
        logs.create_log_group(logGroupName="group")
    assert logs.describe_log_groups()["logGroups"] == []
    with aws_world.snapshot():
        logs.create_log_group(logGroupName="group")
    assert logs.describe_log_groups()["logGroups"] == []


# --- several --------------------------------------------------------------------------------------------------------


def test_a_snapshot_is_put_back_as_often_as_one_likes(aws_world, kms):
    key, snapshot = make_key(kms), aws_world.snapshot()
    for _ in range(3):
        kms.schedule_key_deletion(KeyId=key)
        make_key(kms)
        snapshot.restore()
        assert keys(kms) == [key]
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    assert repr(snapshot).startswith("<Snapshot of <World")


def test_snapshots_nest(aws_world, kms):
    with aws_world.snapshot():
        first = make_key(kms)
        with aws_world.snapshot():
            make_key(kms)
            with aws_world.snapshot():
                kms.disable_key(KeyId=first)
            assert kms.describe_key(KeyId=first)["KeyMetadata"]["KeyState"] == "Enabled"
        assert keys(kms) == [first]
    assert keys(kms) == []


def test_the_wrong_order_is_refused(aws_world, kms):
    outer = aws_world.snapshot()
    make_key(kms)
    inner = aws_world.snapshot()
    outer.restore()
    with pytest.raises(KmsMockError, match="made after another that its world has been put back to since"):
        inner.restore()
    assert keys(kms) == []
    with aws_world.snapshot() as done:
        make_key(kms)
    with pytest.raises(KmsMockError, match=re.escape("or its `with` is over: what it knows is gone")):
        done.restore()
    outer.restore()


def test_a_block_that_fails_puts_back_as_well(aws_world, kms):
    with pytest.raises(LookupError), aws_world.snapshot():
        make_key(kms)
        raise LookupError
    assert keys(kms) == []


def test_what_was_refused_within_is_explained_after_it(aws_world, kms):
    """The error leaves the block, and the world that could explain it is another by then."""
    key, app = make_key(kms), aws_world.account(OWNER).role("app")
    with pytest.raises(ClientError) as raised, aws_world.snapshot():
        kms.disable_key(KeyId=key)
        kms.encrypt(KeyId=key, Plaintext=b"x")
    assert "disabled by root of 111111111111" in str(raised.value.__notes__[0])
    assert app.arn


# --- worlds ---------------------------------------------------------------------------------------------------------


def test_only_the_innermost_active_world_is_remembered_and_put_back(aws_world, kms):
    snapshot = aws_world.snapshot()
    with kmsmock.World() as inner:
        with pytest.raises(KmsMockError, match="cannot be put back now: a world inside of it is active"):
            snapshot.restore()
        with pytest.raises(KmsMockError, match="cannot be remembered now: a world inside of it is active"):
            aws_world.snapshot()
        late = inner.snapshot()
    for each in (late.restore, inner.snapshot, kmsmock.World().snapshot):
        with pytest.raises(KmsMockError, match="now: it is not active"):
            each()
    snapshot.restore()


def test_a_world_within_a_block_leaves_it_as_it_was(aws_world, kms):
    key = make_key(kms)
    with aws_world.snapshot():
        with kmsmock.World() as inner:
            make_key(inner.account(OWNER).client("kms"))
        make_key(kms)
    assert keys(kms) == [key]


def test_threads_make_and_others_put_back(aws_world, kms):
    key, snapshot = make_key(kms), aws_world.snapshot()

    def make():
        for _ in range(5):
            make_key(kms)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(keys(kms)) == 21
    back = threading.Thread(target=snapshot.restore)
    back.start()
    back.join()
    assert keys(kms) == [key]


def test_what_cannot_be_put_back_is_named(aws_world, kms):
    thread = threading.Thread(target=lambda: None)
    backend = aws_world.store
    backend.adopted["a job"] = {"thread": thread}
    said = "world.snapshot() cannot remember store.adopted['a job']['thread'], threading.Thread: what it will do next "
    with pytest.raises(KmsMockError, match=re.escape(said + "cannot be read from it")):
        aws_world.snapshot()
    backend.adopted["a job"] = iter([1])
    with pytest.raises(KmsMockError, match=re.escape("cannot remember store.adopted['a job'], builtins.list_iterator")):
        aws_world.snapshot()
    backend.adopted.clear()
    thread.start()
    thread.join()
    backend.adopted["a job that is done"] = thread
    aws_world.snapshot()
