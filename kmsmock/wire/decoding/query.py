"""Parameters of the query protocols (``query`` and ``ec2``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel, Shape
from botocore.utils import parse_timestamp

from kmsmock.wire.decoding.json import _blob
from kmsmock.wire.decoding.request import Convert, body_of


def _decode_query(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """The flattened form of the ``query`` and ``ec2`` protocols."""
    form = parse_qs(body_of(request).decode() or urlsplit(request.url).query, keep_blank_values=True)
    flat = {name: values[0] for name, values in form.items()}
    ec2 = operation.service_model.resolved_protocol == "ec2"
    shape = operation.input_shape
    return {} if shape is None else _from_query(shape, flat, "", ec2) or {}


def _from_query(shape: Any, flat: Mapping[str, str], prefix: str, ec2: bool) -> Any:
    if shape.type_name == "structure":
        members = {}
        for name, member in shape.members.items():
            value = _from_query(member, flat, _join(prefix, _query_name(name, member, ec2)), ec2)
            if value is not None:
                members[name] = value
        return members or None
    if shape.type_name == "list":
        item = (
            ""
            if ec2 or shape.serialization.get("flattened")
            else f".{shape.member.serialization.get('name', 'member')}"
        )
        values: list[Any] = []
        while (value := _from_query(shape.member, flat, f"{prefix}{item}.{len(values) + 1}", ec2)) is not None:
            values.append(value)
        return values or None
    if shape.type_name == "map":
        return _map_from_query(shape, flat, prefix, ec2)
    raw = flat.get(prefix)
    return None if raw is None else _QUERY_TYPES.get(shape.type_name, str)(raw)


def _map_from_query(shape: Any, flat: Mapping[str, str], prefix: str, ec2: bool) -> dict[str, Any] | None:
    start = prefix if shape.serialization.get("flattened") else f"{prefix}.entry"
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    pairs: dict[str, Any] = {}
    number = 1
    while (key := flat.get(f"{start}.{number}.{key_name}")) is not None:
        pairs[key] = _from_query(shape.value, flat, f"{start}.{number}.{value_name}", ec2)
        number += 1
    return pairs or None


def _query_name(name: str, shape: Shape, ec2: bool) -> str:
    if not ec2:
        return str(shape.serialization.get("name", name))
    given = shape.serialization.get("queryName") or shape.serialization.get("name", name)
    return str(given[:1].upper() + given[1:])


def _join(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


_QUERY_TYPES: dict[str, Convert] = {
    "integer": int,
    "long": int,
    "boolean": lambda text: text.lower() == "true",
    "float": float,
    "double": float,
    "blob": _blob,
    "timestamp": parse_timestamp,
}
