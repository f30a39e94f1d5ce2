"""Which types of resources an operation of EC2 takes tags for: those that it makes."""

from __future__ import annotations

from kmsmock.call import Call
from kmsmock.errors import AwsError

_TAGGED = {
    "CopyImage": ("image", "snapshot"),
    "CopySnapshot": ("snapshot",),
    "CreateImage": ("image", "snapshot"),
    "CreateReplaceRootVolumeTask": ("replace-root-volume-task",),
    "CreateSnapshot": ("snapshot",),
    "CreateSnapshots": ("snapshot",),
    "CreateVolume": ("volume",),
    "RegisterImage": ("image",),
}


def check_tagged(call: Call) -> None:
    """Raise EC2's error for tags of anything else ("the request fails", says CreateImage's TagSpecifications)."""
    for each in call.params.get("TagSpecifications", ()):
        kind = each.get("ResourceType")
        if kind is not None and kind not in _TAGGED[call.operation]:
            text = f"'{kind}' is not a valid taggable resource type for this operation."
            raise AwsError("InvalidParameterValue", text)
