"""Who may launch an image: its launch permissions, and what keeps it from the public."""

from __future__ import annotations

import re
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import snapshots, visible_images
from kmsmock.services.ec2.records import Disks, Image, check_dry_run
from kmsmock.services.kms.client import ServiceKms


def modify_image_attribute(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """ModifyImageAttribute of launchPermission: KMS is not asked, but what cannot be shared is refused."""
    params = call.params
    image = kms.store.records(Disks).images.get(params["ImageId"])
    added, removed = _changes(params)
    if image is None:
        visible_images.must_be_known(kms, moto, params["ImageId"])
    if image is None or not (added or removed):
        return None
    if image.account != call.account or image.region != call.region:
        raise visible_images.not_found(image.id)
    for entry in (*added, *removed):
        _check_entry(entry)
    _check_shareable(kms, image, added)
    check_dry_run(params)
    image.permissions += [entry for entry in added if entry not in image.permissions]
    image.permissions = [entry for entry in image.permissions if entry not in removed]
    _tell_moto(moto, image)
    return {}


def _tell_moto(moto: Moto, image: Image) -> None:
    """moto's filters look at its own record of what is public."""
    change = "add" if image.public else "remove"
    moto(
        "ModifyImageAttribute",
        ImageId=image.id,
        Attribute="launchPermission",
        OperationType=change,
        UserGroups=["all"],
    )


def reset_image_attribute(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ResetImageAttribute: shared with nobody."""
    image = _owned(call, kms)
    check_dry_run(call.params)
    image.permissions = []
    _tell_moto(moto, image)
    return {}


def disable_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DisableImage takes all launch permissions away; EnableImage does not bring them back."""
    image = kms.store.records(Disks).images.get(call.params["ImageId"])
    if image is None:
        return None
    _owned(call, kms)
    check_dry_run(call.params)
    answer = moto()
    image.outcome, image.permissions = "disabled", []
    _tell_moto(moto, image)
    return answer


def enable_image(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """EnableImage."""
    image = kms.store.records(Disks).images.get(call.params["ImageId"])
    if image is None:
        return None
    _owned(call, kms)
    check_dry_run(call.params)
    answer = moto()
    image.outcome = "available"
    return answer


def _owned(call: Call, kms: ServiceKms) -> Image:
    """The caller's own image that ImageId names."""
    image = kms.store.records(Disks).image(call.params["ImageId"], call.region, call.account)
    if image is None:
        raise visible_images.not_found(call.params["ImageId"])
    if image.account != call.account:
        raise AwsError("AuthFailure", f"Not authorized for image:{image.id}")
    return image


def enable_block_public_access(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """EnableImageBlockPublicAccess: what is public already stays so."""
    check_dry_run(call.params)
    kms.store.records(Disks).image_blocks.add((call.account, call.region))
    return {"ImageBlockPublicAccessState": "block-new-sharing"}


def disable_block_public_access(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DisableImageBlockPublicAccess."""
    check_dry_run(call.params)
    kms.store.records(Disks).image_blocks.discard((call.account, call.region))
    return {"ImageBlockPublicAccessState": "unblocked"}


def get_block_public_access(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetImageBlockPublicAccessState."""
    check_dry_run(call.params)
    blocked = (call.account, call.region) in kms.store.records(Disks).image_blocks
    return {"ImageBlockPublicAccessState": "block-new-sharing" if blocked else "unblocked", "ManagedBy": "account"}


def _changes(params: dict[str, Any]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    permission = params.get("LaunchPermission") or {}
    added, removed = list(permission.get("Add", [])), list(permission.get("Remove", []))
    short = [{"UserId": user} for user in params.get("UserIds", [])]
    short += [{"Group": group} for group in params.get("UserGroups", [])]
    short += [{"OrganizationArn": arn} for arn in params.get("OrganizationArns", [])]
    short += [{"OrganizationalUnitArn": arn} for arn in params.get("OrganizationalUnitArns", [])]
    (removed if params.get("OperationType") == "remove" else added).extend(short)
    return added, removed


def _check_entry(entry: dict[str, str]) -> None:
    user, group = entry.get("UserId"), entry.get("Group")
    if user is not None and not re.fullmatch(r"\d{12}", user):
        raise AwsError("InvalidAMIAttributeItemValue", f'Invalid attribute item value "{user}" for userId item type.')
    if group not in (None, "all"):
        raise AwsError(
            "InvalidAMIAttributeItemValue", f'Invalid attribute item value "{group}" for UserGroup item type.'
        )


def _check_shareable(kms: ServiceKms, image: Image, added: list[dict[str, str]]) -> None:
    records = kms.store.records(Disks)
    if {"Group": "all"} in added and (image.account, image.region) in records.image_blocks:
        # the code is that of snapshots; AWS's text for images is not recorded
        raise AwsError("OperationNotPermitted", "Public sharing of AMIs is blocked for this account.")
    keys = [records.snapshots[snapshot_id].envelope for snapshot_id in image.snapshot_ids()]
    if {"Group": "all"} in added and any(keys):
        text = "Encrypted snapshots can’t be shared publicly. Specify another snapshot."
        raise AwsError("UnsupportedOperation", text)
    if any("UserId" in entry for entry in added) and any(snapshots.under_managed_key(kms, key) for key in keys):
        text = "Snapshots encrypted with the AWS Managed CMK can’t be shared. Specify another snapshot."
        raise AwsError("InvalidParameter", text)


def describe_image_attribute(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DescribeImageAttribute: launchPermission is the owner's to see; other attributes are moto's."""
    image = kms.store.records(Disks).images.get(call.params["ImageId"])
    if image is None:
        visible_images.must_be_known(kms, moto, call.params["ImageId"])
        return None
    if image.region != call.region:
        raise visible_images.not_found(image.id)
    if image.account != call.account:
        raise AwsError("AuthFailure", f"Not authorized for image:{image.id}")
    if call.params["Attribute"] != "launchPermission":
        return None
    return {"ImageId": image.id, "LaunchPermissions": image.permissions}


OPERATIONS: dict[str, Advice] = {
    "DescribeImageAttribute": describe_image_attribute,
    "DisableImage": disable_image,
    "DisableImageBlockPublicAccess": disable_block_public_access,
    "EnableImage": enable_image,
    "EnableImageBlockPublicAccess": enable_block_public_access,
    "GetImageBlockPublicAccessState": get_block_public_access,
    "ModifyImageAttribute": modify_image_attribute,
    "ResetImageAttribute": reset_image_attribute,
}
