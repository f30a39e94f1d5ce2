"""What part each piece of a statement takes in a decision, by the tests that the evaluator itself uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from kmsmock.coverage.shapes import parts_of
from kmsmock.iam import Policy, Request, Statement, match_wildcard
from kmsmock.iam.elements import Elements, match_resource, one_of
from kmsmock.iam.matching import has_variable

Fits = Callable[[Request], bool]
FEDERATED = frozenset({"sts:assumerolewithwebidentity", "sts:assumerolewithsaml"})
"""Whose tokens nobody verifies: the trust policy must name some provider, which is all that is looked at."""


class Part(NamedTuple):
    """One value of an element, and whether it covers what a request has there."""

    path: str
    negated: bool
    fits: Fits


class Looked(NamedTuple):
    """What became of a statement in a decision; of ``parts``, those that took part and those that stood against it."""

    matched: bool
    took_part: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


class View:
    """A statement with a test for each of its parts."""

    def __init__(self, policy: Policy, statement: Statement) -> None:
        self.statement = statement
        raw, self.path = statement.raw, str(statement.index)
        variables = policy.version == "2012-10-17"
        parts = [(path.partition("/")[0], f"{self.path}/{path}", value) for path, value in parts_of(raw)]
        self._conditions = tuple(path for element, path, _ in parts if element == "Condition")
        self._parts = [
            Part(path, element[:3] == "Not", _FITS[element](value, variables))
            for element, path, value in parts
            if element != "Condition"
        ]
        self.varies = bool(self._conditions) or bool(statement.resources and statement.resources.variable)
        """Whether requests of one caller for one action on one resource may differ."""

    def look(self, request: Request, bounded: bool) -> Looked | None:
        """What the statement says to a request; ``bounded``: the caller has a permissions boundary. None if its
        conditions and policy variables decide that, which ``look_at_context`` tells."""
        statement = self.statement
        if statement.actions is None or statement.resources is None:
            return Looked(False)
        fits = {
            "Principal": statement.names(request.principal, bounded) is not None or _federated(statement, request),
            "Action": statement.actions.match(request.action.lower(), {}),
            "Resource": bool(statement.resources.variable) or statement.resources.match(request.resource, {}),
        }
        against = [element for element, fitting in fits.items() if not fitting]
        if len(against) > 1:
            return Looked(False)
        if against:
            sparing = (each for each in self._parts if f"/Not{against[0]}/" in each.path)
            return Looked(False, (), tuple(each.path for each in sparing if each.fits(request)))
        return None if self.varies else Looked(True, self._used(request))

    def look_at_context(self, request: Request) -> Looked:
        """What it says to a request of which ``look`` did not know."""
        resources = self.statement.resources
        if resources is not None and resources.variable and not resources.match(request.resource, request.context):
            sparing = (each for each in self._parts if "/NotResource/" in each.path)
            return Looked(False, (), tuple(each.path for each in sparing if each.fits(request)))
        for held, holds in enumerate(self.statement.tests):
            if not holds(request.context):
                return Looked(False, self._conditions[:held], (self._conditions[held],))
        return Looked(True, (*self._conditions, *self._used(request)))

    def _used(self, request: Request) -> tuple[str, ...]:
        return tuple(each.path for each in self._parts if not each.negated and each.fits(request))


def views(policy: Policy) -> list[View]:
    """The statements of a policy."""
    return [View(policy, each) for each in policy.statements]


def _federated(statement: Statement, request: Request) -> bool:
    return request.action.lower() in FEDERATED and "Federated" in (statement.raw.get("Principal") or ())


@lru_cache(maxsize=4096)
def _principal(name: str, variables: bool) -> Fits:
    return lambda request: name == "*" or name in request.principal.known_as or request.action.lower() in FEDERATED


@lru_cache(maxsize=4096)
def _action(pattern: str, variables: bool) -> Fits:
    covers = one_of([pattern.lower()], match_wildcard)
    return lambda request: bool(covers(request.action.lower()))


@lru_cache(maxsize=4096)
def _resource(pattern: str, variables: bool) -> Fits:
    varies = variables and has_variable(pattern)
    element = Elements(one_of([] if varies else [pattern], match_resource), False, (pattern,) if varies else ())
    return lambda request: element.match(request.resource, request.context)


_FITS: Mapping[str, Callable[[str, bool], Fits]] = {
    "Principal": _principal,
    "NotPrincipal": _principal,
    "Action": _action,
    "NotAction": _action,
    "Resource": _resource,
    "NotResource": _resource,
}
