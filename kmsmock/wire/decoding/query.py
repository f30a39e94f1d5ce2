"""Parameters of the query protocols (``query`` and ``ec2``)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel, Shape
from botocore.utils import parse_timestamp

from kmsmock.wire import complaints
from kmsmock.wire.decoding.request import Convert, body_of

_CONTROLS = re.compile("%0[0-8BCEF]|%1[0-9A-F]|[\0-\x08\x0b\x0c\x0e-\x1f]", re.IGNORECASE)
"""Characters that no answer in XML can repeat, as a form has them."""


def _decode_query(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    """The flattened form of the ``query`` and ``ec2`` protocols."""
    try:
        sent = body_of(request).decode() or urlsplit(request.url).query
        if _CONTROLS.search(sent):
            raise complaints.malformed(operation)  # as what else AWS refuses them is unverified
        form = parse_qs(sent, keep_blank_values=True, errors="strict")
    except ValueError:  # bytes that are not UTF-8, or more fields than anybody sends
        raise complaints.malformed(operation) from None
    flat = {name: values[0] for name, values in form.items()}
    if "Action" not in flat:
        raise complaints.no_action()
    ec2 = operation.service_model.resolved_protocol == "ec2"
    shape = operation.input_shape
    try:
        return {} if shape is None else _from_query(shape, flat, "", ec2) or {}
    except _Unreadable as bad:
        raise complaints.unreadable(operation, bad.name, bad.value) from None


class _Unreadable(Exception):
    """A text that is no value of its parameter's type."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(name, value)
        self.name, self.value = name, value


def _from_query(shape: Any, flat: Mapping[str, str], prefix: str, ec2: bool) -> Any:
    if shape.type_name == "structure":
        members = {}
        for name, member in shape.members.items():
            value = _from_query(member, flat, _join(prefix, _query_name(name, member, ec2)), ec2)
            if value is not None:
                members[name] = value
        return members or None
    if shape.type_name == "list":
        values: list[Any] = []
        items = _items(shape, prefix, ec2)
        while (value := _from_query(shape.member, flat, f"{items}.{len(values) + 1}", ec2)) is not None:
            values.append(value)
        empty = not ec2 and flat.get(prefix) == ""  # as the query protocol sends a list of nothing; EC2's cannot
        return values or ([] if empty else None)
    if shape.type_name == "map":
        return _map_from_query(shape, flat, prefix, ec2)
    raw = flat.get(prefix)
    return None if raw is None else _read(shape, prefix, raw)


def _items(shape: Any, prefix: str, ec2: bool) -> str:
    """What stands before the numbers of a list's items; the items of a flattened one may have a name of their own."""
    name = shape.member.serialization.get("name")
    if ec2:
        return prefix
    if not shape.serialization.get("flattened"):
        return f"{prefix}.{name or 'member'}"
    return _join(prefix.rpartition(".")[0], name) if name else prefix


def _read(shape: Shape, name: str, text: str) -> Any:
    """The value that a text stands for."""
    try:
        if "max" in shape.metadata and shape.type_name in ("integer", "long"):
            return _whole(_ANY, text)  # the service itself says what is too much
        return _QUERY_TYPES.get(shape.type_name, str)(text)
    except (ValueError, OverflowError, RuntimeError):  # botocore wraps what dates cannot be read for
        raise _Unreadable(name, text) from None


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


_ANY = 10**40
"""More than a number of any type holds."""


def _whole(most: int, text: str) -> int:
    """A whole number that has room in the type of AWS's servers, in ASCII's digits."""
    if not text.isascii() or "_" in text or not -most - 1 <= int(text) <= most:
        raise ValueError(text)
    return int(text)


def _blob(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


_QUERY_TYPES: dict[str, Convert] = {
    "integer": partial(_whole, 2**31 - 1),
    "long": partial(_whole, 2**63 - 1),
    "boolean": lambda text: text.lower() == "true",
    "float": float,
    "double": float,
    "blob": _blob,
    "timestamp": parse_timestamp,
}
