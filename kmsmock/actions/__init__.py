"""Which IAM actions, on which resources, a call to a service other than KMS needs ("Service Authorization Reference").

``needs(call)`` looks the operation up in the table of its service. Operations that are in no table are outside the
model: open, unless the world enforces IAM for all services.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kmsmock.actions import ec2, s3
from kmsmock.call import Call


class Need(NamedTuple):
    """One permission."""

    action: str
    resource: str


Rule = Callable[[Call], tuple[tuple[str, str], ...]]

_TABLES: Mapping[str, Mapping[str, Rule]] = {"s3": s3.ACTIONS, "ec2": ec2.ACTIONS}


def needs(call: Call, *, everything: bool = False) -> tuple[Need, ...]:
    """The permissions that a call needs; none for an operation that is outside the model."""
    rule = _TABLES.get(call.service, {}).get(call.operation)
    if rule is not None:
        return tuple(Need(*each) for each in rule(call))
    if not everything:
        return ()
    from kmsmock.actions import reference

    return tuple(Need(*each) for each in reference.needs(call))
