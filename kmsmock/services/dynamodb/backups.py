"""Backups stay under the key of their table; what is restored is under that key or another."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.services import Advice, Moto
from kmsmock.services.dynamodb import items, keys, records
from kmsmock.services.dynamodb.records import Table
from kmsmock.services.dynamodb.tables import archive, made
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.resource_keys import ResourceKey


def create_backup(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """CreateBackup: not of a table that is closed."""
    table = _source(call, kms, call.params["TableName"])
    if table is None:
        return None
    items.open_table(kms, table)
    answer = moto()
    kms.store.records(records.Tables).backups[answer["BackupDetails"]["BackupArn"]] = table.keys[call.region]
    return answer


def delete_backup(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteBackup asks for no key."""
    answer = moto()
    kms.store.records(records.Tables).backups.pop(call.params["BackupArn"], None)
    return answer


def describe_backup(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DescribeBackup tells the key among the features of the source table."""
    held = kms.store.records(records.Tables).backups.get(call.params["BackupArn"])
    if held is None:
        return None
    answer = moto()
    described = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": held.key_arn}
    answer["BackupDescription"].setdefault("SourceTableFeatureDetails", {})["SSEDescription"] = described
    return answer


def list_backups(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """ListBackups: moto's own, once the tables that were archived meanwhile have theirs."""
    for table in list(kms.store.records(records.Tables).places.values()):
        if (table.account, table.home) == (call.account, call.region):
            archive(kms, table)


def restore_from_backup(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """RestoreTableFromBackup."""
    held = kms.store.records(records.Tables).backups.get(call.params["BackupArn"])
    return _restored(call, kms, moto, held)


def restore_to_point_in_time(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """RestoreTableToPointInTime."""
    name = call.params.get("SourceTableName") or call.params.get("SourceTableArn", "")
    table = _source(call, kms, name)
    return _restored(call, kms, moto, None if table is None else table.keys[call.region])


def import_table(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """ImportTable: moto's own, under DynamoDB's own key."""
    if keys.asked_for(call.params["TableCreationParameters"].get("SSESpecification")) is not None:
        raise NotImplementedError("kmsmock does not model ImportTable with an SSESpecification")


def _source(call: Call, kms: ServiceKms, name: str) -> Table | None:
    table = records.find(kms.store, call.account, call.region, name)
    if table is not None and table.home != call.region:
        raise NotImplementedError(f"kmsmock does not model {call.operation} of a replica")
    return table


def _restored(call: Call, kms: ServiceKms, moto: Moto, source: ResourceKey | None) -> dict[str, Any] | None:
    """The table under the key that is asked for, or else under that of the source."""
    override = call.params.get("SSESpecificationOverride")
    if source is None and override is None:
        return None
    if source is not None:
        keys.read(kms, source)
    default = None if source is None else source.key_arn
    key_id = default if override is None else keys.asked_for(override)
    return made(call, kms, moto, call.params["TargetTableName"], key_id)


OPERATIONS: dict[str, Advice] = {
    "CreateBackup": create_backup,
    "DeleteBackup": delete_backup,
    "DescribeBackup": describe_backup,
    "ImportTable": import_table,
    "ListBackups": list_backups,
    "RestoreTableFromBackup": restore_from_backup,
    "RestoreTableToPointInTime": restore_to_point_in_time,
}
