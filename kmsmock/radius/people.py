"""Who there is in a world: accounts, and the principals that a key may let in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kmsmock.call import Caller
from kmsmock.iam import Statement
from kmsmock.iam.arn import Arn
from kmsmock.identity import sessions
from kmsmock.identity.credentials import root_of, user_principal
from kmsmock.model.key import Key, KeyPolicy
from kmsmock.model.spreading import Spreading
from kmsmock.records import iam
from kmsmock.store import Store

SESSION = "any"
"""The session of a role that stands for all of them."""


def accounts(store: Store, named: Iterable[str] = ()) -> tuple[str, ...]:
    """The accounts of a world: its own, those that were ``named``, those of keys, and those with users or roles."""
    used = {str(account) for each in ("user", "role") for account in iam.accounts_with(each)}
    return tuple(sorted({store.account_id, *named, *used, *(key.account for key in store.keys.values())}))


def of_key(store: Store, key: Key, among: Iterable[str] = ()) -> Iterator[Caller]:
    """Whoever may have a say: root users, users and roles of all accounts, and whom the key's policy and grants name.

    Last comes the root user of an account that is nobody's, if the policy names everybody.
    """
    partition = Arn.of(key.arn).partition
    names = written(store, key)
    yield from of_accounts({*accounts(store, among), *accounts_in(names)}, partition)
    yield from named(store, sorted(names))
    yield from (each for each in federated(store) if each.principal.partition == partition)


def of_accounts(known: Iterable[str], partition: str) -> Iterator[Caller]:
    """The root users, users and roles of accounts."""
    for account in sorted(known):
        yield root_of(account, partition)
        for user in iam.holders("user", account, partition):
            yield Caller(user_principal(user), "")
        for role in iam.holders("role", account, partition):
            yield sessions.lasting(sessions.of_role(role, SESSION))


def statements(store: Store, key: Key) -> tuple[Statement, ...]:
    """Of the key policy that decides now."""
    policy: KeyPolicy = store.records(Spreading).seen("policy", key.arn, key.policy)
    return policy.compiled.statements


def written(store: Store, key: Key) -> set[str]:
    """Whom the key policy and the grants name, as they are stored."""
    names = {name for each in statements(store, key) if each.principals is not None for name in each.principals.names()}
    grants = () if key.grants is None else key.grants.by_id.values()
    return names | {grant.grantee for grant in grants}


def accounts_in(names: Iterable[str]) -> set[str]:
    """The accounts among names."""
    found = map(Arn.find, names)
    return {each.account for each in found if each is not None and each.resource == "root"}


def named(store: Store, names: Iterable[str]) -> Iterator[Caller]:
    """Services, and single sessions of roles: by their ids in grants, by their ARNs in policies."""
    for name in names:
        if name.endswith((".amazonaws.com", ".amazonaws.com.cn")):
            yield sessions.of_service(name)
            continue
        found = Arn.find(name) or Arn.find(store.directory.render(name))
        if found is not None and found.kind == "assumed-role":
            role_name, _, session = found.name.partition("/")
            role = iam.find_holder(found.account, "role", role_name, found.partition)
            if role is not None:
                yield sessions.lasting(sessions.of_role(role, session))


def federated(store: Store) -> Iterator[Caller]:
    """The federated users that STS gave credentials, each once."""
    found = {each.principal.arn: each for each in store.credentials.values() if each.principal.kind == "federated"}
    yield from found.values()
