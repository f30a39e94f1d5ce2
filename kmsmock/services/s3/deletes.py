"""DeleteObjects: each object of the list by itself, so that one that may not be deleted spares no other."""

from __future__ import annotations

from typing import Any

from kmsmock.authorization import services
from kmsmock.authorization.actions import Need
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records.buckets import find_bucket
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import Envelopes
from kmsmock.services.s3.replication import queue
from kmsmock.wire.answers import Answer


def delete_object(call: Call, envelopes: Envelopes, moto: Moto) -> Answer | None:
    """DeleteObject: the marker that it leaves may be replicated."""
    if "VersionId" in call.params:
        return None
    answer = moto.own_answer()
    _marked(call, envelopes, [call.params["Key"]] if answer[0] < 300 else [])
    return answer


def _marked(call: Call, envelopes: Envelopes, names: list[str]) -> None:
    bucket = find_bucket(call.params["Bucket"])
    for name in names if bucket is not None else ():
        queue.deleted(envelopes, bucket, name)


def delete_objects(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any] | None:
    """DeleteObjects answers 200 with an error for each object that the caller may not delete."""
    if find_bucket(call.params["Bucket"]) is None:
        return None
    delete = call.params.get("Delete") or {}
    refused, allowed = [], []
    for each in delete.get("Objects", ()):
        action = "s3:DeleteObjectVersion" if each.get("VersionId") else "s3:DeleteObject"
        arn = f"arn:{call.partition}:s3:::{call.params['Bucket']}/{each['Key']}"
        try:
            services.require(envelopes.store, call, Need(action, arn))
        except AwsError as error:
            refused.append({**each, "Code": error.code, "Message": error.message})
        else:
            allowed.append(each)
    marked = [each["Key"] for each in allowed if not each.get("VersionId")]
    if not refused:
        moto.own_answer()
        _marked(call, envelopes, marked)
        return None
    if not allowed:
        return {"Errors": refused}
    asked = {name: call.params[name] for name in ("Bucket", "BypassGovernanceRetention") if name in call.params}
    answer = moto("DeleteObjects", **asked, Delete={**delete, "Objects": allowed})
    _marked(call, envelopes, marked)
    return {**answer, "Errors": [*answer.get("Errors", ()), *refused]}


OPERATIONS: dict[str, Advice] = {"DeleteObject": delete_object, "DeleteObjects": delete_objects}
