"""Wildcards and policy variables: how a pattern in a policy meets a value of the request."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

Value = str | tuple[str, ...]
Context = Mapping[str, Value]

_VARIABLE = re.compile(r"\$\{([^},]*)(?:,\s*'([^']*)')?\}")
_LITERALS = {"*", "?", "$"}
_STAR, _MARK = "\ufdd0", "\ufdd1"
"""Stand for literal ``*`` and ``?`` in a substituted pattern; Unicode keeps these two for such private uses."""


def units(text: str) -> str:
    """``text`` as UTF-16 code units, which are what ``?`` counts (recorded)."""
    if text.isascii() or max(text) <= "\uffff":
        return text
    encoded = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(encoded[at] | encoded[at + 1] << 8) for at in range(0, len(encoded), 2))


def wildcard_regex(pattern: str, anything: str = ".") -> str:
    """``*`` and ``?`` as a regular expression over ``anything``, for re.DOTALL and fullmatch against ``units``."""
    wild = {"*": f"{anything}*", "?": anything, _STAR: r"\*", _MARK: r"\?"}
    return "".join(wild.get(character) or re.escape(character) for character in units(pattern))


@lru_cache(maxsize=8192)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(wildcard_regex(pattern), re.DOTALL)


def match_wildcard(pattern: str, value: str) -> bool:
    """True if ``*`` (any characters) and ``?`` (one) in the pattern cover the value. All else is literal."""
    if pattern == "*":
        return True
    if "*" not in pattern and "?" not in pattern:
        return unprotect(pattern) == value
    return _regex(pattern).fullmatch(units(value)) is not None


def covers(pattern: str, name: str) -> bool:
    """``match_wildcard`` for short names against whatever somebody wrote: its time grows with the product of both
    lengths, never faster."""
    at, seen, star, mark = 0, 0, -1, 0
    while seen < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, seen
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[seen]):
            at, seen = at + 1, seen + 1
        elif star >= 0:
            mark += 1
            at, seen = star + 1, mark
        else:
            return False
    return not pattern[at:].strip("*")


def match_arn(pattern: str, value: str) -> bool:
    """Wildcards in an ARN, each within its own segment of the six. What has fewer segments never matches."""
    wanted, seen = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(seen) == 6 and all(map(match_wildcard, wanted, seen))


def has_variable(text: str) -> bool:
    """True if there is a policy variable to fill in."""
    return "${" in text


def substitute(text: str, context: Context) -> str | None:
    """``text`` with its policy variables filled in, as a pattern; None if one has no value.

    What comes out of a variable is literal: its wildcards are none ("IAM policy elements: variables and tags").
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


def _protect(text: str) -> str:
    return text.replace("*", _STAR).replace("?", _MARK)


def unprotect(text: str) -> str:
    """A substituted text as a plain value."""
    return text.replace(_STAR, "*").replace(_MARK, "?")
