"""Topics under a key: publishers need kms:GenerateDataKey and kms:Decrypt ("Key management", Amazon SNS).

The topic takes any key; it is looked at when somebody publishes. What the topic then sends to a queue, it sends as
``sns.amazonaws.com``, whom the key of the queue has to let in. Services publish in their own name, and lose what the
key of the topic does not let them.
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
from kmsmock.records import messages
from kmsmock.records.serving import Run
from kmsmock.services import Advice, Moto, topic_logs
from kmsmock.services.kms import late, message_sender, outages
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


def publish_as(run: Run, kms: ServiceKms, service: Caller | None, topic_arn: str, **message: Any) -> AwsError | None:
    """What a service publishes in its own name, or as the role of ``kms``: what it met if that came to nothing, which
    nobody is told of.

    ``run`` runs operations in moto. A topic of another account lets it in by its policy.
    """
    region, account = Arn.of(topic_arn)[2:4]
    try:
        topic = run("sns", "GetTopicAttributes", region, {"TopicArn": topic_arn}, account)["Attributes"]
    except AwsError as error:
        return error
    try:
        message_sender.must_be_let_in(kms, "sns:Publish", topic_arn)
        seal(kms, topic.get("KmsMasterKeyId", ""), topic_arn, service)
    except AwsError as error:
        if late.failed(kms.store, kms.call, error, topic_arn, f"misses a message of {kms.via}"):
            return error
    with message_sender.handling(*message_sender.service_for(kms.store, "sns", topic_arn, account, region)):
        run("sns", "Publish", region, {"TopicArn": topic_arn, **message}, account)
    return None


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


def set_attributes(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateTopic and SetTopicAttributes: the policy is read before it is stored, and logs are asked for."""
    params = call.params
    given: dict[str, str] = dict(params.get("Attributes") or {})
    if "AttributeName" in params:
        given[params["AttributeName"]] = params.get("AttributeValue", "")
    if given.get("Policy"):
        name = params.get("Name") or params["TopicArn"].rsplit(":", 1)[-1]
        documents.accept(kms.store, "topic", given["Policy"], f"policy of topic {name}", partial(_mistakes, kms))
    logs = {name: value for name, value in given.items() if name in topic_logs.ATTRIBUTES}
    if logs:
        topic = _record(params.get("TopicArn") or moto()["TopicArn"], moto)
        topic_logs.ASKED.set(topic, {**(topic_logs.ASKED.get(topic) or {}), **logs})


def _record(topic_arn: str, moto: Moto) -> Any:
    """moto's record of a topic, once moto has answered. Raises what moto answers."""
    moto()
    place = Arn.of(topic_arn)
    return messages.queue_or_topic("sns", place.account, place.region, place.resource, topic_arn)


def get_attributes(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetTopicAttributes, with those that ask for logs."""
    answer = moto()
    topic = _record(call.params["TopicArn"], moto)
    answer["Attributes"].update(topic_logs.ASKED.get(topic) or {})
    return answer


def _mistakes(kms: ServiceKms, document: Mapping[str, Any]) -> Iterator[Mistake]:
    yield from documents.foreign(document, "sns", _IN_POLICIES)
    yield from documents.nobody(kms.store, kms.call.partition, document)


OPERATIONS: dict[str, Advice] = {
    "CreateTopic": set_attributes,
    "GetTopicAttributes": get_attributes,
    "Publish": publish,
    "PublishBatch": publish,
    "SetTopicAttributes": set_attributes,
}
