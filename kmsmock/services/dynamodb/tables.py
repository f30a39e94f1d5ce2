"""Tables: under which key they are made, how they go from key to key and into other Regions, and what they show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from kmsmock import clock
from kmsmock.call import Call, Params
from kmsmock.errors import AwsError, validation
from kmsmock.records import table_backups, table_policies
from kmsmock.services import Advice, Moto
from kmsmock.services.dynamodb import keys, records
from kmsmock.services.dynamodb.records import Table
from kmsmock.services.kms import resource_keys
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.resource_keys import ResourceKey
from kmsmock.services.table_names import account_of

CHANGES_A_DAY = 4
_WINDOW = timedelta(days=1)
"""It begins with the first change."""
_PATIENCE = timedelta(hours=6)
"""After so long without a change one more is free."""
_INVALID = "One or more parameter values were invalid: "


def create_table(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """CreateTable: no table is left if the key refuses."""
    key_id = keys.asked_for(call.params.get("SSESpecification"))
    _not_a_replica(call, kms)
    if key_id is None:
        return None
    return made(call, kms, moto, call.params["TableName"], key_id)


def _not_a_replica(call: Call, kms: ServiceKms) -> None:
    """moto does not know the replicas here."""
    name = call.params["TableName"]
    table = records.find(kms.store, call.account, call.region, name)
    if table is not None and table.home != call.region:
        raise AwsError("ResourceInUseException", f"Table already exists: {name}")


def made(call: Call, kms: ServiceKms, moto: Moto, name: str, key_id: str | None) -> dict[str, Any]:
    """What moto makes under a name, under a key."""
    table = Table(call.account, name, call.region, {})
    table.keys[call.region] = held = keys.acquire(kms, table, key_id)
    try:
        answer = moto()
    except AwsError:
        resource_keys.release(kms, held)
        raise
    kms.store.records(records.Tables).places[call.account, call.region, name] = table
    return {**answer, "TableDescription": shown(kms, table, answer["TableDescription"])}


def describe_table(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DescribeTable asks nothing in the caller's name."""
    table = _of(call, kms)
    if table is None:
        return None
    answer = moto("DescribeTable", region=table.home, TableName=table.name)
    return {"Table": shown(kms, table, answer["Table"])}


def _of(call: Call, kms: ServiceKms) -> Table | None:
    return records.find(kms.store, call.account, call.region, call.params["TableName"])


def shown(kms: ServiceKms, table: Table, description: dict[str, Any]) -> dict[str, Any]:
    """moto's description of a table with its key, its state and its replicas."""
    region = kms.call.region
    description.pop("SSEDescription", None)
    description["TableArn"] = f"arn:{kms.call.partition}:dynamodb:{region}:{table.account}:table/{table.name}"
    held = table.keys[region]
    if held is not None:
        description["SSEDescription"] = {"Status": "ENABLED", **_under(held)}
        status, since = records.state(kms.store, held)
        description["TableStatus"] = status
        if status == records.INACCESSIBLE:
            description["SSEDescription"]["InaccessibleEncryptionDateTime"] = since
        if status == "ARCHIVED":
            summary = {"ArchivalDateTime": since, "ArchivalReason": records.INACCESSIBLE}
            description["ArchivalSummary"] = {**summary, "ArchivalBackupArn": archive(kms, table)}
    others = [_replica(kms, each, table.keys[each]) for each in table.keys if each != region]
    if others:
        description |= {"Replicas": others, "GlobalTableVersion": "2019.11.21"}
    return description


def _under(held: ResourceKey | None) -> dict[str, Any]:
    return {} if held is None else {"SSEType": "KMS", "KMSMasterKeyArn": held.key_arn}


def archive(kms: ServiceKms, table: Table) -> str | None:
    """The ARN of the backup of an archived table, made when somebody looks for the first time; None for any other."""
    held = table.keys[table.home]
    status, since = records.state(kms.store, held)
    if status == "ARCHIVED" and since is not None and table.archive is None:
        table.archive = table_backups.archive(table.account, table.home, table.name, since)
        kms.store.records(records.Tables).backups[table.archive] = held
    return table.archive


