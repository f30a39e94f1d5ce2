"""DeleteObjects: each object of the list by itself, so that one that may not be deleted spares no other."""

from __future__ import annotations

from typing import Any

from kmsmock import access
from kmsmock.actions import Need
from kmsmock.call import Call
from kmsmock.envelopes import Envelopes
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto


def delete_objects(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any] | None:
    """DeleteObjects answers 200 with an error for each object that the caller may not delete."""
    delete = call.params.get("Delete") or {}
    refused, allowed = [], []
    for each in delete.get("Objects", ()):
        action = "s3:DeleteObjectVersion" if each.get("VersionId") else "s3:DeleteObject"
        arn = f"arn:{call.partition}:s3:::{call.params['Bucket']}/{each['Key']}"
        try:
            access.require(envelopes.store, call, Need(action, arn))
        except AwsError as error:
            refused.append({**each, "Code": error.code, "Message": error.message})
        else:
            allowed.append(each)
    if not refused:
        return None
    if not allowed:
        return {"Errors": refused}
    asked = {name: call.params[name] for name in ("Bucket", "BypassGovernanceRetention") if name in call.params}
    answer = moto("DeleteObjects", **asked, Delete={**delete, "Objects": allowed})
    return {**answer, "Errors": [*answer.get("Errors", ()), *refused]}


OPERATIONS: dict[str, Advice] = {"DeleteObjects": delete_objects}
