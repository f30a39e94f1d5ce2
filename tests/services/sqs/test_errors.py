"""SQS's errors: codes of the query protocol, and the exceptions of the model by ``QueryErrorCode``.

SQS speaks JSON and is compatible with its query protocol: Error.Code is the old code, QueryErrorCode the name of the
exception, so that ``sqs.exceptions.QueueDoesNotExist`` is caught (recorded; "AWS JSON protocol" in the SQS developer guide).
"""

import json

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OWNER, policy

pytestmark = pytest.mark.evidence(
    "documented",
    '"AWS JSON protocol" (SQS developer guide), the errors of the API reference; QueryErrorCode is recorded',
)

URL = f"https://sqs.us-east-1.amazonaws.com/{OWNER}/absent"
ENTRY = [{"Id": "one", "ReceiptHandle": "handle"}]

ON_A_QUEUE = {
    "AddPermission": {"Label": "label", "AWSAccountIds": [OWNER], "Actions": ["SendMessage"]},
    "ChangeMessageVisibility": {"ReceiptHandle": "handle", "VisibilityTimeout": 0},
    "ChangeMessageVisibilityBatch": {"Entries": ENTRY},
    "DeleteMessage": {"ReceiptHandle": "handle"},
    "DeleteMessageBatch": {"Entries": ENTRY},
    "DeleteQueue": {},
    "GetQueueAttributes": {"AttributeNames": ["All"]},
    "ListDeadLetterSourceQueues": {},
    "ListQueueTags": {},
    "PurgeQueue": {},
    "ReceiveMessage": {},
    "RemovePermission": {"Label": "label"},
    "SendMessage": {"MessageBody": "text"},
    "SendMessageBatch": {"Entries": [{"Id": "one", "MessageBody": "text"}]},
    "SetQueueAttributes": {"Attributes": {"DelaySeconds": "1"}},
    "TagQueue": {"Tags": {"name": "value"}},
    "UntagQueue": {"TagKeys": ["name"]},
}


def refusal(client, operation, **params):
    """The error that an operation is refused with, and the HTTP status."""
    method = client.meta.method_to_api_mapping
    name = next(each for each, api in method.items() if api == operation)
    with pytest.raises(ClientError) as caught:
        getattr(client, name)(**params)
    return caught.value, caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.parametrize("operation", ON_A_QUEUE)
def test_a_queue_that_does_not_exist_is_the_exception_of_the_model(queues, operation):
    raised, status = refusal(queues, operation, QueueUrl=URL, **ON_A_QUEUE[operation])
    error = raised.response["Error"]
    assert isinstance(raised, queues.exceptions.QueueDoesNotExist)
    assert (error["Code"], error["QueryErrorCode"], error["Type"], status) == (
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "Sender",
        400,
    )
    assert error["Message"].startswith("The specified queue does not exist")


def test_a_name_that_no_queue_has_is_the_same_error(queues):
    raised, status = refusal(queues, "GetQueueUrl", QueueName="absent")
    error = raised.response["Error"]
    assert isinstance(raised, queues.exceptions.QueueDoesNotExist)
    assert (error["Code"], error["QueryErrorCode"], status) == (
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        400,
    )


def test_the_queue_of_a_list_of_sources_that_does_not_exist_is_found_by_the_resource(owner):
    queue = owner.resource("sqs").Queue(URL)
    with pytest.raises(queue.meta.client.exceptions.QueueDoesNotExist):
        queue.load()


@pytest.fixture
def url(queues):
    return queues.create_queue(QueueName="queue")["QueueUrl"]


def batch(*ids, body="text"):
    return [{"Id": each, "MessageBody": body} for each in ids]


OTHERS = {
    "EmptyBatchRequest": ("SendMessageBatch", {"Entries": []}, "AWS.SimpleQueueService.EmptyBatchRequest"),
    "BatchEntryIdsNotDistinct": (
        "SendMessageBatch",
        {"Entries": batch("one", "one")},
        "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    ),
    "TooManyEntriesInBatchRequest": (
        "SendMessageBatch",
        {"Entries": batch(*map(str, range(11)))},
        "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
    ),
    "InvalidBatchEntryId": (
        "SendMessageBatch",
        {"Entries": batch("a b")},
        "AWS.SimpleQueueService.InvalidBatchEntryId",
    ),
    "ReceiptHandleIsInvalid": ("DeleteMessage", {"ReceiptHandle": "handle"}, "ReceiptHandleIsInvalid"),
    "InvalidAttributeName": ("GetQueueAttributes", {"AttributeNames": ["Nonsense"]}, "InvalidAttributeName"),
}


@pytest.mark.parametrize("shape", OTHERS)
def test_other_errors_of_the_model_are_caught_by_their_exceptions(queues, url, shape):
    operation, params, code = OTHERS[shape]
    raised, _ = refusal(queues, operation, QueueUrl=url, **params)
    assert (raised.response["Error"]["Code"], raised.response["Error"]["QueryErrorCode"]) == (code, shape)
    assert isinstance(raised, getattr(queues.exceptions, shape))


def test_a_queue_of_the_name_with_other_attributes(queues, url):
    raised, _ = refusal(queues, "CreateQueue", QueueName="queue", Attributes={"DelaySeconds": "7"})
    error = raised.response["Error"]
    assert (error["Code"], error["QueryErrorCode"]) == ("QueueAlreadyExists", "QueueNameExists")
    assert isinstance(raised, queues.exceptions.QueueNameExists)


def test_too_many_actions_are_403(queues, url):
    # OverLimit, AddPermission, API reference: HTTP Status Code 403
    actions = ["SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueUrl"] * 2
    raised, status = refusal(queues, "AddPermission", QueueUrl=url, Label="l", AWSAccountIds=[OWNER], Actions=actions)
    assert (raised.response["Error"]["Code"], status) == ("OverLimit", 403)


def test_what_kms_refuses_is_an_exception_of_the_model(queues, kms, key):
    url = queues.create_queue(QueueName="encrypted", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    kms.disable_key(KeyId=key)
    raised, _ = refusal(queues, "SendMessage", QueueUrl=url, MessageBody="text")
    assert (raised.response["Error"]["Code"], raised.response["Error"]["QueryErrorCode"]) == (
        "KMS.DisabledException",
        "KmsDisabled",
    )
    assert isinstance(raised, queues.exceptions.KmsDisabled)


def test_queues_of_other_accounts_are_found_by_their_owner(owner, other):
    # GetQueueUrl, API reference: QueueOwnerAWSAccountId
    url = owner.client("sqs").create_queue(
        QueueName="shared",
        Attributes={
            "Policy": json.dumps(
                policy({"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}),
            )
        },
    )["QueueUrl"]
    queues = other.client("sqs")
    assert queues.get_queue_url(QueueName="shared", QueueOwnerAWSAccountId=OWNER)["QueueUrl"] == url
    with pytest.raises(queues.exceptions.QueueDoesNotExist):
        queues.get_queue_url(QueueName="shared")


# --- CloudWatch, the other service that is compatible with its query protocol ------------------------------------------


def test_the_errors_of_cloudwatch_are_exceptions_of_its_model(owner):
    client = owner.client("cloudwatch")
    with pytest.raises(client.exceptions.ResourceNotFound) as caught:
        client.set_alarm_state(AlarmName="absent", StateValue="OK", StateReason="none")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFound"
