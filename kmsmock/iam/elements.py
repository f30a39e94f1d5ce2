"""What Action and Resource elements cover ("IAM JSON policy elements: Resource" in the IAM user guide)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from kmsmock.iam.matching import (
    Context,
    match_arn,
    match_wildcard,
    substitute,
    units,
    unprotect,
    wildcard_regex,
)


@dataclass(frozen=True, slots=True)
class Elements:
    """A compiled Action or Resource element; ``negated`` for the Not… form.

    ``fixed`` covers the patterns without policy variables as one test, ``variable`` holds the others.
    """

    fixed: Callable[[str], object]
    negated: bool
    variable: tuple[str, ...] = ()

    def match(self, value: str, context: Context) -> bool:
        found = bool(self.fixed(value))
        if not found and self.variable:
            found = any(_resource(pattern, value, context) for pattern in self.variable)
        return found != self.negated


def everything(value: str) -> bool:
    """What ``*`` covers."""
    return True


def _nothing(value: str) -> bool:
    return False


def one_of(patterns: list[str], regex: Callable[[str], str]) -> Callable[[str], object]:
    """One test for several wildcard patterns."""
    if "*" in patterns:
        return everything
    if not patterns:
        return _nothing
    if not any("*" in pattern or "?" in pattern for pattern in patterns):
        return frozenset(patterns).__contains__
    match = re.compile("|".join(map(regex, patterns)), re.DOTALL).fullmatch
    return lambda value: match(units(value))


def resource_regex(pattern: str) -> str:
    """What a resource's pattern without variables covers, as a regular expression."""
    *segments, rest = pattern.split(":", 5)
    if len(segments) < 5:
        return wildcard_regex(pattern) if _is_wild(pattern) else re.escape(units(pattern))
    return ":".join([*(wildcard_regex(segment, "[^:]") for segment in segments), wildcard_regex(rest)])


def _resource(pattern: str, resource: str, context: Context) -> bool:
    filled = substitute(pattern, context)
    return filled is not None and _match_resource(filled, resource)


def _match_resource(pattern: str, resource: str) -> bool:
    """Wildcards stay within the first five segments of an ARN, and cross anything in the last."""
    if pattern.count(":") < 5:
        return match_wildcard(pattern, resource) if _is_wild(pattern) else unprotect(pattern) == resource
    return match_arn(pattern, resource)


def _is_wild(pattern: str) -> bool:
    """True for ``*`` and its like, which are no ARN and cover all of them."""
    return set(pattern) <= {"*", "?"}
