"""What GetQueueAttributes says of a queue's encryption, before and after it had a key (recorded)."""

import pytest

pytestmark = pytest.mark.evidence("recorded", "localstack (SQS snapshots of 2024): attributes of encryption")


def managed(queues, url):
    names = ["SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"]
    return queues.get_queue_attributes(QueueUrl=url, AttributeNames=names).get("Attributes", {})


def test_a_new_queue_is_encrypted_by_sqs(queues):
    url = queues.create_queue(QueueName="queue")["QueueUrl"]
    assert managed(queues, url) == {"SqsManagedSseEnabled": "true"}


def test_a_queue_with_a_key_is_not_encrypted_by_sqs(queues, key):
    url = queues.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    assert managed(queues, url) == {
        "SqsManagedSseEnabled": "false",
        "KmsMasterKeyId": key,
        "KmsDataKeyReusePeriodSeconds": "300",
    }


def test_taking_the_key_away_does_not_bring_the_encryption_by_sqs_back(queues, key):
    url = queues.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    queues.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": ""})
    assert managed(queues, url)["SqsManagedSseEnabled"] == "false"
    assert "KmsMasterKeyId" not in managed(queues, url)
    queues.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
    assert managed(queues, url)["SqsManagedSseEnabled"] == "true"


def test_the_encryption_by_sqs_can_be_turned_off(queues):
    url = queues.create_queue(QueueName="queue", Attributes={"SqsManagedSseEnabled": "false"})["QueueUrl"]
    assert managed(queues, url)["SqsManagedSseEnabled"] == "false"


def test_turning_the_encryption_by_sqs_on_takes_the_key_away(queues, key):
    # SetQueueAttributes, API reference: one option at a time; the other is given up
    url = queues.create_queue(QueueName="queue", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    queues.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
    assert managed(queues, url) == {"SqsManagedSseEnabled": "true"}


def test_a_key_given_later_takes_the_place_of_the_encryption_by_sqs(queues, key):
    url = queues.create_queue(QueueName="queue")["QueueUrl"]
    queues.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": key})
    assert managed(queues, url)["SqsManagedSseEnabled"] == "false"
