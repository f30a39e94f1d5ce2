"""Parameters of the JSON protocols."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, partial
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.model import OperationModel, Shape
from botocore.utils import parse_timestamp

from kmsmock import errors
from kmsmock.wire import models
from kmsmock.wire.decoding.request import Convert, body_of


def _decode_json(request: AWSPreparedRequest, operation: OperationModel) -> dict[str, Any]:
    try:
        params = json.loads(body_of(request) or b"{}")
    except (ValueError, RecursionError):
        raise errors.serialization("") from None
    if not isinstance(params, dict):
        raise errors.serialization("")
    known = _members_of(operation)
    decoded = {}
    for name, value in params.items():
        if name in known and value is not None:
            convert = known[name]
            try:
                decoded[name] = value if convert is None else convert(value)
            except errors.AwsError as error:
                raise _in_words_of(operation, error) from None
    return decoded


def _in_words_of(operation: OperationModel, error: errors.AwsError) -> errors.AwsError:
    """DynamoDB says "NUMBER_VALUE cannot be converted to String", and no full stop (public reports, moto's tests)."""
    if operation.service_model.service_name not in ("dynamodb", "dynamodbstreams"):
        return error
    text = re.sub(" can not be converted to an? ", " cannot be converted to ", error.message)
    return errors.serialization(text.removesuffix("."))


def _members_of(operation: OperationModel) -> Mapping[str, Convert | None]:
    """The parameters of an operation. What a client has in a model of its own alone is compiled each time."""
    name = models.name_of(operation.service_model)
    if name is None or operation.name not in models.service_model(name).operation_names:
        return _compiled(operation)
    return _members(name, operation.name)


@cache
def _members(service: str, operation: str) -> Mapping[str, Convert | None]:
    """The parameters of an operation, compiled once for all clients: none of them is to be remembered."""
    return _compiled(models.service_model(service).operation_model(operation))


def _compiled(operation: OperationModel) -> Mapping[str, Convert | None]:
    shape: Any = operation.input_shape
    return {} if shape is None else {name: _from_json(member) for name, member in shape.members.items()}


def sent_members(operation: OperationModel) -> Mapping[str, Convert | None]:
    """The members of a body of ``rest-json``, by the names that they have there."""
    service = operation.service_model.service_name, operation.name
    if service not in _sent:
        shape: Any = operation.input_shape
        payload = None if shape is None else shape.serialization.get("payload")
        shape = shape if payload is None else shape.members[payload]
        _sent[service] = {} if shape is None or shape.type_name != "structure" else _by_sent_names(shape)
    return _sent[service]


_sent: dict[tuple[str, str], Mapping[str, Convert | None]] = {}
_NOTHING: Mapping[str, Convert] = {}


def _by_sent_names(shape: Any) -> dict[str, Convert | None]:
    return {
        member.serialization.get("name", name): _from_json(member)
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }


def _blob(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise errors.serialization("") from None


def _typed(kind: type, value: Any) -> Any:
    """A JSON value of the wrong type is refused before anything else looks at it."""
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    raise errors.wrong_json_type(value, kind)


def _number(value: Any) -> Any:
    """A number with a fraction, or without one."""
    return value if isinstance(value, float) else _typed(int, value)


def _string(value: Any) -> str:
    """A text; half a surrogate pair is none."""
    if not isinstance(value, str):
        raise errors.wrong_json_type(value, str)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise errors.serialization("") from None
    return value


def _timestamp(value: Any) -> datetime:
    """Epoch seconds, or a text that dates can be read from."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise errors.wrong_json_type(value, datetime)
    try:
        return parse_timestamp(value)  # type: ignore[arg-type]  # the stubs forget that it takes numbers
    except (ValueError, RuntimeError, OverflowError, OSError):
        raise errors.wrong_json_type(value, datetime) from None


def _pair_text(value: Any) -> str:
    """A name or value of a map of strings. KMS writes numbers and booleans out; anything else has no text."""
    if isinstance(value, (bool, int, float)):
        value = json.dumps(value)
    return _string(value)


def _text_map(value: Any) -> dict[str, str]:
    return {_pair_text(name): _pair_text(item) for name, item in _typed(dict, value).items()}


def _from_json(shape: Shape, inside: Mapping[str, Convert] = _NOTHING) -> Convert | None:
    """The conversion that a JSON value of this shape needs; ``inside``: those of the shapes that this one is in."""
    if shape.name in inside:
        return inside[shape.name]
    if shape.type_name not in _NESTED:
        return _JSON_TYPES.get(shape.type_name)

    def again(value: Any) -> Any:
        """For a shape that holds itself."""
        return convert(value)

    convert: Convert = _NESTED[shape.type_name](shape, {**inside, shape.name: again})
    return convert


def _structure(shape: Any, inside: Mapping[str, Convert]) -> Convert:
    return partial(_each_member, {name: _from_json(member, inside) for name, member in shape.members.items()})


def _map(shape: Any, inside: Mapping[str, Convert]) -> Convert:
    return _text_map if shape.value.type_name == "string" else partial(_each_value, _from_json(shape.value, inside))


def _list(shape: Any, inside: Mapping[str, Convert]) -> Convert:
    return partial(_each_item, _from_json(shape.member, inside))


_NESTED: Mapping[str, Callable[[Any, Mapping[str, Convert]], Convert]] = {
    "structure": _structure,
    "map": _map,
    "list": _list,
}
_JSON_TYPES: dict[str, Convert] = {
    "blob": _blob,
    "timestamp": _timestamp,
    "string": _string,
    "integer": partial(_typed, int),
    "long": partial(_typed, int),
    "boolean": partial(_typed, bool),
    "float": _number,
    "double": _number,
}


def _each_member(known: Mapping[str, Convert | None], value: Any) -> Any:
    result = {}
    for name, item in _typed(dict, value).items():
        if name in known and item is not None:
            convert = known[name]
            result[name] = item if convert is None else convert(item)
    return result


def _each_value(convert: Convert | None, value: Any) -> Any:
    pairs = _typed(dict, value)
    return pairs if convert is None else {name: convert(item) for name, item in pairs.items()}


def _each_item(convert: Convert | None, value: Any) -> Any:
    items = _typed(list, value)
    return items if convert is None else [convert(item) for item in items]
