"""What an allowed request rested upon: which policies of those that can be changed, and which statements in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from kmsmock.iam import Decision, Layer, MatchKind, Policies, Policy, Principal, Request, Source, Statement, decide
from kmsmock.iam.arn import Arn, root
from kmsmock.privilege import terms
from kmsmock.privilege.statements import Row, key_policy
from kmsmock.privilege.terms import Terms

By = tuple[Source, Statement]


class Asked(Protocol):
    """A request, and the policies that had a say."""

    @property
    def request(self) -> Request: ...

    @property
    def policies(self) -> Policies: ...


class Named(NamedTuple):
    """The statement of the key policy, and the narrowest way to name the caller there: as ``AWS``, ``Service`` or,
    everybody, ``*``; ``alone`` keeps others of his account out."""

    by: By
    kind: str
    name: str
    alone: Terms


class Basis(NamedTuple):
    """The statements on either side, None where that side has no say; and the id of the grant, if one allowed it."""

    identity: By | None
    key: Named | None
    grant: str


class OwnFault(RuntimeError):
    """What was worked out does not hold when it is replayed: a fault of kmsmock, and of nobody else."""


def whose(principal: Principal) -> str:
    """Whose policies of IAM are a principal's: the role of a session, the user of a federated one."""
    return principal.parent or principal.principal_arn or principal.arn


def has_own_policies(principal: Principal) -> bool:
    """Whether somebody can change what identity-based policies he has."""
    return principal.kind in ("user", "role-session", "federated") and not principal.service_linked


def is_of_key(decision: Asked, fixed: frozenset[str] = frozenset()) -> bool:
    """Whether a key policy has a say that can be changed."""
    request = decision.request
    if not (request.action.startswith("kms:") and decision.policies.applies_resource):
        return False
    arn = Arn.find(request.resource)
    keyed = arn is not None and arn.service == "kms" and arn.kind == "key"
    return keyed and request.action != "kms:RetireGrant" and request.resource not in fixed


def changeable(decision: Decision, fixed: frozenset[str]) -> Iterator[Source]:
    """The policies behind a decision that can be changed: the caller's own, and that of the key."""
    if has_own_policies(decision.request.principal):
        yield from decision.policies.identity
    if is_of_key(decision, fixed):
        yield from decision.policies.resource


def subject_of(decision: Decision, source: Source) -> str:
    """Whose a policy is."""
    return decision.resource if source.layer is Layer.RESOURCE else whose(decision.request.principal)


def alike(decision: Decision) -> tuple[object, ...]:
    """What decisions have in common that rest upon the same: only the values of conditions are others."""
    request, policies = decision.request, decision.policies
    limits = (policies.identity, policies.boundary, policies.session, policies.resource)
    stood = tuple(id(each.policy) for layer in limits for each in layer or ())
    matched = tuple(id(each) for _, each in decision.matched)
    given = tuple(each.id for each in policies.grants)
    beside = next(_allowing(decision, policies.identity), None) if given else None
    who = request.principal.arn, request.principal.unique_id
    about = request.resource if is_of_key(decision) else policies.applies_resource
    return (*who, request.action, about, decision.grant, given, matched, stood, id(beside and beside[1]))


def of(decision: Decision, fixed: frozenset[str]) -> Basis:
    """What one decision rested upon. Raises OwnFault where that does not allow it."""
    sides, needless = _sides(decision, fixed)
    return Basis(
        allowing(decision, decision.policies.identity) if "identity" in sides else None,
        _key(decision, needless) if "resource" in sides else None,
        _grant(decision, needless) if "grants" in sides else "",
    )


_Sides = tuple[str, ...]
_BY_POLICY: tuple[_Sides, ...] = ((), ("identity",), ("resource",), ("identity", "resource"))
_BY_GRANT: tuple[_Sides, ...] = (("grants",), ("identity", "grants"))
_ALL: _Sides = ("identity", "resource", "grants")


