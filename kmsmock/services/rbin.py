"""Recycle Bin: the rules that say which deleted snapshots of an account and Region are kept, and for how long.

What they keep is in ``services.ec2.recycle_bin``. moto has no Recycle Bin. The codes and reasons are botocore's, the
texts are unverified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from kmsmock import entropy
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.store import Store

_SNAPSHOT = "EBS_SNAPSHOT"
_SHOWN = ("Description", "RetentionPeriod", "ResourceType", "ResourceTags", "ExcludeResourceTags")
_IN_LISTS = ("Identifier", "Description", "RetentionPeriod", "LockState", "RuleArn")
_MOST_DAYS = 365


@dataclass(slots=True)
class Rule:
    """``told`` is what was asked for, by the names of the API."""

    id: str
    arn: str
    place: tuple[str, str]
    told: dict[str, Any]
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def period(self) -> timedelta:
        """How long it keeps what it applies to."""
        return timedelta(days=self.told["RetentionPeriod"]["RetentionPeriodValue"])

    def keeps(self, tags: Mapping[str, str]) -> bool:
        """Whether it applies to a snapshot with these tags: by one of its own, or to all but those it leaves out."""
        named, left_out = self.told.get("ResourceTags"), self.told.get("ExcludeResourceTags") or ()
        if named:
            return any(_has(tags, each) for each in named)
        return not any(_has(tags, each) for each in left_out)

    def shown(self) -> dict[str, Any]:
        """The rule as GetRule tells it."""
        return {"Identifier": self.id, "RuleArn": self.arn, "Status": "available", "LockState": "unlocked", **self.told}


def _has(tags: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """A rule may name a key alone, for whatever value."""
    name, value = wanted["ResourceTagKey"], wanted.get("ResourceTagValue")
    return name in tags and value in (None, "", tags[name])


class Rules(dict[str, Rule]):
    """The retention rules of a world, by their ids."""


def period_of(store: Store, place: tuple[str, str], tags: Mapping[str, str]) -> timedelta | None:
    """How long a deleted snapshot with these tags is kept; of several rules the longest period. None: not at all."""
    fitting = [each.period for each in store.records(Rules).values() if each.place == place and each.keeps(tags)]
    return max(fitting, default=None)


def create_rule(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateRule, for snapshots."""
    params = call.params
    if params["ResourceType"] != _SNAPSHOT:
        raise NotImplementedError(f"kmsmock does not model Recycle Bin rules of {params['ResourceType']}")
    if "LockConfiguration" in params:
        raise NotImplementedError("kmsmock does not model locked Recycle Bin rules")
    _check(params)
    if params.get("ResourceTags") and params.get("ExcludeResourceTags"):
        raise _invalid("A tag-level retention rule can't have exclusion tags.")
    made = entropy.resource_id("r")[2:13]
    arn = f"arn:{call.partition}:rbin:{call.region}:{call.account}:rule/{made}"
    rule = Rule(made, arn, (call.account, call.region), {each: params[each] for each in _SHOWN if each in params})
    rule.tags = {each["Key"]: each["Value"] for each in params.get("Tags", ())}
    kms.store.records(Rules)[made] = rule
    return {**rule.shown(), "Tags": _tags(rule)}


def _check(params: dict[str, Any]) -> None:
    days = (params.get("RetentionPeriod") or {}).get("RetentionPeriodValue", 1)
    if not 1 <= days <= _MOST_DAYS:
        raise _invalid(f"The retention period must be between 1 and {_MOST_DAYS} days.")


def _invalid(text: str) -> AwsError:
    return AwsError("ValidationException", text, 400, Reason="INVALID_PARAMETER_VALUE")


def _tags(rule: Rule) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in rule.tags.items()]


def _found(call: Call, kms: ServiceKms, name: str | None = None) -> Rule:
    rule = kms.store.records(Rules).get(call.params["Identifier"] if name is None else name)
    if rule is None or rule.place != (call.account, call.region):
        raise AwsError("ResourceNotFoundException", "The rule does not exist.", 404, Reason="RULE_NOT_FOUND")
    return rule


def get_rule(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetRule."""
    return _found(call, kms).shown()


def update_rule(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """UpdateRule: for what is deleted from now on."""
    rule = _found(call, kms)
    _check(call.params)
    rule.told |= {each: call.params[each] for each in _SHOWN if each in call.params and each != "ResourceType"}
    return rule.shown()


def delete_rule(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteRule: what it keeps stays until its time."""
    del kms.store.records(Rules)[_found(call, kms).id]
    return {}


def list_rules(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ListRules of a type of resource, of the account and Region."""
    place, params = (call.account, call.region), call.params
    rules = [
        {name: each.shown()[name] for name in _IN_LISTS if name in each.shown()}
        for each in kms.store.records(Rules).values()
        if each.place == place
        and each.told["ResourceType"] == params["ResourceType"]
        and params.get("LockState", "unlocked") == "unlocked"
        and all(wanted in each.told.get(name, ()) for name in _SHOWN[3:] for wanted in params.get(name, ()))
    ]
    return {"Rules": rules}


def list_tags(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ListTagsForResource."""
    return {"Tags": _tags(_tagged(call, kms))}


def _tagged(call: Call, kms: ServiceKms) -> Rule:
    return _found(call, kms, call.params["ResourceArn"].rpartition("/")[2])


def tag(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """TagResource."""
    _tagged(call, kms).tags.update({each["Key"]: each["Value"] for each in call.params["Tags"]})
    return {}


def untag(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """UntagResource."""
    rule = _tagged(call, kms)
    for name in call.params["TagKeys"]:
        rule.tags.pop(name, None)
    return {}


def lock(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """LockRule and UnlockRule are not modelled."""
    raise NotImplementedError(f"kmsmock does not model {call.operation} of Recycle Bin")


OPERATIONS: dict[str, Advice] = {
    "CreateRule": create_rule,
    "DeleteRule": delete_rule,
    "GetRule": get_rule,
    "ListRules": list_rules,
    "ListTagsForResource": list_tags,
    "LockRule": lock,
    "TagResource": tag,
    "UnlockRule": lock,
    "UntagResource": untag,
    "UpdateRule": update_rule,
}
