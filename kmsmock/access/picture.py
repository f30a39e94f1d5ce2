"""Who may do what with keys, as one world has it: all that decides, kept for when that world is over."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsmock import clock
from kmsmock.access import keys_of_calls
from kmsmock.authorization import vocabulary
from kmsmock.authorization.authorize import on_key, with_caller_policies
from kmsmock.authorization.condition_keys.context import Context
from kmsmock.authorization.condition_keys.global_keys import CONDITION_KEYS
from kmsmock.authorization.request import AuthorizationRequest
from kmsmock.call import Call, Caller, Target
from kmsmock.errors import AwsError
from kmsmock.iam import Policies, Principal, Source
from kmsmock.iam.arn import Arn
from kmsmock.iam.matching import Value, is_wild
from kmsmock.iam.request import Sources
from kmsmock.identity.credentials import root_of
from kmsmock.kms import lifecycle
from kmsmock.kms.operations import OPERATIONS
from kmsmock.model.grant import Grant
from kmsmock.model.key import Key
from kmsmock.radius import outsiders, people, permitted
from kmsmock.store import Store

Given = Mapping[str, Value]


@dataclass(frozen=True, slots=True, eq=False)
class OneKey:
    """A key: its policy and grants, and what condition keys tell of it."""

    arn: str
    account: str
    region: str
    names: tuple[str, ...]
    """What the files and its aliases call it."""
    actions: frozenset[str]
    """What can be done with such a key, without ``kms:``."""
    policy: tuple[Source, ...]
    grants: tuple[Grant, ...]
    given: Given
    managed: bool
    says: str
    """All that decides, as a text: where it is the same, so are the decisions."""

    @property
    def id(self) -> str:
        return self.arn.rpartition("/")[2]


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A principal: his policies, by the account of what he asks for, and what condition keys tell of him."""

    name: str
    kind: str
    who: Principal
    policies: Mapping[str, Policies]
    given: Given
    says: str
    named_only: bool = False
    """Whether no more is known of him than that a policy or grant names him."""

    @property
    def many(self) -> bool:
        """Whether he stands for many: an account for all that it lets in, everybody."""
        return self.kind in ("account", "anyone")


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """Who may do what with the keys of a world, as it was when ``world.access()`` was called.

    To be compared, with ``world.access_diff(before)``, also when that world is over.
    """

    keys: Mapping[str, OneKey]
    people: Mapping[str, Person]
    named: frozenset[str]
    """Users, roles and sessions that key policies or grants name, and that the world does not have."""
    services: frozenset[str]
    accounts: frozenset[str]
    loaded: Mapping[str, Any] = field(default_factory=dict)
    """The report of what was loaded from files, as plain data."""

    def __repr__(self) -> str:
        return f"<Access to {len(self.keys)} keys, of {len(self.people)} principals>"


def look(
    store: Store, among: Iterable[str], called: Callable[[str], tuple[str, ...]], loaded: Mapping[str, Any]
) -> Access:
    """All that decides about the keys of a world. ``called`` tells what files call something, by its ARN."""
    lifecycle.run_due(store, clock.now())
    keys = {arn: _key(store, key, called(arn)) for arn, key in store.keys.items()}
    owners = frozenset(key.account for key in keys.values())
    partitions = {Arn.of(arn).partition for arn in keys}
    names = {name for key in store.keys.values() for name in (*people.written(store, key), *_in_conditions(store, key))}
    known = {*people.accounts(store, among), *people.accounts_in(names), *(each for each in names if each.isdigit())}
    found = [
        *(each for partition in sorted(partitions) for each in people.of_accounts(known, partition)),
        *(each for each in people.named(store, sorted(names)) if each.principal.kind != "service"),
        *people.federated(store),
    ]
    persons = (_person(store, each, owners) for each in found)
    there = {each.name: each for each in persons if each.kind != "account"}
    shown = {store.directory.render(name) for name in names}
    absent = set(outsiders.are_among(shown)) - set(there)
    services = {name for name in names if name.endswith((".amazonaws.com", ".amazonaws.com.cn"))}
    return Access(keys, there, frozenset(absent), frozenset(services), frozenset(known), loaded)


_WHO = ("aws:principalarn", "aws:principalaccount", "kms:calleraccount")


def _in_conditions(store: Store, key: Key) -> Iterator[str]:
    """The principals and accounts that conditions of a key policy name."""
    for statement in people.statements(store, key):
        for condition in statement.conditions:
            if condition.key in _WHO and "Not" not in condition.operator:
                yield from (each for each in condition.wanted if not is_wild(each) and "${" not in each)


# --- keys -----------------------------------------------------------------------------------------------------------


