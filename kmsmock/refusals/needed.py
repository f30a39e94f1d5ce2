"""Everything that a flow needs permission for, although it would be denied half-way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from kmsmock.iam import Decision, Layer, Policies, Request
from kmsmock.iam.advice import changes, lacking, minimal
from kmsmock.model.turns import turn
from kmsmock.model.with_blocks import block
from kmsmock.store import Store

Statement = dict[str, Any]


class Needed:
    """What was decided in the block of ``world.permissions()``; ``str()`` of it is a text to paste from."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []

    @property
    def permissions(self) -> dict[str, list[Statement]]:
        """All that each principal needs, had or not, as statements of an identity policy, by his ARN."""
        return _gathered((_who(each), minimal(each.request, Layer.IDENTITY)) for each in self.decisions)

    @property
    def missing(self) -> dict[str, list[Statement]]:
        """What has to be added, as statements by the place where; conditions are kept, and each was tried."""
        return _gathered(_missing(self.decisions))

    @property
    def present(self) -> dict[str, list[Statement]]:
        """What each principal had already, by his ARN."""
        had = (each for each in self.decisions if each.allowed)
        return _gathered((_who(each), minimal(each.request, Layer.IDENTITY)) for each in had)

    def __str__(self) -> str:
        lines = []
        for title, found in (("missing in", self.missing), ("there already for", self.present)):
            for place, statements in found.items():
                lines += [f"{title} {place}:", *(f"  {json.dumps(each)}" for each in statements)]
        return "\n".join(lines) or "no permission was needed"


def _who(decision: Decision) -> str:
    principal = decision.request.principal
    return principal.principal_arn or principal.arn


_PLACES = {
    Layer.IDENTITY: "a policy of {who}",
    Layer.RESOURCE: "the policy of {resource}",
    Layer.BOUNDARY: "the permissions boundary of {who}",
    Layer.SESSION: "the session policy of {who}",
    Layer.SCP: "service control policies of {levels}",
    Layer.VPCE: "the {endpoint}",
}


def _missing(decisions: Iterable[Decision]) -> Iterator[tuple[str, Statement]]:
    for decision in decisions:
        if decision.allowed or decision.decide is None or decision.effect == "explicitDeny":
            continue
        request, policies = decision.request, decision.policies
        words = {"who": _who(decision), "resource": request.resource}
        words["levels"] = _levels(request, policies) or f"every level above {request.principal.account}"
        words["endpoint"] = policies.vpce[0].name if policies.vpce else "VPC endpoint policy"
        for change in changes(request, policies, decision.layer, decision.decide):
            yield _PLACES.get(change.layer, change.layer.value).format(**words), dict(change.statement)


def _levels(request: Request, policies: Policies) -> str:
    """The levels of an organization that do not allow a request, by their names."""
    holds = (each.hold for level in lacking(request, policies) for each in level if each.hold is not None)
    return " and ".join(dict.fromkeys(each.to for each in holds))


def _gathered(found: Iterable[tuple[str, Statement]]) -> dict[str, list[Statement]]:
    """By place, statements that differ in their action alone as one."""
    places: dict[str, list[Statement]] = {}
    for place, statement in found:
        rest = {name: value for name, value in statement.items() if name != "Action"}
        action = statement["Action"]
        for known in places.setdefault(place, []):
            if {name: value for name, value in known.items() if name != "Action"} == rest:
                known["Action"] = sorted({*known["Action"], action})
                break
        else:
            places[place].append({**statement, "Action": [action]})
    return places


@block("world.permissions()")
def watching(store: Store) -> Iterator[Needed]:
    """In the block everything is decided and nothing is denied; afterwards the answer has it all."""
    needed = Needed()
    with turn:
        before, start, refused = store.enforce, len(store.decisions), len(store.refusals)
        store.enforce = "watch"
    try:
        yield needed
    finally:
        with turn:
            store.enforce = before
            needed.decisions += store.decisions[start:]
            store.refusals[refused:] = [each for each in store.refusals[refused:] if not each.passed]
