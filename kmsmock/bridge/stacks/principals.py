"""Roles and users of stacks, with the policies that the template gives them.

moto makes them without some of their policies, changes little of them, and does not delete those that have managed
policies ("AWS::IAM::Role" and "AWS::IAM::User", template reference). What somebody else attached stays, and keeps the
role or user from being deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kmsmock.active import Patches
from kmsmock.bridge.stacks.kms_resources import document
from kmsmock.iam.arn import Arn
from kmsmock.records import iam, serving
from kmsmock.wire.regions import partition_by_name

Properties = Mapping[str, Any]


@dataclass(slots=True)
class Given:
    """What a stack has given a role or user: the ARNs of managed policies, and the names of inline ones."""

    managed: set[str] = field(default_factory=set)
    inline: set[str] = field(default_factory=set)


class Kind(NamedTuple):
    """One type of resource: the property with its name, and how moto finds, attaches and detaches."""

    name: str
    find: str
    attach: str
    detach: str


class PrincipalsOfStacks(dict[str, Given]):
    """What the stacks of a world gave its roles and users, by ARN."""


def install(patches: Patches) -> None:
    """Change how moto makes, changes and deletes roles and users of stacks."""
    from moto.iam.models import Role, User

    rows = (
        (Role, Kind("RoleName", "get_role", "attach_role_policy", "detach_role_policy")),
        (User, Kind("UserName", "get_user", "attach_user_policy", "detach_user_policy")),
    )
    for model, kind in rows:
        create = _creating(model.create_from_cloudformation_json, kind)
        delete = _deleting(model.delete_from_cloudformation_json, kind)
        update = _updating(model.update_from_cloudformation_json, kind, create, delete)
        patches.replace(model, "create_from_cloudformation_json", staticmethod(create))
        patches.replace(model, "delete_from_cloudformation_json", staticmethod(delete))
        patches.replace(model, "update_from_cloudformation_json", staticmethod(update))


def _given(arn: str) -> Given:
    """The record of a role or user in the world."""
    return serving.current().store.records(PrincipalsOfStacks).setdefault(arn, Given())


def _creating(original: Callable[..., Any], kind: Kind) -> Callable[..., Any]:
    def create(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **about: Any) -> Any:
        created = original(resource_name, cloudformation_json, account_id, region_name, **about)
        _settle(created, cloudformation_json.get("Properties", {}), account_id, kind)
        return created

    return create


def _settle(principal: Any, properties: Properties, account_id: str, kind: Kind) -> None:
    """Bring the policies to what the template says now; those that the stack did not give are left alone."""
    partition = Arn.of(principal.arn).partition
    backend, given = iam.iam_of(account_id, partition), _given(principal.arn)
    wanted = set(properties.get("ManagedPolicyArns") or ())
    if any(iam.is_aws_policy(arn) and arn not in backend.managed_policies for arn in wanted):
        iam.load_aws_policies(account_id, partition)
    for arn in given.managed - wanted:
        if arn in principal.managed_policies:
            getattr(backend, kind.detach)(arn, principal.name)
    for arn in wanted:
        if arn in backend.managed_policies and arn not in principal.managed_policies:
            getattr(backend, kind.attach)(arn, principal.name)
    inline = {each["PolicyName"]: each["PolicyDocument"] for each in properties.get("Policies") or ()}
    for name in given.inline - inline.keys():
        principal.policies.pop(name, None)
    for name, policy in inline.items():
        principal.policies[name] = document(policy)
    given.managed, given.inline = wanted & principal.managed_policies.keys(), set(inline)


def _updating(
    original: Callable[..., Any], kind: Kind, create: Callable[..., Any], delete: Callable[..., Any]
) -> Callable[..., Any]:
    def update(
        original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        properties, before = cloudformation_json.get("Properties", {}), original_resource
        name = properties.get(kind.name, before.name)
        if name != before.name:  # another name is another role or user
            made = create(name, cloudformation_json, account_id, region_name)
            delete(before.name, cloudformation_json, account_id, region_name)
            return made
        unnamed = {key: value for key, value in properties.items() if key != kind.name or kind.name == "RoleName"}
        changed = {**cloudformation_json, "Properties": unnamed}
        original(before, new_resource_name, changed, account_id, region_name)
        trust = properties.get("AssumeRolePolicyDocument")
        if trust is not None:
            before.assume_role_policy_document = document(trust)
            serving.current().store.directory.bind_principals(before.arn, before.assume_role_policy_document)
        _settle(before, properties, account_id, kind)
        return before

    return update


def _deleting(original: Callable[..., Any], kind: Kind) -> Callable[..., Any]:
    def delete(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str) -> None:
        backend = iam.iam_of(account_id, partition_by_name(region_name))
        principal = getattr(backend, kind.find)(resource_name)
        _settle(principal, {}, account_id, kind)
        original(resource_name, cloudformation_json, account_id, region_name)
        serving.current().store.records(PrincipalsOfStacks).pop(principal.arn, None)

    return delete
