"""What would let a denied request pass: each suggestion has been tried on the evaluator, conditions are kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kmsmock.iam.conditions import Condition
from kmsmock.iam.document import Policy, compile_policy
from kmsmock.iam.matching import Context
from kmsmock.iam.nearness import Near, nearest, of_service
from kmsmock.iam.printable import marks
from kmsmock.iam.reading import MalformedPolicy
from kmsmock.iam.request import Layer, Policies, Request, Source

Decide = Callable[[Request, Policies], Any]
"""``iam.decide``."""


class Change(NamedTuple):
    """A statement to add, and the layer in which."""

    layer: Layer
    statement: Mapping[str, Any]

    @property
    def text(self) -> str:
        return json.dumps(self.statement)


def changes(request: Request, policies: Policies, layer: Layer, decide: Decide) -> list[Change]:
    """Statements, one a layer, with all of which the request passes and with none less; an empty list where no
    statement helps."""
    found: list[Change] = []
    changed = policies
    for _ in Layer:
        made = next(_tried(request, changed, layer, decide), None)
        if made is None:
            break
        change, changed, decision = made
        found.append(change)
        if decision.allowed:
            return _needed(request, policies, found, decide)
        layer = decision.layer
    return []


def of_the_former(request: Request, policies: Policies, decide: Decide) -> str | None:
    """The policy that would let the caller in, but for naming the one of his ARN who was deleted before him."""
    for source in policies.resource:
        for statement in source.policy.statements:
            if statement.effect == "Allow" and statement.writes(request.principal):
                bounded = policies.boundary is not None
                anew = with_statement(policies, Layer.RESOURCE, statement.raw)
                if statement.names(request.principal, bounded) is None and decide(request, anew).allowed:
                    return source.name
    return None


def _needed(request: Request, policies: Policies, found: list[Change], decide: Decide) -> list[Change]:
    """Without those which a later one makes needless, as a grant does once its session is no longer limited."""
    for change in found if len(found) > 1 else ():
        others = [each for each in found if each is not change]
        if decide(request, applied(request, policies, others)).allowed:
            return _needed(request, policies, others, decide)
    return found


def applied(request: Request, policies: Policies, changes: Iterable[Change]) -> Policies:
    """The policies with the statements of some changes."""
    for change in changes:
        policies = with_statement(policies, change.layer, change.statement, request)
    return policies


def place(request: Request, layer: Layer) -> Layer:
    """The layer to change where one blocks: nobody can change the policies of a service-linked role."""
    return Layer.RESOURCE if request.principal.service_linked and layer is Layer.IDENTITY else layer


def nearly(request: Request, policies: Policies, layer: Layer) -> Iterator[str]:
    """The statement that comes nearest, element by element, if it is about this request but for one element."""
    for near in nearest(request, policies, blocking(request, policies, layer))[:1]:
        yield f"  Nearest: {near.source.named(near.statement)} in {near.source.name}"
        fits, differs = marks()
        for element in near.elements:
            same = element.wanted == json.dumps(element.seen)
            seen = "" if same else f"; the request has {element.seen}"
            yield f"    {fits if element.fits else differs} {element.name}: {element.wanted}{seen}"


def _tried(
    request: Request, policies: Policies, layer: Layer, decide: Decide
) -> Iterator[tuple[Change, Policies, Any]]:
    """Statements of which each brings the request past a layer, the narrowest first."""
    where = place(request, layer)
    if where is Layer.RESOURCE and policies.fixed:
        return
    for statement in _candidates(request, policies, where):
        try:
            changed = with_statement(policies, where, statement, request)
        except MalformedPolicy:
            continue  # a caller whom no policy can name
        decision = decide(request, changed)
        if decision.allowed or decision.layer is not layer:
            yield Change(where, statement), changed, decision


def _candidates(request: Request, policies: Policies, layer: Layer) -> Iterator[dict[str, Any]]:
    plain = minimal(request, layer)
    for near in nearest(request, policies, blocking(request, policies, layer)):
        if near.statement.conditions and of_service(near.statement, request.action):
            yield {**plain, "Condition": _kept(near, request.context)}
            break
    yield plain


def minimal(request: Request, layer: Layer) -> dict[str, Any]:
    """The smallest statement that is about a request and has no condition."""
    principal = request.principal
    statement: dict[str, Any] = {"Effect": "Allow"}
    if layer is Layer.VPCE:
        statement["Principal"] = "*"
    if layer is Layer.RESOURCE:
        kind = {"service": "Service", "provider": "Federated"}.get(principal.kind, "AWS")
        named = {kind: principal.principal_arn or principal.arn}
        statement["Principal"] = "*" if principal.kind == "anonymous" else named
    statement["Action"] = request.action
    of_key = layer is Layer.RESOURCE and request.action.startswith("kms:")
    if not (layer is Layer.RESOURCE and request.action.startswith("sts:")):
        statement["Resource"] = "*" if of_key else request.resource
    return statement


def _kept(near: Near, context: Context) -> dict[str, dict[str, Any]]:
    """The conditions of a statement that comes near: as they are where they hold, else with the request's values."""
    failing = {id(each) for each in near.failing}
    kept: dict[str, dict[str, Any]] = {}
    for condition in near.statement.conditions:
        operator, _, key = condition.shown.partition(" ")
        written = near.statement.raw["Condition"][operator][key]
        if id(condition) in failing:
            key, operator, written = _admitting(key, condition, context)
        kept.setdefault(operator, {})[key] = written
    return kept


