"""Users, groups, roles and policies of a template."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kmsmock.loading.cloudformation import rows
from kmsmock.loading.cloudformation.rows import Place, Properties, Resource, Row
from kmsmock.loading.things import Thing


def _inline(properties: Properties) -> dict[str, Any]:
    return {str(each["PolicyName"]): each["PolicyDocument"] for each in properties.get("Policies") or []}


def _role(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    yield rows.thing(
        "role",
        place,
        resource,
        RoleName=rows.given(place, resource, "RoleName"),
        Path=properties.get("Path"),
        AssumeRolePolicyDocument=properties.get("AssumeRolePolicyDocument"),
        Policies=_inline(properties),
        ManagedPolicyArns=properties.get("ManagedPolicyArns"),
        PermissionsBoundary=properties.get("PermissionsBoundary"),
        MaxSessionDuration=properties.get("MaxSessionDuration"),
        Description=properties.get("Description"),
        Tags=rows.tags_of(properties),
    )


def _user(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    yield rows.thing(
        "user",
        place,
        resource,
        UserName=rows.given(place, resource, "UserName"),
        Path=properties.get("Path"),
        Policies=_inline(properties),
        ManagedPolicyArns=properties.get("ManagedPolicyArns"),
        PermissionsBoundary=properties.get("PermissionsBoundary"),
        Groups=properties.get("Groups"),
        Tags=rows.tags_of(properties),
    )


def _group(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    yield rows.thing(
        "group",
        place,
        resource,
        GroupName=rows.given(place, resource, "GroupName"),
        Path=properties.get("Path"),
        Policies=_inline(properties),
        ManagedPolicyArns=properties.get("ManagedPolicyArns"),
    )


def _membership(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    for user in properties.get("Users", []):
        yield rows.thing("membership", place, resource, UserName=user, GroupName=properties.get("GroupName"))


_HOLDERS = {"Roles": "RoleName", "Users": "UserName", "Groups": "GroupName"}


def _managed_policy(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    arn = place.identity(resource).arn
    yield rows.thing(
        "managed policy",
        place,
        resource,
        PolicyName=rows.given(place, resource, "ManagedPolicyName"),
        Path=properties.get("Path"),
        PolicyDocument=properties.get("PolicyDocument"),
        Description=properties.get("Description"),
    )
    for listed, name in _HOLDERS.items():
        for holder in properties.get(listed, []):
            yield rows.thing("attachment", place, resource, PolicyArn=arn, **{name: holder})


def _policy(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    """AWS::IAM::Policy puts an inline policy; so do RolePolicy, UserPolicy and GroupPolicy, each for one."""
    document = {"PolicyName": properties.get("PolicyName"), "PolicyDocument": properties.get("PolicyDocument")}
    for listed, name in _HOLDERS.items():
        for holder in properties.get(listed, []):
            yield rows.thing("inline policy", place, resource, **document, **{name: holder})
        if name in properties:
            yield rows.thing("inline policy", place, resource, **document, **{name: properties[name]})


def _profile(place: Place, resource: Resource, properties: Properties) -> Iterator[Thing]:
    yield rows.thing(
        "instance profile",
        place,
        resource,
        InstanceProfileName=rows.given(place, resource, "InstanceProfileName"),
        Path=properties.get("Path"),
        Roles=properties.get("Roles"),
    )


_OF_POLICIES = frozenset({"PolicyName", "PolicyDocument", "Roles", "Users", "Groups"})
_OF_HOLDERS = frozenset({"Path", "Policies", "ManagedPolicyArns"})
_OF_PEOPLE = _OF_HOLDERS | {"PermissionsBoundary", "Tags"}

ROWS: dict[str, Row] = {
    "AWS::IAM::Role": Row(
        rows.iam("role", "RoleName"),
        _role,
        _OF_PEOPLE | {"RoleName", "AssumeRolePolicyDocument", "MaxSessionDuration", "Description"},
    ),
    "AWS::IAM::User": Row(rows.iam("user", "UserName"), _user, _OF_PEOPLE | {"UserName", "Groups"}),
    "AWS::IAM::Group": Row(rows.iam("group", "GroupName"), _group, _OF_HOLDERS | {"GroupName"}),
    "AWS::IAM::UserToGroupAddition": Row(rows.attached, _membership, frozenset({"GroupName", "Users"})),
    "AWS::IAM::ManagedPolicy": Row(
        rows.iam("policy", "ManagedPolicyName", by_arn=True),
        _managed_policy,
        (_OF_POLICIES - {"PolicyName"}) | {"ManagedPolicyName", "Path", "Description"},
    ),
    "AWS::IAM::Policy": Row(rows.attached, _policy, _OF_POLICIES),
    "AWS::IAM::RolePolicy": Row(rows.attached, _policy, frozenset({"PolicyName", "PolicyDocument", "RoleName"})),
    "AWS::IAM::UserPolicy": Row(rows.attached, _policy, frozenset({"PolicyName", "PolicyDocument", "UserName"})),
    "AWS::IAM::GroupPolicy": Row(rows.attached, _policy, frozenset({"PolicyName", "PolicyDocument", "GroupName"})),
    "AWS::IAM::InstanceProfile": Row(
        rows.iam("instance-profile", "InstanceProfileName"),
        _profile,
        frozenset({"InstanceProfileName", "Path", "Roles"}),
    ),
}
