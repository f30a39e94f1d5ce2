"""What a rule looks at: one policy, and what is known of whom and what it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from kmsmock.iam import Policy
from kmsmock.iam.document import Statement
from kmsmock.linting.findings import Severity

Kind = Literal["key", "identity", "other"]
"""A key policy, a policy of IAM, or one that says nothing of KMS."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One policy. What is not known is empty: then no rule says anything that rests on it.

    ``policy`` has its principals as they are written, not bound to ids; it has no statements where it is ``unknown``,
    and where it is ``refused``, which says why AWS would not store it. ``size`` is how many bytes
    will be sent at least.
    """

    kind: Kind
    name: str
    policy: Policy
    where: str = ""
    refused: str = ""
    unknown: bool = False
    """Only an apply will tell it."""
    size: int = 0
    lines: tuple[int, ...] = ()
    """Of each statement, in a file that holds the policy alone."""
    arn: str = ""
    """Of the key."""
    account: str = ""
    regions: tuple[str, ...] = ()
    """All Regions that the key is, or will be, in."""
    spec: str = ""
    usage: str = ""
    holders: tuple[str, ...] = ()
    """The ARNs of the roles that have a policy of IAM."""
    bound: Mapping[str, str] = field(default_factory=dict)
    """Whom a key policy names, and the unique ids that they had when it was written."""


class Known(NamedTuple):
    """What a world knows beside a policy."""

    workloads: Mapping[str, str] = {}
    """Roles that services assume for the code that runs in them: ARN -> service."""
    is_gone: Callable[[str], bool] = lambda name: False
    """Whether a principal, by its ARN or unique id, does certainly not exist."""
    topics: Callable[[str], list[str]] = lambda arn: []
    """The topics of SNS that are encrypted under a key."""


class Found(NamedTuple):
    """Something at a statement (None: the policy as a whole), before its rule says the rest. ``element`` is the element
    of the statement; ``severity`` and ``fix`` are the rule's, where they are not given."""

    what: str
    statement: Statement | None = None
    element: str = ""
    principal: str = ""
    severity: Severity | None = None
    fix: str = ""


def allows(subject: Subject) -> tuple[Statement, ...]:
    """The statements of a policy that allow something."""
    return tuple(each for each in subject.policy.statements if each.effect == "Allow")


def patterns(statement: Statement, element: str = "Action") -> list[str]:
    """What stands in an element, as it is written; nothing where it is the Not… form."""
    written: Any = statement.raw.get(element, [])
    return [written] if isinstance(written, str) else [each for each in written if isinstance(each, str)]
