"""EventBridge: what its rules send to encrypted queues, it sends in its own name; policies of buses."""

from __future__ import annotations

import json
from typing import Any

from kmsmock.authorization.documents import statements_of
from kmsmock.call import Call
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import message_sender
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire.answers import Answer


def put_events(call: Call, kms: ServiceKms, moto: Moto) -> Answer:
    """PutEvents: a queue whose key does not let ``events.amazonaws.com`` in gets nothing."""
    with message_sender.handling(kms):
        return moto.own_answer()


def put_permission(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """PutPermission: moto keeps a policy by the Sids of a list of statements. What has none gets one; that AWS does the
    same is unverified."""
    text = call.params.get("Policy")
    if not text or not kms.store.refuses:
        return None
    document = json.loads(text)
    statements = [{"Sid": f"statement-{number}", **each} for number, each in enumerate(statements_of(document), 1)]
    return moto("PutPermission", **{**call.params, "Policy": json.dumps({**document, "Statement": statements})})


OPERATIONS: dict[str, Advice] = {"PutEvents": put_events, "PutPermission": put_permission}