def _key(store: Store, key: Key, called: tuple[str, ...]) -> OneKey:
    owner = root_of(key.account, Arn.of(key.arn).partition)
    target = Target("kms:DescribeKey", key.arn, key.account, key)
    policy = on_key(store, _call(owner, key.region), target).resource
    given = _given(store, owner, target, key.region, of_principal=False)
    given |= {f"aws:resourcetag/{name.lower()}": value for name, value in key.tags.items()}
    aliases = sorted(Arn.of(alias).resource for alias in key.aliases)
    grants = () if key.grants is None else tuple(key.grants.by_id.values())
    says = (_texts(store, policy), [_text_of_grant(store, each) for each in grants], sorted(given.items()))
    return OneKey(
        arn=key.arn,
        account=key.account,
        region=key.region,
        names=tuple(dict.fromkeys((*filter(_is_name, called), *aliases))),
        actions=frozenset(_actions(key)),
        policy=policy,
        grants=grants,
        given=given,
        managed=key.manager == "AWS",
        says=repr(says),
    )


def _is_name(called: str) -> bool:
    """Whether a file calls a key so, and not a grant of it; an id is no name."""
    return not called.startswith("grant ") and _ID.fullmatch(called) is None


_ID = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")


_USAGES = dict.fromkeys(("Decrypt", "ReEncryptFrom", "ReEncryptTo"), "ENCRYPT_DECRYPT")
"""What operations ask of a key that look at it later than others do."""


def _actions(key: Key) -> Iterator[str]:
    """The actions that a key of this kind can ever be asked for."""
    for name in (vocabulary.actions_of("kms") or {}).values():
        row = OPERATIONS.get("ReEncrypt" if name.startswith("ReEncrypt") else name)
        if name in permitted.OF_NO_KEY or name == "RetireGrant":
            continue
        usage = _USAGES.get(name) or (row and row.usage)
        if usage not in (None, key.usage):
            continue
        try:
            for fits in () if row is None else filter(None, (row.origin, row.fits)):
                fits(key, name)
        except AwsError:
            continue
        yield name


def _text_of_grant(store: Store, grant: Grant) -> str:
    """A grant without what is chance: its id, its token, its time."""
    constraints = (grant.context_equals, grant.context_subset, grant.source_arn)
    return repr((store.directory.render(grant.grantee), sorted(grant.operations), grant.issuing_account, constraints))


def _texts(store: Store, sources: Sources | None) -> list[str] | None:
    """Policies as texts, with who is meant by the names in them."""
    if sources is None:
        return None
    return [
        json.dumps(
            [
                [dict(each.raw) for each in source.policy.statements],
                sorted(store.directory.render(name) for name in source.policy.principals()),
            ]
        )
        for source in sources
    ]


# --- principals -----------------------------------------------------------------------------------------------------


def _person(store: Store, caller: Caller, owners: Iterable[str]) -> Person:
    who = caller.principal
    kind: str = "account" if who.kind == "root" else who.kind
    name = who.arn
    if who.kind == "role-session":
        whole = who.arn.endswith(f"/{people.SESSION}")
        kind, name = ("role", who.principal_arn) if whole else ("session", who.arn)
    call = _call(caller, store.region_name)
    policies = {
        owner: with_caller_policies(store, call, Target("kms:DescribeKey", "*", owner), Policies()) for owner in owners
    }
    given = _given(store, caller, Target("kms:DescribeKey", "*", who.account), store.region_name, of_principal=True)
    for tags in (store.directory.tags_of(who), caller.tags):
        given |= {f"aws:principaltag/{tag.lower()}": value for tag, value in tags.items()}
    told = {key: value for key, value in given.items() if key != "aws:userid"}
    says = [
        (
            owner,
            *(_texts(store, each) for each in (found.identity, found.boundary, found.session, found.rcp)),
            _scp(found),
        )
        for owner, found in sorted(policies.items())
    ]
    return Person(name, kind, who, policies, given, repr((says, sorted(told.items()))))


def _scp(policies: Policies) -> str:
    levels = policies.scp or ()
    return json.dumps([[dict(each.raw) for each in source.policy.statements] for level in levels for source in level])


def _call(caller: Caller, region: str) -> Call:
    return Call("kms", "DescribeKey", {}, caller, region, caller.principal.partition)


def _given(store: Store, caller: Caller, target: Target, region: str, *, of_principal: bool) -> dict[str, Value]:
    """The condition keys that tell of the principal, or of the key."""
    context = Context(AuthorizationRequest(store, _call(caller, region), target))
    names = (
        name
        for name in CONDITION_KEYS
        if keys_of_calls.is_given(name) and keys_of_calls.is_of_principal(name) is of_principal
    )
    found = {name: context.get(name) for name in names}
    return {name: value for name, value in found.items() if value is not None}
