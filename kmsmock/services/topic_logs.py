"""Delivery status logs of topics: what became of each message for a queue ("Amazon SNS message delivery status").

A topic logs once it has a role for that; what fails is always logged then, what succeeds by a sample rate. moto takes
the attributes and forgets them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from kmsmock import clock, entropy
from kmsmock.errors import AwsError
from kmsmock.foreign.notes import Note
from kmsmock.iam.arn import Arn
from kmsmock.records.serving import Run
from kmsmock.services.kms.message_sender import Lost

KINDS = ("Application", "Firehose", "HTTP", "Lambda", "SQS")
ATTRIBUTES = tuple(
    f"{kind}{which}Feedback{what}"
    for kind in KINDS
    for which, what in (("Success", "RoleArn"), ("Success", "SampleRate"), ("Failure", "RoleArn"))
)
"""The attributes of a topic that ask for logs ("SetTopicAttributes", API reference)."""
ASKED = Note[Mapping[str, str]]("delivery_status")
"""On moto's record of a topic: those of them that were set."""


def write(run: Run, subscription: Any, message_id: str, lost: Sequence[Lost]) -> None:
    """Log what became of a message for a queue, if the topic asked for that."""
    asked = ASKED.get(subscription.topic) or {}
    failed = bool(lost)
    role = asked.get("SQSFailureFeedbackRoleArn" if failed else "SQSSuccessFeedbackRoleArn")
    if not role or (not failed and float(asked.get("SQSSuccessFeedbackSampleRate") or 0) <= 0):
        return
    topic = Arn.of(subscription.topic.arn)
    group = f"sns/{topic.region}/{topic.account}/{topic.resource}" + ("/Failure" if failed else "")
    event = {
        "timestamp": int(clock.now().timestamp() * 1000),
        "message": json.dumps(_entry(subscription, message_id, lost)),
    }
    stream = {"logGroupName": group, "logStreamName": entropy.uuid()}
    with suppress(AwsError):  # it is there already
        run("logs", "CreateLogGroup", topic.region, {"logGroupName": group}, topic.account)
    run("logs", "CreateLogStream", topic.region, stream, topic.account)
    run("logs", "PutLogEvents", topic.region, {**stream, "logEvents": [event]}, topic.account)


def _entry(subscription: Any, message_id: str, lost: Sequence[Lost]) -> dict[str, Any]:
    """One entry of the log. How SQS's refusal stands in ``providerResponse`` is unverified."""
    answer = {"ErrorCode": lost[0].error.code, "ErrorMessage": lost[0].error.message} if lost else {}
    answered = {"sqsRequestId": entropy.uuid(), **(answer or {"sqsMessageId": entropy.uuid()})}
    return {
        "notification": {
            "messageMD5Sum": hashlib.md5(message_id.encode(), usedforsecurity=False).hexdigest(),
            "messageId": message_id,
            "topicArn": subscription.topic.arn,
            "timestamp": clock.now().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        },
        "delivery": {
            "deliveryId": entropy.uuid(),
            "destination": subscription.endpoint,
            "providerResponse": json.dumps(answered),
            "dwellTimeMs": 0,
            "attempts": 1,
            "statusCode": lost[0].error.status if lost else 200,
        },
        "status": "FAILURE" if lost else "SUCCESS",
    }
