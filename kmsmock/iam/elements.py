"""What Action and Resource elements cover ("IAM JSON policy elements: Resource" in the IAM user guide)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kmsmock.iam.matching import Context, is_wild, match_arn, match_wildcard, substitute, unprotect


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


def one_of(patterns: list[str], match: Callable[[str, str], bool] = match_wildcard) -> Callable[[str], object]:
    """One test for several patterns without variables. What begins with ``*`` nowhere but at its end is no work."""
    if "*" in patterns:
        return everything
    if not patterns:
        return _nothing
    exact = frozenset(each for each in patterns if not is_wild(each))
    heads = tuple(each[:-1] for each in patterns if _is_head(each, match))
    others = [each for each in patterns if is_wild(each) and not _is_head(each, match)]
    if not heads and not others:
        return exact.__contains__

    def covers(value: str) -> bool:
        return value in exact or value.startswith(heads) or any(match(each, value) for each in others)

    return covers


def _is_head(pattern: str, match: Callable[[str, str], bool]) -> bool:
    """True if a pattern covers just what begins as it does."""
    if not pattern.endswith("*") or is_wild(pattern[:-1]):
        return False
    return match is not match_resource or pattern.count(":") >= 5


def _resource(pattern: str, resource: str, context: Context) -> bool:
    filled = substitute(pattern, context)
    return filled is not None and match_resource(filled, resource)


def match_resource(pattern: str, resource: str) -> bool:
    """Wildcards stay within the first five segments of an ARN, and cross anything in the last."""
    if pattern.count(":") < 5:
        return match_wildcard(pattern, resource) if _is_wild(pattern) else unprotect(pattern) == resource
    return match_arn(pattern, resource)


def _is_wild(pattern: str) -> bool:
    """True for ``*`` and its like, which are no ARN and cover all of them."""
    return set(pattern) <= {"*", "?"}
