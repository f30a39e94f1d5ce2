"""Accounts and the principals in them: shortcuts over IAM calls, and clients that sign as somebody."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kmsmock.active import active
from kmsmock.authorization.condition_keys.settable import context_keys
from kmsmock.identity import acting as blocks
from kmsmock.identity import issued, outside, sessions
from kmsmock.identity.credentials import root_of
from kmsmock.records.iam import find_role
from kmsmock.store import Store

if TYPE_CHECKING:
    import boto3

    from kmsmock.call import Caller

PolicyDocument = Mapping[str, Any] | str
TOKEN = "kmsmock-session-token"
SECRET = "kmsmock-secret-access-key"
"""Signatures are never verified, so every secret is the same."""


class Principal:
    """Somebody who signs requests: an account's root user, a user, or a session of a role."""

    def __init__(self, store: Store, arn: str, access_key: str, token: str | None = None) -> None:
        self.arn = arn
        self._store = store
        self._credentials = (access_key, SECRET, token)

    @property
    def caller(self) -> Caller:
        """Who signs with this principal's credentials, as policies see him."""
        return self._store.directory.caller(self._credentials[0])

    def session(
        self,
        region_name: str | None = None,
        *,
        context: Mapping[str, str | Sequence[str]] | None = None,
    ) -> boto3.Session:
        """A boto3 session that signs as this principal.

        ``context`` sets global condition keys for what it does, such as ``{"aws:SourceIp": "203.0.113.7"}`` or
        ``{"aws:MultiFactorAuthPresent": "true"}``. Raises ValueError for a key that kmsmock computes from the call.
        """
        import boto3

        from kmsmock.wire import client_models

        key, secret, token = self._credentials
        if context is not None:
            caller = self._store.directory.caller(key)
            given = {**caller.session, **context_keys(context)}
            key = self._store.directory.issue(replace(caller, session=given))
            token = token or TOKEN
        region = region_name or self._store.region_name
        session = client_models.session()
        session.register("before-send", outside.refuse, unique_id=outside.GUARD)  # type: ignore[arg-type]  # the stubs take no named argument
        return boto3.Session(key, secret, token, region, botocore_session=session)

    def client(self, service: str, region_name: str | None = None, **options: Any) -> Any:
        """A boto3 client that signs as this principal."""
        return self.session(region_name).client(service, **options)  # type: ignore[call-overload]  # any service

    def resource(self, service: str, region_name: str | None = None, **options: Any) -> Any:
        """A boto3 resource that signs as this principal."""
        return self.session(region_name).resource(service, **options)  # type: ignore[call-overload]  # any service

    @contextmanager
    def acting(self) -> Iterator[Principal]:
        """Make this principal the caller of every client with credentials that the world did not issue, old or new.

        The block nests, counts for the threads and tasks that it starts and for no others, and is shown by the
        environment and boto3's default session. Raises KmsMockError outside of the principal's world.
        """
        self.must_be_of_the_active_world()
        with blocks.block(self._store, self.credentials):
            yield self

    @property
    def credentials(self) -> blocks.Credentials:
        """What this principal signs with."""
        return blocks.Credentials(*self._credentials)

    def must_be_of_the_active_world(self) -> None:
        """Raises KmsMockError, with what to do, where the world of this principal is not the innermost active one."""
        if active() is not self._store:
            raise issued.refusal(self._credentials[0])

    def __repr__(self) -> str:
        return f"Principal({self.arn!r})"


class Account:
    """One AWS account of a world. Calls without a principal are made by its root user."""

    def __init__(self, store: Store, account_id: str) -> None:
        self.id = account_id
        self._store = store
        root = root_of(account_id)
        self.root = Principal(store, root.principal.arn, store.directory.issue(root))

    def client(self, service: str, region_name: str | None = None, **options: Any) -> Any:
        """A boto3 client of the root user."""
        return self.root.client(service, region_name, **options)

    def resource(self, service: str, region_name: str | None = None, **options: Any) -> Any:
        """A boto3 resource of the root user."""
        return self.root.resource(service, region_name, **options)

    def session(self, region_name: str | None = None) -> boto3.Session:
        """A boto3 session of the root user."""
        return self.root.session(region_name)

    def user(
        self, name: str, policies: Sequence[PolicyDocument] = (), boundary: PolicyDocument | None = None
    ) -> Principal:
        """Create an IAM user with inline policies and an access key: iam.create_user and put_user_policy."""
        texts = _texts(policies)
        limit = None if boundary is None else _texts([boundary])[0]
        iam = self.client("iam")
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        for number, text in enumerate(texts, 1):
            iam.put_user_policy(UserName=name, PolicyName=f"policy-{number}", PolicyDocument=text)
        if limit is not None:
            created = iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=limit)["Policy"]["Arn"]
            iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=created)
        key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
        return Principal(self._store, arn, key)

    def role(
        self,
        name: str,
        policies: Sequence[PolicyDocument] = (),
        trust: PolicyDocument | None = None,
        boundary: PolicyDocument | None = None,
    ) -> Principal:
        """Create an IAM role with inline policies; the principal signs as its session named ``kmsmock``.

        ``trust`` is the role's trust policy (default: the account itself); the session is made as a service that the
        role trusts would make it, without asking the trust policy.
        """
        texts = _texts(policies)
        iam = self.client("iam")
        options: dict[str, Any] = {}
        if boundary is not None:
            document = _texts([boundary])[0]
            created = iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=document)
            options["PermissionsBoundary"] = created["Policy"]["Arn"]
        assume = _texts([trust if trust is not None else _trust(self.root.arn)])[0]
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=assume, **options)["Role"]["Arn"]
        for number, text in enumerate(texts, 1):
            iam.put_role_policy(RoleName=name, PolicyName=f"policy-{number}", PolicyDocument=text)
        caller = sessions.lasting(sessions.of_role(find_role(arn), "kmsmock"))
        return Principal(self._store, arn, self._store.directory.issue(caller), TOKEN)

    def __repr__(self) -> str:
        return f"Account({self.id!r})"


def _trust(arn: str) -> PolicyDocument:
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _texts(policies: Sequence[PolicyDocument]) -> list[str]:
    if isinstance(policies, (str, Mapping)):
        raise TypeError("policies is a list of policy documents; put the document in a list")
    for policy in policies:
        if not isinstance(policy, (str, Mapping)):
            raise TypeError(f"a policy document is a dict or a JSON string, not {policy!r}")
    return [policy if isinstance(policy, str) else json.dumps(policy) for policy in policies]
