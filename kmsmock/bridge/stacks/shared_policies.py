"""Managed policies of stacks: moto makes and attaches them, and neither changes nor deletes them.

"AWS::IAM::ManagedPolicy" (template reference): document and lists of roles, users and groups are updated without
interruption.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.active import Patches
from kmsmock.bridge.stacks.kms_resources import document
from kmsmock.records import iam, serving
from kmsmock.wire.regions import partition_by_name

_LISTS: Mapping[str, tuple[str, str]] = {
    "Groups": ("attach_group_policy", "detach_group_policy"),
    "Roles": ("attach_role_policy", "detach_role_policy"),
    "Users": ("attach_user_policy", "detach_user_policy"),
}
_VERSIONS = 5
"""How many a policy may have."""

Attached = dict[str, set[str]]
"""The names of whom a stack attached a policy to, by the property that lists them."""


class PoliciesOfStacks(dict[str, Attached]):
    """What the stacks of a world attached, by the ARN of the policy."""


def install(patches: Patches) -> None:
    """Change how moto makes, changes and deletes managed policies of stacks."""
    from moto.iam.models import ManagedPolicy

    original = ManagedPolicy.create_from_cloudformation_json
    patches.replace(ManagedPolicy, "create_from_cloudformation_json", staticmethod(_creating(original)))
    patches.replace(ManagedPolicy, "update_from_cloudformation_json", staticmethod(_update))
    patches.replace(ManagedPolicy, "delete_from_cloudformation_json", staticmethod(_delete))


def _attached(arn: str) -> Attached:
    return serving.current().store.records(PoliciesOfStacks).setdefault(arn, {})


def _names(properties: Mapping[str, Any], each: str) -> set[str]:
    return set(properties.get(each) or ())


def _creating(original: Callable[..., Any]) -> Callable[..., Any]:
    def create(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **about: Any) -> Any:
        policy = original(resource_name, cloudformation_json, account_id, region_name, **about)
        properties = cloudformation_json.get("Properties", {})
        _attached(policy.arn).update({each: _names(properties, each) for each in _LISTS})
        return policy

    return create


def _update(
    original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
) -> Any:
    policy, properties = original_resource, cloudformation_json.get("Properties", {})
    backend = iam.iam_of(account_id, partition_by_name(region_name))
    text = document(properties.get("PolicyDocument"))
    if text != iam.managed_text(policy):
        if len(policy.versions) >= _VERSIONS:
            policy.versions.remove(next(each for each in policy.versions if not each.is_default))
        backend.create_policy_version(policy.arn, text, "true")
    _attach(backend, policy, properties)
    return policy


def _attach(backend: Any, policy: Any, properties: Mapping[str, Any]) -> None:
    """Bring the lists to what the template says now."""
    known = _attached(policy.arn)
    for each, (attach, detach) in _LISTS.items():
        before, wanted = known.get(each, set()), _names(properties, each)
        for name in before - wanted:
            if policy.arn in _policies(backend, each, name):
                getattr(backend, detach)(policy.arn, name)
        for name in wanted - before:
            getattr(backend, attach)(policy.arn, name)
        known[each] = wanted


def _policies(backend: Any, listed: str, name: str) -> Mapping[str, Any]:
    """The managed policies of a role, user or group; nothing for one that is gone."""
    table = getattr(backend, listed.lower())
    found: Mapping[str, Any] = next((each.managed_policies for each in table.values() if each.name == name), {})
    return found


def _delete(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str) -> None:
    """Detached from whom the stack attached it to; what else has it has to go first."""
    from moto.iam.exceptions import DeleteConflictException

    backend = iam.iam_of(account_id, partition_by_name(region_name))
    policy = backend.managed_policies[resource_name]
    _attach(backend, policy, {})
    if policy.attachment_count > 0:
        raise DeleteConflictException("Cannot delete a policy attached to entities.")
    del backend.managed_policies[policy.arn]
    serving.current().store.records(PoliciesOfStacks).pop(policy.arn, None)
