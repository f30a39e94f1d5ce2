"""EventBridge: what its rules send to encrypted queues, it sends in its own name."""

from __future__ import annotations

from kmsmock.call import Call
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import message_sender
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire.answers import Answer


def put_events(call: Call, kms: ServiceKms, moto: Moto) -> Answer:
    """PutEvents: a queue whose key does not let ``events.amazonaws.com`` in gets nothing."""
    with message_sender.handling(kms):
        return moto.own_answer()


OPERATIONS: dict[str, Advice] = {"PutEvents": put_events}
