"""EC2's operations on disks, images and instances ("Actions, resources, and condition keys for Amazon EC2")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.call import Call
from kmsmock.records import iam

Needs = tuple[tuple[str, str], ...]
_OWNERLESS = {"image", "snapshot"}
"""Resources that may be another account's: their ARNs have no account."""

_PARAMETERS = {
    "image": ("ImageId", "SourceImageId"),
    "snapshot": ("SnapshotId", "SourceSnapshotId", "SourceSnapshotIds"),
    "volume": ("VolumeId",),
    "instance": ("InstanceId", "InstanceIds"),
    "subnet": ("SubnetId",),
    "security-group": ("SecurityGroupIds",),
    "key-pair": ("KeyName",),
    "launch-template": ("LaunchTemplateId",),
}
"""Resource type -> the parameters that name resources of it."""


def _arn(call: Call, kind: str, name: str) -> str:
    account = "" if kind in _OWNERLESS else call.account
    return f"arn:{call.partition}:ec2:{call.region}:{account}:{kind}/{name}"


def _named(call: Call, kind: str) -> list[str]:
    found: list[Any] = []
    for name in _PARAMETERS[kind]:
        value = call.params.get(name)
        found += value if isinstance(value, list) else [] if value is None else [value]
    return found


def _on(*kinds: str) -> Callable[[Call], Needs]:
    """The operation's own action on each resource that it names. ``volume/*`` is one that is about to be made."""

    def needs(call: Call) -> Needs:
        resources: list[str] = []
        for kind in kinds:
            if kind.endswith("/*"):
                resources.append(_arn(call, kind[:-2], "*"))
            else:
                resources += [_arn(call, kind, name) for name in _named(call, kind)]
        return tuple((f"ec2:{call.operation}", resource) for resource in resources or ["*"])

    return needs


def _tagging(rule: Callable[[Call], Needs]) -> Callable[[Call], Needs]:
    """What tags that a call puts on new resources need on top."""

    def needs(call: Call) -> Needs:
        specified = call.params.get("TagSpecifications") or ()
        kinds = [each["ResourceType"] for each in specified if each.get("Tags")]
        return (*rule(call), *(("ec2:CreateTags", _arn(call, kind, "*")) for kind in kinds))

    return needs


def _passing(rule: Callable[[Call], Needs]) -> Callable[[Call], Needs]:
    """Launching with an instance profile hands its role to EC2 ("Granting a user permissions to pass a role")."""

    def needs(call: Call) -> Needs:
        profile = call.params.get("IamInstanceProfile") or {}
        name = profile.get("Name") or profile.get("Arn", "").rpartition("/")[2]
        return (
            *rule(call),
            *(("iam:PassRole", arn) for arn in iam.roles_of_profile(call.account, name, call.partition)),
        )

    return needs


_PREFIXES = {"ami": "image", "i": "instance", "snap": "snapshot", "vol": "volume"}


def _tagged(call: Call) -> Needs:
    """CreateTags and DeleteTags: the resources, by the prefix of their ids."""
    names = call.params.get("Resources") or ()
    kinds = ((_PREFIXES.get(name.split("-")[0], "*"), name) for name in names)
    return tuple((f"ec2:{call.operation}", _arn(call, kind, name)) for kind, name in kinds)


_ANYTHING = _on()
otherwise = _on(*_PARAMETERS)
"""Operations that are in no table: the action of their name, on what they name."""

ACTIONS: Mapping[str, Callable[[Call], Needs]] = {
    "AttachVolume": _on("instance", "volume"),
    "CopyImage": _on("image/*", "snapshot/*", "image"),
    "CopySnapshot": _tagging(_on("snapshot/*", "snapshot")),
    "CreateImage": _on("image/*", "snapshot/*", "instance"),
    "CreateReplaceRootVolumeTask": _tagging(
        _on("instance", "replace-root-volume-task/*", "volume/*", "snapshot", "image")
    ),
    "CreateSnapshot": _tagging(_on("snapshot/*", "volume")),
    "CreateSnapshots": _on("snapshot/*", "instance"),
    "CreateTags": _tagged,
    "CreateVolume": _tagging(_on("volume/*", "snapshot")),
    "DeleteSnapshot": _on("snapshot"),
    "DeleteTags": _tagged,
    "DeleteVolume": _on("volume"),
    "DeregisterImage": _on("image"),
    "DescribeImageAttribute": _on("image"),
    "DescribeImages": _ANYTHING,
    "DescribeInstances": _ANYTHING,
    "DescribeReplaceRootVolumeTasks": _ANYTHING,
    "DescribeSnapshotAttribute": _on("snapshot"),
    "DescribeSnapshots": _ANYTHING,
    "DescribeVolumeAttribute": _on("volume"),
    "DescribeVolumes": _ANYTHING,
    "DetachVolume": _on("volume", "instance"),
    "DisableEbsEncryptionByDefault": _ANYTHING,
    "DisableFastSnapshotRestores": _on("snapshot"),
    "EnableEbsEncryptionByDefault": _ANYTHING,
    "EnableFastSnapshotRestores": _on("snapshot"),
    "GetEbsDefaultKmsKeyId": _ANYTHING,
    "GetEbsEncryptionByDefault": _ANYTHING,
    "ModifyEbsDefaultKmsKeyId": _ANYTHING,
    "ModifyImageAttribute": _on("image"),
    "ModifySnapshotAttribute": _on("snapshot"),
    "ModifyVolume": _on("volume"),
    "RebootInstances": _on("instance"),
    "RegisterImage": _on("image/*"),
    "ResetEbsDefaultKmsKeyId": _ANYTHING,
    "ResetImageAttribute": _on("image"),
    "ResetSnapshotAttribute": _on("snapshot"),
    "RunInstances": _tagging(
        _passing(_on("image", "instance/*", "volume/*", "network-interface/*", "subnet", "security-group", "key-pair"))
    ),
    "StartInstances": _on("instance"),
    "StopInstances": _on("instance"),
    "TerminateInstances": _on("instance"),
}
