"""Buckets, queues, topics and secrets, made by the calls that anybody makes; nobody is asked for a permission.

There are few of them, and what their services keep with them is made on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from kmsmock.accounts import Account
from kmsmock.loading.keys import Making, document
from kmsmock.loading.things import Thing
from kmsmock.model.spreading import Spreading


@contextmanager
def unseen(making: Making, thing: Thing, service: str) -> Iterator[Any]:
    """A client of the account's root user: in the block nothing is refused for want of a permission, and what is done
    is neither in the trail nor among the decisions, and takes no world time. Raises ValueError with what the service
    says."""
    store = making.store
    client = Account(store, thing.account).client(service, thing.region)
    before, events, decisions, refusals = store.enforce, len(store.events), len(store.decisions), len(store.refusals)
    delays = store.records(Spreading).delays  # which is made with the delays of the world, if it is not there yet
    store.enforce, store.delays = "off", {}
    try:
        yield client
    except (BotoCoreError, ClientError) as problem:
        raise ValueError(" ".join(str(problem).split())) from None
    finally:
        store.enforce, store.delays = before, delays
        del store.events[events:], store.decisions[decisions:], store.refusals[refusals:]


def make_bucket(making: Making, thing: Thing) -> None:
    """A bucket, with its policy and encryption if they came with it."""
    bucket = str(thing.values["Bucket"])
    where = {} if thing.region == "us-east-1" else {"LocationConstraint": thing.region}
    with unseen(making, thing, "s3") as s3:
        s3.create_bucket(Bucket=bucket, **({"CreateBucketConfiguration": where} if where else {}))
    if thing.values.get("Policy") is not None:
        put_bucket_policy(making, thing)
    if thing.values.get("Algorithm") is not None:
        put_encryption(making, thing)


def put_bucket_policy(making: Making, thing: Thing) -> None:
    """The policy of a bucket."""
    with unseen(making, thing, "s3") as s3:
        s3.put_bucket_policy(Bucket=str(thing.values["Bucket"]), Policy=document(thing.values["Policy"]))


def put_encryption(making: Making, thing: Thing) -> None:
    """The default encryption of a bucket."""
    default = {"SSEAlgorithm": str(thing.values["Algorithm"])}
    if thing.values.get("KMSMasterKeyID"):
        default["KMSMasterKeyID"] = str(thing.values["KMSMasterKeyID"])
    rule: dict[str, Any] = {"ApplyServerSideEncryptionByDefault": default}
    if thing.values.get("BucketKeyEnabled") is not None:
        rule["BucketKeyEnabled"] = bool(thing.values["BucketKeyEnabled"])
    with unseen(making, thing, "s3") as s3:
        s3.put_bucket_encryption(
            Bucket=str(thing.values["Bucket"]), ServerSideEncryptionConfiguration={"Rules": [rule]}
        )


def make_queue(making: Making, thing: Thing) -> None:
    """A queue."""
    name = str(thing.values["QueueName"])
    given = {"Policy": thing.values.get("Policy"), "KmsMasterKeyId": thing.values.get("KmsMasterKeyId")}
    attributes = {key: document(value) for key, value in given.items() if value}
    if name.endswith(".fifo"):
        attributes["FifoQueue"] = "true"
    with unseen(making, thing, "sqs") as sqs:
        sqs.create_queue(QueueName=name, Attributes=attributes)


def put_queue_policy(making: Making, thing: Thing) -> None:
    """The policy of a queue, by its URL."""
    with unseen(making, thing, "sqs") as sqs:
        sqs.set_queue_attributes(
            QueueUrl=str(thing.values["QueueUrl"]), Attributes={"Policy": document(thing.values["Policy"])}
        )


def make_topic(making: Making, thing: Thing) -> None:
    """A topic."""
    name = str(thing.values["Name"])
    given = {"Policy": thing.values.get("Policy"), "KmsMasterKeyId": thing.values.get("KmsMasterKeyId")}
    attributes = {key: document(value) for key, value in given.items() if value}
    if name.endswith(".fifo"):
        attributes["FifoTopic"] = "true"
    with unseen(making, thing, "sns") as sns:
        sns.create_topic(Name=name, Attributes=attributes)


def put_topic_policy(making: Making, thing: Thing) -> None:
    """The policy of a topic."""
    with unseen(making, thing, "sns") as sns:
        sns.set_topic_attributes(
            TopicArn=str(thing.values["TopicArn"]),
            AttributeName="Policy",
            AttributeValue=document(thing.values["Policy"]),
        )


def make_secret(making: Making, thing: Thing) -> None:
    """A secret without a value: no source tells it."""
    given = {"Name": str(thing.values["Name"])}
    if thing.values.get("KmsKeyId"):
        given["KmsKeyId"] = str(thing.values["KmsKeyId"])
    with unseen(making, thing, "secretsmanager") as secrets:
        made = secrets.create_secret(**given)["ARN"]
        if made != thing.arn and ":secret:" in thing.arn:
            making.arns[thing.arn] = made
        if thing.values.get("Policy") is not None:
            secrets.put_resource_policy(SecretId=made, ResourcePolicy=document(thing.values["Policy"]))


def put_secret_policy(making: Making, thing: Thing) -> None:
    """The policy of a secret."""
    secret = str(thing.values["SecretId"])
    with unseen(making, thing, "secretsmanager") as secrets:
        secrets.put_resource_policy(
            SecretId=making.arns.get(secret, secret), ResourcePolicy=document(thing.values["Policy"])
        )


def set_default_encryption(making: Making, thing: Thing) -> None:
    """Whether new disks of an account and Region are encrypted though nobody asks, and under which key."""
    with unseen(making, thing, "ec2") as ec2:
        if thing.values.get("Enabled"):
            ec2.enable_ebs_encryption_by_default()
        if thing.values.get("KmsKeyId"):
            ec2.modify_ebs_default_kms_key_id(KmsKeyId=str(thing.values["KmsKeyId"]))
