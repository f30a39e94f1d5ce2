"""The text of a policy document as JSON, by what AWS reads of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

DEEPEST = 64
"""Levels of a document. Ten are enough for any; how many AWS reads is unverified."""


class MalformedPolicy(ValueError):
    """A document that AWS refuses to store. ``reason`` says what kind of mistake it is, ``what`` which piece it is."""

    def __init__(self, message: str, reason: str = "syntax", what: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.what = what


def parse(text: str) -> Any:
    """The JSON of a policy document. Raises MalformedPolicy for what is none, for a name that stands twice in one
    object, and (unverified) for NaN, half a surrogate pair, and what is nested too deeply."""
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
        _must_be_flat(text, document)
        if not text.isascii() or "\\u" in text:
            json.dumps(document, ensure_ascii=False).encode()
    except MalformedPolicy:
        raise
    except (ValueError, RecursionError):
        raise MalformedPolicy(_NO_JSON) from None
    return document


_NO_JSON = "Policy contains invalid JSON."


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise MalformedPolicy("Duplicate keys in policy.")
    return names


def _no_number(name: str) -> None:
    raise MalformedPolicy(_NO_JSON)


def _must_be_flat(text: str, document: Any) -> None:
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    level = [document]
    for _ in range(DEEPEST):
        inside = (each.values() if isinstance(each, Mapping) else each for each in level)
        level = [each for values in inside for each in values if isinstance(each, (Mapping, list))]
        if not level:
            return
    raise MalformedPolicy(_NO_JSON)
