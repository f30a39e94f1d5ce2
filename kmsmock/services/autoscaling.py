"""Auto Scaling: the role that a group launches as, and what became of its launches.

moto decides when a group launches; ``bridge.launches`` does it in the role's name. moto keeps no scaling activities.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kmsmock import clock, entropy
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import launch_templates
from kmsmock.services.ec2.records import Disks
from kmsmock.services.ec2.refusals import VCPUS
from kmsmock.services.kms.client import ServiceKms
from kmsmock.store import Store

_UNHEALTHY = "Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: "
_CAUSE = (
    "At {time} an instance was started in response to a difference between desired and actual capacity, "
    "increasing the capacity from {before} to {wanted}."
)


@dataclass(slots=True)
class Groups:
    """What a world knows of Auto Scaling groups beside moto."""

    disks: Disks
    roles: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """Account, Region and name of a group -> the service-linked role that it was given instead of the usual one."""
    activities: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    """Account and Region -> the scaling activities, newest first."""

    @classmethod
    def for_world(cls, store: Store) -> Groups:
        return cls(store.records(Disks))

    def launched(self, group: Any, instance_id: str, before: int) -> bool:
        """Write down a launch; True if the instance is in service."""
        reason, now = self.disks.failed_launches.get(instance_id), clock.now()
        activity = {
            "ActivityId": entropy.uuid(),
            "AutoScalingGroupName": group.name,
            "AutoScalingGroupARN": group.arn,
            "Description": f"Launching a new EC2 instance: {instance_id}",
            "Cause": _CAUSE.format(
                time=now.strftime("%Y-%m-%dT%H:%M:%SZ"), before=before, wanted=group.desired_capacity
            ),
            "StartTime": now,
            "EndTime": now,
            "StatusCode": "Successful" if reason is None else "Failed",
            "Progress": 100,
            "Details": "{}",
        }
        if reason is not None:
            activity["StatusMessage"] = _UNHEALTHY + reason.message
        self.activities.setdefault((group.account_id, group.region), []).insert(0, activity)
        return reason is None


def with_role(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateAutoScalingGroup and UpdateAutoScalingGroup: remember the role before anything is launched."""
    if max(call.params.get(name, 0) for name in ("DesiredCapacity", "MinSize")) > VCPUS:
        raise NotImplementedError(f"kmsmock does not model Auto Scaling groups of more than {VCPUS} instances")
    _check_template(call, kms, moto)
    role, known = call.params.get("ServiceLinkedRoleARN"), kms.store.records(Groups).roles
    place = (call.account, call.region, call.params["AutoScalingGroupName"])
    if role is None:
        return
    before, taken = known.get(place), False
    known[place] = role
    try:
        taken = moto.own_answer()[0] < 400
    finally:
        if not taken:
            known.pop(place) if before is None else known.update({place: before})


def _check_template(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """A group takes no template that could not be launched; that there is one at all is moto's to say."""
    mixed = (call.params.get("MixedInstancesPolicy") or {}).get("LaunchTemplate") or {}
    named = call.params.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification")
    if named is None:
        return
    try:
        data = launch_templates.data_of(named, moto)
    except AwsError:
        return
    try:
        launch_templates.check(kms, data)
    except AwsError as wrong:
        text = f"You must use a valid fully-formed launch template. {wrong.message}"
        raise AwsError("ValidationError", text) from None


def delete_auto_scaling_group(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """DeleteAutoScalingGroup: another group of that name has another role."""
    if moto.own_answer()[0] < 400:
        place = (call.account, call.region, call.params["AutoScalingGroupName"])
        kms.store.records(Groups).roles.pop(place, None)


def describe_scaling_activities(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeScalingActivities: the launches, newest first; moto tells of none."""
    params = call.params
    found = kms.store.records(Groups).activities.get((call.account, call.region), [])
    name, ids = params.get("AutoScalingGroupName"), params.get("ActivityIds", ())
    kept = [
        each
        for each in found
        if name in (None, each["AutoScalingGroupName"]) and (not ids or each["ActivityId"] in ids)
    ]
    start, size = _start(params.get("NextToken")), params.get("MaxRecords", 100)
    more = {"NextToken": str(start + size)} if start + size < len(kept) else {}
    return {"Activities": kept[start : start + size], **more}


def _start(token: str | None) -> int:
    if token is not None and not token.isdecimal():
        raise AwsError("InvalidNextToken", f"The token '{token}' is invalid.")
    return int(token or 0)


def describe_auto_scaling_groups(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DescribeAutoScalingGroups: moto's answer, with the role of those that were given one."""
    roles = kms.store.records(Groups).roles
    if not roles:
        return None
    answer = moto()
    for group in answer["AutoScalingGroups"]:
        role = roles.get((call.account, call.region, group["AutoScalingGroupName"]))
        if role is not None:
            group["ServiceLinkedRoleARN"] = role
    return answer


OPERATIONS: dict[str, Advice] = {
    "CreateAutoScalingGroup": with_role,
    "DeleteAutoScalingGroup": delete_auto_scaling_group,
    "DescribeAutoScalingGroups": describe_auto_scaling_groups,
    "DescribeScalingActivities": describe_scaling_activities,
    "UpdateAutoScalingGroup": with_role,
}
