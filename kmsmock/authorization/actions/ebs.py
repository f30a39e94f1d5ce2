"""The EBS direct APIs ("Actions, resources, and condition keys for Amazon Elastic Block Store")."""

from __future__ import annotations

from kmsmock.call import Call

_NAMES = ("SnapshotId", "ParentSnapshotId", "FirstSnapshotId", "SecondSnapshotId")


def needs(call: Call) -> tuple[tuple[str, str], ...]:
    """The action of the operation's name on each snapshot that it names, and tags of a new one on top.

    A new snapshot without a parent stands for itself as ``null``, as recorded.
    """
    named = [call.params[name] for name in _NAMES if name in call.params] or ["null"]
    tags = (("ec2:CreateTags", _arn(call, "*")),) if call.params.get("Tags") else ()
    return (*((f"ebs:{call.operation}", _arn(call, name)) for name in named), *tags)


def _arn(call: Call, name: str) -> str:
    """ARNs of snapshots have no account."""
    return f"arn:{call.partition}:ec2:{call.region}::snapshot/{name}"
