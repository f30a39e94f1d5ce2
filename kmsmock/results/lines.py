"""A record as a line of JSON, and back. What has its default is left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, get_type_hints

from kmsmock.errors import did_you_mean
from kmsmock.results.kinds import KINDS, VERSION, Record, Run

_NAMES: Mapping[type[Record], str] = {kind: name for name, kind in KINDS.items()}
_HOLDS: Mapping[Any, tuple[str, Callable[[Any], bool]]] = {
    str: ("a text", lambda value: isinstance(value, str)),
    int: ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    float: ("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)),
    bool: ("true or false", lambda value: isinstance(value, bool)),
    list[str]: ("a list of texts", lambda value: isinstance(value, list) and set(map(type, value)) <= {str}),
    list[list[str]]: (
        "a list of lists of texts",
        lambda value: isinstance(value, list) and all(_HOLDS[list[str]][1](x) for x in value),
    ),
    dict[str, Any]: ("an object", lambda value: isinstance(value, dict)),
    dict[str, list[int]]: (
        "an object of lists of whole numbers",
        lambda value: (
            isinstance(value, dict) and all(isinstance(x, list) and set(map(type, x)) <= {int} for x in value.values())
        ),
    ),
    list[dict[str, Any]]: (
        "a list of objects",
        lambda value: isinstance(value, list) and all(isinstance(x, dict) for x in value),
    ),
}
"""The types that fields may have: what a value has to be, and whether it is."""
_TYPES: Mapping[str, Mapping[str, Any]] = {name: get_type_hints(kind) for name, kind in KINDS.items()}


class BadLine(ValueError):
    """A line that is none of a file of results."""


def as_line(record: Record) -> str:
    """A record as it is written, without the end of the line."""
    kind = type(record)
    told = record._asdict()
    for name, default in kind._field_defaults.items():
        if told[name] == default and name != "version":
            del told[name]
    return _encode({"kind": _NAMES[kind], **told})


_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def record(text: str) -> Record:
    """A line as the record that it is. Raises BadLine, which says what is wrong with it."""
    try:
        told = json.loads(text)
    except ValueError as wrong:
        raise BadLine(f"it is no JSON ({wrong})") from None
    if not isinstance(told, dict) or not isinstance(told.get("kind"), str):
        raise BadLine('a line is an object with a "kind"')
    name = told.pop("kind")
    kind = KINDS.get(name)
    if kind is None:
        raise BadLine(f"there are no lines of kind {name!r}; {did_you_mean(name, KINDS, _all(KINDS))}")
    if kind is Run and told.get("version") != VERSION:
        raise BadLine(f"it has version {told.get('version')!r} of the schema, and this kmsmock reads {VERSION}")
    types = _TYPES[name]
    for field, value in told.items():
        if field not in types:
            raise BadLine(f"a {name} has no {field!r}; {did_you_mean(field, types, _all(types))}")
        words, holds = _HOLDS[types[field]]
        if not holds(value):
            raise BadLine(f"{field!r} of a {name} is {words}, and not {value!r}")
    missing = [field for field in kind._fields if field not in told and field not in kind._field_defaults]
    if missing:
        raise BadLine(f"a {name} needs {', '.join(missing)}")
    return kind(**told)


def _all(names: Mapping[str, Any]) -> str:
    return f"there are {', '.join(names)}"
