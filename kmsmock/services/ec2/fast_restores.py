"""Fast snapshot restores: switched on for a snapshot in Availability Zones, by whoever may make volumes of it.

KMS is not asked for it: the volumes ask as ever ("Amazon EBS fast snapshot restore"). The states follow one another at
once; codes and texts of what is refused are unverified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2.records import Disks, check_dry_run
from kmsmock.services.kms.client import ServiceKms

_BY_USER = "Client.UserInitiated"
Named = tuple[str, str, str]
"""Account, snapshot and zone."""


class FastRestores(dict[Named, dict[str, Any]]):
    """What is told of each that is enabled."""

    def visible(self, disks: Disks, account: str, region: str) -> Iterator[tuple[Named, dict[str, Any]]]:
        """Those of an account and Region. Without the snapshot, or what shares it, there is none any more."""
        for named, told in list(self.items()):
            snapshot = disks.snapshots.get(named[1])
            if snapshot is None or not disks.sees_snapshot(named[0], snapshot):
                del self[named]
            elif named[0] == account and snapshot.region == region:
                yield named, told


def enable(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """EnableFastSnapshotRestores, for each snapshot in each zone."""
    records, restores = kms.store.records(Disks), kms.store.records(FastRestores)

    def one(name: str, zone: Mapping[str, str]) -> dict[str, Any]:
        snapshot = records.snapshot(name, call.region, call.account)
        if snapshot is None:
            raise AwsError("InvalidSnapshot.NotFound", f"The snapshot '{name}' does not exist.")
        if snapshot.state != "completed":
            raise AwsError("IncorrectState", f"Snapshot is in invalid state - {snapshot.state}")
        now = clock.now()
        told = {
            "SnapshotId": name,
            "AvailabilityZone": zone["ZoneName"],
            "AvailabilityZoneId": zone["ZoneId"],
            "OwnerId": call.account,
            "StateTransitionReason": f"{_BY_USER} - Lifecycle state transition",
            **dict.fromkeys(("EnablingTime", "OptimizingTime", "EnabledTime"), now),
        }
        restores[call.account, name, zone["ZoneName"]] = {**told, "State": "enabled"}
        shown = {key: value for key, value in told.items() if key not in ("OptimizingTime", "EnabledTime")}
        return {**shown, "State": "enabling", "StateTransitionReason": _BY_USER}

    return _each(call, moto, one)


def disable(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DisableFastSnapshotRestores, likewise."""
    records, restores = kms.store.records(Disks), kms.store.records(FastRestores)
    enabled = dict(restores.visible(records, call.account, call.region))

    def one(name: str, zone: Mapping[str, str]) -> dict[str, Any]:
        named = call.account, name, zone["ZoneName"]
        if named not in enabled:
            text = f"Fast snapshot restores is not enabled for snapshot '{name}' in {zone['ZoneName']}."
            raise AwsError("InvalidParameterValue", text)
        del restores[named]
        return {**enabled[named], "State": "disabling", "StateTransitionReason": _BY_USER, "DisablingTime": clock.now()}

    return _each(call, moto, one)


def _each(call: Call, moto: Moto, one: Any) -> dict[str, Any]:
    """What came of each pair: some may succeed where others do not."""
    params = call.params
    zones = _zones(params, moto("DescribeAvailabilityZones")["AvailabilityZones"])
    check_dry_run(params)
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for name in params["SourceSnapshotIds"]:
        errors = []
        for zone in zones:
            try:
                done.append(one(name, zone))
            except AwsError as error:
                told = {"Error": {"Code": error.code, "Message": error.message}}
                errors.append({"AvailabilityZone": zone["ZoneName"], "AvailabilityZoneId": zone["ZoneId"], **told})
        if errors:
            failed.append({"SnapshotId": name, "FastSnapshotRestoreStateErrors": errors})
    return {"Successful": done, "Unsuccessful": failed}


def _zones(params: dict[str, Any], known: list[dict[str, str]]) -> list[dict[str, str]]:
    names, ids = params.get("AvailabilityZones"), params.get("AvailabilityZoneIds")
    if (not names) == (not ids):
        text = "Specify either AvailabilityZones or AvailabilityZoneIds, but not both."
        raise AwsError("InvalidParameterCombination", text)
    member, wanted = ("ZoneName", names) if names else ("ZoneId", ids or [])
    found = {each[member]: each for each in known}
    for name in wanted:
        if name not in found:
            raise AwsError("InvalidParameterValue", f"Invalid availability zone: [{name}]")
    return [found[name] for name in wanted]


_FILTERS = {
    "availability-zone": "AvailabilityZone",
    "availability-zone-id": "AvailabilityZoneId",
    "owner-id": "OwnerId",
    "snapshot-id": "SnapshotId",
    "state": "State",
}


def describe(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeFastSnapshotRestores."""
    check_dry_run(call.params)
    visible = kms.store.records(FastRestores).visible(kms.store.records(Disks), call.account, call.region)
    found = [told for _, told in visible]
    for each in call.params.get("Filters", ()):
        if each["Name"] not in _FILTERS:
            raise AwsError("InvalidParameterValue", f"The filter '{each['Name']}' is invalid")
        found = [told for told in found if told[_FILTERS[each["Name"]]] in each["Values"]]
    return {"FastSnapshotRestores": found}


OPERATIONS: dict[str, Advice] = {
    "DescribeFastSnapshotRestores": describe,
    "DisableFastSnapshotRestores": disable,
    "EnableFastSnapshotRestores": enable,
}
