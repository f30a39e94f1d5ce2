"""Event source mappings of Lambda read encrypted queues and streams as the execution role of the function.

"Using Lambda with Amazon SQS" (encrypted queues: kms:Decrypt for the execution role) and "Using Lambda to process
records from Amazon Kinesis Data Streams". moto runs the function while a message or record is put; what the role may
not open is not handed to it: messages stay in their queue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmsmock.active import Patches
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.identity import sessions
from kmsmock.kms import gate
from kmsmock.model.envelope import Envelope
from kmsmock.records import functions, iam, serving
from kmsmock.services import sqs
from kmsmock.services.kms import late, message_sender
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.translation import Translation, translating


def install(patches: Patches) -> None:
    """From now on functions are handed what their roles may read."""
    from moto.awslambda.models import LambdaBackend

    patches.replace(LambdaBackend, "send_sqs_batch", _of_queues(LambdaBackend.send_sqs_batch))
    patches.replace(LambdaBackend, "send_kinesis_message", _of_streams(LambdaBackend.send_kinesis_message))


def _of_queues(original: Callable[..., bool]) -> Callable[..., bool]:
    def send_sqs_batch(backend: Any, function_arn: str, messages: list[Any], queue_arn: str) -> bool:
        known = serving.current().store.records(sqs.Queues).messages
        envelopes = [known[each.id] for each in messages if each.id in known]
        if _opens(backend, function_arn, "sqs", sqs.translate, envelopes, f"gets no messages of {queue_arn}"):
            return original(backend, function_arn, messages, queue_arn)
        for message in messages:
            message.approximate_receive_count -= 1
        return False

    return send_sqs_batch


def _of_streams(original: Callable[..., None]) -> Callable[..., None]:
    def send_kinesis_message(backend: Any, function_name: str, kinesis_stream: str, **options: Any) -> None:
        from kmsmock.services import kinesis  # only where somebody uses it

        sealed = message_sender.sealed()
        envelopes = [] if sealed is None else [sealed]
        if _opens(
            backend, function_name, "kinesis", kinesis.translate, envelopes, f"gets no records of {kinesis_stream}"
        ):
            original(backend, function_name, kinesis_stream, **options)

    return send_kinesis_message


def _opens(
    backend: Any, function: str, service: str, words: Translation, envelopes: list[Envelope], outcome: str
) -> bool:
    """Whether the execution role of a function opens all of these."""
    found = functions.find(backend.account_id, backend.region_name, function) if envelopes else None
    role = None if found is None else iam.find_role(found.role)
    if found is None or role is None:
        return True
    store = serving.current().store
    call = Call(service, "ReceiveMessage", {}, sessions.of_role(role, found.function_name), backend.region_name)
    kms = ServiceKms(store, call, gate.answer, f"{service}.amazonaws.com")
    try:
        with translating(words):
            for envelope in {each.wrapped: each for each in envelopes}.values():
                kms.unseal(envelope)
    except AwsError as error:
        return not late.failed(store, call, error, found.function_arn, outcome)
    return True
