"""DescribeDBSnapshots, DescribeDBClusterSnapshots: one's own, what others share, and what is public."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.records import databases as moto_databases
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.rds import records
from kmsmock.services.rds.records import CLUSTER, INSTANCE, Kind


def describe(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """A snapshot of another account is named by its ARN, in the request and in the answer."""
    records.check_marker(call)
    named = call.params.get(kind.snapshot_identifier, "")
    if Arn.find(named) is not None and records.place_of(named)[1] != call.account:
        must_see(kms, kind, named)
        return {f"{kind.snapshot}s": _entries(kind, call, kms, moto, [named])}
    wanted = _asked_for(call)
    shared = kms.store.records(records.Databases).shared
    arns = [arn for arn, accounts in shared.items() if accounts & wanted and _is_there(kind, call, arn)]
    own = call.params.get("SnapshotType") not in ("shared", "public")
    told = moto() if own else {f"{kind.snapshot}s": []}
    for entry in told[f"{kind.snapshot}s"]:
        amend(entry, kind, kms)
    if not named:
        # one's own public snapshots are told already, unless only public ones are wanted
        others = [arn for arn in arns if not (own and records.place_of(arn)[1] == call.account)]
        told[f"{kind.snapshot}s"] += _entries(kind, call, kms, moto, others)
    return told


def _asked_for(call: Call) -> set[str]:
    """As whom the caller wants to see what is shared: as himself, or as anybody (``all``).

    The switches for both only add to a listing of every type.
    """
    params = call.params
    by_type = {"shared": {call.account}, "public": {"all"}}
    if "SnapshotType" in params:
        return by_type.get(params["SnapshotType"], set())
    shared = by_type["shared"] if params.get("IncludeShared") else set()
    return shared | (by_type["public"] if params.get("IncludePublic") else set())


def _is_there(kind: Kind, call: Call, arn: str) -> bool:
    return records.place_of(arn)[0] == call.region and Arn.of(arn).kind == kind.snapshot_type


def _entries(kind: Kind, call: Call, kms: ServiceKms, moto: Moto, arns: list[str]) -> list[dict[str, Any]]:
    """The entries of snapshots, wherever they are; the tags of other accounts' are their owner's affair."""
    passed = {name: call.params[name] for name in (kind.identifier, "Filters") if name in call.params}
    found: list[dict[str, Any]] = []
    for arn in arns:
        region, account, name = records.place_of(arn)
        named = {**passed, kind.snapshot_identifier: name}
        answer = moto(f"Describe{kind.snapshot}s", account=account, region=region, **named)
        for entry in answer[f"{kind.snapshot}s"]:
            amend(entry, kind, kms)
            if account != call.account:
                entry.pop("TagList", None)
                entry[kind.snapshot_identifier] = arn
            found.append(entry)
    return found


def must_see(kms: ServiceKms, kind: Kind, arn: str) -> None:
    """Raise what RDS answers for a snapshot of another account that is not shared with the caller."""
    account, shared = records.place_of(arn)[1], kms.store.records(records.Databases).shared.get(arn, set())
    if account != kms.call.account and not shared & {kms.call.account, "all"}:
        raise AwsError(kind.snapshot_missing, f"{kind.snapshot} not found: {arn}", 404)


def amend(entry: dict[str, Any], kind: Kind, kms: ServiceKms, details: dict[str, Any] | None = None) -> None:
    """Complete moto's entry of a snapshot; ``details`` are those of one that is gone meanwhile."""
    arn, found = entry[f"{kind.snapshot}Arn"], kms.store.records(records.Databases)
    entry |= moto_databases.details(kind.stored, arn) if details is None else details
    source = found.copied.get(arn)
    if source is not None:
        entry |= {kind.source: source, **({"SourceRegion": Arn.of(source).region} if kind is INSTANCE else {})}
    envelope = found.snapshots.get(arn)
    if envelope is not None:
        entry |= {kind.snapshot_encrypted: True, "KmsKeyId": envelope.key_arn}
    elif not entry.get(kind.snapshot_encrypted):
        entry.pop("KmsKeyId", None)


OPERATIONS: dict[str, Advice] = {f"Describe{kind.snapshot}s": partial(describe, kind) for kind in (INSTANCE, CLUSTER)}
