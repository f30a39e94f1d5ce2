"""Results of calls to responses: JSON by our own hand, the rest by moto's serializers, which know the quirks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.active import Patches, current
from kmsmock.wire import answers
from kmsmock.wire.answers import Answer
from kmsmock.wire.models import OperationModel, unknown


def install(patches: Patches) -> None:
    """From now on what moto writes has the id of the request, by which the trail knows it, and not ``request-id``."""
    from moto.core.serialize import SerializationContext

    original: Any = SerializationContext.__init__

    def init(context: Any, request_id: str | None = None) -> None:
        """SerializationContext.__init__ while a world is active."""
        original(context, request_id or getattr(current().current_request, "request_id", None))

    patches.replace(SerializationContext, "__init__", init)


def encode(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> Answer:
    """The response to a call that succeeded. Raises NotImplementedError for a protocol that nobody here writes."""
    if operation.service_model.resolved_protocol == "json":
        return answers.encode_json(operation, result, request_id)
    from moto.core.serialize import SERIALIZERS, SerializationContext, get_serializer_class
    from moto.core.utils import get_service_model

    service = operation.service_model
    if service.resolved_protocol not in SERIALIZERS:
        raise unknown(operation)
    serializer = get_serializer_class(service.service_name, service.resolved_protocol)
    model = get_service_model(service.service_name).operation_model(operation.name)
    written = serializer(operation_model=model, context=SerializationContext(request_id)).serialize(dict(result))
    body = written["body"]
    made = body.encode(errors="replace") if isinstance(body, str) else body
    return answers.readable(operation, (written["status_code"], written["headers"], made))
