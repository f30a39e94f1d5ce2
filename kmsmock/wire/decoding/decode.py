"""Requests to parameters, by botocore's service models: what a prepared request asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel

from kmsmock.wire.decoding.json import _decode_json
from kmsmock.wire.decoding.query import _decode_query
from kmsmock.wire.decoding.rest import _decode_rest
from kmsmock.wire.models import unknown


def decode(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """The parameters of a request, typed as boto3 users know them (bytes for blobs, datetime for timestamps).

    Raises NotImplementedError for a protocol that is not known here.
    """
    decoder = _DECODERS.get(operation.service_model.resolved_protocol)
    if decoder is None:
        raise unknown(operation)
    return decoder(request, operation)


_DECODERS: dict[str, Callable[[AWSPreparedRequest, OperationModel], dict[str, Any]]] = {
    "json": _decode_json,
    "query": _decode_query,
    "ec2": _decode_query,
    "rest-xml": _decode_rest,
    "rest-json": _decode_rest,
}
