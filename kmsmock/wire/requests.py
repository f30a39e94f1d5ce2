"""Requests: botocore's type of them by the name that the house uses, and those that no client makes."""

from __future__ import annotations

from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

from kmsmock.wire.models import OperationModel

__all__ = ["OWN_AGENT", "AWSPreparedRequest", "not_sent", "prepare"]

OWN_AGENT = "region/"
"""What the agent of requests begins with that no client makes; it ends with their Region."""


def prepare(operation: OperationModel, params: dict[str, Any], region: str) -> AWSPreparedRequest:
    """The request that a client of that Region would send, unsigned. Raises ParamValidationError."""
    service = operation.service_model
    body = create_serializer(service.resolved_protocol).serialize_to_request(params, operation)
    endpoint = f"https://{service.endpoint_prefix}.{region}.amazonaws.com"
    return AWSRequest(
        method=body["method"],
        url=endpoint + body["url_path"],
        headers={**body["headers"], "User-Agent": f"{OWN_AGENT}{region}"},
        data=body["body"],
        params=body["query_string"],
    ).prepare()


def not_sent(operation: OperationModel, params: dict[str, Any]) -> str:
    """Why botocore would not send these parameters, in its words; empty where it would."""
    shape = operation.input_shape
    return "" if shape is None else str(ParamValidator().validate(params, shape).generate_report())
