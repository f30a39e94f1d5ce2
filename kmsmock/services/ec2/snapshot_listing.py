"""DescribeSnapshots: one's own, what others share, and Amazon's; by owner, by who may restore, and by filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kmsmock.call import Call
from kmsmock.iam.matching import match_wildcard
from kmsmock.records import public_images
from kmsmock.records.ec2 import has_snapshot
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2.records import Disks, Snapshot, check_dry_run
from kmsmock.services.ec2.volumes import snapshot_not_found
from kmsmock.services.kms.client import ServiceKms

_ALIAS = "owner-alias"
"""The one filter of who owns a snapshot that moto does not know."""


def describe_snapshots(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DescribeSnapshots: moto's own answer where only its account's own and Amazon's are meant."""
    params, records = call.params, kms.store.records(Disks)
    check_dry_run(params)
    asked = params.get("SnapshotIds", [])
    if not set(asked) <= records.snapshots.keys() or not (asked or params.get("OwnerIds") == ["self"]):
        public_images.fill(call.account, call.region)
    foreign = [
        snapshot
        for snapshot in records.snapshots.values()
        if snapshot.account != call.account
        and records.snapshot(snapshot.id, call.region, call.account) is not None
        and (not asked or snapshot.id in asked)
    ]
    own = [name for name in asked if name not in {snapshot.id for snapshot in foreign}]
    for name in own:
        if not has_snapshot((call.account, call.region), name):
            raise snapshot_not_found(name)
    filters = params.get("Filters", ())
    narrowed = params.get("OwnerIds") or params.get("RestorableByUserIds") or _aliases(filters)
    if not (foreign or narrowed) and moto.own_answer()[0] < 300:
        return None
    told = [] if asked and not own else _told(moto, call.account, own, filters)
    tagged = any(each["Name"].startswith("tag") for each in filters)  # what others tagged only they see
    for owner in () if tagged else sorted({snapshot.account for snapshot in foreign}):
        ids = [snapshot.id for snapshot in foreign if snapshot.account == owner]
        shared = _told(moto, owner, ids, filters)
        told += [{name: value for name, value in entry.items() if name != "Tags"} for entry in shared]
    return {"Snapshots": [entry for entry in told if _wanted(entry, records, call)]}


def _told(moto: Moto, account: str, ids: Sequence[str], filters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """moto's entries of one account's snapshots."""
    known = [each for each in filters if each["Name"] != _ALIAS]
    asked: dict[str, Any] = {"Filters": known} if known else {}
    found: list[dict[str, Any]] = moto("DescribeSnapshots", account=account, SnapshotIds=ids, **asked)["Snapshots"]
    return found


def _aliases(filters: Sequence[Mapping[str, Any]]) -> list[Sequence[str]]:
    return [each["Values"] for each in filters if each["Name"] == _ALIAS]


def _wanted(entry: Mapping[str, Any], records: Disks, call: Call) -> bool:
    params, alias = call.params, entry.get("OwnerAlias", "")
    owners = {call.account if owner == "self" else owner for owner in params.get("OwnerIds", ())}
    if owners and not owners & {entry["OwnerId"], alias}:
        return False
    for values in _aliases(params.get("Filters", ())):
        if not any(match_wildcard(value, alias) for value in values):
            return False
    restorable = params.get("RestorableByUserIds", ())
    snapshot = records.snapshots.get(entry["SnapshotId"])
    return not restorable or any(_restorable(entry, snapshot, user, call.account) for user in restorable)


def _restorable(entry: Mapping[str, Any], snapshot: Snapshot | None, user: str, caller: str) -> bool:
    """Whether RestorableByUserIds means a snapshot by one of its values.

    ``all`` is what is public, ``self`` what the caller owns or is given explicitly, and the number of another account
    what the caller gave to that account.
    """
    if user == "all":
        return bool(entry.get("OwnerAlias")) if snapshot is None else snapshot.public
    user = caller if user == "self" else user
    if user == caller:
        return entry["OwnerId"] == caller or (snapshot is not None and caller in snapshot.shared_with)
    return snapshot is not None and snapshot.account == caller and user in snapshot.shared_with


OPERATIONS: dict[str, Advice] = {"DescribeSnapshots": describe_snapshots}
