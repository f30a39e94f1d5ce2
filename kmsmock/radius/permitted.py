"""Who may do something with a key: the evaluator, asked for each principal of the world.

Whom it denies is asked for once more as if what a call can bring with it were as policies and grants wish (``wishes``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kmsmock import clock
from kmsmock.authorization import vocabulary
from kmsmock.authorization.authorize import evaluate
from kmsmock.call import Call, Caller, Target
from kmsmock.errors import a_text, did_you_mean
from kmsmock.iam import Decision, GrantView, decide
from kmsmock.iam.arn import Arn
from kmsmock.iam.places import placed
from kmsmock.identity.credentials import root_of
from kmsmock.kms import lifecycle, targets
from kmsmock.kms.operations import OPERATIONS
from kmsmock.model.key import Key
from kmsmock.radius import keys, outsiders, people, wishes
from kmsmock.radius.holders import Holder, Holders
from kmsmock.store import Store

OF_NO_KEY = frozenset(
    name
    for name, row in OPERATIONS.items()
    if row.targets in (targets.account_wide, targets.new_key, targets.optional_key)
)


def who_can(store: Store, action: str, key: str, accounts: Iterable[str]) -> Holders:
    """Everybody who may do an action on a key. Raises ValueError and TypeError."""
    operation = _operation(action)
    lifecycle.run_due(store, clock.now())
    found = keys.find(store, key)
    asked = f"kms:{operation} on {found.arn}"
    if found.arn not in store.keys:
        return Holders(asked=f"{asked}, which is deleted")
    callers = (*people.of_key(store, found, accounts), root_of(outsiders.STRANGER, Arn.of(found.arn).partition))
    holders = [each for caller in callers for each in _ways(store, found, operation, caller)]
    names = {store.directory.render(name) for name in people.written(store, found)}
    there = {each.principal.arn for each in callers} | {each.principal.principal_arn for each in callers}
    holders += [
        each
        for name in sorted(set(outsiders.are_among(names)) - there)
        for each in _named(store, found, operation, name)
    ]
    return Holders(holders, asked=asked)


def _operation(action: str) -> str:
    """The action without its service, as KMS spells it."""
    prefix, _, name = a_text("action", action, "kms:Decrypt").rpartition(":")
    known = vocabulary.actions_of("kms") or {}
    found = known.get(name.lower())
    if prefix.lower() not in ("", "kms") or found is None:
        hint = did_you_mean(name, known.values(), "give one action of KMS, such as 'kms:Decrypt'")
        raise ValueError(f"action={action!r}: KMS has no such action; {hint}")
    if found in OF_NO_KEY:
        raise ValueError(f"action={action!r}: it is not done on a key; kmsmock.simulate() tells who may")
    if found == "RetireGrant":
        raise ValueError(f"action={action!r}: whom a grant names may retire it, whatever else is said of its key")
    return found


def _ways(store: Store, key: Key, operation: str, caller: Caller) -> Iterator[Holder]:
    """The principal as one who just may; else once for each way in which he may under conditions."""
    call = Call("kms", operation, {}, caller, key.region, Arn.of(key.arn).partition)
    decision = evaluate(store, call, Target(f"kms:{operation}", key.arn, key.account, key))
    if decision.allowed:
        yield _holder(caller, decision, tuple(allowed_by(placed(decision, store.places))), ())
        return
    for way in wishes.ways(key, operation, decision):
        yield _holder(caller, decision, tuple(allowed_by(way.decision)), way.conditions)


def _named(store: Store, key: Key, operation: str, name: str) -> Iterator[Holder]:
    """The ways of somebody whom the world does not have: his own account lets him, as far as anybody knows."""
    kind, who = outsiders.principal(name, Arn.of(name))
    call = Call("kms", operation, {}, Caller(who, ""), key.region, who.partition)
    decision = evaluate(store, call, Target(f"kms:{operation}", key.arn, key.account, key))
    if who.account != key.account:
        decision = decide(decision.request, outsiders.as_if_allowed(decision.policies, who))
    ways = [wishes.Way(decision, ())] if decision.allowed else list(wishes.ways(key, operation, decision))
    for grant in () if key.grants is None else key.grants.by_id.values():
        if grant.grantee == name and operation in grant.operations and (not ways or ways[0].conditions):
            view = GrantView(
                grant.id, name, frozenset(grant.operations), grant.issuing_account, outsiders.how_named(kind)
            )
            granted = decide(decision.request, decision.policies._replace(grants=(view,)))
            ways += [wishes.Way(granted, tuple(wishes.demanded(grant)))] if granted.allowed else []
    assumed = outsiders.assumed(kind, who, key.account)
    for way in ways:
        yield Holder(name, kind, who.account, tuple(allowed_by(way.decision)), (*way.conditions, assumed), way.decision)


def _holder(caller: Caller, decision: Decision, by: tuple[str, ...], conditions: tuple[str, ...]) -> Holder:
    who = caller.principal
    if who.account == outsiders.STRANGER:
        return Holder("*", "anyone", "", by, conditions, decision)
    if who.kind != "role-session":
        return Holder(who.arn, who.kind, who.account, by, conditions, decision)
    whole = who.arn.endswith(f"/{people.SESSION}")
    kind, arn = ("role", who.principal_arn) if whole else ("session", who.arn)
    return Holder(arn, kind, who.account, by, conditions, decision)


def allowed_by(decision: Decision) -> Iterator[str]:
    """What allowed: the statements and where they stand, or the grant."""
    if decision.grant is not None:
        yield f"grant {decision.grant}"
    yield from (
        f"{source.named(statement)} in {source.name}"
        for source, statement in decision.matched
        if source.policy is not outsiders.ASSUMED
    )
