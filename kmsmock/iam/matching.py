"""Wildcards and policy variables: how a pattern in a policy meets a value of the request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from kmsmock.iam.wildcards import Row

Value = str | tuple[str, ...]
Context = Mapping[str, Value]

_NAME = re.compile(r"\$\{([^},]*)")
_REST = re.compile(r"(?:,\s*'([^']*)')?\}")
_LITERALS = {"*", "?", "$"}
_STAR, _MARK = "\udc2a", "\udc3f"
"""Stand for literal ``*`` and ``?`` in a substituted pattern: halves of nothing, which no text has."""
_MARKS = re.compile(f"([{_STAR}{_MARK}])")
_PLANES = bytes(0x0F if 0xD8 <= high <= 0xDF else 0 for high in range(256))


def units(text: str) -> str:
    """``text`` as UTF-16 code units, which are what ``?`` counts (recorded).

    The two of one character are moved to where no unit is, so that no half of it is taken for a mark.
    """
    if text.isascii():
        return text
    return "".join(map(_units, _MARKS.split(text)))


def _units(text: str) -> str:
    encoded = text.encode("utf-16-le", "surrogatepass")
    if len(encoded) == 2 * len(text):
        return text
    wide = bytearray(2 * len(encoded))
    wide[0::4], wide[1::4], wide[2::4] = encoded[0::2], encoded[1::2], encoded[1::2].translate(_PLANES)
    return wide.decode("utf-32-le")


def is_wild(pattern: str) -> bool:
    """True for a pattern that covers more than itself."""
    return "*" in pattern or "?" in pattern


def plain(value: str) -> str:
    """A value of the request as it stands beside patterns, character by character."""
    return _protect(units(value))


@lru_cache(maxsize=64)
def _row(value: str) -> Row:
    return Row([[plain(value)]])


def match_wildcard(pattern: str, value: str) -> bool:
    """True if ``*`` (any characters) and ``?`` (one) in the pattern cover the value. All else is literal."""
    if pattern == "*":
        return True
    if not is_wild(pattern):
        return unprotect(pattern) == value
    stars = pattern.count("*")
    if stars == 1 and pattern[-1] == "*" and "?" not in pattern:
        return value.startswith(unprotect(pattern[:-1]))
    if len(pattern) - stars > 2 * len(value):  # a character of either is one unit or two
        return False
    return _row(value).match(units(pattern)) != 0


def match_arn(pattern: str, value: str) -> bool:
    """Wildcards in an ARN, each within its own segment of the six. What has fewer segments never matches."""
    wanted, seen = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(seen) == 6 and all(map(match_wildcard, wanted, seen))


_MORE_THAN_ANY_VALUE = 1_000_000
"""Characters. A pattern that has as many matches nothing, and is not filled in any further."""


def has_variable(text: str) -> bool:
    """True if there is a policy variable to fill in."""
    return "${" in text


def substitute(text: str, context: Context) -> str | None:
    """``text`` with its policy variables filled in, as a pattern; None if one has no value.

    What comes out of a variable is literal: its wildcards are none ("IAM policy elements: variables and tags").
    """
    filled, at, size = [], 0, 0
    while size < _MORE_THAN_ANY_VALUE and (name := _NAME.search(text, at)):
        rest = _REST.match(text, name.end())
        if rest is None:  # nor is it one from a later beginning in the same name: nothing is read twice
            filled.append(text[at : name.end()])
            at = name.end()
            continue
        value = _value(name[1].strip(), rest[1], context)
        if value is None:
            return None
        filled += (text[at : name.start()], _protect(value))
        at, size = rest.end(), size + len(value)
    return "".join([*filled, text[at:]])


def _value(name: str, default: str | None, context: Context) -> str | None:
    if name in _LITERALS:
        return name
    found = context.get(name.lower())
    return None if isinstance(found, tuple) else default if found is None else found


def _protect(text: str) -> str:
    return text.replace("*", _STAR).replace("?", _MARK)


def unprotect(text: str) -> str:
    """A substituted text as a plain value."""
    return text.replace(_STAR, "*").replace(_MARK, "?")
