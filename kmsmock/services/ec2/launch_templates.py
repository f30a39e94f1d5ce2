"""Launch templates: made whatever is wrong with them, with a warning; what launches from one looks at it once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto, key_switches
from kmsmock.services.ec2 import visible_images
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire import constraints

Template = Mapping[str, Any]
"""LaunchTemplateData."""


def create(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """CreateLaunchTemplate, CreateLaunchTemplateVersion: "an error code and an error message ... for each issue"."""
    if _is_no_name(call.params):
        raise AwsError(  # unverified text
            "InvalidLaunchTemplateName.MalformedException",
            "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the "
            "following characters: - ( ) . / _.",
        )
    issues = [{"Code": each.code, "Message": each.message} for each in _wrong_disks(call.params["LaunchTemplateData"])]
    return {**moto(), "Warning": {"Errors": issues}} if issues else None


def data_of(named: Mapping[str, Any], moto: Moto) -> Template:
    """What the version of a template says that a LaunchTemplateSpecification names. Raises EC2's AwsError."""
    which = {name: named[name] for name in ("LaunchTemplateId", "LaunchTemplateName") if name in named}
    if _is_no_name(which):
        raise AwsError(
            "InvalidLaunchTemplateName.NotFoundException",
            "At least one of the launch templates specified in the request does not exist.",
        )
    version = str(named.get("Version", "$Default"))
    found = moto("DescribeLaunchTemplateVersions", service="ec2", **which, Versions=[version])["LaunchTemplateVersions"]
    data: Template = found[0]["LaunchTemplateData"] if found else {}
    return data


def _is_no_name(named: Mapping[str, Any]) -> bool:
    """Whether no template can have the name that is given."""
    return bool(
        constraints.violations("ec2", "DescribeLaunchTemplateVersions", dict(named), only=("LaunchTemplateName",))
    )


def check(kms: ServiceKms, data: Template) -> None:
    """Raise what RunInstances would answer to a template."""
    for wrong in _wrong_disks(data):
        raise wrong
    visible_images.check(kms, data.get("ImageId"))


def _wrong_disks(data: Template) -> Iterator[AwsError]:
    for mapping in data.get("BlockDeviceMappings", ()):
        try:
            key_switches.check_disk(mapping.get("Ebs") or {})
        except AwsError as wrong:
            yield wrong


OPERATIONS: dict[str, Advice] = {"CreateLaunchTemplate": create, "CreateLaunchTemplateVersion": create}
