"""Which IAM actions, on which resources, a call to a service other than KMS needs ("Service Authorization Reference").

``needs(call)`` looks the operation up in the table of its service. Services without a table are outside the model:
open, unless the world enforces IAM for all services. STS asks for its own permissions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from kmsmock.authorization.actions import cloudtrail, ebs, ec2, reference, s3, secretsmanager
from kmsmock.call import Call


class Need(NamedTuple):
    """One permission."""

    action: str
    resource: str


Rule = Callable[[Call], tuple[tuple[str, str], ...]]

_TABLES: Mapping[str, tuple[Mapping[str, Rule], Rule]] = {
    "cloudtrail": ({}, cloudtrail.needs),
    "s3": (s3.ACTIONS, s3.otherwise),
    "ebs": ({}, ebs.needs),
    "ec2": (ec2.ACTIONS, ec2.otherwise),
    "secrets-manager": ({}, secretsmanager.needs),
}
"""Service -> its table, and the rule for what is not in it."""


def needs(call: Call, *, everything: bool = False) -> tuple[Need, ...]:
    """The permissions that a call needs; none for an operation that is outside the model."""
    if call.service in _TABLES:
        table, otherwise = _TABLES[call.service]
        return tuple(Need(*each) for each in table.get(call.operation, otherwise)(call))
    if not everything or call.service == "sts":
        return ()
    return tuple(Need(*each) for each in reference.needs(call))
