"""The policies of resources that moto keeps: buckets, buses, functions, queues, repositories, secrets, streams, tables
and topics.

Like ``directory`` it looks without making anything, and without importing moto.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kmsmock.iam import Layer, Source
from kmsmock.iam.arn import Arn
from kmsmock.identity.directory import compile_stored
from kmsmock.records import buckets, resource_policies

Binding = Callable[[str], Mapping[str, str]]
"""The principals in a resource's policy, and the unique ids that they had when it was written."""


def of(arn: str, account: str, bound: Binding) -> tuple[str, Source | None]:
    """The account that owns a resource, and the resource's policy. ``account`` is whose it is if nothing else tells.

    What belongs to AWS itself, such as its managed policies, is as much everybody's own.
    """
    parts = Arn.find(arn)
    if parts is None:
        return account, None
    if parts.service == "s3":
        return _bucket(parts.resource.split("/", 1)[0], account, bound)
    if (parts.service, parts.kind) in _SHARED_BY_THEIR_SERVICE:
        return account, None
    owner = account if parts.account in ("", "aws") else parts.account
    text = resource_policies.text(parts, owner)
    return owner, None if not text else Source(Layer.RESOURCE, f"policy of {arn}", compile_stored(text, "resource"))


def exists(arn: str) -> bool:
    """True for a bucket, or something in one, or another resource with policies that is there."""
    parts = Arn.find(arn)
    if parts is None:
        return False
    if parts.service == "s3":
        return buckets.owner_of(parts.resource.split("/", 1)[0]) is not None
    return resource_policies.exists(parts)


_SHARED_BY_THEIR_SERVICE = frozenset(
    {
        ("rds", "cluster-snapshot"),
        ("rds", "snapshot"),
        ("redshift", "snapshot"),
        ("ssm", "document"),
    }
)
"""Resources of other accounts that no policy lets anybody have: their owners share them by an attribute, at which the
service looks by itself, and the caller needs the permission of his own account only. Those of EC2 have no account in
their ARNs."""


def _bucket(name: str, account: str, bound: Binding) -> tuple[str, Source | None]:
    owner = buckets.owner_of(name)
    if owner is None:
        return account, None
    text = buckets.policy_of(name)
    if text is None:
        return owner[0], None
    names = tuple(sorted(bound(f"arn:{owner[1]}:s3:::{name}").items()))
    return owner[0], Source(Layer.RESOURCE, f"bucket policy of {name}", compile_stored(text, "resource", names))
