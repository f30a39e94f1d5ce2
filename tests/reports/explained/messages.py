"""Questions about encrypted queues, topics and streams."""

import json

from tests.support.claims import OWNER, policy
from tests.support.policies import everything_but_kms, root, use
from tests.support.questions import Table
from tests.support.reports import make_key

QUESTIONS = Table()
QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:queue"
TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:topic"


def queue_of(account, key, sender=None):
    """The URL of a queue that admits a service."""
    attributes = {"KmsMasterKeyId": key}
    if sender:
        attributes["Policy"] = json.dumps(policy(may_send(sender)))
    return account.client("sqs").create_queue(QueueName="queue", Attributes=attributes)["QueueUrl"]


def may_send(service):
    named = {"Service": f"{service}.amazonaws.com"}
    return {"Effect": "Allow", "Principal": named, "Action": "sqs:SendMessage", "Resource": QUEUE}


def admits(service):
    """The words of a key policy for a service."""
    return "key policy", f'"Service": "{service}.amazonaws.com"', '"kms:'


def notify(account):
    told = {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}
    account.client("s3").put_bucket_notification_configuration(
        Bucket="bucket", NotificationConfiguration={"QueueConfigurations": [told]}
    )


def published(account):
    account.client("sns").publish(TopicArn=TOPIC, Message="m")


@QUESTIONS.ask(
    "Messages of a topic never reach the encrypted queue?",
    source="https://github.com/aws/aws-cdk/issues/11122",
    fix=admits("sns"),
)
def topic_to_queue(world):
    owner = world.account(OWNER)
    queue_of(owner, make_key(owner), "sns")
    owner.client("sns").create_topic(Name="topic")
    owner.client("sns").subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
    return lambda: published(owner)


def ruled(owner):
    events = owner.client("events")
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["app"]}))
    events.put_targets(Rule="rule", Targets=[{"Id": "q", "Arn": QUEUE}])
    return lambda: events.put_events(Entries=[{"Source": "app", "DetailType": "t", "Detail": "{}"}])


@QUESTIONS.ask(
    "A rule of EventBridge has FailedInvocations with an encrypted queue as its target?",
    source="https://github.com/aws/aws-cdk/issues/33169",
    fix=admits("events"),
)
def rule_to_queue(world):
    owner = world.account(OWNER)
    queue_of(owner, make_key(owner), "events")
    return ruled(owner)


@QUESTIONS.ask(
    "EventBridge cannot send to a queue under alias/aws/sqs?",
    source="https://github.com/aws/aws-node-termination-handler/issues/526",
    fix="use a customer managed key",
)
def rule_to_queue_under_the_managed_key(world):
    owner = world.account(OWNER)
    url = queue_of(owner, "alias/aws/sqs", "events")
    send = ruled(owner)

    def under_an_own_key():
        key = make_key(owner, use({"Service": "events.amazonaws.com"}, ["kms:GenerateDataKey*", "kms:Decrypt"]))
        owner.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key})
        send()

    return send, under_an_own_key


@QUESTIONS.ask(
    "Unable to validate the following destination configurations, when a bucket is to tell an encrypted queue?",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/11219",
    fix=admits("s3"),
)
def bucket_to_queue(world):
    owner = world.account(OWNER)
    queue_of(owner, make_key(owner), "s3")
    owner.client("s3").create_bucket(Bucket="bucket")
    return lambda: notify(owner)


@QUESTIONS.ask(
    "A bucket cannot tell a queue with KMS_MANAGED encryption?",
    source="https://github.com/aws/aws-cdk/issues/14370",
    fix="use a customer managed key",
)
def bucket_to_queue_under_the_managed_key(world):
    owner = world.account(OWNER)
    url = queue_of(owner, "alias/aws/sqs", "s3")
    owner.client("s3").create_bucket(Bucket="bucket")

    def under_an_own_key():
        key = make_key(owner, use({"Service": "s3.amazonaws.com"}, ["kms:GenerateDataKey*", "kms:Decrypt"]))
        owner.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key})
        notify(owner)

    return lambda: notify(owner), under_an_own_key


@QUESTIONS.ask(
    "A publisher to an encrypted topic may GenerateDataKey, and is denied?",
    source="https://github.com/aws/aws-cdk/issues/18387",
    fix=["to a policy of ", '"kms:Decrypt"'],
)
def publisher_without_decrypt(world):
    owner = world.account(OWNER)
    owner.client("sns").create_topic(Name="topic", Attributes={"KmsMasterKeyId": make_key(owner)})
    publisher = owner.user("publisher", [everything_but_kms("kms:GenerateDataKey*")])
    return lambda: published(publisher)


@QUESTIONS.ask(
    "SendMessage to a queue under the key of another account, which allows all, fails?",
    source="https://github.com/aws/aws-cdk/issues/6609",
    fix=["to a policy of ", '"kms:Decrypt"'],
)
def sender_without_decrypt(world):
    owner, other = world.account(OWNER), world.account("222222222222")
    url = queue_of(owner, make_key(other, use(root(OWNER))))
    writer = owner.user("writer", [everything_but_kms("kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*")])
    return lambda: writer.client("sqs").send_message(QueueUrl=url, MessageBody="{}")


@QUESTIONS.ask(
    "ReceiveMessage from an encrypted queue is denied, though sqs:ReceiveMessage is allowed?",
    source="https://github.com/opensearch-project/data-prepper/issues/2422",
    fix=["to a policy of ", '"kms:Decrypt"'],
)
def receiver_without_decrypt(world):
    owner = world.account(OWNER)
    url = queue_of(owner, make_key(owner))
    owner.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    reader = owner.user("reader", [everything_but_kms()])
    return lambda: reader.client("sqs").receive_message(QueueUrl=url)


def stream_of(owner):
    kinesis = owner.client("kinesis")
    kinesis.create_stream(StreamName="stream", ShardCount=1)
    kinesis.start_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=make_key(owner))
    return kinesis


def sent(kinesis):
    kinesis.put_record(StreamName="stream", Data=b"x", PartitionKey="p")


@QUESTIONS.ask(
    "A producer of an encrypted stream gets KMSAccessDeniedException?",
    source="https://github.com/serverless-operations/serverless-apigateway-service-proxy/issues/101",
    fix=["to a policy of ", '"kms:GenerateDataKey"'],
)
def producer_without_the_key(world):
    owner = world.account(OWNER)
    stream_of(owner)
    producer = owner.user("producer", [everything_but_kms()]).client("kinesis")
    return lambda: sent(producer)


@QUESTIONS.ask(
    "A consumer of an encrypted stream gets KMSAccessDeniedException?",
    source="https://github.com/spring-attic/spring-cloud-stream-binder-aws-kinesis/pull/188",
    fix=["to a policy of ", '"kms:Decrypt"'],
)
def consumer_without_decrypt(world):
    owner = world.account(OWNER)
    kinesis = stream_of(owner)
    sent(kinesis)
    shard = kinesis.list_shards(StreamName="stream")["Shards"][0]["ShardId"]
    consumer = owner.user("consumer", [everything_but_kms()]).client("kinesis")

    def read():
        asked = {"StreamName": "stream", "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
        consumer.get_records(ShardIterator=consumer.get_shard_iterator(**asked)["ShardIterator"])

    return read
