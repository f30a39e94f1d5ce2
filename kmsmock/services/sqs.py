"""Queues under a key: producers need kms:GenerateDataKey and kms:Decrypt, consumers kms:Decrypt ("Key management").

The queue takes any key; it is looked at when a message comes or goes. ``bridge.messages`` calls this for every message,
whoever sends it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from kmsmock.authorization import documents
from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError
from kmsmock.iam.grammar import Mistake
from kmsmock.model.envelope import Envelope
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import message_sender, outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.data_keys import DataKeys, in_account, principal_of
from kmsmock.services.kms.translation import sdk_text, translating
from kmsmock.wire.answers import Answer

_CODES = {"KMSInvalidStateException": "InvalidStateException"}
_SHAPES = {"ThrottlingException": "KmsThrottled"}
_BOTH = "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE."


@dataclass(slots=True)
class Queues:
    """What opens each message, by its id, and the data keys in memory."""

    messages: dict[str, Envelope] = field(default_factory=dict)
    data_keys: DataKeys = field(default_factory=DataKeys)


@outages.first("sqs")
def translate(error: AwsError) -> AwsError:
    """SQS has a dotted code for each of KMS's, as in the days of its query protocol, and a shape of another name."""
    code = _CODES.get(error.code, error.code)
    shape = _SHAPES.get(code, f"Kms{code.removesuffix('Exception')}")
    return AwsError(f"KMS.{code}", sdk_text(error), shape=shape)


def seal(kms: ServiceKms, queue: Any, service: Caller | None) -> Envelope:
    """A data key for a message into moto's queue."""
    key_id = queue.kms_master_key_id
    if service is not None:  # a client means a key of his own account, unless it is named by its ARN
        key_id = in_account(key_id, queue.account_id, queue.region)
    with translating(translate):
        context, who = {"aws:sqs:arn": queue.queue_arn}, principal_of(kms, service)
        return kms.store.records(Queues).data_keys.seal(kms, key_id, context, _period(queue), who=who, caller=service)[
            1
        ]


def unseal(kms: ServiceKms, queue: Any, message_id: str) -> None:
    """Open a message, if it is encrypted."""
    records = kms.store.records(Queues)
    envelope = records.messages.get(message_id)
    if envelope is not None:
        with translating(translate):
            open_ = partial(kms.unseal, envelope)
            records.data_keys.unseal(kms, envelope, _period(queue), who=principal_of(kms), open_=open_)


def _period(queue: Any) -> timedelta:
    return timedelta(seconds=int(queue.kms_data_key_reuse_period_seconds))


def messages(call: Call, kms: ServiceKms, moto: Moto) -> Answer:
    """SendMessage, SendMessageBatch and ReceiveMessage: each message is looked at on its way."""
    with message_sender.handling(kms):
        return moto.own_answer()


def _one_kind(call: Call) -> dict[str, str]:
    """The attributes of a request, which may ask for one kind of encryption."""
    given: dict[str, str] = call.params.get("Attributes") or {}
    if given.get("KmsMasterKeyId") and given.get("SqsManagedSseEnabled") == "true":
        raise AwsError("InvalidAttributeName", _BOTH)
    return given


def create_queue(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateQueue takes any key."""
    _accept_policy(kms, _one_kind(call), call.params["QueueName"])


def set_queue_attributes(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """SetQueueAttributes takes any key; one kind of encryption ends the other, and none comes back by itself."""
    given, url = _one_kind(call), call.params["QueueUrl"]
    _accept_policy(kms, given, url.rsplit("/", 1)[-1])
    had_key = "KmsMasterKeyId" in _encryption(moto, url)
    moto()
    if given.get("KmsMasterKeyId") or ("KmsMasterKeyId" in given and had_key):
        moto("SetQueueAttributes", QueueUrl=url, Attributes={"SqsManagedSseEnabled": "false"})
    elif given.get("SqsManagedSseEnabled") == "true" and had_key:
        moto("SetQueueAttributes", QueueUrl=url, Attributes={"KmsMasterKeyId": ""})


def _encryption(moto: Moto, url: str) -> dict[str, str]:
    answer = moto("GetQueueAttributes", QueueUrl=url, AttributeNames=["KmsMasterKeyId"])
    return {name: value for name, value in answer.get("Attributes", {}).items() if value}


def of_a_queue(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """ChangeMessageVisibilityBatch: the queue has to exist; moto tells of each entry that its message does not."""
    _encryption(moto, call.params["QueueUrl"])


def _accept_policy(kms: ServiceKms, attributes: Mapping[str, str], name: str) -> None:
    """The queue's policy, if one is given, is one that SQS takes."""
    if attributes.get("Policy"):
        documents.accept(kms.store, "queue", attributes["Policy"], f"policy of queue {name}", partial(_mistakes, kms))


def _mistakes(kms: ServiceKms, document: Mapping[str, Any]) -> Iterator[Mistake]:
    """What SQS looks at in a policy beside its grammar."""
    yield from documents.foreign(document, "sqs")
    yield from documents.nobody(kms.store, kms.call.partition, document)


def get_queue_attributes(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetQueueAttributes: moto says of every queue that SQS encrypts it."""
    answer = moto()
    shown = answer.get("Attributes", {})
    if "SqsManagedSseEnabled" in shown and "KmsMasterKeyId" in _encryption(moto, call.params["QueueUrl"]):
        shown["SqsManagedSseEnabled"] = "false"
    return answer


OPERATIONS: dict[str, Advice] = {
    "ChangeMessageVisibilityBatch": of_a_queue,
    "CreateQueue": create_queue,
    "GetQueueAttributes": get_queue_attributes,
    "ReceiveMessage": messages,
    "SendMessage": messages,
    "SendMessageBatch": messages,
    "SetQueueAttributes": set_queue_attributes,
}
