"""Snapshots of instances and clusters: made, copied under another key, and seen by those whom they are shared with."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.model.envelope import Envelope
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.rds import databases, keys, records
from kmsmock.services.rds.records import CLUSTER, INSTANCE, Kind


def create(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateDBSnapshot, CreateDBClusterSnapshot: keeps the data key of the database, so KMS is not asked."""
    source = records.arn_of(call, kind.arn_type, call.params[kind.identifier])
    databases.must_be_accessible(kms, kind, source)
    answer = moto()
    found = kms.store.records(records.Databases)
    if source in found.held:
        found.snapshots[answer[kind.snapshot][f"{kind.snapshot}Arn"]] = found.held[source].envelope
    _amend(answer[kind.snapshot], kind, kms)
    return answer


def delete(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteDBSnapshot, DeleteDBClusterSnapshot ask for no key."""
    answer = moto()
    found = kms.store.records(records.Databases)
    arn = records.arn_of(call, kind.snapshot_type, call.params[kind.snapshot_identifier])
    found.shared.pop(arn, None)
    _amend(answer[kind.snapshot], kind, kms)
    found.snapshots.pop(arn, None)
    return answer


def copy(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CopyDBSnapshot, CopyDBClusterSnapshot, called in the destination Region. Both keys must serve the caller."""
    params = {name: value for name, value in call.params.items() if name != "PreSignedUrl"}
    arn = records.arn_of(call, kind.snapshot_type, params[f"Source{kind.snapshot_identifier}"])
    must_see(kms, kind, arn)
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
    if created is not None:
        found.snapshots[answer[kind.snapshot][f"{kind.snapshot}Arn"]] = created
    _amend(answer[kind.snapshot], kind, kms)
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


def must_see(kms: ServiceKms, kind: Kind, arn: str) -> None:
    """Raise what RDS answers for a snapshot of another account that is not shared with the caller."""
    account = records.place_of(arn)[1]
    if account != kms.call.account and not _shared_with(kms, arn):
        raise AwsError(kind.snapshot_missing, f"{kind.snapshot} not found: {arn}", 404)


def _shared_with(kms: ServiceKms, arn: str) -> bool:
    return bool(kms.store.records(records.Databases).shared.get(arn, set()) & {kms.call.account, "all"})


def describe(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeDBSnapshots, DescribeDBClusterSnapshots: one's own, and what others share if that is asked for."""
    params = call.params.get(kind.snapshot_identifier, "")
    foreign = params.startswith("arn:") and records.place_of(params)[1] != call.account
    if foreign:
        must_see(kms, kind, params)
        return {f"{kind.snapshot}s": _of_others(kind, call, kms, moto, [params])}
    wanted = _asked_for(call)
    own = call.params.get("SnapshotType") not in ("shared", "public")
    answer = moto() if own else {f"{kind.snapshot}s": []}
    for entry in answer[f"{kind.snapshot}s"]:
        _amend(entry, kind, kms)
    if wanted and not params:
        shared = kms.store.records(records.Databases).shared
        arns = [arn for arn, accounts in shared.items() if accounts & wanted and _theirs(kind, call, arn)]
        answer[f"{kind.snapshot}s"] += _of_others(kind, call, kms, moto, arns)
    return answer


def _asked_for(call: Call) -> set[str]:
    """As whom the caller wants to see what others share."""
    params = call.params
    shared = {call.account} if params.get("IncludeShared") or params.get("SnapshotType") == "shared" else set()
    return shared | ({"all"} if params.get("IncludePublic") or params.get("SnapshotType") == "public" else set())


def _theirs(kind: Kind, call: Call, arn: str) -> bool:
    region, account, _ = records.place_of(arn)
    return region == call.region and account != call.account and Arn.of(arn).kind == kind.snapshot_type


def _of_others(kind: Kind, call: Call, kms: ServiceKms, moto: Moto, arns: list[str]) -> list[dict[str, Any]]:
    """The entries of other accounts' snapshots, which are named by their ARNs; tags are their owner's affair."""
    passed = {name: call.params[name] for name in (kind.identifier, "Filters") if name in call.params}
    found: list[dict[str, Any]] = []
    for arn in arns:
        region, account, name = records.place_of(arn)
        named = {**passed, kind.snapshot_identifier: name}
        answer = moto(f"Describe{kind.snapshot}s", account=account, region=region, **named)
        for entry in answer[f"{kind.snapshot}s"]:
            _amend(entry, kind, kms)
            entry.pop("TagList", None)
            found.append({**entry, kind.snapshot_identifier: arn})
    return found


def _amend(entry: dict[str, Any], kind: Kind, kms: ServiceKms) -> None:
    envelope = kms.store.records(records.Databases).snapshots.get(entry[f"{kind.snapshot}Arn"])
    if envelope is not None:
        entry |= {kind.snapshot_encrypted: True, "KmsKeyId": envelope.key_arn}
    elif not entry.get(kind.snapshot_encrypted):
        entry.pop("KmsKeyId", None)


OPERATIONS: dict[str, Advice] = {
    f"{verb}{kind.snapshot}{ending}": partial(advice, kind)
    for verb, ending, advice in (
        ("Copy", "", copy),
        ("Create", "", create),
        ("Delete", "", delete),
        ("Describe", "s", describe),
    )
    for kind in (INSTANCE, CLUSTER)
}
