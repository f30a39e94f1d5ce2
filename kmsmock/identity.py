"""Who signed a request: access key to caller, from the world's own credentials and moto's IAM and STS."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from kmsmock import entropy
from kmsmock.call import Caller
from kmsmock.iam import Layer, Policies, Policy, Principal, Source, compile_policy

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

PARTITION = "aws"
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/,\s]*/([^/,\s]+)/")
_ACCOUNT_ARN = re.compile(r"arn:[^:]+:iam::(\d{12}):root")
_ENTITY_ARN = re.compile(r"arn:[^:]+:(?:iam|sts)::(\d{12}):(user|role|assumed-role|federated-user)/(.+)")


class Signature(NamedTuple):
    """What a request's signature says: who signed, and for which Region. Empty where it does not say."""

    access_key: str = ""
    region: str = ""


def signature_of(request: AWSPreparedRequest) -> Signature:
    """The signature in the Authorization header, or in the query of a presigned URL."""
    header: Any = request.headers.get("Authorization")
    match = _CREDENTIAL.search(header.decode() if isinstance(header, bytes) else header) if header else None
    if match is not None:
        return Signature(match[1], match[2])
    if "X-Amz-Credential" in request.url or "AWSAccessKeyId" in request.url:
        query = parse_qs(urlsplit(request.url).query)
        scope = (query.get("X-Amz-Credential") or query.get("AWSAccessKeyId") or [""])[0].split("/")
        return Signature(scope[0], scope[2] if len(scope) > 2 else "")
    return Signature()


def root_of(account: str, access_key: str = "") -> Caller:
    """The root user of an account."""
    arn = f"arn:{PARTITION}:iam::{account}:root"
    return Caller(Principal(kind="root", arn=arn, account=account, principal_arn=arn, unique_id=account), access_key)


Found = tuple[tuple[Source, ...], tuple[Source, ...] | None]
"""The identity-based policies of a principal, and its permissions boundary if it has one."""


class Identities:
    """The ``Directory`` of a world: credentials that it issued itself, and what moto's IAM and STS know."""

    def __init__(self, default_account: str, credentials: dict[str, Caller]) -> None:
        self._default = root_of(default_account)
        self._credentials = credentials
        self._user_boundaries: dict[str, tuple[Source, ...]] = {}
        self._seen: dict[str, Caller] = {}
        self._policies: dict[str, Found] = {}

    def caller(self, access_key: str) -> Caller:
        """Who signs with this key. Credentials that nobody issued are the root user of the default account."""
        known = self._credentials.get(access_key) or self._seen.get(access_key)
        if known is None:
            known = self._session(access_key) or self._user(access_key)
            known = known or replace(self._default, access_key=access_key)
            self._seen[access_key] = known
        return known

    def forget(self) -> None:
        """Look everything up anew: a request went to moto, which may have changed users, roles or policies."""
        self._seen.clear()
        self._policies.clear()

    def issue(self, caller: Caller) -> str:
        """Make an access key for a caller that no API call gave one: an account's root user, a role's session."""
        key = entropy.access_key_id("ASIA" if caller.principal.kind == "role-session" else "AKIA")
        self._credentials[key] = replace(caller, access_key=key)
        return key

    def bound(self, user_arn: str, document: str) -> None:
        """Set the permissions boundary of a user, which moto does not keep."""
        name = f"permissions boundary of user {user_arn.rsplit('/', 1)[-1]}"
        self._user_boundaries[user_arn] = (_source(name, document, layer=Layer.BOUNDARY),)

    def session_of(self, role_arn: str, session_name: str) -> Caller:
        """The caller that a session of an existing role is."""
        role = _role(role_arn)
        account = role_arn.split(":")[4]
        principal = Principal(
            kind="role-session",
            arn=f"arn:{PARTITION}:sts::{account}:assumed-role/{role.name}/{session_name}",
            account=account,
            principal_arn=role.arn,
            unique_id=f"{role.id}:{session_name}",
        )
        return Caller(principal, "", {"aws:multifactorauthpresent": "false", "aws:tokenissuetime": _now_text()})

    def _session(self, key: str) -> Caller | None:
        for backend in _backends("sts"):
            for assumed in backend.assumed_roles:
                if assumed.access_key_id == key:
                    caller = replace(self.session_of(assumed.role_arn, assumed.session_name), access_key=key)
                    self._credentials[key] = caller
                    return caller
        return None

    def _user(self, key: str) -> Caller | None:
        for backend in _backends("iam"):
            issued = backend.access_keys.get(key)
            if issued is not None and issued.user_name:
                user = backend.users[issued.user_name]
                return Caller(_user_principal(user), key)
        return None

    def exists(self, arn_or_id: str) -> bool:
        """True for any account, for users, roles and sessions of roles that exist, and for service principals."""
        if arn_or_id == "*" or _ACCOUNT_ARN.fullmatch(arn_or_id) or re.fullmatch(r"\d{12}", arn_or_id):
            return True
        if arn_or_id.endswith((".amazonaws.com", ".amazonaws.com.cn")):
            return True
        match = _ENTITY_ARN.fullmatch(arn_or_id)
        if match is None:
            return False
        account, kind, name = match.groups()
        if kind == "federated-user":
            return True
        if kind == "assumed-role":
            role_name, _, session = name.partition("/")
            infrastructure = role_name == "aws:ec2-infrastructure"
            return bool(session) and "/" not in session and (infrastructure or _has_role(account, role_name))
        if kind == "user":
            return any(
                user.arn == arn_or_id for backend in _backends("iam", account) for user in backend.users.values()
            )
        return any(role.arn == arn_or_id for backend in _backends("iam", account) for role in backend.roles.values())

    def policies_of(self, principal: Principal) -> Found:
        """Inline, attached and group policies, and the permissions boundary."""
        found = self._policies.get(principal.arn)
        if found is None:
            found = self._policies[principal.arn] = self._look_up(principal)
        return found

    def _look_up(self, principal: Principal) -> Found:
        if principal.kind == "user":
            return _user_policies(principal), self._user_boundaries.get(principal.arn)
        if principal.kind == "role-session":
            return _role_policies(principal)
        return (), None

    def organization_policies(self, policies: Policies, principal: Principal, owner: str) -> Policies:
        """Unchanged: service and resource control policies are not modelled yet."""
        return policies


