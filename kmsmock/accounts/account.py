"""Accounts: shortcuts over IAM calls that make users and roles, and the root user's clients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kmsmock.accounts.principal import Principal
from kmsmock.accounts.typed import as_clients, as_resources
from kmsmock.authorization import delivery, policy_forms
from kmsmock.authorization.delivery import TOKEN
from kmsmock.authorization.policy_forms import GivenPolicy, PolicyForm
from kmsmock.call import Caller
from kmsmock.errors import a_text, nearest
from kmsmock.iam.arn import Arn
from kmsmock.identity.credentials import root_of, user_principal
from kmsmock.identity.making import Making
from kmsmock.model.turns import taking_turns, turn
from kmsmock.model.written import OURS
from kmsmock.records.iam import find_holder, names_of
from kmsmock.store import Store
from kmsmock.telling import colours
from kmsmock.wire.regions import partition_by_name

if TYPE_CHECKING:
    import boto3


_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")
"""CreateUser and CreateRole in the IAM API reference."""
_SHOWN = 8
"""Users and roles that the text of an account names."""


class Account:
    """One AWS account of a world. Calls without a principal are made by its root user."""

    def __init__(self, store: Store, account_id: str) -> None:
        self.id = account_id
        self._store = store
        root = root_of(account_id, partition_by_name(store.region_name))
        with turn:
            self.root = Principal(store, root.principal.arn, store.directory.issue(root))

    @as_clients
    def client(self, service: str, region_name: str | None = None, **options: Any) -> Any:
        """A boto3 client of the root user."""
        return self.root.client(service, region_name, **options)

    @as_resources
    def resource(self, service: str, region_name: str | None = None, **options: Any) -> Any:
        """A boto3 resource of the root user."""
        return self.root.resource(service, region_name, **options)

    def session(self, region_name: str | None = None) -> boto3.Session:
        """A boto3 session of the root user."""
        return self.root.session(region_name)

    def user(self, name: str, policies: Sequence[PolicyForm] = (), boundary: PolicyForm | None = None) -> Principal:
        """Create an IAM user with policies and an access key: iam.create_user and put_user_policy.

        A policy is a document (dict or JSON), a ``pathlib.Path`` to one, the ARN of a managed policy, or what a
        template has for one (``{"PolicyName": ..., "PolicyDocument": ...}``). Raises ValueError or TypeError for
        anything else and for a user that exists: ``get_user`` acts as that one.
        """
        with self._making("user", name, policies, boundary) as (making, given, limit):
            arn = making.call("create_user", "delete_user", UserName=name)["User"]["Arn"]
            making.give(given)
            if limit:
                making.iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=limit)
            key = making.iam.create_access_key(UserName=name)["AccessKey"]
        return Principal(self._store, arn, key["AccessKeyId"], secret=key["SecretAccessKey"])

    def role(
        self,
        name: str,
        policies: Sequence[PolicyForm] = (),
        trust: PolicyForm | None = None,
        boundary: PolicyForm | None = None,
        used_by: str | None = None,
    ) -> Principal:
        """Create an IAM role with policies; the principal signs as its session named ``kmsmock``.

        ``trust`` is the role's trust policy, or the name of the service that may assume it (default: the account
        itself); the session is made as a service that the role trusts would make it, without asking the trust policy.
        ``used_by`` as in ``get_role``. Policies and errors as in ``user``.
        """
        assume = policy_forms.trusting({"AWS": self.root.arn}) if trust is None else policy_forms.read_trust(trust)
        policy_forms.remember_files(self._store.places, [trust])
        with self._making("role", name, policies, boundary) as (making, given, limit):
            options = {"PermissionsBoundary": limit} if limit else {}
            with self._store.making(OURS if trust is None or (isinstance(trust, str) and trust != assume) else ""):
                making.call(
                    "create_role", "delete_role", RoleName=name, only={"AssumeRolePolicyDocument": assume, **options}
                )
            making.give(given)
            return self.get_role(name, used_by)

    @taking_turns
    def get_user(self, name: str) -> Principal:
        """A user that exists already, by name or ARN: made by a template, by Terraform, by the code under test.

        He signs with credentials of this world; his access keys stay as they are. Raises ValueError if there is none.
        """
        user = self._find("user", name)
        caller = user_principal(user)
        return Principal(self._store, user.arn, self._store.directory.issue(Caller(caller, "")))

    @taking_turns
    def get_role(self, name: str, used_by: str | None = None) -> Principal:
        """A session of a role that exists already, by name or ARN: made by a template, by the code under test.

        ``used_by`` is the ARN of the Lambda function, EC2 instance or ECS task that has the role: then the session is
        named as that service names it and has the condition keys of its credentials (``lambda:SourceFunctionArn``).
        Raises ValueError if there is no such role, or if it does not trust the service.
        """
        role = self._find("role", name)
        session = delivery.session_of(self._store, role, used_by)
        return Principal(self._store, role.arn, self._store.directory.issue(session), TOKEN)

    def _find(self, kind: str, name: Any) -> Any:
        """moto's record of a user or role."""
        arn = Arn.find(name) if isinstance(name, str) else None
        if not isinstance(name, str) or (arn is not None and (arn.service, arn.kind) != ("iam", kind)):
            raise ValueError(f"{name!r}: give the name or ARN of a {kind}")
        if arn is not None and arn.account != self.id:
            raise ValueError(f"{name} is of another account: write world.account({arn.account!r}).get_{kind}({name!r})")
        short = name if arn is None else arn.resource.rpartition("/")[2]
        found = find_holder(self.id, kind, short)
        if found is None or (arn is not None and found.arn != name):
            raise ValueError(self._missing(kind, short))
        return found

    def _missing(self, kind: str, name: str) -> str:
        meant = nearest(name, names_of(self.id, kind))
        hint = ";" if meant is None else f"; did you mean {meant!r}?"
        return f"account {self.id} has no {kind} {name!r}{hint} account.{kind}({name!r}) makes one"

    @cached_property
    def _iam(self) -> Any:
        """The client that makes users and roles."""
        return self.client("iam")

    @contextmanager
    def _making(
        self, kind: str, name: str, policies: Sequence[PolicyForm], boundary: PolicyForm | None
    ) -> Iterator[tuple[Making, list[GivenPolicy], str]]:
        """What a new user or role needs, read before anything is made; what is made goes again if the block fails."""
        if not _NAME.fullmatch(a_text("name", name, "app")):
            raise ValueError(f"name={name!r}: names of a {kind} are 1 to 64 letters, digits and characters of +=,.@_-")
        given = policy_forms.read_all(policies, self.id)
        policy_forms.remember_files(self._store.places, [*policies, boundary])
        limit = None if boundary is None else policy_forms.read(boundary, self.id)
        with turn:
            exists = find_holder(self.id, kind, name) is not None
        if exists:
            raise ValueError(
                f"account {self.id} has a {kind} {name!r} already; account.get_{kind}({name!r}) acts as it"
            )
        with Making(self._iam, kind, name) as making:
            yield making, given, making.boundary(limit)

    @taking_turns
    def __repr__(self) -> str:
        made = [f"{kind} {name}" for kind in ("user", "role") for name in names_of(self.id, kind)]
        keys = sum(key.account == self.id and key.manager == "CUSTOMER" for key in self._store.keys.values())
        return (
            f"<Account {self.id}: {', '.join([*made[:_SHOWN], *(['...'] if made[_SHOWN:] else []), f'{keys} keys'])}>"
        )

    _repr_html_ = colours.html_of_repr
