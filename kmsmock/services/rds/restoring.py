"""Databases from snapshots and from points in time: under the key of their source, clusters also under another."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmsmock import entropy
from kmsmock.call import Call, Params
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.rds import databases, keys, records, snapshot_listing
from kmsmock.services.rds.records import CLUSTER, INSTANCE, Kind


def from_snapshot(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """RestoreDBInstanceFromDBSnapshot, RestoreDBClusterFromSnapshot. What others share encrypted is copied before."""
    named = records.said(call, "DBSnapshotIdentifier" if kind is INSTANCE else "SnapshotIdentifier")
    arn = records.arn_of(call, kind.snapshot_type, named)
    envelope = kms.store.records(records.Databases).snapshots.get(arn)
    if records.place_of(arn)[1] != call.account:
        snapshot_listing.must_see(kms, kind, arn)
        if envelope is not None:
            # Unverified text; the rule is documented.
            raise AwsError(
                "InvalidParameterValue",
                "A shared encrypted snapshot cannot be restored. Copy the snapshot first, then restore from the copy.",
            )
        return _from_foreign(kind, call, kms, moto, arn)
    if envelope is None and kind is INSTANCE:
        return databases.amended(moto(), kind, kms)
    return _restored(kind, call, kms, moto, envelope)


def to_point_in_time(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """RestoreDBInstanceToPointInTime, RestoreDBClusterToPointInTime."""
    source = call.params.get(f"Source{kind.identifier}")
    if source is None:
        raise NotImplementedError(f"kmsmock does not model {call.operation} without Source{kind.identifier}")
    arn = records.arn_of(call, kind.arn_type, source)
    held = kms.store.records(records.Databases).held.get(arn)
    return _restored(kind, call, kms, moto, None if held is None else held.envelope)


def _restored(kind: Kind, call: Call, kms: ServiceKms, moto: Moto, source: Envelope | None) -> dict[str, Any]:
    key_id = call.params.get("KmsKeyId", None if source is None else source.key_arn)
    if key_id is None:
        return databases.amended(moto(), kind, kms)
    if source is not None and key_id != source.key_arn:
        keys.read(kms, source)
    amendments: Params = {"storage_encrypted": True} if kind is CLUSTER else {}
    return databases.made(kind, kms, moto, key_id, {}, amendments)


def _from_foreign(kind: Kind, call: Call, kms: ServiceKms, moto: Moto, arn: str) -> dict[str, Any]:
    """moto only restores from snapshots of the account: it gets a copy for a moment."""
    if kind is CLUSTER:
        raise NotImplementedError("kmsmock does not model RestoreDBClusterFromSnapshot of a snapshot that is shared")
    copy = f"kmsmock-{entropy.uuid()}"
    moto("CopyDBSnapshot", SourceDBSnapshotIdentifier=arn, TargetDBSnapshotIdentifier=copy)
    try:
        answer = moto(call.operation, **{**call.params, "DBSnapshotIdentifier": copy})
    finally:
        moto("DeleteDBSnapshot", DBSnapshotIdentifier=copy)
    return databases.amended(answer, kind, kms)


OPERATIONS: dict[str, Advice] = {
    "RestoreDBClusterFromSnapshot": partial(from_snapshot, CLUSTER),
    "RestoreDBClusterToPointInTime": partial(to_point_in_time, CLUSTER),
    "RestoreDBInstanceFromDBSnapshot": partial(from_snapshot, INSTANCE),
    "RestoreDBInstanceToPointInTime": partial(to_point_in_time, INSTANCE),
}
