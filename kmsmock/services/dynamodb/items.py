"""Reading and writing items: the key of each table is decrypted in the name of who asks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.dynamodb import keys, records, values
from kmsmock.services.dynamodb.records import Table
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.table_names import tables

_LIFETIME = timedelta(minutes=5)
"""How long the key of a table stays in memory."""


def use(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """Any operation on items. Nothing is asked for tables under DynamoDB's own key."""
    values.check(call)
    found = {name: records.find(kms.store, call.account, call.region, name) for name in set(tables(call.params))}
    homes = {call.region if table is None else table.home for table in found.values()}
    for name in sorted(found):
        table = found[name]
        if table is not None:
            open_table(kms, table)
    if homes <= {call.region}:
        return None
    if len(homes) > 1:
        raise NotImplementedError(f"kmsmock does not model {call.operation} on replicas and other tables at once")
    return moto(call.operation, region=homes.pop(), **call.params)


def open_table(kms: ServiceKms, table: Table) -> None:
    """Have the key of a table. Raises what DynamoDB answers for one that is closed, or closed to the caller."""
    store, region = kms.store, kms.call.region
    held = table.keys[region]
    if held is None:
        return

    def open_() -> bytes:
        if records.state(store, held).status == "ARCHIVED":
            raise AwsError("ResourceNotFoundException", "Requested resource not found")
        keys.open_(kms, held)
        return b""  # what DynamoDB does with it is not modelled

    who = f"{kms.call.caller.access_key} {region}"
    store.records(records.Tables).data_keys.unseal(kms, held.envelope, _LIFETIME, who=who, open_=open_)


OPERATIONS: dict[str, Advice] = dict.fromkeys(
    (
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "ExportTableToPointInTime",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    ),
    use,
)