def _now_text() -> str:
    from kmsmock import clock

    return clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _backends(service: str, account: str | None = None) -> Iterable[Any]:
    """moto's backends of a global service, of the accounts that have one; asking never makes one."""
    import sys

    module = sys.modules.get(f"moto.{service}.models")
    if module is None:
        return
    accounts: dict[str, Any] = getattr(module, f"{service}_backends")
    for id_, partitions in list(accounts.items()):
        if account in (None, id_) and PARTITION in partitions.keys():  # noqa: SIM118 - `in` itself creates one in moto
            yield partitions[PARTITION]


def _role(arn: str) -> Any:
    for backend in _backends("iam", arn.split(":")[4]):
        for role in backend.roles.values():
            if role.arn == arn:
                return role
    raise LookupError(f"no such role: {arn}")


def _has_role(account: str, name: str) -> bool:
    return any(role.name == name for backend in _backends("iam", account) for role in backend.roles.values())


def _user_principal(user: Any) -> Principal:
    return Principal(
        kind="user",
        arn=user.arn,
        account=user.arn.split(":")[4],
        principal_arn=user.arn,
        unique_id="AIDA" + user.id.upper()[:16],
    )


@lru_cache(maxsize=4096)
def _compiled(document: str) -> Policy:
    return compile_policy(document)


def _source(name: str, document: str, arn: str | None = None, layer: Layer = Layer.IDENTITY) -> Source:
    return Source(layer, name, _compiled(document), arn)


def _managed(policy: Any) -> str:
    versions = {version.version_id: version.document for version in policy.versions}
    return str(versions[policy.default_version_id])


def _attached(holder: Any, of: str) -> list[Source]:
    inline = [_source(f'inline policy "{name}" of {of}', document) for name, document in holder.policies.items()]
    managed = [
        _source(f'managed policy "{policy.name}" of {of}', _managed(policy), arn)
        for arn, policy in holder.managed_policies.items()
    ]
    return inline + managed


def _user_policies(principal: Principal) -> tuple[Source, ...]:
    for backend in _backends("iam", principal.account):
        for user in backend.users.values():
            if user.arn == principal.principal_arn:
                groups = backend.get_groups_for_user(user.name)
                found = _attached(user, f"user {user.name}")
                for group in groups:
                    found += _attached(group, f"group {group.name}")
                return tuple(found)
    return ()


def _role_policies(principal: Principal) -> tuple[tuple[Source, ...], tuple[Source, ...] | None]:
    for backend in _backends("iam", principal.account):
        role = backend.roles.get(principal.unique_id.split(":")[0])
        if role is not None:
            return tuple(_attached(role, f"role {role.name}")), _boundary(backend, role)
    return (), None


def _boundary(backend: Any, role: Any) -> tuple[Source, ...] | None:
    arn = role.permissions_boundary_arn
    if not arn:
        return None
    policy = backend.managed_policies[arn]
    return (
        _source(f'permissions boundary "{policy.name}" of role {role.name}', _managed(policy), arn, Layer.BOUNDARY),
    )
