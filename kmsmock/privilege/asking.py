"""What a world knows, for the least privilege of one of its principals."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Caller
from kmsmock.errors import a_text, did_you_mean
from kmsmock.model.grant import Grant
from kmsmock.model.spreading import Spreading
from kmsmock.privilege import plain, usage
from kmsmock.privilege.basis import whose
from kmsmock.privilege.least import Least, Today, facts_of, least
from kmsmock.privilege.plain import Privilege
from kmsmock.privilege.result import LeastPrivilege
from kmsmock.store import Store


def today(store: Store) -> Today:
    """The key policies and grants of a world, also of keys that are deleted and grants that are retired."""
    keys, spreading = {**store.deleted_keys, **store.keys}, store.records(Spreading)
    grants: dict[str, Grant] = {each.id: each for each in store.grant_tokens.values()}
    for key in keys.values():
        grants |= {} if key.grants is None else key.grants.by_id
    return Today(
        {arn: spreading.seen("policy", arn, key.policy).compiled for arn, key in keys.items()},
        frozenset(arn for arn, key in keys.items() if key.manager == "AWS"),
        grants,
    )


def of_world(store: Store) -> Least:
    """The least for everybody."""
    return least(store.decisions, today(store))


def of_test(store: Store, since: int) -> Privilege:
    """What a world was allowed since it had made so many decisions, as plain data."""
    facts = facts_of(store.decisions[since:], today(store))
    render = store.directory.render
    return plain.of(facts, {name: each and each.for_create_grant(render) for name, each in facts.grants.items()})


def least_privilege(store: Store, principal: Any) -> LeastPrivilege:
    """The least for one of them. Raises ValueError and TypeError."""
    who = _whose(store, principal)
    found = of_world(store)
    keys = dict.fromkeys(each.resource for each in found.needs if each.whose == who and each.key is not None)
    grants = dict.fromkeys(each.grant for each in found.needs if each.whose == who and each.grant)
    documents = found.documents
    narrowed = [each for each in map(documents.grants.get, grants) if each is not None]
    uses = [each for each in found.uses if each.subject == who or each.subject in keys]
    left = (*documents.identity.values(), *documents.keys.values())
    return LeastPrivilege(
        who,
        documents.identity.get(who),
        {arn: documents.keys[arn] for arn in keys},
        [each.for_create_grant(store.directory.render) for each in narrowed],
        (*usage.differences(uses, left), *(usage.of_grant(each) for each in narrowed if each.narrower)),
    )


def _whose(store: Store, principal: Any) -> str:
    """Whose policies are asked for, by the ARN of the user or role."""
    caller = getattr(principal, "caller", None)
    if isinstance(caller, Caller):
        return whose(caller.principal)
    named = a_text("principal", principal, "arn:aws:iam::111111111111:role/app")
    asked: dict[str, str] = {}
    for each in store.decisions:
        who = each.request.principal
        asked |= dict.fromkeys((whose(who), who.arn), whose(who))
    if named not in asked:
        hint = did_you_mean(named, asked, "world.decisions tells who asked for what")
        raise ValueError(f"principal={named!r}: nobody of that name has asked for anything; {hint}")
    return asked[named]
