"""What a rule is: what it looks for, and all that is told of it, here and on its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from kmsmock.linting.findings import Severity
from kmsmock.linting.subjects import Found, Known, Subject

Statements = tuple[Mapping[str, Any], ...]
GUIDE = "https://docs.aws.amazon.com/kms/latest/developerguide/"
IAM_GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
ROOT = "arn:aws:iam::111122223333:root"


class Rule(NamedTuple):
    """``bad`` and ``good`` are statements with which it finds something and does not, for the page and its test."""

    code: str
    severity: Severity
    title: str
    why: str
    fix: str
    page: str
    bad: Statements
    good: Statements
    look: Callable[[Subject, Known], Iterator[Found]]


def allow(principal: Any, action: Any, **more: Any) -> dict[str, Any]:
    """A statement of a key policy."""
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*", **more}


DEFAULT = allow({"AWS": ROOT}, "kms:*", Sid="EnableIAM")
"""The statement of the default key policy."""


def listed(names: list[str], most: int = 4) -> str:
    """Names in a row, the first of many."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
