"""moto's queues and topics."""

from __future__ import annotations

from typing import Any


def queue_or_topic(service: str, account: str, region: str, name: str, arn: str) -> Any:
    """The record of a queue (``sqs``) by its name, or of a topic by its ARN; None where there is none."""
    if service == "sqs":
        from moto.sqs.models import sqs_backends

        return sqs_backends[account][region].queues.get(name)
    from moto.sns.models import sns_backends

    return sns_backends[account][region].topics.get(arn)
