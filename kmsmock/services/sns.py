"""Topics under a key: publishers need kms:GenerateDataKey and kms:Decrypt ("Key management", Amazon SNS).

The topic takes any key; it is looked at when somebody publishes. What the topic then sends to a queue, it sends as
``sns.amazonaws.com``, whom the key of the queue has to let in.
"""

from __future__ import annotations

from datetime import timedelta

from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import message_sender
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.data_keys import DataKeys, in_account, principal_of
from kmsmock.services.kms.translation import sdk_text, translating
from kmsmock.wire.answers import Answer

_KEPT = timedelta(minutes=5)
"""For how long a topic keeps a data key; documented is only that it does, recorded that minutes later it has none."""
_CODES = {
    "AccessDeniedException": "KMSAccessDenied",
    "DisabledException": "KMSDisabled",
    "KMSInvalidStateException": "KMSInvalidState",
    "NotFoundException": "KMSNotFound",
    "ThrottlingException": "KMSThrottling",
}


class TopicKeys(DataKeys):
    """The data keys of the topics of a world."""


def translate(error: AwsError) -> AwsError:
    """SNS's codes; what it has none for is an invalid state of the key."""
    return AwsError(_CODES.get(error.code, "KMSInvalidState"), sdk_text(error))


def seal(kms: ServiceKms, key_id: str, topic_arn: str, service: Caller | None = None) -> None:
    """A data key for a message to a topic; nothing for a topic without a key."""
    if not key_id:
        return
    region, account = Arn.of(topic_arn)[2:4]
    if service is not None or kms.call.account != account:
        key_id = in_account(key_id, account, region)
    with translating(translate):
        context, who = {"aws:sns:topicArn": topic_arn}, principal_of(kms, service)
        kms.store.records(TopicKeys).seal(kms, key_id, context, _KEPT, who=who, caller=service)


def publish(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """Publish and PublishBatch: the publisher needs the key of the topic, and SNS those of the queues that listen."""
    topic_arn = call.params.get("TopicArn") or call.params.get("TargetArn") or ""
    if ":endpoint/" in topic_arn or topic_arn.count(":") != 5:
        return None  # a telephone, or an application
    region, account = Arn.of(topic_arn)[2:4]
    try:
        answer = moto("GetTopicAttributes", account=account, region=region, TopicArn=topic_arn)["Attributes"]
    except AwsError:
        return None  # there is no such topic: moto says so
    seal(kms, answer.get("KmsMasterKeyId", ""), topic_arn)
    with message_sender.handling(*message_sender.service_for(kms.store, "sns", topic_arn, account, region)):
        return moto.own_answer()


OPERATIONS: dict[str, Advice] = {"Publish": publish, "PublishBatch": publish}
