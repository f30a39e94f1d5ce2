"""Policies of streams, which moto has for tables only ("Resource-based policies for DynamoDB", developer guide)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import table_policies
from kmsmock.services import Advice, Moto
from kmsmock.services.dynamodb import streams
from kmsmock.services.kms.client import ServiceKms


def _of_stream(act: Callable[[str, Call], dict[str, Any]]) -> Advice:
    """``act`` for the ARN of a stream; moto's own for that of a table."""

    @wraps(act)
    def advice(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
        arn = call.params["ResourceArn"]
        if "/stream/" not in arn:
            return None
        streams.must_exist(arn)
        return act(arn, call)

    return advice


def _put(arn: str, call: Call) -> dict[str, Any]:
    return {"RevisionId": table_policies.put(arn, call.params["Policy"])}


def _get(arn: str, call: Call) -> dict[str, Any]:
    found = table_policies.find(arn)
    if found is None:
        text = f"Resource-based policy not found for the provided ResourceArn: {arn}"
        raise AwsError("PolicyNotFoundException", text)
    return {"Policy": found.policy_doc, "RevisionId": found.revision_id}


def _delete(arn: str, call: Call) -> dict[str, Any]:
    found = table_policies.find(arn)
    table_policies.drop(arn)
    return {} if found is None else {"RevisionId": found.revision_id}


OPERATIONS: dict[str, Advice] = {
    "DeleteResourcePolicy": _of_stream(_delete),
    "GetResourcePolicy": _of_stream(_get),
    "PutResourcePolicy": _of_stream(_put),
}
