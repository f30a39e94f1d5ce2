"""Topics under a key: publishers need kms:GenerateDataKey and kms:Decrypt ("Key management", Amazon SNS).

The topic takes any key; it is looked at when somebody publishes. What the topic then sends to a queue, it sends as
``sns.amazonaws.com``, whom the key of the queue has to let in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from kmsmock.authorization import documents
from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.iam.grammar import Mistake
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import message_sender, outages
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


@outages.first("sns")
def translate(error: AwsError) -> AwsError:
    """SNS's codes; what it has none for is an invalid state of the key."""
    return AwsError(_CODES.get(error.code, "KMSInvalidState"), sdk_text(error))


def seal(kms: ServiceKms, key_id: str, topic_arn: str, service: Caller | None = None) -> None:
    """A data key for a message to a topic; nothing for a topic without a key."""
    if not key_id:
        return
    region, account = Arn.of(topic_arn)[2:4]
    if service is not None:  # a client means a key of his own account, unless it is named by its ARN
        key_id = in_account(key_id, account, region)
    with translating(translate):
        context, who = {"aws:sns:topicArn": topic_arn}, principal_of(kms, service)
        kms.store.records(TopicKeys).seal(kms, key_id, context, _KEPT, who=who, caller=service)


def publish(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """Publish and PublishBatch: the publisher needs the key of the topic, and SNS those of the queues that listen."""
    topic_arn = call.params.get("TopicArn") or call.params.get("TargetArn") or ""
    place = Arn.find(topic_arn)
    if place is None or ":" in place.resource or "endpoint/" in place.resource:
        return None  # a telephone, or an application
    region, account = place.region, place.account
    try:
        answer = moto("GetTopicAttributes", account=account, region=region, TopicArn=topic_arn)["Attributes"]
    except AwsError:
        return None  # there is no such topic: moto says so
    seal(kms, answer.get("KmsMasterKeyId", ""), topic_arn)
    with message_sender.handling(*message_sender.service_for(kms.store, "sns", topic_arn, account, region)):
        return moto.own_answer()


_IN_POLICIES = frozenset(
    {
        "addpermission",
        "deletetopic",
        "getdataprotectionpolicy",
        "gettopicattributes",
        "listsubscriptionsbytopic",
        "listtagsforresource",
        "publish",
        "putdataprotectionpolicy",
        "receive",
        "removepermission",
        "settopicattributes",
        "subscribe",
    }
)
"""The actions that the policy of a topic may be about. Patterns that cover one of them pass; that is unverified."""


def check_policy(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateTopic and SetTopicAttributes: the policy is read before it is stored."""
    params = call.params
    text = (params.get("Attributes") or {}).get("Policy")
    if params.get("AttributeName") == "Policy":
        text = params.get("AttributeValue")
    if text:
        name = params.get("Name") or params["TopicArn"].rsplit(":", 1)[-1]
        documents.accept(kms.store, "topic", text, f"policy of topic {name}", partial(_mistakes, kms))


def _mistakes(kms: ServiceKms, document: Mapping[str, Any]) -> Iterator[Mistake]:
    yield from documents.foreign(document, "sns", _IN_POLICIES)
    yield from documents.nobody(kms.store, kms.call.partition, document)


OPERATIONS: dict[str, Advice] = {
    "CreateTopic": check_policy,
    "Publish": publish,
    "PublishBatch": publish,
    "SetTopicAttributes": check_policy,
}
