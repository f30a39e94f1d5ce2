"""Queues under a key: producers need kms:GenerateDataKey and kms:Decrypt, consumers kms:Decrypt ("Key management").

The queue takes any key; it is looked at when a message comes or goes. ``bridge.queues`` calls this for every message,
whoever sends it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import message_sender
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


def translate(error: AwsError) -> AwsError:
    """SQS has a dotted code for each of KMS's, as in the days of its query protocol, and a shape of another name."""
    code = _CODES.get(error.code, error.code)
    shape = _SHAPES.get(code, f"Kms{code.removesuffix('Exception')}")
    return AwsError(f"KMS.{code}", sdk_text(error), shape=shape)


def seal(kms: ServiceKms, queue: Any, service: Caller | None) -> Envelope:
    """A data key for a message into moto's queue."""
    key_id = queue.kms_master_key_id
    if service is not None or kms.call.account != queue.account_id:
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


def set_attributes(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateQueue and SetQueueAttributes take any key, and one kind of encryption."""
    params = call.params.get("Attributes") or {}
    if params.get("KmsMasterKeyId") and params.get("SqsManagedSseEnabled") == "true":
        raise AwsError("InvalidAttributeName", _BOTH)


def get_queue_attributes(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetQueueAttributes: moto says of every queue that SQS encrypts it."""
    answer = moto()
    shown = answer.get("Attributes", {})
    if "SqsManagedSseEnabled" in shown:
        keyed = moto("GetQueueAttributes", QueueUrl=call.params["QueueUrl"], AttributeNames=["KmsMasterKeyId"])
        if keyed.get("Attributes", {}).get("KmsMasterKeyId"):
            shown["SqsManagedSseEnabled"] = "false"
    return answer


OPERATIONS: dict[str, Advice] = {
    "CreateQueue": set_attributes,
    "GetQueueAttributes": get_queue_attributes,
    "ReceiveMessage": messages,
    "SendMessage": messages,
    "SendMessageBatch": messages,
    "SetQueueAttributes": set_attributes,
}
