"""Messages on their way into encrypted queues: whoever sends needs the key, be it a client or another AWS service.

moto's SNS, S3 and EventBridge put messages straight into its queues. A service that may not use the key loses the
message without a word, as on AWS; a client is told.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from kmsmock.active import Patches
from kmsmock.call import Caller
from kmsmock.errors import AwsError
from kmsmock.records import backends, serving
from kmsmock.services.kms import late, message_sender
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire.regions import partition_by_name


def install(patches: Patches) -> None:
    """From now on messages into queues pass by here."""
    from moto.sqs.models import SQSBackend

    patches.replace(SQSBackend, "send_message", _sending(SQSBackend.send_message))
    patches.replace(SQSBackend, "receive_message", _receiving(SQSBackend.receive_message))


def install_notifications(patches: Patches) -> None:
    """From now on S3 tells queues and topics in its own name."""
    from moto.s3 import notifications

    patches.replace(notifications, "_send_sqs_message", _tell_queue)
    patches.replace(notifications, "_send_sns_message", _tell_topic)


def install_rules(patches: Patches) -> None:
    """Events that match a rule go into queues in the name of EventBridge, for the sake of the rule."""
    from moto.events.models import Rule

    original = Rule._send_to_sqs_queue

    def send(rule: Any, *args: Any, **options: Any) -> None:
        sender = message_sender.current()
        if sender is None:
            original(rule, *args, **options)
            return
        with message_sender.handling(
            *message_sender.service_for(sender.kms.store, "events", rule.arn, rule.account_id, rule.region_name)
        ):
            original(rule, *args, **options)
            return

    patches.replace(Rule, "_send_to_sqs_queue", send)


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    def send_message(backend: Any, queue_name: str, *args: Any, **options: Any) -> Any:
        sender, key_id = message_sender.current(), backend.get_queue(queue_name).kms_master_key_id
        if sender is None or not key_id:
            return original(backend, queue_name, *args, **options)
        from kmsmock.services import sqs

        try:
            envelope = sqs.seal(sender.kms, backend.get_queue(queue_name), sender.service)
        except AwsError as error:
            if sender.service is None:
                raise
            if _lost(sender.kms, error, backend.get_queue(queue_name).queue_arn):
                return None
            return original(backend, queue_name, *args, **options)
        message = original(backend, queue_name, *args, **options)
        sender.kms.store.records(sqs.Queues).messages[message.id] = envelope
        return message

    return send_message


def _receiving(original: Callable[..., Any]) -> Callable[..., Any]:
    def receive_message(backend: Any, queue_name: str, *args: Any, **options: Any) -> Any:
        received, sender = original(backend, queue_name, *args, **options), message_sender.current()
        if sender is None:
            return received
        from kmsmock.services import sqs

        queue = backend.get_queue(queue_name)
        try:
            for message in received:
                sqs.unseal(sender.kms, queue, message.id)
        except AwsError:
            _put_back(queue, {message.id for message in received})
            raise
        return received

    return receive_message


def _put_back(queue: Any, ids: set[str]) -> None:
    """As if nobody had received these messages."""
    for message in [each for each in queue._messages if each.id in ids]:
        queue.pending_messages.discard(message)
        message.visible_at = 0
        message.approximate_receive_count -= 1


def _tell_queue(account_id: str, event_body: Any, queue_name: str, region_name: str) -> None:
    """S3 tells a queue about an object."""
    backend = backends.made("sqs", account_id, region_name)
    if queue_name in backend.queues:
        with message_sender.handling(*_bucket(account_id, event_body, region_name)):
            backend.send_message(queue_name=queue_name, message_body=json.dumps(event_body))


def _tell_topic(account_id: str, event_body: Any, topic_arn: str, region_name: str) -> None:
    """S3 tells a topic about an object, and the topic those that listen."""
    from kmsmock.services import sns

    backend = backends.made("sns", account_id, region_name)
    if topic_arn not in backend.topics:
        return
    kms, bucket = _bucket(account_id, event_body, region_name)
    try:
        sns.seal(kms, backend.topics[topic_arn].kms_master_key_id, topic_arn, bucket)
    except AwsError as error:
        if _lost(kms, error, topic_arn):
            return
    with message_sender.handling(*message_sender.service_for(kms.store, "sns", topic_arn, account_id, region_name)):
        backend.publish(arn=topic_arn, message=json.dumps(event_body))


def _lost(kms: ServiceKms, error: AwsError, arn: str) -> bool:
    return late.failed(kms.store, kms.call, error, arn, f"misses a message of {kms.via}")


def _bucket(account_id: str, event_body: Any, region_name: str) -> tuple[ServiceKms, Caller]:
    records = event_body.get("Records")
    name = records[0]["s3"]["bucket"]["name"] if records else event_body["Bucket"]
    return message_sender.service_for(
        serving.current().store, "s3", f"arn:{partition_by_name(region_name)}:s3:::{name}", account_id, region_name
    )
