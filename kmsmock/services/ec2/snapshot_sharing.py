"""Who may make volumes of a snapshot: its permissions, and what keeps it from the public."""

from __future__ import annotations

import re
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2.records import Disks, check_dry_run
from kmsmock.services.ec2.snapshots import owned_snapshot, under_managed_key
from kmsmock.services.kms.client import ServiceKms


def modify_snapshot_attribute(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ModifySnapshotAttribute: share with accounts. KMS is not asked: the key must be shared by its own policy."""
    params = call.params
    if params.get("Attribute", "createVolumePermission") != "createVolumePermission":
        raise NotImplementedError(f"kmsmock does not model ModifySnapshotAttribute of {params['Attribute']}")
    snapshot = owned_snapshot(kms, call)
    added, removed = _changes(params)
    for entry in (*added, *removed):
        _check_entry(entry, "UserId {}" if "CreateVolumePermission" in params else "UserId ({}) is invalid.")
    users = {entry["UserId"] for entry in added if "UserId" in entry} - {call.account}
    public = {"Group": "all"} in added
    if public and snapshot.envelope is None and (call.account, call.region) in kms.store.records(Disks).blocks:
        raise AwsError("OperationNotPermitted", "Public sharing of snapshots is blocked for this account.")
    _check_shareable(kms, snapshot.envelope, users, public)
    check_dry_run(params)
    snapshot.shared_with |= users
    snapshot.shared_with -= {entry["UserId"] for entry in removed if "UserId" in entry}
    snapshot.public = (snapshot.public or public) and {"Group": "all"} not in removed
    return {}


def reset_snapshot_attribute(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ResetSnapshotAttribute: shared with nobody."""
    snapshot = owned_snapshot(kms, call)
    if call.params["Attribute"] != "createVolumePermission":
        raise NotImplementedError(f"kmsmock does not model ResetSnapshotAttribute of {call.params['Attribute']}")
    check_dry_run(call.params)
    snapshot.shared_with.clear()
    snapshot.public = False
    return {}


def enable_block_public_access(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """EnableSnapshotBlockPublicAccess: ``block-all-sharing`` also hides what is public already."""
    check_dry_run(call.params)
    kms.store.records(Disks).blocks[call.account, call.region] = call.params["State"]
    return {"State": call.params["State"]}


def disable_block_public_access(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DisableSnapshotBlockPublicAccess."""
    check_dry_run(call.params)
    kms.store.records(Disks).blocks.pop((call.account, call.region), None)
    return {"State": "unblocked"}


def get_block_public_access(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetSnapshotBlockPublicAccessState."""
    check_dry_run(call.params)
    return {
        "State": kms.store.records(Disks).blocks.get((call.account, call.region), "unblocked"),
        "ManagedBy": "account",
    }


def _changes(params: dict[str, Any]) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Both spellings of the request: CreateVolumePermission, or OperationType with UserIds and GroupNames."""
    permission = params.get("CreateVolumePermission") or {}
    added, removed = list(permission.get("Add", [])), list(permission.get("Remove", []))
    short = [{"UserId": user} for user in params.get("UserIds", [])]
    short += [{"Group": group} for group in params.get("GroupNames", [])]
    (removed if params.get("OperationType") == "remove" else added).extend(short)
    return added, removed


def _check_entry(entry: dict[str, str], text: str) -> None:
    user, group = entry.get("UserId"), entry.get("Group")
    if user is not None and not re.fullmatch(r"\d{12}", user):
        raise AwsError("InvalidAMIAttributeItemValue", text.format(user))
    if group not in (None, "all"):
        raise AwsError("InvalidAMIAttributeItemValue", f"UserGroup {group}")


def _check_shareable(kms: ServiceKms, envelope: Envelope | None, users: set[str], public: bool) -> None:
    if envelope is None:
        return
    if public:
        raise AwsError("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly.")
    if users and under_managed_key(kms, envelope):
        raise AwsError("OperationNotPermitted", "Encrypted snapshots with EBS default key cannot be shared")


def describe_snapshot_attribute(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DescribeSnapshotAttribute of createVolumePermission; anything else is moto's."""
    if call.params["Attribute"] != "createVolumePermission":
        return None
    snapshot = owned_snapshot(kms, call)
    shares: list[dict[str, str]] = [{"UserId": user} for user in sorted(snapshot.shared_with)]
    if snapshot.public:
        shares.append({"Group": "all"})
    return {"SnapshotId": snapshot.id, "CreateVolumePermissions": shares}


OPERATIONS: dict[str, Advice] = {
    "DescribeSnapshotAttribute": describe_snapshot_attribute,
    "DisableSnapshotBlockPublicAccess": disable_block_public_access,
    "EnableSnapshotBlockPublicAccess": enable_block_public_access,
    "GetSnapshotBlockPublicAccessState": get_block_public_access,
    "ModifySnapshotAttribute": modify_snapshot_attribute,
    "ResetSnapshotAttribute": reset_snapshot_attribute,
}
