"""What somebody was allowed, and what it rested upon: his own policies, the key's policy, a grant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kmsmock.iam import Decision, Policies, Request
from kmsmock.privilege import basis, terms
from kmsmock.privilege.basis import Basis, By
from kmsmock.privilege.statements import Row, resource
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

    @property
    def keys(self) -> tuple[str, ...]:
        """The condition keys of its statements on both sides."""
        sides = (*(self.identity or ()), *(self.key.conditions if self.key is not None else ()))
        return tuple(each.key for each in sides)


class Gathered(NamedTuple):
    """All that was allowed, each need once, with every request that it stands for; and one decision for each way."""

    needs: dict[Need, list[Case]]
    examples: list[tuple[Decision, Need]]


def gather(decisions: Iterable[Decision], fixed: frozenset[str] = frozenset()) -> Gathered:
    """What the decisions allowed. ``fixed`` are keys whose policies cannot be changed."""
    found = Gathered({}, [])
    bases: dict[tuple[object, ...], Basis] = {}
    told: set[tuple[object, ...]] = set()
    for decision in decisions:
        if not decision.allowed:
            continue
        alike = basis.alike(decision)
        known = bases.get(alike)
        if known is None:
            known = bases[alike] = basis.of(decision, fixed)
        need = _need(decision, known)
        found.needs.setdefault(need, []).append(Case(decision.request, decision.policies))
        way = alike, need.via, need.keys
        if way not in told:
            told.add(way)
            found.examples.append((decision, need))
    return found


def _need(decision: Decision, known: Basis) -> Need:
    request = decision.request
    pinned = terms.seen(request)
    via = request.context.get("kms:viaservice")
    key = known.key
    return Need(
        basis.whose(request.principal),
        request.action,
        request.resource,
        None if known.identity is None else _conditions(request, known.identity, pinned),
        None if key is None else KeySide(key.kind, key.name, _conditions(request, key.by, (*pinned, *key.alone))),
        known.grant,
        via.partition(".")[0] if isinstance(via, str) else "",
    )


def _conditions(request: Request, by: By, pinned: Terms) -> Terms:
    source, statement = by
    if not statement.conditions and (statement.resources is None or not statement.resources.variable):
        return pinned
    pinned = (*pinned, *terms.filled_in(request, statement))
    return (*pinned, *terms.kept(source, statement, pinned))


def row_of_key(action: str, side: KeySide) -> Row:
    """The statement of a key policy for one need."""
    return Row({action}, {"*"}, side.conditions, (side.kind, {side.name}))


def row_of_identity(action: str, arn: str, conditions: Terms) -> Row:
    """The statement of an identity policy for one need."""
    return Row({action}, {resource(arn)}, conditions)
