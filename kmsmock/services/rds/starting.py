"""Starting a database again that had lost its key: within seven days, if the key is back."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.rds import databases, keys, records
from kmsmock.services.rds.records import CLUSTER, INSTANCE, Kind


def start(kind: Kind, call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """StartDBInstance, StartDBCluster."""
    arn = records.arn_of(call, kind.arn_type, call.params[kind.identifier])
    held = kms.store.records(records.Databases).held
    status = records.lost(kms.store, held.get(arn))
    if status is None:
        return databases.amended(moto(), kind, kms)
    if status == records.TERMINAL:
        name = records.place_of(arn)[2]
        # Unverified text; that only a restore helps is documented.
        raise AwsError(
            kind.wrong_state,
            f"{kind.noun} {name} is in {status} state but expected it to be one of stopped,{records.RECOVERABLE}.",
        )
    again = keys.take_again(kms, held[arn])
    entry = records.described(moto, kind, arn)
    if entry[kind.status] == "stopped":
        moto()
    again.begin(kms.store)
    held[arn] = again
    return {kind.noun: {**entry, kind.status: "starting"}}


OPERATIONS: dict[str, Advice] = {f"Start{kind.noun}": partial(start, kind) for kind in (INSTANCE, CLUSTER)}
