"""Snapshots of instances and clusters: made, copied under another key, deleted."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.records import databases as moto_databases
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.rds import databases, keys, records, snapshot_listing
from kmsmock.services.rds.records import CLUSTER, INSTANCE, Kind


def create(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateDBSnapshot, CreateDBClusterSnapshot: keeps the data key of the database, so KMS is not asked."""
    source = records.arn_of(call, kind.arn_type, call.params[kind.identifier])
    databases.must_be_accessible(kms, kind, source)
    answer = moto()
    found = kms.store.records(records.Databases)
    if source in found.held:
        found.snapshots[answer[kind.snapshot][f"{kind.snapshot}Arn"]] = found.held[source].envelope
    snapshot_listing.amend(answer[kind.snapshot], kind, kms)
    return answer


def delete(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteDBSnapshot, DeleteDBClusterSnapshot ask for no key."""
    arn = records.arn_of(call, kind.snapshot_type, call.params[kind.snapshot_identifier])
    details = moto_databases.details(kind.stored, arn)
    answer = moto()
    found = kms.store.records(records.Databases)
    snapshot_listing.amend(answer[kind.snapshot], kind, kms, details)
    for table in (found.shared, found.snapshots, found.copied):
        table.pop(arn, None)
    return answer


def copy(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CopyDBSnapshot, CopyDBClusterSnapshot, called in the destination Region. Both keys must serve the caller."""
    params = {name: value for name, value in call.params.items() if name != "PreSignedUrl"}
    arn = records.arn_of(call, kind.snapshot_type, params[f"Source{kind.snapshot_identifier}"])
    snapshot_listing.must_see(kms, kind, arn)
    found = kms.store.records(records.Databases)
    source = found.snapshots.get(arn)
    key_id = params.get("KmsKeyId", None if source is None else source.key_arn)
    created: Envelope | None = None
    if source is not None:
        _check_copy(call, arn)
        keys.read(kms, source)
    elif key_id is not None and kind is CLUSTER:
        # Unverified text; the rule is documented.
        raise AwsError("InvalidParameterCombination", "An unencrypted DB cluster snapshot cannot be copied encrypted.")
    if key_id is not None:
        context = {kind.context: arn} if source is None else source.context
        created = keys.seal(kms, key_id, context)
        params["KmsKeyId"] = created.key_arn
    answer = moto(call.operation, **params)
    copied = answer[kind.snapshot][f"{kind.snapshot}Arn"]
    found.copied[copied] = arn
    if created is not None:
        found.snapshots[copied] = created
    snapshot_listing.amend(answer[kind.snapshot], kind, kms)
    return answer


def _check_copy(call: Call, arn: str) -> None:
    """What an encrypted copy needs besides permissions. The first text was seen, the others are unverified."""
    region, account, _ = records.place_of(arn)
    named = "KmsKeyId" in call.params
    if region != call.region and not named:
        raise AwsError("InvalidParameterValue", "Must specify new KMS key for cross region encrypted snapshot copy.")
    if account == call.account:
        return
    if region != call.region:
        raise AwsError(
            "InvalidParameterValue", "A shared encrypted snapshot can only be copied within the Region it is shared in."
        )
    if not named:
        raise AwsError("InvalidParameterValue", "Must specify a KMS key to copy a shared encrypted snapshot.")


OPERATIONS: dict[str, Advice] = {
    f"{verb}{kind.snapshot}": partial(advice, kind)
    for verb, advice in (("Copy", copy), ("Create", create), ("Delete", delete))
    for kind in (INSTANCE, CLUSTER)
}
