"""Public reports on encrypted queues and topics: who must be allowed, and what is lost without a word."""

import json
import re

import pytest

from tests.support.claims import OTHER, OWNER, policy, refused
from tests.support.policies import everything_but_kms, lacking, root, use
from tests.support.reports import make_key, service, set_policy

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:queue"
TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:topic"
UNABLE = "Unable to validate the following destination configurations"


def admitting(name, action, resource):
    """The policy of a queue or topic that lets a service send to it."""
    statement = {"Effect": "Allow", "Principal": {"Service": name}, "Action": action, "Resource": resource}
    return json.dumps(policy(statement))


def queue_of(account, key=None, sender=None):
    """The URL of a queue."""
    attributes = {"KmsMasterKeyId": key} if key else {}
    if sender:
        attributes["Policy"] = admitting(sender, "sqs:SendMessage", QUEUE)
    return account.client("sqs").create_queue(QueueName="queue", Attributes=attributes)["QueueUrl"]


def bodies(account, url):
    sqs = account.client("sqs")
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(each["Body"]) for each in found.get("Messages", [])]


def notify(s3, bucket="bucket"):
    told = {"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [told]})


def records(account, url):
    return [each["Records"][0]["s3"]["object"]["key"] for each in bodies(account, url) if "Records" in each]


@pytest.mark.parametrize("key", ["alias/aws/sqs", None])
def test_a_bucket_cannot_tell_a_queue_whose_key_does_not_admit_s3(owner, key):
    # aws/aws-cdk issues 14370 and 5991: KMS_MANAGED; anomalyco/sst issue 5981
    queue_of(owner, key or make_key(owner), "s3.amazonaws.com")
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    with refused("InvalidArgument", UNABLE):
        notify(s3)
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket="bucket")


def test_a_bucket_tells_a_queue_whose_key_admits_s3(owner):
    # ministryofjustice/cloud-platform-environments pull request 5404, the remedy of terraform-provider-aws issue 11219
    url = queue_of(owner, make_key(owner, service("s3.amazonaws.com")), "s3.amazonaws.com")
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    notify(s3)
    s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    assert records(owner, url) == ["k"]


def test_a_queue_that_is_encrypted_later_hears_nothing_until_its_key_admits_s3(owner):
    # ministryofjustice/cloud-platform issue 3128: objects arrive, and no message does
    url = queue_of(owner, sender="s3.amazonaws.com")
    s3, sqs, key = owner.client("s3"), owner.client("sqs"), make_key(owner)
    s3.create_bucket(Bucket="bucket")
    notify(s3)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key})
    s3.put_object(Bucket="bucket", Key="lost", Body=b"x")
    assert records(owner, url) == []
    set_policy(owner, key, service("s3.amazonaws.com"))
    s3.put_object(Bucket="bucket", Key="told", Body=b"x")
    assert records(owner, url) == ["told"]


@pytest.mark.parametrize("admitted", [True, False])
def test_a_topic_reaches_an_encrypted_queue_only_where_the_key_admits_sns(owner, admitted):
    # aws/aws-cdk issue 11122: publishing succeeds, the queue stays empty
    key = make_key(owner, *([service("sns.amazonaws.com")] if admitted else []))
    url = queue_of(owner, key, "sns.amazonaws.com")
    sns = owner.client("sns")
    sns.create_topic(Name="topic")
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=QUEUE)
    assert sns.publish(TopicArn=TOPIC, Message="m")["MessageId"]
    assert [each["Message"] for each in bodies(owner, url)] == (["m"] if admitted else [])


@pytest.mark.parametrize("key", ["alias/aws/sqs", "of the customer", "admitting"])
def test_a_rule_sends_to_an_encrypted_queue_only_where_the_key_admits_eventbridge(owner, key):
    # aws/aws-cdk issues 30549, 33169 and 28257, aws/aws-node-termination-handler issue 526
    keys = {
        "alias/aws/sqs": lambda: key,
        "of the customer": lambda: make_key(owner),
        "admitting": lambda: make_key(owner, service("events.amazonaws.com")),
    }
    url = queue_of(owner, keys[key](), "events.amazonaws.com")
    events = owner.client("events")
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["app"]}))
    assert events.put_targets(Rule="rule", Targets=[{"Id": "q", "Arn": QUEUE}])["FailedEntryCount"] == 0
    sent = events.put_events(Entries=[{"Source": "app", "DetailType": "t", "Detail": json.dumps({"n": 1})}])
    assert sent["FailedEntryCount"] == 0
    assert [each["detail"] for each in bodies(owner, url)] == ([{"n": 1}] if key == "admitting" else [])


@pytest.mark.parametrize("actions", [["kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"], ["kms:Decrypt"]])
def test_publishing_to_an_encrypted_topic_needs_decrypt_as_well(owner, actions):
    # aws/aws-cdk issues 18387, 21892 and 24337: what grantPublish gave was not enough
    key = make_key(owner)
    owner.client("sns").create_topic(Name="topic", Attributes={"KmsMasterKeyId": key})
    publisher = owner.user("publisher", [everything_but_kms(*actions)])
    missing = "kms:Decrypt" if "kms:Encrypt" in actions else "kms:GenerateDataKey"
    text = re.escape(lacking(publisher, missing, key)) + r" \(Service: .*\)"
    with refused("KMSAccessDenied", re.compile(text)):
        publisher.client("sns").publish(TopicArn=TOPIC, Message="m")
    enough = owner.user("enough", [everything_but_kms("kms:Decrypt", "kms:GenerateDataKey*")])
    assert enough.client("sns").publish(TopicArn=TOPIC, Message="m")["MessageId"]


def test_sending_to_a_queue_needs_decrypt_also_with_the_key_of_another_account(owner, other):
    # aws/aws-cdk issue 6609: the key is of account B, which allows everything to account A
    key = make_key(other, use(root(OWNER)))
    url = queue_of(owner, key)
    writer = owner.user("writer", [everything_but_kms("kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*")])
    text = (
        f"User: {writer.arn} is not authorized to perform: kms:Decrypt "
        "on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action"
    )
    with refused("KMS.AccessDeniedException", re.compile(re.escape(text) + r"( \(Service: .*\))?")):
        writer.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    enough = owner.user("enough", [everything_but_kms("kms:Decrypt", "kms:GenerateDataKey*")])
    assert enough.client("sqs").send_message(QueueUrl=url, MessageBody="{}")["MessageId"]
    assert other.id == OTHER


def test_receiving_from_an_encrypted_queue_needs_decrypt(owner):
    # opensearch-project/data-prepper issue 2422, agiledigital/serverless-sns-sqs-lambda issue 555
    key = make_key(owner)
    url = queue_of(owner, key)
    owner.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    reader = owner.user("reader", [everything_but_kms()])
    text = re.escape(lacking(reader, "kms:Decrypt", key)) + r"( \(Service: .*\))?"
    with refused("KMS.AccessDeniedException", re.compile(text)):
        reader.client("sqs").receive_message(QueueUrl=url)
    enough = owner.user("enough", [everything_but_kms("kms:Decrypt")])
    assert len(enough.client("sqs").receive_message(QueueUrl=url)["Messages"]) == 1
