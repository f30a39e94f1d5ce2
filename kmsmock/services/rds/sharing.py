"""Who sees a snapshot: shared with accounts, or public ("Sharing a DB snapshot for Amazon RDS")."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.rds import records
from kmsmock.services.rds.records import CLUSTER, INSTANCE, Kind


def modify_attribute(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """ModifyDBSnapshotAttribute, ModifyDBClusterSnapshotAttribute: the key is not asked, its policy shares it."""
    params = call.params
    if params["AttributeName"] != "restore":
        return None
    arn = records.arn_of(call, kind.snapshot_type, params[kind.snapshot_identifier])
    added, removed = set(params.get("ValuesToAdd", ())), set(params.get("ValuesToRemove", ()))
    _check_shareable(kms, arn, added)
    answer = moto()
    shared = kms.store.records(records.Databases).shared
    shared[arn] = (shared.get(arn, set()) | added) - removed
    return answer


def _check_shareable(kms: ServiceKms, arn: str, added: set[str]) -> None:
    """The code is the likely one; the texts of these refusals were never recorded."""
    envelope = kms.store.records(records.Databases).snapshots.get(arn)
    if envelope is None or not added:
        return
    if "all" in added:
        raise AwsError("InvalidParameterValue", "Encrypted snapshots cannot be shared publicly.")
    key = kms.store.keys.get(envelope.key_arn)
    if key is not None and key.manager == "AWS":
        raise AwsError("InvalidParameterValue", "Snapshots encrypted with the default RDS key cannot be shared.")


OPERATIONS: dict[str, Advice] = {
    f"Modify{kind.snapshot}Attribute": partial(modify_attribute, kind) for kind in (INSTANCE, CLUSTER)
}
