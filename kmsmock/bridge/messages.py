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
from kmsmock.model.envelope import Envelope
from kmsmock.records import backends, serving
from kmsmock.services.kms import late, message_sender
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.message_sender import Lost, Sender
from kmsmock.wire.regions import partition_by_name

_NO_QUEUE = AwsError("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")


def install(patches: Patches) -> None:
    """From now on messages into queues pass by here."""
    from moto.sqs.models import Queue, SQSBackend

    patches.replace(SQSBackend, "send_message", _sending(SQSBackend.send_message))
    patches.replace(Queue, "add_message", _adding(Queue.add_message))
    patches.replace(SQSBackend, "receive_message", _receiving(SQSBackend.receive_message))


def install_notifications(patches: Patches) -> None:
    """From now on S3 tells queues and topics in its own name."""
    from moto.s3 import notifications

    patches.replace(notifications, "_send_sqs_message", _tell_queue)
    patches.replace(notifications, "_send_sns_message", _tell_topic)


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    def send_message(backend: Any, queue_name: str, message_body: str, *args: Any, **options: Any) -> Any:
        sender = message_sender.current()
        if sender is None:
            return original(backend, queue_name, message_body, *args, **options)
        queue = backend.queues.get(queue_name) if sender.service else backend.get_queue(queue_name)
        try:
            envelope = _sealed(sender, queue)
        except AwsError as error:
            if sender.service is None:
                raise
            if queue is None or _lost(sender.kms, error, queue.queue_arn):
                sender.lost.append(Lost(error, message_body, options))
                return None
            envelope = None
        with message_sender.putting(envelope):
            return original(backend, queue_name, message_body, *args, **options)

    return send_message


def _sealed(sender: Sender, queue: Any) -> Envelope | None:
    """The envelope of a message; None for a queue without a key. Raises the refusal of SQS."""
    from kmsmock.services import sqs

    if sender.service is not None:
        if queue is None:
            raise _NO_QUEUE
        message_sender.must_be_let_in(sender.kms, "sqs:SendMessage", queue.queue_arn)
    return sqs.seal(sender.kms, queue, sender.service) if queue.kms_master_key_id else None


def _adding(original: Callable[..., None]) -> Callable[..., None]:
    """A message is known to be encrypted before anybody reads it, and nobody reads it in the name of its sender."""

    def add_message(queue: Any, message: Any) -> None:
        envelope, sender = message_sender.sealed(), message_sender.current()
        if envelope is not None and sender is not None:
            from kmsmock.services import sqs

            sender.kms.store.records(sqs.Queues).messages[message.id] = envelope
        with message_sender.nobody():
            original(queue, message)

    return add_message


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
    with message_sender.handling(*_bucket(account_id, event_body, region_name)):
        backends.made("sqs", account_id, region_name).send_message(queue_name, json.dumps(event_body))


def _tell_topic(account_id: str, event_body: Any, topic_arn: str, region_name: str) -> None:
    """S3 tells a topic about an object, and the topic those that listen."""
    from kmsmock.services import sns

    sender = _bucket(account_id, event_body, region_name)
    sns.publish_as(serving.current().run, *sender, topic_arn, Message=json.dumps(event_body))


def _lost(kms: ServiceKms, error: AwsError, arn: str) -> bool:
    return late.failed(kms.store, kms.call, error, arn, f"misses a message of {kms.via}")


def _bucket(account_id: str, event_body: Any, region_name: str) -> tuple[ServiceKms, Caller]:
    records = event_body.get("Records")
    name = records[0]["s3"]["bucket"]["name"] if records else event_body["Bucket"]
    return message_sender.service_for(
        serving.current().store, "s3", f"arn:{partition_by_name(region_name)}:s3:::{name}", account_id, region_name
    )