def _admitting(key: str, condition: Condition, context: Context) -> tuple[str, str, Any]:
    """A condition's key, an operator and a value that admit what the request has. Tags of what is still to be created
    are those of the request."""
    seen = context.get(condition.key)
    of_request = condition.key.replace("aws:resourcetag/", "aws:requesttag/")
    if seen is None and context.get(of_request) is not None:
        key, seen = key.replace("ResourceTag/", "RequestTag/"), context[of_request]
    if seen is None:
        return key, "Null", "true"
    if isinstance(seen, str):
        return key, "StringEquals", seen
    any_of = condition.quantifier == "ForAnyValue" and seen  # of none nothing holds for any
    return key, ("ForAnyValue:StringEquals" if any_of else "ForAllValues:StringEquals"), list(seen)


_FIELDS = {Layer.IDENTITY: "identity", Layer.BOUNDARY: "boundary", Layer.SESSION: "session", Layer.RESOURCE: "resource"}
_FIELDS |= {Layer.VPCE: "vpce", Layer.RCP: "rcp"}


def sources_of(policies: Policies, layer: Layer) -> tuple[Source, ...]:
    """The policies of a layer, SCPs excepted, which have levels."""
    return getattr(policies, _FIELDS[layer]) or () if layer in _FIELDS else ()


def blocking(request: Request, policies: Policies, layer: Layer) -> tuple[Source, ...]:
    """The policies of a layer, of SCPs those at the levels that do not allow a request."""
    if layer is Layer.SCP:
        return tuple(source for level in lacking(request, policies) for source in level)
    return sources_of(policies, layer)


def with_statement(
    policies: Policies, layer: Layer, statement: Mapping[str, Any], request: Request | None = None
) -> Policies:
    """The policies with one statement more in a layer; with one at each level, if they are SCPs, or only at those which
    do not allow ``request``."""
    kind: Any = "resource" if layer in (Layer.RESOURCE, Layer.RCP, Layer.VPCE) else "identity"
    kind = "trust" if layer is Layer.RESOURCE and "Resource" not in statement else kind
    added: Policy = compile_policy({"Version": "2012-10-17", "Statement": [statement]}, kind=kind)
    source = Source(layer, "the suggested statement", added)
    if layer is Layer.SCP:
        levels = policies.scp or ()
        widened = levels if request is None else lacking(request, policies)
        return policies._replace(scp=tuple((*each, source) if each in widened else each for each in levels))
    more: dict[str, Any] = {_FIELDS[layer]: (*sources_of(policies, layer), source)}
    return policies._replace(**more)


def lacking(request: Request, policies: Policies) -> list[tuple[Source, ...]]:
    """The levels of service control policies at which none allows a request."""
    asked = (request.principal, request.action.lower(), request.resource)

    def allows(source: Source) -> bool:
        return any(
            statement.effect == "Allow" and statement.holds(request.resource, request.context)
            for statement, _ in source.policy.concerned(*asked)
        )

    return [level for level in policies.scp or () if not any(map(allows, level))]
