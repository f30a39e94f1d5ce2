"""What topics deliver: into whichever account the endpoint is in, to a dead-letter queue where that fails, and told of.

Publish never fails for a subscriber ("Amazon SNS message delivery retries": client errors are not tried again). A
failed delivery shows in metrics of the topic, in its delivery status logs where it has them, and in the dead-letter
queue of the subscription ("Amazon SNS dead-letter queues").
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import copy
from typing import Any

from kmsmock.active import Patches
from kmsmock.iam.arn import Arn
from kmsmock.records import backends, serving
from kmsmock.services import own_notices, topic_logs
from kmsmock.services.kms import message_sender
from kmsmock.services.kms.message_sender import Lost, Sender

_ACROSS = ("sqs", "lambda")
"""The protocols whose endpoints have accounts; moto looks for them in that of the subscription."""


def install(patches: Patches) -> None:
    """From now on what topics send passes by here."""
    from moto.sns.models import SNSBackend, Subscription

    patches.replace(Subscription, "publish", _delivering(Subscription.publish))
    patches.replace(SNSBackend, "_get_topic_subscriptions", _everywhere(SNSBackend._get_topic_subscriptions))


def _everywhere(original: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """A topic has the subscriptions of all accounts; moto keeps each in that of who subscribed."""

    def subscriptions(backend: Any, topic: Any) -> list[Any]:
        own = original(backend, topic)
        others = (accounts[backend.region_name] for accounts in _backends() if backend.region_name in accounts)
        return own + [each for other in others if other is not backend for each in original(other, topic)]

    return subscriptions


def _backends() -> list[Any]:
    return list((backends.table("sns") or {}).values())


def _delivering(original: Callable[..., None]) -> Callable[..., None]:
    def publish(subscription: Any, message: str, message_id: str, **options: Any) -> None:
        sender, there = message_sender.current(), _there(subscription)
        if sender is None or sender.service is None:
            original(there, message, message_id, **options)
            return
        with message_sender.handling(sender.kms, sender.service) as delivering:
            original(there, message, message_id, **options)
        for lost in delivering.lost:
            _failed(subscription, delivering, lost)
        if subscription.protocol == "sqs":
            topic_logs.write(serving.current().run, subscription, message_id, delivering.lost)

    return publish


def _there(subscription: Any) -> Any:
    """A subscription that moto delivers in the account of its endpoint."""
    endpoint = Arn.find(subscription.endpoint)
    if subscription.protocol not in _ACROSS or endpoint is None or endpoint.account == subscription.account_id:
        return subscription
    there = copy(subscription)
    there.account_id = endpoint.account
    return there


def _failed(subscription: Any, sender: Sender, lost: Lost) -> None:
    """A message that could not be delivered goes to the dead-letter queue, if that is to be had."""
    topic = Arn.of(subscription.topic.arn)
    counted = ["NumberOfNotificationsFailed"]
    policy = subscription.attributes.get("RedrivePolicy")
    if policy:
        queue = Arn.of(json.loads(policy)["deadLetterTargetArn"])
        with message_sender.handling(sender.kms, sender.service) as redriving:
            backends.made("sqs", queue.account, queue.region).send_message(queue.name, lost.body, **lost.options)
        which = "FailedToRedriveToDlq" if redriving.lost else "RedrivenToDlq"
        counted.append(f"NumberOfNotifications{which}")
    for name in counted:
        dimensions = {"TopicName": topic.resource}
        own_notices.count(serving.current().run, topic.account, topic.region, "AWS/SNS", name, dimensions)