def _replica(kms: ServiceKms, region: str, held: ResourceKey | None) -> dict[str, Any]:
    if held is None:
        return {"RegionName": region, "ReplicaStatus": "ACTIVE"}
    status = records.state(kms.store, held).status
    return {"RegionName": region, "ReplicaStatus": status, "KMSMasterKeyId": held.key_arn}


def update_table(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """UpdateTable: another key, and replicas with keys of their Regions; moto passes over both."""
    params = call.params
    table = _of(call, kms)
    if table is not None and table.home != call.region:
        raise NotImplementedError("kmsmock does not model UpdateTable on a replica: ask in the Region of the table")
    specification, replicas = params.get("SSESpecification"), params.get("ReplicaUpdates") or ()
    if specification is None and not replicas:
        if table is None:
            return None
        answer = moto()
        return {"TableDescription": shown(kms, table, answer["TableDescription"])}
    name = moto("DescribeTable", TableName=params["TableName"])["Table"]["TableName"]
    key_id = keys.asked_for(specification)
    owner = account_of(params["TableName"], call.account)
    table = table or Table(owner, name, call.region, {call.region: None})
    _must_be_accessible(kms, table)
    _must_go_by_replicas(table, specification, replicas)
    was = dict(table.keys)
    wanted = dict(was)
    try:
        if specification is not None:
            wanted[table.home] = _switched(kms, table, key_id)
        for update in replicas:
            _update_replica(kms, table, wanted, update)
        answer = moto()
    except AwsError:
        _let_go_of_others(kms, wanted, was)
        raise
    _let_go_of_others(kms, was, wanted)
    _apply_keys(kms, table, wanted)
    description = shown(kms, table, answer["TableDescription"])
    if wanted[table.home] is not was[table.home]:
        table.changes.append(clock.now())
        description["SSEDescription"] = {**_under(was[table.home]), "Status": "UPDATING"}
    return {"TableDescription": description}


def _must_be_accessible(kms: ServiceKms, table: Table) -> None:
    if records.state(kms.store, table.keys[table.home]).status != "ACTIVE":
        # Unverified text; that a table has to be ACTIVE to be changed is documented.
        raise AwsError(
            "ResourceInUseException",
            f"Attempt to change a resource which is still in use: Table is not ACTIVE: {table.name}",
        )


def _must_go_by_replicas(table: Table, specification: Params | None, replicas: Sequence[Params]) -> None:
    """Customer keys of a global table come with those of all its replicas."""
    named = {each["Update"]["RegionName"] for each in replicas if "KMSMasterKeyId" in each.get("Update", {})}
    if "KMSMasterKeyId" in (specification or {}) and table.keys.keys() - named - {table.home}:
        raise validation(
            "Invalid operation: Customer Managed CMKs on Global Table Version 2019.11.21 replicas cannot be updated "
            "through SSESpecification parameter and can only be updated through ReplicaUpdates parameter"
        )


def _switched(kms: ServiceKms, table: Table, key_id: str | None) -> ResourceKey | None:
    """The holding under another key, or anew under the present one; only its ARN is known to name that."""
    present = table.keys[table.home]
    if key_id is None and present is None:
        raise validation(f"{_INVALID}Table is already encrypted by default")
    if present is not None and key_id == present.key_arn:
        raise validation(
            f"{_INVALID}Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want "
            "to change Master Key"
        )
    _must_be_in_time(table)
    return keys.acquire(kms, table, key_id)


def _must_be_in_time(table: Table) -> None:
    """Four changes in the day that begins with the first, then one in six hours."""
    now, changes = clock.now(), table.changes
    if changes and now >= changes[0] + _WINDOW:
        changes.clear()
    if len(changes) < CHANGES_A_DAY or now >= changes[-1] + _PATIENCE:
        return
    end = changes[0] + _WINDOW
    raise AwsError(
        "LimitExceededException",
        f"Subscriber limit exceeded: Encryption mode changes are limited in the 24h window ending at {_written(end)}. "
        f"After the first {CHANGES_A_DAY} change, each subsequent change in the same window can be performed at most "
        f"once every {int(_PATIENCE.total_seconds())} seconds. Number of updates today: {len(changes)}. Last change at "
        f"{_written(changes[-1])}. Next changes can be made at {_written(min(changes[-1] + _PATIENCE, end))}.",
    )


def _written(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def _update_replica(
    kms: ServiceKms, table: Table, wanted: dict[str, ResourceKey | None], update: dict[str, Any]
) -> None:
    """One of ReplicaUpdates."""
    if len(update) != 1:
        raise validation("One and only one of Create, Update and Delete must be in a replica update")  # unverified text
    ((action, asked),) = update.items()
    region = asked["RegionName"]
    there = region in wanted and region != table.home
    if action == "Create" and region in wanted:
        raise validation(
            f"Failed to create a the new replica of table with name: '{table.name}' because one or more replicas "
            "already existed as tables."
        )
    if action != "Create" and not there:
        raise validation(
            "Update global table operation failed because one or more replicas were not part of the global table."
        )
    if action == "Delete":
        del wanted[region]
    elif action == "Create" or "KMSMasterKeyId" in asked:
        home = wanted[table.home]
        if "KMSMasterKeyId" not in asked and home is not None and kms.store.keys[home.key_arn].manager == "CUSTOMER":
            raise validation(f"{_INVALID}KMSMasterKeyId must be specified for each replica.")
        default = None if home is None else keys.MANAGED_KEY
        wanted[region] = keys.acquire(kms, table, asked.get("KMSMasterKeyId", default), region)


def _let_go_of_others(
    kms: ServiceKms, gone: dict[str, ResourceKey | None], kept: dict[str, ResourceKey | None]
) -> None:
    for region, held in gone.items():
        if held is not kept.get(region):
            resource_keys.release(kms, held)


def _apply_keys(kms: ServiceKms, table: Table, wanted: dict[str, ResourceKey | None]) -> None:
    places = kms.store.records(records.Tables).places
    for region in table.keys.keys() - wanted.keys():
        places.pop((table.account, region, table.name), None)
    table.keys = wanted
    places.update({(table.account, region, table.name): table for region in wanted})


def delete_table(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DeleteTable lets go of the key, whatever its state; on a replica it deletes that alone. Its policies go, too."""
    table = _of(call, kms)
    if table is None:
        table_policies.drop(moto()["TableDescription"]["TableArn"])
        return None
    if table.home != call.region:
        answer = moto("DescribeTable", region=table.home, TableName=table.name)
        description = shown(kms, table, answer["Table"])
        _remove(kms, table, call.region)
    else:
        if len(table.keys) > 1:
            # Unverified text; that replicas go first is documented.
            raise validation("Replica cannot be deleted because it has acted as a source region for new replica(s).")
        description = shown(kms, table, moto()["TableDescription"])
        table_policies.drop(description["TableArn"])
        _remove(kms, table, call.region)
    return {"TableDescription": {**description, "TableStatus": "DELETING"}}


def _remove(kms: ServiceKms, table: Table, region: str) -> None:
    resource_keys.release(kms, table.keys[region])
    records.forget(kms.store.records(records.Tables), table, region)


def list_tables(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """ListTables: moto's, and the replicas in this Region."""
    places = kms.store.records(records.Tables).places
    names = [name for account, region, name in places if (account, region) == (call.account, call.region)]
    found = [(name, records.find(kms.store, call.account, call.region, name)) for name in names]
    replicas = {name for name, table in found if table is not None and table.home != call.region}
    if not replicas:
        return None
    start, limit = call.params.get("ExclusiveStartTableName", ""), call.params.get("Limit", 100)
    listed = sorted({*moto("ListTables")["TableNames"], *replicas})
    listed = [name for name in listed if name > start]
    more = {"LastEvaluatedTableName": listed[limit - 1]} if len(listed) > limit else {}
    return {"TableNames": listed[:limit], **more}


OPERATIONS: dict[str, Advice] = {
    "CreateTable": create_table,
    "DeleteTable": delete_table,
    "DescribeTable": describe_table,
    "ListTables": list_tables,
    "UpdateTable": update_table,
}
