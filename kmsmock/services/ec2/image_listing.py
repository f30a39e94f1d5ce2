"""DescribeImages: one's own, what others share, and Amazon's; by owner, by who may launch, and by filters."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2.records import Disks, Image, check_dry_run
from kmsmock.services.kms.client import ServiceKms

_OURS = ("ImageIds", "ExecutableUsers", "DryRun")
"""What moto is not asked for: images that it keeps alone are Amazon's, which are public."""


def describe_images(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DescribeImages: moto's own answer in a world without images where nobody is named who may launch."""
    records, params = kms.store.records(Disks), call.params
    if not (records.images or params.get("ExecutableUsers")):
        return None
    check_dry_run(params)
    images = [image for image in records.images.values() if _wanted(image, records, call)]
    told = _of_amazon(call, records, moto)
    filters = {"Filters": params["Filters"]} if "Filters" in params else {}
    tagged = any(each["Name"].startswith("tag") for each in params.get("Filters", ()))
    for owner in sorted({image.account for image in images}):
        if tagged and owner != call.account:
            continue  # what others tagged only they see
        wanted = {image.id for image in images if image.account == owner}
        # moto looks at filters only when no ids are given
        about = {"Owners": [owner], **filters} if filters else {"ImageIds": sorted(wanted)}
        theirs = moto("DescribeImages", account=owner, **about)["Images"]
        told += [_amended(entry, records, call) for entry in theirs if entry["ImageId"] in wanted]
    return {"Images": told}


def _wanted(image: Image, records: Disks, call: Call) -> bool:
    params = call.params
    asked, executable = params.get("ImageIds", ()), params.get("ExecutableUsers", ())
    owners = {call.account if owner == "self" else owner for owner in params.get("Owners", ())}
    return (
        records.image(image.id, call.region, call.account) is not None
        and (not asked or image.id in asked)
        and (not owners or image.account in owners)
        and (not executable or any(_executable(records, image, user, call.account) for user in executable))
        and bool(asked or params.get("IncludeDeprecated") or image.account == call.account or not image.deprecated)
    )


def _executable(records: Disks, image: Image, user: str, caller: str) -> bool:
    """Whether ExecutableUsers means an image by one of its values.

    ``all`` is what is public, ``self`` or the caller's own number what is shared with him or his organization, and the
    number of another account what is shared with that number.
    """
    if user == "all":
        return image.public
    return records.may_launch(caller, image) if user in ("self", caller) else image.names(user)


def _of_amazon(call: Call, records: Disks, moto: Moto) -> list[dict[str, Any]]:
    params = call.params
    asked, executable = params.get("ImageIds", ()), params.get("ExecutableUsers", ())
    others = [image_id for image_id in asked if image_id not in records.images]
    if (asked and not others) or (executable and "all" not in executable):
        return []
    given = {name: value for name, value in params.items() if name not in _OURS}
    answer = moto("DescribeImages", ImageIds=others, **given)["Images"]
    return [entry for entry in answer if entry["ImageId"] not in records.images]


def _amended(entry: dict[str, Any], records: Disks, call: Call) -> dict[str, Any]:
    image = records.images[entry["ImageId"]]
    entry |= {
        "State": image.state,
        "Public": image.public,
        "BlockDeviceMappings": [_shown_mapping(mapping, records) for mapping in image.mappings],
    }
    if image.deprecates is not None:
        entry["DeprecationTime"] = image.deprecates.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if image.account != call.account:
        entry.pop("Tags", None)
    if image.reason and image.state == image.outcome:
        entry["StateReason"] = {"Code": "Client.InternalError", "Message": image.reason}
    return entry


def _shown_mapping(mapping: dict[str, Any], records: Disks) -> dict[str, Any]:
    snapshot = records.snapshots.get(mapping.get("Ebs", {}).get("SnapshotId"))
    if snapshot is None:
        return mapping
    ebs = {"VolumeSize": snapshot.size, "DeleteOnTermination": True, "VolumeType": "gp2", **mapping["Ebs"]}
    return {**mapping, "Ebs": {**ebs, "Encrypted": snapshot.envelope is not None}}


OPERATIONS: dict[str, Advice] = {"DescribeImages": describe_images}
