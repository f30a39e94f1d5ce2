"""What log groups are beside their keys: their class, and whether they may be deleted; moto has neither.

"Log classes" and "Protecting log groups from deletion" (CloudWatch Logs user guide).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import log_groups
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms


@dataclass(slots=True)
class Traits:
    """Of one log group."""

    log_class: str = "STANDARD"
    protected: bool = False


class TraitsOfGroups(dict[str, Traits]):
    """The traits of the log groups of a world, by ARN; those without an entry have the defaults."""


def keep(kms: ServiceKms, arn: str, params: dict[str, Any]) -> None:
    """A group was made with these parameters of CreateLogGroup."""
    kms.store.records(TraitsOfGroups)[arn] = Traits(
        params.get("logGroupClass", "STANDARD"), params.get("deletionProtectionEnabled", False)
    )


def check_deletable(kms: ServiceKms, group: Any) -> None:
    """Raise the error of deleting a protected group. ``group`` is moto's, or None. Unverified text."""
    if group is not None and kms.store.records(TraitsOfGroups).get(group.arn, Traits()).protected:
        raise AwsError(
            "ValidationException", "The log group cannot be deleted because deletion protection is enabled for it."
        )


def put_log_group_deletion_protection(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """PutLogGroupDeletionProtection."""
    group = log_groups.find(call.account, call.region, call.params["logGroupIdentifier"])
    if group is None:
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    kms.store.records(TraitsOfGroups).setdefault(group.arn, Traits()).protected = call.params[
        "deletionProtectionEnabled"
    ]
    return {}


def describe_log_groups(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeLogGroups: moto's own, with the traits, and of one class if the request says so."""
    answer, wanted = moto(), call.params.get("logGroupClass")
    shown = [
        _shown(each, kms.store.records(TraitsOfGroups).get(each["logGroupArn"], Traits()))
        for each in answer["logGroups"]
    ]
    return {**answer, "logGroups": [each for each in shown if wanted in (None, each["logGroupClass"])]}


def _shown(group: dict[str, Any], has: Traits) -> dict[str, Any]:
    return {**group, "logGroupClass": has.log_class, "deletionProtectionEnabled": has.protected}


OPERATIONS: dict[str, Advice] = {
    "DescribeLogGroups": describe_log_groups,
    "PutLogGroupDeletionProtection": put_log_group_deletion_protection,
}
