"""What moto's IAM knows: who exists, under which unique id, and with which policies and boundary.

Nothing here makes a moto backend by asking, and nothing imports moto: what was never used has nothing to tell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from kmsmock.iam import Hold, Layer, MalformedPolicy, Policy, Principal, Source, compile_policy
from kmsmock.iam.arn import Arn, root
from kmsmock.iam.document import PolicyKind
from kmsmock.records import ec2
from kmsmock.records.iam import backends, find_role, managed_text, roles, tags_of_user, user_id

INFRASTRUCTURE = "aws:ec2-infrastructure"
"""The role as whose sessions EC2 opens the volumes of instances; it is in nobody's IAM."""

_ACCOUNT = re.compile(r"arn:[^:]+:iam::(\d{12}):root|(\d{12})")
_ENTITY = re.compile(r"arn:[^:]+:(?:iam|sts)::(\d{12}):(user|role|assumed-role|federated-user)/(.+)")
_UNIQUE_ID = re.compile(r"(AIDA|AROA)[A-Z0-9]+(:.+)?")
_SERVICE = (".amazonaws.com", ".amazonaws.com.cn")

Found = tuple[tuple[Source, ...], tuple[Source, ...] | None]
"""The identity-based policies of a principal, and its permissions boundary if it has one."""
Bound = tuple[tuple[str, str], ...]
"""Principals in a document, and the unique ids that they had when it was written."""


# --- who exists -----------------------------------------------------------------------------------------------------


def resolve(name: str, partition: str) -> str | None:
    """What a principal that a key policy or grant names is stored as; None if there is no such principal.

    Users, roles and sessions become unique ids, so that another one of the same name does not inherit what the first
    was given ("AWS JSON policy elements: Principal" in the IAM guide). Accounts are one ARN, others stay as they are.
    Nobody of another partition is there.
    """
    named = Arn.find(name)
    if named is not None and named.partition != partition:
        return None
    account = _ACCOUNT.fullmatch(name)
    if account is not None:
        return root(partition, account[1] or account[2])
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
    role = next((each for each in roles(account, Arn.of(arn).partition) if each.name == role_name), None)
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
            place = Arn.of(role.arn)
            arn = f"arn:{place.partition}:sts::{place.account}:assumed-role/{role.name}/{session}"
            return arn if session else str(role.arn)
        for user in list(backend.users.values()):
            if user_id(user) == entity:
                return str(user.arn)
    return stored


def _alive(unique_id: str) -> bool:
    return render(unique_id) != unique_id


# --- what they may do -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def compile_stored(document: str, kind: PolicyKind = "identity", bound: Bound = ()) -> Policy:
    """A document that moto has stored, compiled once in a process; principals in it that are ``bound`` are who they
    were when it was written. What AWS would never have stored says nothing, here as in moto."""
    names = dict(bound)
    try:
        return compile_policy(document, kind=kind, bind=lambda name: names.get(name, name))
    except MalformedPolicy:
        return Policy("2012-10-17", "", ())


def source(
    name: str, document: str | Mapping[str, Any], arn: str | None = None, layer: Layer = Layer.IDENTITY
) -> Source:
    """A policy document of some layer that has no principals."""
    text = document if isinstance(document, str) else json.dumps(document)  # moto keeps what templates say as it is
    return Source(layer, name, compile_stored(text), arn)


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
    if principal.kind == "user":
        return tags_of_user(principal.account, principal.arn)
    for backend in backends("iam", principal.account):
        role = backend.roles.get(principal.unique_id.split(":")[0])
        if role is not None:
            return {tag["Key"]: tag["Value"] for tag in role.tags or []}
    return {}


def endpoint_policy(endpoint_id: str) -> Source | None:
    """The policy of a VPC endpoint made through EC2; None for one that only a test's context names."""
    found = ec2.endpoint_policy(endpoint_id)
    if found is None:
        return None
    text, account = found
    name, hold = f"policy of VPC endpoint {endpoint_id}", Hold(endpoint_id, account)
    return Source(Layer.VPCE, name, compile_stored(text, "resource"), hold=hold)
