"""How near a statement comes to a request: each element, with both values side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kmsmock.iam.conditions import Condition, shown
from kmsmock.iam.document import Statement, brief
from kmsmock.iam.request import Policies, Request, Source


class Element(NamedTuple):
    """One element of a statement: whether it fits, what it says, and what the request has."""

    name: str
    fits: bool
    wanted: str
    seen: str


class Near(NamedTuple):
    """A statement, its source, its elements, and the conditions that do not hold."""

    source: Source
    statement: Statement
    elements: tuple[Element, ...]
    failing: tuple[Condition, ...]

    @property
    def misses(self) -> list[str]:
        """The names of the elements that do not fit."""
        return [each.name for each in self.elements if not each.fits]


def look(request: Request, policies: Policies, source: Source, statement: Statement) -> Near:
    """Compare one statement with a request, element by element."""
    principal, context = request.principal, request.context
    bounded = policies.boundary is not None
    elements = []
    for element in ("Principal", "NotPrincipal"):
        if element in statement.raw:
            fits = statement.names(principal, bounded) is not None
            elements.append(
                Element(element, fits, brief(statement.raw[element]), principal.principal_arn or principal.arn)
            )
    actions, resources = statement.actions, statement.resources
    for name, compiled, seen, asked in (
        ("Action", actions, request.action, request.action.lower()),
        ("Resource", resources, request.resource, request.resource),
    ):
        written = next((each for each in (name, f"Not{name}") if each in statement.raw), None)
        if compiled is None:
            elements.append(Element(name, False, "nothing", seen))
        elif written is not None:  # trust policies have no Resource
            elements.append(Element(written, compiled.match(asked, context), brief(statement.raw[written]), seen))
    failing = []
    for condition, holds in zip(statement.conditions, statement.tests, strict=True):
        fits = holds(context)
        failing += [] if fits else [condition]
        name, seen = f"Condition {condition.shown}", shown(context.get(condition.key))
        elements.append(Element(name, fits, condition.quoted, seen))
    return Near(source, statement, tuple(elements), tuple(failing))


def nearest(request: Request, policies: Policies, sources: Iterable[Source]) -> list[Near]:
    """The Allow statements that come near a request, the nearest first: at most one element beside conditions fails.
    Those of the action's service go before the others."""
    found = [
        look(request, policies, source, statement)
        for source in sources
        for statement in source.policy.statements
        if statement.effect == "Allow"
    ]
    near = [each for each in found if len(each.misses) - len(each.failing) <= 1]

    def distance(each: Near) -> tuple[int, int, bool]:
        failing = len(each.failing)
        return len(each.misses) - failing, failing, not of_service(each.statement, request.action)

    return sorted(near, key=distance)


def of_service(statement: Statement, action: str) -> bool:
    """Whether a statement is about an action's service at all."""
    written = statement.raw.get("Action", "*")
    services = {each.partition(":")[0].lower() for each in ([written] if isinstance(written, str) else written)}
    return bool({"*", action.partition(":")[0]} & services)
