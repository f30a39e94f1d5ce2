"""Wildcards and policy variables: how a pattern in a policy meets a value of the request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

Value = str | tuple[str, ...]
Context = Mapping[str, Value]

_VARIABLE = re.compile(r"\$\{([^},]*)(?:,\s*'([^']*)')?\}")
_LITERALS = {"*", "?", "$"}


def units(text: str) -> str:
    """``text`` as UTF-16 code units, which are what ``?`` counts (recorded)."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    encoded = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(encoded[at] | encoded[at + 1] << 8) for at in range(0, len(encoded), 2))


def wildcard_regex(pattern: str, anything: str = ".") -> str:
    """``*`` and ``?`` as a regular expression over ``anything``, for re.DOTALL and fullmatch against ``units``."""
    wild = {"*": f"{anything}*", "?": anything}
    return "".join(wild.get(character) or re.escape(character) for character in units(pattern))


@lru_cache(maxsize=8192)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(wildcard_regex(pattern), re.DOTALL)


def match_wildcard(pattern: str, value: str) -> bool:
    """True if ``*`` (any characters) and ``?`` (one) in the pattern cover the value. All else is literal."""
    if pattern == "*":
        return True
    if "*" not in pattern and "?" not in pattern:
        return pattern == value
    return _regex(pattern).fullmatch(units(value)) is not None


def match_arn(pattern: str, value: str) -> bool:
    """Wildcards in an ARN, each within its own segment of the six. A value that is no ARN never matches."""
    wanted, seen = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(seen) == 6 and all(map(match_wildcard, wanted, seen))


def has_variable(text: str) -> bool:
    """True if there is a policy variable to fill in."""
    return "${" in text


def substitute(text: str, context: Context) -> str | None:
    """``text`` with its policy variables filled in, as a pattern; None if one has no value.

    What comes out of a variable is literal: its wildcards are none ("IAM policy elements: variables and tags").
    The private characters stand for literal ``*`` and ``?`` until they are compared.
    """
    missing = False

    def value(match: re.Match[str]) -> str:
        nonlocal missing
        name, default = match[1].strip(), match[2]
        if name in _LITERALS:
            return _protect(name)
        found = context.get(name.lower())
        if isinstance(found, tuple) or (found is None and default is None):
            missing = True
            return ""
        return _protect(found if found is not None else str(default))

    result = _VARIABLE.sub(value, text)
    return None if missing else result


_STAR, _MARK = "\ue000", "\ue001"


def _protect(text: str) -> str:
    return text.replace("*", _STAR).replace("?", _MARK)


def unprotect(text: str) -> str:
    """A substituted text as a plain value."""
    return text.replace(_STAR, "*").replace(_MARK, "?")


def protected_match(match: Callable[[str, str], bool], pattern: str, value: str) -> bool:
    """Match a substituted pattern: its protected characters only equal themselves."""
    if _STAR in pattern or _MARK in pattern:
        return _regex_of_protected(pattern).fullmatch(units(value)) is not None
    return match(pattern, value)


@lru_cache(maxsize=1024)
def _regex_of_protected(pattern: str) -> re.Pattern[str]:
    kinds = {"*": ".*", "?": ".", _STAR: re.escape("*"), _MARK: re.escape("?")}
    return re.compile("".join(kinds.get(character) or re.escape(character) for character in units(pattern)), re.DOTALL)
