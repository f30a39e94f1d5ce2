"""DeleteObjects: each object of the list by itself, so that one that may not be deleted spares no other."""

from __future__ import annotations

from typing import Any

from kmsmock.authorization import services
from kmsmock.authorization.actions import Need
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records.buckets import find_bucket
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3.replication import queue
from kmsmock.wire.answers import Answer


def delete_object(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """DeleteObject: the marker that it leaves may be replicated."""
    if "VersionId" in call.params:
        return None
    answer = moto.own_answer()
    _marked(call, kms, [call.params["Key"]] if answer[0] < 300 else [])
    return answer


def _marked(call: Call, kms: ServiceKms, names: list[str]) -> None:
    bucket = find_bucket(call.params["Bucket"])
    for name in names if bucket is not None else ():
        queue.deleted(kms, bucket, name)


def delete_objects(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DeleteObjects answers 200 with an error for each object that the caller may not delete."""
    if find_bucket(call.params["Bucket"]) is None:
        return None
    delete = call.params.get("Delete") or {}
    refused, allowed = [], []
    for each in delete.get("Objects", ()):
        action = "s3:DeleteObjectVersion" if each.get("VersionId") else "s3:DeleteObject"
        arn = f"arn:{call.partition}:s3:::{call.params['Bucket']}/{each['Key']}"
        try:
            services.require(kms.store, call, Need(action, arn))
        except AwsError as error:
            refused.append({**each, "Code": error.code, "Message": error.message})
        else:
            allowed.append(each)
    marked = [each["Key"] for each in allowed if not each.get("VersionId")]
    if not refused:
        moto.own_answer()
        _marked(call, kms, marked)
        return None
    if not allowed:
        return {"Errors": refused}
    params = {name: call.params[name] for name in ("Bucket", "BypassGovernanceRetention") if name in call.params}
    answer = moto("DeleteObjects", **params, Delete={**delete, "Objects": allowed})
    _marked(call, kms, marked)
    return {**answer, "Errors": [*answer.get("Errors", ()), *refused]}


OPERATIONS: dict[str, Advice] = {"DeleteObject": delete_object, "DeleteObjects": delete_objects}
