"""What moto's IAM knows: who exists, under which unique id, and with which policies and boundary.

Nothing here makes a moto backend by asking, and nothing imports moto: what was never used has nothing to tell.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from kmsmock.iam import Layer, MalformedPolicy, Policy, Principal, Source, compile_policy
from kmsmock.iam.document import PolicyKind

PARTITION = "aws"
INFRASTRUCTURE = "aws:ec2-infrastructure"
"""The role as whose sessions EC2 opens the volumes of instances; it is in nobody's IAM."""

_ACCOUNT = re.compile(r"arn:[^:]+:iam::(\d{12}):root|(\d{12})")
_ENTITY = re.compile(r"arn:[^:]+:(?:iam|sts)::(\d{12}):(user|role|assumed-role|federated-user)/(.+)")
_UNIQUE_ID = re.compile(r"(AIDA|AROA)[A-Z0-9]+(:.+)?")
_SERVICE = (".amazonaws.com", ".amazonaws.com.cn")

Found = tuple[tuple[Source, ...], tuple[Source, ...] | None]
"""The identity-based policies of a principal, and its permissions boundary if it has one."""


def backends(service: str, account: str | None = None) -> Iterable[Any]:
    """moto's backends of a global service, of the accounts that have one."""
    module = sys.modules.get(f"moto.{service}.models")
    if module is None:
        return
    accounts: dict[str, Any] = getattr(module, f"{service}_backends")
    for id_, partitions in list(accounts.items()):
        if account in (None, id_) and PARTITION in partitions.keys():  # noqa: SIM118 - `in` itself creates one in moto
            yield partitions[PARTITION]


# --- who exists -----------------------------------------------------------------------------------------------------


def resolve(name: str) -> str | None:
    """What a principal that a key policy or grant names is stored as; None if there is no such principal.

    Users, roles and sessions become unique ids, so that another one of the same name does not inherit what the first
    was given ("AWS JSON policy elements: Principal" in the IAM guide). Accounts are one ARN, others stay as they are.
    """
    account = _ACCOUNT.fullmatch(name)
    if account is not None:
        return f"arn:{PARTITION}:iam::{account[1] or account[2]}:root"
    if name == "*" or name.endswith(_SERVICE):
        return name
    if _UNIQUE_ID.fullmatch(name):
        return name if _alive(name) else None
    match = _ENTITY.fullmatch(name)
    return None if match is None else _RESOLVERS[match[2]](name, match[1], match[3])


def _user(arn: str, account: str, name: str) -> str | None:
    found = next(
        (user for each in backends("iam", account) for user in list(each.users.values()) if user.arn == arn), None
    )
    return None if found is None else user_id(found)


def _role(arn: str, account: str, name: str) -> str | None:
    found = find_role(arn)
    return None if found is None else str(found.id)


def _session(arn: str, account: str, name: str) -> str | None:
    role_name, _, session = name.partition("/")
    if role_name == INFRASTRUCTURE:
        return arn
    role = next((each for each in roles(account) if each.name == role_name), None)
    return f"{role.id}:{session}" if role is not None and session and "/" not in session else None


_RESOLVERS: Mapping[str, Callable[[str, str, str], str | None]] = {
    "user": _user,
    "role": _role,
    "assumed-role": _session,
    "federated-user": lambda arn, account, name: arn,
}


def render(stored: str) -> str:
    """A stored principal as a person reads it: its ARN, or its unique id once it has been deleted."""
    if not _UNIQUE_ID.fullmatch(stored):
        return stored
    entity, _, session = stored.partition(":")
    for backend in backends("iam"):
        role = backend.roles.get(entity)
        if role is not None:
            account = role.arn.split(":")[4]
            return f"arn:{PARTITION}:sts::{account}:assumed-role/{role.name}/{session}" if session else str(role.arn)
        for user in list(backend.users.values()):
            if user_id(user) == entity:
                return str(user.arn)
    return stored


def _alive(unique_id: str) -> bool:
    return render(unique_id) != unique_id


def user_id(user: Any) -> str:
    """The ``AIDA…`` of a user; moto's own ids have another form."""
    return unique_id(str(user.id))


def unique_id(moto_id: str) -> str:
    """The same from moto's id."""
    return moto_id if moto_id.startswith("AIDA") else "AIDA" + moto_id.upper()[:16]


def owner_of_key(backend: Any, access_key: str) -> Any:
    """moto's record of the user who has an access key: he may have been renamed since it was made."""
    users = list(backend.users.values())
    return next((user for user in users if any(key.access_key_id == access_key for key in user.access_keys)), None)


def roles(account: str) -> Iterable[Any]:
    """moto's records of the roles of an account."""
    return (role for backend in backends("iam", account) for role in list(backend.roles.values()))


def find_role(arn: str) -> Any:
    """moto's record of a role, or None, also for what is no role's ARN."""
    if arn.count(":") != 5:
        return None
    return next((role for role in roles(arn.split(":")[4]) if role.arn == arn), None)


# --- what they may do -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _compiled(document: str) -> Policy:
    return lenient(document)


def lenient(document: str, kind: PolicyKind = "identity", bind: Callable[[str], str] | None = None) -> Policy:
    """A document that moto has stored. What AWS would never have stored says nothing, here as in moto."""
    try:
        return compile_policy(document, kind=kind, bind=bind)
    except MalformedPolicy:
        return Policy("2012-10-17", "", ())


def source(
    name: str, document: str | Mapping[str, Any], arn: str | None = None, layer: Layer = Layer.IDENTITY
) -> Source:
    """A policy document of some layer; each text is compiled once in a process."""
    text = document if isinstance(document, str) else json.dumps(document)  # moto keeps what templates say as it is
    return Source(layer, name, _compiled(text), arn)


