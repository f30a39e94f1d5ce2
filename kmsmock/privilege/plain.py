"""What is needed as plain data, which goes into files and is put together from many: of tests, workers and runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kmsmock.iam import GrantView, Layer, MatchKind, Policies, Principal, Request, Source, compile_policy
from kmsmock.privilege.basis import whose
from kmsmock.privilege.least import Facts
from kmsmock.privilege.needs import Case, KeySide, Need
from kmsmock.privilege.statements import Document
from kmsmock.privilege.terms import Term, Terms
from kmsmock.privilege.usage import Use, Used, merged

Plain = dict[str, Any]
_ALLOWING_ALL: Document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
_OTHERS, _SESSION = (
    (Source(layer, "policies that nobody can change", compile_policy(_ALLOWING_ALL)),)
    for layer in (Layer.IDENTITY, Layer.SESSION)
)
_NOTHING: dict[str, Any] = {"identity": None, "key": None, "grant": ""}
"""Of what no policy has to allow that can be changed, such as the role that a service takes on."""


class Privilege(NamedTuple):
    """What a world was allowed in a test: each need once, the statements that are carried over from its policies, the
    grants that are left by their ids, as arguments of CreateGrant, and how the statements of its policies were used."""

    needs: list[dict[str, Any]]
    changers: dict[str, Any]
    denies: list[dict[str, Any]]
    grants: dict[str, Any]
    uses: list[dict[str, Any]]


def of(facts: Facts, grants: Mapping[str, Any]) -> Privilege:
    """The facts of a world."""
    needs = {need: cases[0] for need, cases in facts.needs.items() if need != need._replace(**_NOTHING)}
    who = {each: _who(each) for each in {case.request.principal for case in needs.values()}}
    return Privilege(
        [_need(need, case, who[case.request.principal]) for need, case in needs.items()],
        dict(facts.changers),
        [{"subject": subject, "statement": statement} for subject, statement in facts.denies],
        dict(grants),
        [_use(each) for each in facts.uses],
    )


def _need(need: Need, case: Case, who: Plain) -> Plain:
    request = case.request
    grant = next((each for each in case.policies.grants if each.id == need.grant), None)
    return {
        "who": who,
        "action": need.action,
        "resource": need.resource,
        "owner": request.owner,
        "identity": need.identity,
        "key": need.key,
        "grant": None if grant is None else [grant.id, grant.issuing_account, grant.kind.name],
        "via": need.via,
        "context": {"aws:principalarn": request.principal.principal_arn, **dict(request.context)},
    }


def _who(principal: Principal) -> Plain:
    names = ("kind", "arn", "account", "principal_arn", "unique_id", "service_linked", "parent")
    found = {**{name: getattr(principal, name) for name in names}, "names": sorted(principal.names)}
    return {name: value for name, value in found.items() if value}


def _use(use: Use) -> Plain:
    return {
        "subject": use.subject,
        "place": use.place,
        "statement": use.statement,
        "used": [*use.used],
        "decided": use.decided,
    }


# --- and back ---------------------------------------------------------------------------------------------------------


def together(found: Iterable[Privilege]) -> tuple[Facts, list[Plain]]:
    """The facts of all, and the grants that are left, as arguments of CreateGrant."""
    needs: dict[Need, list[Case]] = {}
    changers: dict[str, list[Plain]] = {}
    denies: list[tuple[str, Plain]] = []
    grants: dict[str, Any] = {}
    uses: list[Use] = []
    for one in found:
        for each in one.needs:
            need, case = _read(each)
            needs.setdefault(need, [case])
        for subject, statements in one.changers.items():
            there = changers.setdefault(subject, [])
            there += [each for each in statements if each not in there]
        pairs = ((each["subject"], each["statement"]) for each in one.denies)
        denies += [each for each in pairs if each not in denies]
        grants |= one.grants
        uses += map(_used, one.uses)
    left = {json.dumps(each): each for each in grants.values() if each is not None}
    facts = Facts(needs, changers, sorted(denies, key=repr), dict.fromkeys(grants), merged(uses))
    return facts, [left[each] for each in sorted(left)]


def _read(plain: Plain) -> tuple[Need, Case]:
    who = {"principal_arn": "", **plain["who"], "names": frozenset(plain["who"].get("names", ()))}
    principal = Principal(**who)
    identity = None if plain["identity"] is None else _terms(plain["identity"])
    key = None if plain["key"] is None else _side(*plain["key"])
    grant = plain["grant"]
    need = Need(
        whose(principal), plain["action"], plain["resource"], identity, key, grant[0] if grant else "", plain["via"]
    )
    context = {name: tuple(value) if isinstance(value, list) else value for name, value in plain["context"].items()}
    request = Request(principal, need.action, need.resource, plain["owner"], context)
    views = (GrantView(grant[0], "", frozenset(), grant[1], MatchKind[grant[2]]),) if grant else ()
    keyed = key is not None or bool(grant)
    policies = Policies(
        identity=_OTHERS,
        session=_SESSION if principal.kind == "federated" else None,
        resource_policy_required=keyed,
        applies_resource=keyed,
        grants=views,
    )
    return need, Case(request, policies)


def _side(kind: str, name: str, conditions: Iterable[Any]) -> KeySide:
    return KeySide(kind, name, _terms(conditions))


def _terms(plain: Iterable[Any]) -> Terms:
    return tuple(Term(operator, key, tuple(values), own) for operator, key, values, own in plain)


def _used(plain: Plain) -> Use:
    used = {
        Used(action, resource, whose, via, tuple(keys)): None for action, resource, whose, via, keys in plain["used"]
    }
    return Use(plain["subject"], plain["place"], plain["statement"], used, plain["decided"])
