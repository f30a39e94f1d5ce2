"""What a request to the admin API brings, read by a table of what it may bring."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from kmsmock.endpoint.server import Asked
from kmsmock.errors import did_you_mean

LARGEST = 4 * 2**20
"""Bytes of a body, at most: templates and policies are smaller."""
_LONGEST_NUMBER = 9
"""Digits of a number in a query."""


class Problem(Exception):
    """A request that is not answered as it asked: a status, a code, and what to do."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class Kind(NamedTuple):
    """What a value is: whether a value of JSON is one, how a text of a query is read, and in words."""

    words: str
    holds: Callable[[Any], bool]
    of_text: Callable[[str], Any] = str


def _number_of(text: str) -> Any:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else text


TEXT = Kind("a text", lambda value: isinstance(value, str))
NUMBER = Kind("a whole number from 1", lambda value: type(value) is int and value > 0, _number_of)
SOME = Kind("a number", lambda value: type(value) in (int, float))
FLAG = Kind(
    "true or false", lambda value: isinstance(value, bool), lambda text: {"true": True, "false": False}.get(text, text)
)
OBJECT = Kind("an object", lambda value: isinstance(value, dict))
DOCUMENT = Kind("a policy: an object, its text, or the ARN of one", lambda value: isinstance(value, (dict, str)))
DOCUMENTS = Kind(
    "a list of policies, each an object, its text, or the ARN of one",
    lambda value: isinstance(value, list) and all(isinstance(each, (dict, str)) for each in value),
)
SWITCH = Kind("true, false or an object", lambda value: isinstance(value, (bool, dict)))


class Field(NamedTuple):
    """One thing that a request may bring."""

    kind: Kind
    words: str
    needed: bool = False

    def __str__(self) -> str:
        return f"{self.kind.words}{': ' if self.words else ''}{self.words}{'' if self.needed else ', optional'}"


Fields = Mapping[str, Field]


def body(asked: Asked, fields: Fields) -> dict[str, Any]:
    """The object that a request brings; no body is an empty one. Raises Problem, which says what is accepted."""
    if len(asked.body) > LARGEST:
        raise Problem(413, "TooLarge", f"a body has at most {LARGEST} bytes, and this one {len(asked.body)}")
    if not asked.body.strip():
        return _checked({}, fields)
    try:
        found = json.loads(asked.body, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        raise Problem(400, "NoJson", f"the body is no JSON: {str(problem) or 'it is too deep'}") from None
    if not isinstance(found, dict):
        raise Problem(400, "NoObject", f"the body is a JSON object, {told(fields)}")
    return _checked(found, fields)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def query(asked: Asked, fields: Fields) -> dict[str, Any]:
    """What stands after the question mark. Raises Problem likewise."""
    pairs = parse_qsl(urlsplit(asked.target).query, keep_blank_values=True)
    return _checked(
        {name: fields[name].kind.of_text(value) if name in fields else value for name, value in pairs}, fields
    )


def _checked(given: dict[str, Any], fields: Fields) -> dict[str, Any]:
    for name, value in given.items():
        if name not in fields:
            hint = did_you_mean(name, fields, "")
            raise Problem(400, "Unknown", f"there is no {name!r} here: {told(fields)}{f'; {hint}' if hint else ''}")
        if not fields[name].kind.holds(value):
            raise Problem(400, "NotAccepted", f"{name} is {fields[name].kind.words}, not {_brief(value)}")
    lacking = [name for name, each in fields.items() if each.needed and name not in given]
    if lacking:
        raise Problem(400, "Missing", f"{', '.join(lacking)} is missing: {told(fields)}")
    return given


def told(fields: Fields) -> str:
    """What is accepted, in words."""
    if not fields:
        return "it takes nothing"
    return "it takes " + ", ".join(f"{name} ({each})" for name, each in fields.items())


def _brief(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}..."