def _sides(decision: Decision, fixed: frozenset[str]) -> tuple[_Sides, set[str]]:
    """The fewest of the policies that can be changed with which it is allowed, and those that it can do without; what
    cannot be changed stays as it is."""
    order = (*_BY_GRANT, *_BY_POLICY) if decision.grant is not None else (*_BY_POLICY, *_BY_GRANT)
    changeable = {"grants"}
    if has_own_policies(decision.request.principal):
        changeable.add("identity")
    if is_of_key(decision, fixed):
        changeable.add("resource")
    for sides in (*order, _ALL):
        rest = changeable - set(sides)
        if set(sides) <= changeable and decide(decision.request, _without(decision, rest)).allowed:
            return sides, rest
    raise OwnFault(f"allowed, and denied when it is asked again: {decision!r}")


def _without(decision: Decision, layers: Iterable[str]) -> Policies:
    none: dict[str, Any] = dict.fromkeys(layers, ())
    return decision.policies._replace(**none)


def _grant(decision: Decision, needless: set[str]) -> str:
    """The one grant that is enough: that of the decision, or one to the account, beside which IAM decided."""
    policies = _without(decision, needless)
    for grant in sorted(policies.grants, key=lambda each: each.id != decision.grant):
        if decide(decision.request, policies._replace(grants=(grant,))).allowed:
            return grant.id
    raise OwnFault(f"no grant allows what is allowed: {decision!r}")


def allowing(decision: Decision, sources: Iterable[Source]) -> By:
    """The first statement of some policies that allows."""
    found = next(_allowing(decision, sources), None)
    if found is None:
        raise OwnFault(f"no statement allows what is allowed: {decision!r}")
    return found


def _allowing(decision: Decision, sources: Iterable[Source]) -> Iterator[By]:
    request, bounded = decision.request, decision.policies.boundary is not None
    for source in sources:
        concerned = source.policy.concerned(request.principal, request.action.lower(), request.resource, bounded)
        for statement, _ in concerned:
            if statement.effect == "Allow" and statement.holds(request.resource, request.context):
                yield source, statement


def _key(decision: Decision, needless: set[str]) -> Named:
    """The narrowest way to name the caller in the key policy, so that he needs nothing of what is ``needless``."""
    by = next(each for each in decision.matched if each[0].layer is Layer.RESOURCE)
    policies = _without(decision, needless)
    for kind, name, alone in _names(decision, by[1]):
        source = Source(Layer.RESOURCE, "key policy", _naming(decision.request.action, kind, name, alone))
        if decide(decision.request, policies._replace(resource=(source,))).allowed:
            return Named(by, kind, name, alone)
    raise OwnFault(f"no narrower statement allows what is allowed: {decision!r}")


@lru_cache(maxsize=1024)
def _naming(action: str, kind: str, name: str, alone: Terms) -> Policy:
    return key_policy([Row({action}, {"*"}, alone, (kind, {name}))])


def _names(decision: Decision, statement: Statement) -> Iterator[tuple[str, str, Terms]]:
    """How a key policy can name the caller, the narrowest first, none of them wider than today.

    Where the account is named, so that IAM decides, it stays so, but for him alone: named himself he would need no
    policy of IAM, and be limited by none.
    """
    request = decision.request
    principal = request.principal
    how = statement.names(principal, decision.policies.boundary is not None)
    if principal.kind == "service":
        yield "Service", principal.arn, ()
    elif principal.kind == "anonymous":
        yield "*", "*", ()
    elif principal.kind == "root" or (how is MatchKind.ACCOUNT and not request.cross_account):
        alone = terms.equals("aws:PrincipalArn", principal.principal_arn)
        yield "AWS", root(principal.partition, principal.account), (alone,)
    elif how is MatchKind.ROLE and principal.parent:
        yield "AWS", principal.parent, (terms.equals("aws:PrincipalArn", principal.principal_arn),)
    else:
        if how is not MatchKind.SESSION:
            yield "AWS", principal.principal_arn, ()
        yield "AWS", principal.arn, ()
