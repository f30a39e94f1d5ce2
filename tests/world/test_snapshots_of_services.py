"""Snapshots of every service that encrypts: what a block writes and breaks is as it was after it."""

from contextlib import suppress

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kmsmock
from tests.support.ec2 import kms_of
from tests.support.refusals import DELETED, DISABLED
from tests.support.service_cases import SERVICES
from tests.support.service_lab import Lab, key_for, spoiled


@pytest.mark.parametrize("state", [DISABLED, DELETED])
@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_what_is_written_and_broken_is_as_it_was(aws_world, no_containers, service, state):
    lab = Lab(aws_world)
    key, other = key_for(lab, service), key_for(lab, service)
    made = service.create(lab, key)
    if service.read:
        service.write(lab, made, "first")
    snapshot, before = aws_world.snapshot(), seen(lab, service, made)
    for _ in range(2):
        if service.write:
            service.write(lab, made, "second")
        for each in (key, other):
            spoiled(lab, each, state)
        snapshot.restore()
        assert kms_of(lab.mine).describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
        assert seen(lab, service, made) == before
        snapshot.restore()
        assert snapshot.holds


def seen(lab, service, made):
    return (service.read(lab, made) if service.read else None), (service.status(lab, made) if service.status else None)


def disable(account, key):
    account.client("kms").disable_key(KeyId=key)


def delete(account, key):
    account.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def grant(account, key):
    account.client("kms").create_grant(KeyId=key, GranteePrincipal=account.root.arn, Operations=["Decrypt"])


def make_key(account, key):
    account.client("kms").create_key()


def make_role(account, key):
    account.role(f"role-{len(account.client('iam').list_roles()['Roles'])}")


def put(account, key):
    s3 = account.client("s3")
    s3.put_object(Bucket="bucket", Key=str(len(s3.list_objects_v2(Bucket="bucket").get("Contents", ()))), Body=b"new")


def overwrite(account, key):
    account.client("s3").put_object(Bucket="bucket", Key="one", Body=b"another")


def remove(account, key):
    account.client("s3").delete_object(Bucket="bucket", Key="one")


def send(account, key):
    sqs = account.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="queue")["QueueUrl"], MessageBody="text")


def advance(account, key):
    account._store.clock.advance(days=3)


DEEDS = st.lists(
    st.sampled_from([disable, delete, grant, make_key, make_role, put, overwrite, remove, send, advance]), max_size=8
)


def do(world, key, deeds):
    """Some of what a test might do; what is refused is refused."""
    account = world.account("111111111111")
    for deed in deeds:
        with suppress(ClientError):
            deed(account, key)


def told(world):
    """What can be seen of the world, but for what looking leaves behind."""
    with world.snapshot():
        account = world.account("111111111111")
        kms, s3, sqs, iam = (account.client(each) for each in ("kms", "s3", "sqs", "iam"))
        names = sorted(each["KeyArn"] for each in kms.list_keys()["Keys"])
        queue = sqs.get_queue_url(QueueName="queue")["QueueUrl"]
        return (
            [kms.describe_key(KeyId=each)["KeyMetadata"] for each in names],
            [kms.list_grants(KeyId=each)["Grants"] for each in names if ":key/" in each],
            {
                each["Key"]: s3.get_object(Bucket="bucket", Key=each["Key"])["Body"].read()
                for each in s3.list_objects_v2(Bucket="bucket").get("Contents", ())
            },
            sorted(each["RoleName"] for each in iam.list_roles()["Roles"]),
            sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"],
            len(world.events),
            len(world.decisions),
            world.clock.now(),
        )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=DEEDS, within=DEEDS, deeper=DEEDS)
def test_whatever_is_done_in_a_block_is_undone_after_it(before, within, deeper):
    with kmsmock.World() as world:
        world.clock.freeze("2030-01-01")
        account = world.account("111111111111")
        key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
        account.client("s3").create_bucket(Bucket="bucket")
        account.client("s3").put_object(Bucket="bucket", Key="one", Body=b"first")
        account.client("sqs").create_queue(QueueName="queue")
        do(world, key, before)
        first = told(world)
        with world.snapshot():
            do(world, key, within)
            second = told(world)
            with world.snapshot():
                do(world, key, deeper)
            assert told(world) == second
        assert told(world) == first
