"""Which policy is which: by what its statements say, but for what AWS makes up anew in each run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from kmsmock.iam import Policy
from kmsmock.iam.grammar import values_of

_GENERATED = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\bmrk-[0-9a-f]{32}\b"
    r"|\b(?:vpce|vpc|subnet|i|vol|snap|ami|fs|o)-[0-9a-z]{8,17}(?=[\"/:*])"
    r"|\b(?:AIDA|AROA)[A-Z0-9]{16,17}\b"
    r"|(?<=-)[A-Za-z0-9]{6}(?=\")"
)
_SECRET = re.compile(r":secret:[\w/+=.@-]+$")
GENERATED = "<id>"
"""Stands for an id that differs from run to run."""
ELEMENTS = ("Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource")
GRANT = ("GranteePrincipal", "GranteeServicePrincipal", "Operations", "Constraints")


class Shape(NamedTuple):
    """A document without what is new in each run. ``key`` tells it from all others; ``paths`` are its statements, and
    all parts of them that are counted: ``0``, ``0/Action/1``, ``0/Condition/Bool/aws:SecureTransport``."""

    key: str
    document: Mapping[str, Any]
    paths: tuple[str, ...]


def masked(text: str) -> str:
    """A text in which generated ids are all the same; the six letters at the end of a secret's ARN are one."""

    def instead(found: re.Match[str]) -> str:
        is_end = len(found[0]) == 6
        return found[0] if is_end and not _SECRET.search(text, 0, found.start()) else GENERATED

    return _GENERATED.sub(instead, text)


def statements_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements of a document; a document may have one without a list around it."""
    found: list[Mapping[str, Any]] = values_of(document.get("Statement", []))
    return found


@lru_cache(maxsize=4096)
def of_text(text: str) -> Shape | None:
    """The shape of a document as it was written; None for a text that is none, which a world may let pass."""
    try:
        document = json.loads(masked(text))
    except ValueError:
        return None
    if not isinstance(document, Mapping) or not all(isinstance(each, Mapping) for each in statements_of(document)):
        return None
    statements = statements_of(document)
    paths = (
        path
        for number, raw in enumerate(statements)
        for path in (str(number), *(f"{number}/{part}" for part, _ in parts_of(raw)))
    )
    return Shape(_key(statements), document, tuple(paths))


def key_of(statements: list[Any]) -> str:
    """What tells the document that says this from all others."""
    return _key(json.loads(masked(json.dumps(statements))))


def key_of_grant(params: Mapping[str, Any]) -> str:
    """The same of a grant."""
    return of_grant(params).key


def of_policy(policy: Policy) -> Shape | None:
    """The shape of a compiled document."""
    return of_text(policy.text or json.dumps({"Statement": [each.raw for each in policy.statements]}))


def of_grant(params: Mapping[str, Any]) -> Shape:
    """The shape of a grant, from the parameters of CreateGrant."""
    said = {name: params[name] for name in ("Name", *GRANT) if name in params}
    document = json.loads(masked(json.dumps(said, default=str)))
    return Shape(_key(document), document, ("0", *(f"0/{path}" for path in parts_of_grant(document))))


def _key(value: Any) -> str:
    return sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def parts_of(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The parts of a statement that are counted, each value of its elements and each condition, with what they say."""
    for element in ELEMENTS:
        if element in raw:
            value = raw[element]
            groups = value.items() if isinstance(value, Mapping) else [("", value)]
            for group, values in groups:
                name = f"{element}/{group}" if group else element
                yield from ((f"{name}/{number}", each) for number, each in enumerate(values_of(values)))
    for operator, keys in raw.get("Condition", {}).items():
        yield from ((f"Condition/{operator}/{key}", value) for key, value in keys.items())


def parts_of_grant(document: Mapping[str, Any]) -> Iterator[str]:
    """The parts of a grant that are counted."""
    for name in GRANT:
        if name == "Operations":
            yield from (f"{name}/{number}" for number, _ in enumerate(document.get(name, ())))
        elif document.get(name):
            yield name
