"""Trails: made, changed, started and stopped. What has happened until then is delivered as it was asked for before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.kms import lifecycle
from kmsmock.records.buckets import find_bucket
from kmsmock.services import Advice, Moto
from kmsmock.services.cloudtrail import checks, delivery, errors, selectors
from kmsmock.services.cloudtrail.state import Trail, Trails, arn_of
from kmsmock.services.kms.client import ServiceKms
from kmsmock.telling import own_lines


def create_trail(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateTrail: the bucket's policy and the key's must let CloudTrail in."""
    params = call.params
    checks.check_parameters(params)
    asked = _asked(call, Trail(arn_of(call, params["Name"]), params["S3BucketName"]))
    if asked.arn in kms.store.records(Trails):
        raise errors.trail_exists(asked.name, call.account)
    answer = _told(call, kms, moto, asked)
    kms.store.records(Trails)[asked.arn] = asked
    kms.store.before["s3"] = delivery.before_s3
    return answer


def update_trail(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """UpdateTrail: likewise, for what changes."""
    known = _delivered(call, kms, call.params["Name"])
    if known is None:
        return None
    asked = _asked(call, known)
    answer = _told(call, kms, moto, asked)
    kms.store.records(Trails)[asked.arn] = asked
    return answer


def _asked(call: Call, known: Trail) -> Trail:
    """A trail as the call wants it. ``key`` is the name of the key, as long as it has not been looked up."""
    params = call.params
    return replace(
        known,
        bucket=params.get("S3BucketName", known.bucket),
        prefix=params.get("S3KeyPrefix", known.prefix),
        key=params.get("KmsKeyId", known.key) or None,
        all_regions=params.get("IsMultiRegionTrail", known.all_regions),
        organization=params.get("IsOrganizationTrail", known.organization),
    )


def _told(call: Call, kms: ServiceKms, moto: Moto, asked: Trail) -> dict[str, Any]:
    """moto's answer to a trail that CloudTrail can write, and in which the key stands by its ARN."""
    if find_bucket(asked.bucket) is None or {"S3BucketName", "S3KeyPrefix"} & call.params.keys():
        checks.check_bucket(kms, asked)
    if not call.params.get("KmsKeyId") or asked.key is None:
        return moto()
    asked.key = checks.check_key(kms, asked, asked.key)
    return moto(call.operation, **{**call.params, "KmsKeyId": asked.key})


def _delivered(call: Call, kms: ServiceKms, name: str) -> Trail | None:
    """A trail by its name or ARN, up to date with what has happened; None if there is none: moto has the words."""
    found = kms.store.records(Trails).get(arn_of(call, name))
    if found is not None:
        delivery.deliver(kms, found)
    return found


def start_logging(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """StartLogging: what happens from now on is logged."""
    answer = moto()
    found = _delivered(call, kms, call.params["Name"])
    if found is not None and not found.logging:
        lifecycle.run_due(kms.store, clock.now())
        found.logging, found.begun = True, (call, own_lines.asking())
        found.delivered = found.tried = len(kms.store.events)
    return answer


def stop_logging(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """StopLogging."""
    answer = moto()
    found = _delivered(call, kms, call.params["Name"])
    if found is not None:
        found.logging = False
    return answer


def delete_trail(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteTrail: its files stay."""
    found = _delivered(call, kms, call.params["Name"])
    if found is None:
        raise errors.trail_not_found(arn_of(call, call.params["Name"]), call.account)
    del kms.store.records(Trails)[found.arn]
    return moto("DeleteTrail", Name=found.name)


def put_event_selectors(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """PutEventSelectors: one kind of selectors replaces the other."""
    selectors.check(call.params)
    found = _delivered(call, kms, call.params["TrailName"])
    answer = moto()
    if found is not None:
        found.selectors = list(call.params.get("EventSelectors") or ())
        found.advanced = list(call.params.get("AdvancedEventSelectors") or ())
    return answer


def get_trail_status(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetTrailStatus: moto's answer, and why the last delivery failed."""
    answer = moto()
    found = _delivered(call, kms, call.params["Name"])
    return answer if found is None or found.problem is None else {**answer, "LatestDeliveryError": found.problem}


OPERATIONS: dict[str, Advice] = {
    "CreateTrail": create_trail,
    "DeleteTrail": delete_trail,
    "GetTrailStatus": get_trail_status,
    "PutEventSelectors": put_event_selectors,
    "StartLogging": start_logging,
    "StopLogging": stop_logging,
    "UpdateTrail": update_trail,
}
