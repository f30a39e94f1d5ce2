"""Users, groups, roles and policies, put into moto's IAM of an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.records import iam
from kmsmock.records.placed.policies import fold, placed_policy

Values = Mapping[str, Any]


def make_role(account: str, partition: str, values: Values, trust: str) -> None:
    """A role as CreateRole's parameters say; ``RoleId`` is its unique id. Raises ValueError for one that is there."""
    backend, name = iam.iam_of(account, partition), str(values["RoleName"])
    if iam.find_holder(account, "role", name, partition) is not None:
        raise ValueError(f"account {account} has a role {name} already")
    session = values.get("MaxSessionDuration")
    role = backend.create_role(
        name,
        trust,
        str(values.get("Path") or "/"),
        None,
        str(values.get("Description") or ""),
        list(values.get("Tags") or []),
        "3600" if session is None else str(session),
    )
    role.permissions_boundary_arn = values.get("PermissionsBoundary")
    _renamed(backend.roles, role, values.get("RoleId"))


def _renamed(table: dict[str, Any], role: Any, unique_id: Any) -> None:
    if unique_id:
        del table[role.id]
        role.id = str(unique_id)
        table[role.id] = role


def make_user(account: str, partition: str, values: Values) -> None:
    """A user as CreateUser's parameters say, without access keys. Raises ValueError for one that is there."""
    backend, name = iam.iam_of(account, partition), str(values["UserName"])
    if name in backend.users:
        raise ValueError(f"account {account} has a user {name} already")
    user = backend.create_user(partition, name, str(values.get("Path") or "/"), list(values.get("Tags") or []))
    if isinstance(user, tuple):
        user = user[0]
    if values.get("UserId"):
        user.id = str(values["UserId"])


def make_group(account: str, partition: str, values: Values) -> None:
    """A group as CreateGroup's parameters say. Raises ValueError for one that is there."""
    backend, name = iam.iam_of(account, partition), str(values["GroupName"])
    if name in backend.groups:
        raise ValueError(f"account {account} has a group {name} already")
    backend.create_group(name, str(values.get("Path") or "/"))


def make_policy(account: str, partition: str, values: Values, text: str) -> None:
    """A managed policy as CreatePolicy's parameters say. Raises ValueError for one that is there."""
    backend = iam.iam_of(account, partition)
    policy = placed_policy()(
        str(values["PolicyName"]),
        account_id=account,
        region=backend.region_name,
        description=values.get("Description"),
        document=text,
        path=str(values.get("Path") or "/"),
        default_version_id=values.get("DefaultVersionId"),
    )
    if policy.arn in backend.managed_policies:
        raise ValueError(f"account {account} has the policy {policy.arn} already")
    backend.managed_policies[policy.arn] = policy


def fold_policies(account: str, partition: str) -> None:
    """All that has to be done to the managed policies of an account is done."""
    fold(iam.iam_of(account, partition).managed_policies.values())


def put_policy(account: str, partition: str, kind: str, name: str, policy: str, text: str) -> None:
    """An inline policy of a user, group or role (``kind``). Raises ValueError where there is no such holder."""
    _holder(account, partition, kind, name).policies[policy] = text


def attach(account: str, partition: str, kind: str, name: str, arn: str) -> None:
    """Attach a managed policy, of AWS's own or of the account. Raises ValueError where either is not there."""
    holder, backend = _holder(account, partition, kind, name), iam.iam_of(account, partition)
    if iam.is_aws_policy(arn) and arn not in backend.managed_policies:
        try:
            iam.add_aws_policy(account, partition, arn.rpartition("/")[2])
        except KeyError:
            raise ValueError(f"AWS has no managed policy {arn} that is known here") from None
    policy = backend.managed_policies.get(arn)
    if policy is None:
        raise ValueError(f"account {account} has no policy {arn}")
    if arn not in holder.managed_policies:
        policy.attach_to(holder)


def join(account: str, partition: str, user: str, group: str) -> None:
    """Put a user into a group. Raises ValueError where either is not there."""
    member = _holder(account, partition, "user", user)
    members = _holder(account, partition, "group", group).users
    if member not in members:
        members.append(member)


def make_profile(account: str, partition: str, values: Values) -> None:
    """An instance profile with its roles. Raises ValueError for one that is there, and for a role that is not."""
    backend, name = iam.iam_of(account, partition), str(values["InstanceProfileName"])
    if name in backend.instance_profiles:
        raise ValueError(f"account {account} has an instance profile {name} already")
    names = [str(each) for each in values.get("Roles") or []]
    for each in names:
        _holder(account, partition, "role", each)
    backend.create_instance_profile(name, str(values.get("Path") or "/"), names, [])


def _holder(account: str, partition: str, kind: str, name: str) -> Any:
    found = iam.find_holder(account, kind, name.rpartition("/")[2], partition)
    if found is None:
        raise ValueError(f"account {account} has no {kind} {name}")
    return found
