"""moto's queues and topics."""

from __future__ import annotations

from typing import Any

from kmsmock.records import backends


def queue_or_topic(service: str, account: str, region: str, name: str, arn: str) -> Any:
    """The record of a queue (``sqs``) by its name, or of a topic by its ARN; None where there is none."""
    if service == "sqs":
        return backends.made("sqs", account, region).queues.get(name)
    return backends.made("sns", account, region).topics.get(arn)
