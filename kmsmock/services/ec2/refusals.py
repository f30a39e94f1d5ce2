"""What EC2 refuses in the parameters of any operation, and botocore's model does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import places
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.places import Path

VCPUS = 1152
"""The most that an account may run of one kind, in vCPUs; every instance has at least one. The quota of new accounts is
smaller, and which an account has is its own ("Amazon EC2 instance type quotas")."""

_NAMED = "LaunchTemplateSpecification"


def guard(call: Call, kms: ServiceKms) -> None:
    """What tags and filters are for must be said, and nobody gets more instances than there are."""
    for entry in call.params.get("TagSpecifications", ()):
        _check_tags(call.operation, entry)
    for entry in call.params.get("Filters", ()):
        if "Name" not in entry:
            raise AwsError("InvalidParameterValue", "The filter 'null' is invalid")
    templates = _TEMPLATES.get(call.operation)
    if templates is not None and any(not each.get(_NAMED) for each in places.at(call.params, templates)):
        raise AwsError("MissingParameter", f"The request must contain the parameter {_NAMED}")  # unverified text
    disks = _DISKS.get(call.operation)
    if disks is not None and any("DeviceName" not in each for each in places.at(call.params, disks)):
        raise AwsError("MissingParameter", "The request must contain the parameter deviceName")  # unverified text
    asked = _ASKED.get(call.operation)
    count = None if asked is None else next(places.at(call.params, asked), None)
    if count is None:
        return
    if count < 1 and call.operation == "RunInstances":
        text = f"Value ({count}) for parameter minCount is invalid. The value must be greater than 0."
        raise AwsError("InvalidParameterValue", text)
    if count > VCPUS:
        raise AwsError(
            "VcpuLimitExceeded",
            f"You have requested more vCPU capacity than your current vCPU limit of {VCPUS} allows for the instance "
            "bucket that the specified instance type belongs to. Please visit "
            "http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
        )


_TEMPLATES: Mapping[str, Path] = {
    "CreateFleet": ("LaunchTemplateConfigs", "*"),
    "RequestSpotFleet": ("SpotFleetRequestConfig", "LaunchTemplateConfigs", "*"),
}
"""Operation -> what names a launch template, with what lies over it."""

_MAPPINGS: Path = ("BlockDeviceMappings", "*")
_DISKS: Mapping[str, Path] = {
    "CreateFleet": ("LaunchTemplateConfigs", "*", "Overrides", "*", *_MAPPINGS),
    "CreateImage": _MAPPINGS,
    "CreateLaunchTemplate": ("LaunchTemplateData", *_MAPPINGS),
    "CreateLaunchTemplateVersion": ("LaunchTemplateData", *_MAPPINGS),
    "ModifyInstanceAttribute": _MAPPINGS,
    "RegisterImage": _MAPPINGS,
    "RequestSpotFleet": ("SpotFleetRequestConfig", "LaunchSpecifications", "*", *_MAPPINGS),
    "RequestSpotInstances": ("LaunchSpecification", *_MAPPINGS),
    "RunInstances": _MAPPINGS,
}
"""Operation -> where it maps disks to devices."""
_ASKED: Mapping[str, Path] = {
    "CreateFleet": ("TargetCapacitySpecification", "TotalTargetCapacity"),
    "RequestSpotFleet": ("SpotFleetRequestConfig", "TargetCapacity"),
    "RequestSpotInstances": ("InstanceCount",),
    "RunInstances": ("MinCount",),
}
"""Operation -> where it says how many instances there are to be."""

_TAGGED: Mapping[str, tuple[str, ...]] = {
    "CopyImage": ("image", "snapshot"),
    "CopySnapshot": ("snapshot",),
    "CreateImage": ("image", "snapshot"),
    "CreateReplaceRootVolumeTask": ("replace-root-volume-task",),
    "CreateSnapshot": ("snapshot",),
    "CreateSnapshots": ("snapshot",),
    "CreateVolume": ("volume",),
    "RegisterImage": ("image",),
}
"""Operation -> what it makes: "if you specify other values for ResourceType, the request fails" (CreateImage)."""


_OF_COMPUTE = {*_TAGGED, "RunInstances", "RequestSpotInstances"}
"""Operations that say InvalidParameterValue of their tags; those of the VPC say InvalidParameter."""


def _check_tags(operation: str, entry: Mapping[str, Any]) -> None:
    """What is wrong with a specification of tags.

    The codes are those that users show of CopySnapshot, RunInstances and CreateVpcEndpoint; that of what is neither
    EBS's, an instance nor the VPC's is unverified.
    """
    code = "InvalidParameterValue" if operation in _OF_COMPUTE else "InvalidParameter"
    if "ResourceType" not in entry:
        raise AwsError(code, "Tag specification resource type must have a value")
    kind = entry["ResourceType"]
    if kind not in _TAGGED.get(operation, (kind,)):
        raise AwsError(code, f"'{kind}' is not a valid taggable resource type for this operation.")
    if not entry.get("Tags") and operation in _OF_COMPUTE:  # moto looks at it for others
        raise AwsError(code, "Tag specification must have at least one tag")
    if any("Key" not in tag for tag in entry.get("Tags", ())):
        raise AwsError("MissingParameter", "The request must contain the parameter Key")  # unverified text