def managed_text(policy: Any) -> str:
    """The default version of a managed policy."""
    versions = {version.version_id: version.document for version in policy.versions}
    return str(versions[policy.default_version_id])


def managed_policy(account: str, arn: str) -> Any:
    """moto's record of a managed policy, AWS's own included, or None."""
    return next((each.managed_policies[arn] for each in backends("iam", account) if arn in each.managed_policies), None)


def is_aws_policy(arn: str) -> bool:
    """True for the ARN of a policy that AWS itself manages."""
    return arn.startswith("arn:aws:iam::aws:policy/")


def administer(account: str, role_name: str) -> None:
    """Give a role all permissions, as Organizations does with the one that it makes in a new account."""
    for role in roles(account):
        if role.name == role_name:
            role.policies["AdministratorAccess"] = (
                '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
            )


_aws_policies: dict[str, Any] = {}
"""AWS's own managed policies, read once in a process."""


def iam_of(account: str) -> Any:
    """moto's IAM backend of an account, made if need be."""
    from moto.iam.models import iam_backends

    return iam_backends[account][PARTITION]


def load_aws_policies(account: str) -> None:
    """Give moto's IAM of an account AWS's own managed policies, which it leaves out to start faster."""
    from moto.iam.models import AWSManagedPolicy, aws_managed_policies_data

    backend = iam_of(account)
    if backend.aws_managed_policies:
        return
    if not _aws_policies:
        _aws_policies.update(json.loads(aws_managed_policies_data))
    backend.aws_managed_policies = [
        AWSManagedPolicy.from_data(name, account, PARTITION, data) for name, data in _aws_policies.items()
    ]
    backend.managed_policies = {
        policy.arn: policy for policy in backend.aws_managed_policies
    } | backend.managed_policies


def _attached(holder: Any, of: str) -> list[Source]:
    inline = [source(f'inline policy "{name}" of {of}', document) for name, document in holder.policies.items()]
    managed = [
        source(f'managed policy "{policy.name}" of {of}', managed_text(policy), arn)
        for arn, policy in holder.managed_policies.items()
    ]
    return inline + managed


def policies_of_user(account: str, arn: str) -> tuple[Source, ...]:
    """Inline, attached and group policies of a user."""
    for backend in backends("iam", account):
        for user in list(backend.users.values()):
            if user.arn == arn:
                found = _attached(user, f"user {user.name}")
                for group in backend.get_groups_for_user(user.name):
                    found += _attached(group, f"group {group.name}")
                return tuple(found)
    return ()


def policies_of_role(principal: Principal) -> Found:
    """Inline and attached policies of a role, and its boundary."""
    for backend in backends("iam", principal.account):
        role = backend.roles.get(principal.unique_id.split(":")[0])
        if role is not None:
            return tuple(_attached(role, f"role {role.name}")), _boundary(backend, role)
    return (), None


def _boundary(backend: Any, role: Any) -> tuple[Source, ...] | None:
    arn = role.permissions_boundary_arn
    policy = backend.managed_policies.get(arn)
    return None if policy is None else (boundary(policy, f"role {role.name}"),)


def boundary(policy: Any, of: str) -> Source:
    """A managed policy as somebody's permissions boundary."""
    name = f'permissions boundary "{policy.name}" of {of}'
    return source(name, managed_text(policy), policy.arn, Layer.BOUNDARY)


def tags_of(principal: Principal) -> dict[str, str]:
    """The tags of the user or role behind a principal; a federated user has none of its own."""
    for backend in backends("iam", principal.account):
        if principal.kind == "user":
            return tags_of_user(principal.account, principal.arn)
        role = backend.roles.get(principal.unique_id.split(":")[0])
        if role is not None:
            return {tag["Key"]: tag["Value"] for tag in role.tags or []}
    return {}


def roles_of_profile(account: str, name: str) -> list[str]:
    """The ARNs of the roles of an instance profile."""
    profiles = (each for backend in backends("iam", account) for each in list(backend.instance_profiles.values()))
    return [str(role.arn) for profile in profiles if profile.name == name for role in profile.roles]


def iam_arn(arn: str) -> str:
    """The ARN of a user, group, role or policy with the path that it has, if there is such a one."""
    kind, _, name = arn.split(":", 5)[5].partition("/")
    for backend in backends("iam", arn.split(":")[4]):
        tables = {"user": backend.users, "role": backend.roles, "group": backend.groups}
        for each in list(tables.get(kind, {}).values()):
            if each.name == name:
                return str(each.arn)
    return arn


def tags_of_user(account: str, arn: str) -> dict[str, str]:
    """The tags of a user."""
    found = (each.tagger.list_tags_for_resource(arn)["Tags"] for each in backends("iam", account))
    return {tag["Key"]: tag["Value"] for tags in found for tag in tags}


def tags_of_role(arn: str) -> dict[str, str]:
    """The tags of a role, as a resource."""
    role = find_role(arn)
    return {} if role is None else {tag["Key"]: tag["Value"] for tag in role.tags or []}


def endpoint_policy(endpoint_id: str) -> Source | None:
    """The policy of a VPC endpoint made through EC2; None for one that only a test's context names."""
    module = sys.modules.get("moto.ec2.models")
    for regions in list(module.ec2_backends.values()) if module is not None else ():
        for backend in list(regions.values()):
            endpoint = backend.vpc_end_points.get(endpoint_id)
            if endpoint is not None:
                policy = lenient(endpoint.policy_document, "resource")
                return Source(Layer.VPCE, f"policy of VPC endpoint {endpoint_id}", policy)
    return None
