"""What somebody was allowed, and what it rested upon: his own policies, the key's policy, a grant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from kmsmock.iam import Decision, Layer, MatchKind, Policies, Principal, Request, Source, Statement, decide
from kmsmock.iam.arn import Arn, root
from kmsmock.privilege import terms
from kmsmock.privilege.statements import Row, key_policy, resource
from kmsmock.privilege.terms import Terms


class Case(NamedTuple):
    """A request that was allowed, and the policies under which it was."""

    request: Request
    policies: Policies


class KeySide(NamedTuple):
    """Whom the statement of a key policy names, as ``AWS``, ``Service`` or, everybody, ``*``; and its conditions."""

    kind: str
    name: str
    conditions: Terms


class Need(NamedTuple):
    """An action that somebody was allowed on a resource. ``identity`` and ``key`` are None where that side has no say.

    ``grant`` is the id of the grant that allowed it; ``via`` the service that asked for the caller, in one word.
    """

    whose: str
    action: str
    resource: str
    identity: Terms | None
    key: KeySide | None
    grant: str = ""
    via: str = ""


class OwnFault(RuntimeError):
    """What was worked out does not hold when it is replayed: a fault of kmsmock, and of nobody else."""


def whose(principal: Principal) -> str:
    """Whose policies of IAM are a principal's: the role of a session, the user of a federated one."""
    return principal.parent or principal.principal_arn or principal.arn


def has_own_policies(principal: Principal) -> bool:
    """Whether somebody can change what identity-based policies he has."""
    return principal.kind in ("user", "role-session", "federated") and not principal.service_linked


def is_of_key(decision: Decision | Case, fixed: frozenset[str] = frozenset()) -> bool:
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


class Gathered(NamedTuple):
    """All that was allowed, each need once, with every request that it stands for; and one decision for each way."""

    needs: dict[Need, list[Case]]
    examples: list[tuple[Decision, Need]]


def gather(decisions: Iterable[Decision], fixed: frozenset[str] = frozenset()) -> Gathered:
    """What the decisions allowed. ``fixed`` are keys whose policies cannot be changed."""
    found = Gathered({}, [])
    known: dict[tuple[object, ...], Need] = {}
    for decision in decisions:
        if not decision.allowed:
            continue
        pinned = terms.seen(decision.request)
        alike = _alike(decision, pinned)
        need = known.get(alike)
        if need is None:
            need = known[alike] = _need(decision, pinned, fixed)
            found.examples.append((decision, need))
        found.needs.setdefault(need, []).append(Case(decision.request, decision.policies))
    return found


def _alike(decision: Decision, pinned: Terms) -> tuple[object, ...]:
    """What decisions have in common that are worked out once."""
    request, policies = decision.request, decision.policies
    limits = (policies.identity, policies.boundary, policies.session, policies.resource)
    stood = tuple(id(each) for layer in limits for each in layer or ())
    matched = tuple(id(each) for _, each in decision.matched)
    return request.principal.arn, request.action, request.resource, decision.grant, pinned, matched, stood


def _need(decision: Decision, pinned: Terms, fixed: frozenset[str]) -> Need:
    request = decision.request
    sides, needless = _sides(decision, fixed)
    via = request.context.get("kms:viaservice")
    return Need(
        whose(request.principal),
        request.action,
        request.resource,
        _identity(decision, pinned) if "identity" in sides else None,
        _key(decision, pinned, needless) if "resource" in sides else None,
        _grant(decision, needless) if "grants" in sides else "",
        via.partition(".")[0] if isinstance(via, str) else "",
    )


# --- what it rested upon --------------------------------------------------------------------------------------------

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


def _identity(decision: Decision, pinned: Terms) -> Terms:
    source, statement = allowing(decision, decision.policies.identity)
    pinned = (*pinned, *terms.filled_in(decision.request, statement))
    return (*pinned, *terms.kept(source, statement, pinned))


def allowing(decision: Decision, sources: Iterable[Source]) -> tuple[Source, Statement]:
    """The first statement of some policies that allows."""
    request, bounded = decision.request, decision.policies.boundary is not None
    for source in sources:
        concerned = source.policy.concerned(request.principal, request.action.lower(), request.resource, bounded)
        for statement, _ in concerned:
            if statement.effect == "Allow" and statement.holds(request.resource, request.context):
                return source, statement
    raise OwnFault(f"no statement allows what is allowed: {decision!r}")


def _key(decision: Decision, pinned: Terms, needless: set[str]) -> KeySide:
    """The narrowest way to name the caller in the key policy, so that he needs nothing of what is ``needless``."""
    matched = next(each for each in decision.matched if each[0].layer is Layer.RESOURCE)
    policies, filled = _without(decision, needless), terms.filled_in(decision.request, matched[1])
    for kind, name, more in _names(decision, matched[1]):
        known = (*pinned, *more, *filled)
        conditions = (*known, *terms.kept(*matched, known))
        side = KeySide(kind, name, conditions)
        source = Source(Layer.RESOURCE, "key policy", key_policy([row_of_key(decision.request.action, side)]))
        if decide(decision.request, policies._replace(resource=(source,))).allowed:
            return side
    raise OwnFault(f"no narrower statement allows what is allowed: {decision!r}")


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


def row_of_key(action: str, side: KeySide) -> Row:
    """The statement of a key policy for one need."""
    return Row({action}, {"*"}, side.conditions, (side.kind, {side.name}))


def row_of_identity(action: str, arn: str, conditions: Terms) -> Row:
    """The statement of an identity policy for one need."""
    return Row({action}, {resource(arn)}, conditions)
