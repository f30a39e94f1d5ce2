"""Instances and clusters: made under a key, read replicas of them, and what becomes of them when it is lost."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmsmock import entropy
from kmsmock.call import Call, Params
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.records import databases as moto_databases
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import resource_keys
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.rds import keys, records
from kmsmock.services.rds.records import CLUSTER, INSTANCE, Kind

_SOURCES = {INSTANCE: "SourceDBInstanceIdentifier", CLUSTER: "ReplicationSourceIdentifier"}
_UNNAMED = "default_kms_key_id"
"""What moto shows where nobody named a key."""


def create(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """CreateDBInstance, CreateDBCluster. The storage of an instance in a cluster is the cluster's."""
    params = call.params
    if "DBClusterIdentifier" in params and kind is INSTANCE:
        return None
    source = params.get("ReplicationSourceIdentifier") if kind is CLUSTER else None
    if source is not None:
        return replicate(kind, call, kms, moto)
    if not params.get("StorageEncrypted"):
        return amended(moto(), kind, kms)
    return made(kind, kms, moto, params.get("KmsKeyId", keys.MANAGED_KEY), {})


def replicate(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """A read replica: under the key that is named, else that of its source; another Region needs one of its own."""
    params = call.params
    source = records.arn_of(call, kind.arn_type, records.said(call, _SOURCES[kind]))
    held = kms.store.records(records.Databases).held.get(source)
    if held is None:
        return amended(moto(), kind, kms)
    must_be_accessible(kms, kind, source)
    abroad = records.place_of(source)[0] != call.region
    if abroad and "KmsKeyId" not in params:
        raise AwsError(
            "InvalidParameterCombination",
            "Cannot create a cross region unencrypted read replica from encrypted source.",
        )
    key_id = params.get("KmsKeyId", held.key_arn)
    return made(kind, kms, moto, key_id, {"StorageEncrypted": True} if kind is CLUSTER else {})


def made(
    kind: Kind, kms: ServiceKms, moto: Moto, key_id: str, more: Params, amendments: Params | None = None
) -> dict[str, Any]:
    """What moto makes, under a key; nothing is made if that refuses, and no grant is left if moto does.

    ``more`` goes to moto as well, and ``amendments`` are set on what it made.
    """
    resource_id = entropy.database_id(kind.id_prefix)
    held = keys.acquire(kms, key_id, {kind.context: resource_id})
    params = {name: value for name, value in kms.call.params.items() if name != "PreSignedUrl"}
    asked = {**params, **more}
    if _takes_a_key(kms.call.operation):
        asked["KmsKeyId"] = held.key_arn
    try:
        answer = moto(kms.call.operation, **asked)
    except AwsError:
        resource_keys.release(kms, held)
        raise
    arn = answer[kind.noun][f"{kind.noun}Arn"]
    moto_databases.amend(kind.stored, arn, **{kind.id_attribute: resource_id}, **(amendments or {}))
    kms.store.records(records.Databases).held[arn] = held
    _remember_automated(kind, kms, moto, arn)
    answer[kind.noun] |= {"StorageEncrypted": True, "KmsKeyId": held.key_arn, kind.resource_id: resource_id}
    return answer


def _remember_automated(kind: Kind, kms: ServiceKms, moto: Moto, arn: str) -> None:
    """The first automated snapshot, which is there from the beginning."""
    asked = {kind.identifier: records.place_of(arn)[2], "SnapshotType": "automated"}
    found = kms.store.records(records.Databases)
    for entry in moto(f"Describe{kind.snapshot}s", **asked)[f"{kind.snapshot}s"]:
        found.snapshots[entry[f"{kind.snapshot}Arn"]] = found.held[arn].envelope


def _takes_a_key(operation: str) -> bool:
    """An instance that is restored has no parameter for a key: it is under that of its snapshot."""
    return operation not in ("RestoreDBInstanceFromDBSnapshot", "RestoreDBInstanceToPointInTime")


def must_be_accessible(kms: ServiceKms, kind: Kind, arn: str) -> None:
    """Raise what RDS answers when a database, or the cluster that it is in, has lost its key."""
    cluster = moto_databases.cluster_of(arn) if kind is INSTANCE else None
    held = kms.store.records(records.Databases).held
    if records.lost(kms.store, held.get(cluster or arn)) is not None:
        name = records.place_of(arn)[2]
        noun = "Instance" if kind is INSTANCE else "DbCluster"
        raise AwsError(kind.wrong_state, f"{noun} {name} is not in available state.")


def accessible(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> None:
    """What needs a database that has its key, and is moto's otherwise."""
    name = records.said(call, kind.identifier)  # the model of Neptune does not say that it must be there
    must_be_accessible(kms, kind, records.arn_of(call, kind.arn_type, name))


def describe(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeDBInstances, which moto pages, DescribeDBClusters."""
    if kind is CLUSTER:
        records.check_marker(call)
    answer = moto()
    for entry in answer.get(f"{kind.noun}s", ()):
        _amend(entry, kind, kms)
    return answer


def amended(answer: dict[str, Any], kind: Kind, kms: ServiceKms) -> dict[str, Any]:
    """moto's answer about one database with what kmsmock knows better."""
    _amend(answer[kind.noun], kind, kms)
    return answer


def _amend(entry: dict[str, Any], kind: Kind, kms: ServiceKms) -> None:
    if not entry.get("StorageEncrypted") and entry.get("KmsKeyId") == _UNNAMED:
        del entry["KmsKeyId"]
    held = kms.store.records(records.Databases).held
    arn: str = entry[f"{kind.noun}Arn"]
    if kind is INSTANCE and "DBClusterIdentifier" in entry:
        arn = str(Arn.of(arn)._replace(resource=f"{CLUSTER.arn_type}:{entry['DBClusterIdentifier']}"))
    status = records.lost(kms.store, held.get(arn))
    if status is not None:
        entry[kind.status] = status


def modify(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ModifyDBInstance, ModifyDBCluster: the key cannot be changed, but the name can."""
    before = records.arn_of(call, kind.arn_type, call.params[kind.identifier])
    must_be_accessible(kms, kind, before)
    answer = moto()
    held = kms.store.records(records.Databases).held
    renamed = call.params.get(f"New{kind.identifier}")
    if renamed is not None and before in held:
        held[records.arn_of(call, kind.arn_type, renamed)] = held.pop(before)
    return amended(answer, kind, kms)


def delete(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteDBInstance, DeleteDBCluster: one that has lost its key goes without a final snapshot."""
    arn = records.arn_of(call, kind.arn_type, call.params[kind.identifier])
    name: str = call.params.get("FinalDBSnapshotIdentifier", "")
    final = bool(name) and not call.params.get("SkipFinalSnapshot")
    if final:
        must_be_accessible(kms, kind, arn)
    answer = moto()
    found = kms.store.records(records.Databases)
    held = found.held.pop(arn, None)
    if final and held is not None:
        found.snapshots[records.arn_of(call, kind.snapshot_type, name)] = held.envelope
    resource_keys.release(kms, held)
    return amended(answer, kind, kms)


_NEED_THE_KEY = {
    "FailoverDBCluster": CLUSTER,
    "RebootDBInstance": INSTANCE,
    "StopDBCluster": CLUSTER,
    "StopDBInstance": INSTANCE,
}

OPERATIONS: dict[str, Advice] = {
    "CreateDBInstanceReadReplica": partial(replicate, INSTANCE),
    **{f"Create{kind.noun}": partial(create, kind) for kind in (INSTANCE, CLUSTER)},
    **{f"Delete{kind.noun}": partial(delete, kind) for kind in (INSTANCE, CLUSTER)},
    **{f"Describe{kind.noun}s": partial(describe, kind) for kind in (INSTANCE, CLUSTER)},
    **{f"Modify{kind.noun}": partial(modify, kind) for kind in (INSTANCE, CLUSTER)},
    **{operation: partial(accessible, kind) for operation, kind in _NEED_THE_KEY.items()},
}
