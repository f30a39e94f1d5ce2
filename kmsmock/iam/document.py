"""Policy documents, parsed and compiled once ("IAM JSON policy elements reference")."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kmsmock.iam.conditions import Condition, compile_conditions
from kmsmock.iam.matching import Context, has_variable, match_wildcard, protected_match, substitute
from kmsmock.iam.principals import MatchKind, Principal, PrincipalSet, is_principal

PolicyKind = Literal["identity", "resource", "trust"]

NO_PRINCIPAL = "Policy contains a statement with no principal."
INVALID_PRINCIPAL = "Policy contains a statement with one or more invalid principals."


class MalformedPolicy(ValueError):
    """A document that AWS refuses to store. ``reason`` says what kind of mistake it is."""

    def __init__(self, message: str, reason: str = "syntax") -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Elements:
    """A compiled Action or Resource element: patterns, and whether it is the Not… form."""

    patterns: tuple[str, ...]
    negated: bool
    variables: bool = False

    def match_action(self, action: str) -> bool:
        return any(match_wildcard(pattern, action) for pattern in self.patterns) != self.negated

    def match_resource(self, resource: str, context: Context) -> bool:
        return any(_resource(pattern, resource, context, self.variables) for pattern in self.patterns) != self.negated


def _resource(pattern: str, resource: str, context: Context, variables: bool) -> bool:
    if variables and has_variable(pattern):
        filled = substitute(pattern, context)
        return filled is not None and protected_match(_match_resource, filled, resource)
    return _match_resource(pattern, resource)


def _match_resource(pattern: str, resource: str) -> bool:
    """Wildcards stay within the first five segments of an ARN, and cross anything in the last."""
    if pattern in ("*", resource):
        return True
    wanted, seen = pattern.split(":", 5), resource.split(":", 5)
    return len(wanted) == len(seen) and all(map(match_wildcard, wanted, seen))


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. ``actions`` or ``resources`` is None where the element is missing, which makes it inert."""

    index: int
    sid: str
    effect: Literal["Allow", "Deny"]
    principals: PrincipalSet | None
    not_principals: PrincipalSet | None
    actions: Elements | None
    resources: Elements | None
    conditions: tuple[Condition, ...]
    raw: Mapping[str, Any]

    @property
    def label(self) -> str:
        return f'"{self.sid}"' if self.sid else f"number {self.index + 1}"

    def match(self, principal: Principal, action: str, resource: str, context: Context) -> MatchKind | None:
        """How the statement names the caller if all of it matches, else None. ``action`` is in lower case."""
        if self.actions is None or not self.actions.match_action(action):
            return None
        kind = self.names(principal)
        if kind is None or self.resources is None or not self.resources.match_resource(resource, context):
            return None
        for condition in self.conditions:
            if not condition.holds(context):
                return None
        return kind

    def names(self, principal: Principal) -> MatchKind | None:
        """How the Principal element names the caller. Statements of identity policies name nobody and match all."""
        if self.principals is not None:
            return self.principals.match(principal)
        if self.not_principals is None:
            return MatchKind.STAR
        return MatchKind.STAR if self.not_principals.match(principal) is None else None

    def mismatch(self, principal: Principal, action: str, resource: str, context: Context) -> str | None:
        """The first reason why the statement does not match, for a person; None if it does."""
        if self.actions is None or self.resources is None:
            return "inert: the statement has no " + ("Action" if self.actions is None else "Resource")
        if self.names(principal) is None:
            element = "Principal" if self.principals is not None else "NotPrincipal"
            return f"principal: {element} {_brief(self.raw[element])} does not name the caller"
        if not self.actions.match_action(action):
            element = "NotAction" if self.actions.negated else "Action"
            return f"action: {element} is {_brief(self.raw[element])}"
        if not self.resources.match_resource(resource, context):
            element = "NotResource" if self.resources.negated else "Resource"
            return f"resource: {element} is {_brief(self.raw[element])}"
        return next((each.mismatch(context) for each in self.conditions if not each.holds(context)), None)


def _brief(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled document."""

    version: str
    id: str
    statements: tuple[Statement, ...]

    def principals(self) -> frozenset[str]:
        """Every principal that the document names, ``*`` excepted."""
        sets = [named for each in self.statements for named in (each.principals, each.not_principals) if named]
        return frozenset().union(*(named.names() for named in sets))


def compile_policy(document: str | Mapping[str, Any], *, kind: PolicyKind = "identity") -> Policy:
    """Parse and compile a policy document. Raises MalformedPolicy with AWS's words where they are known."""
    if isinstance(document, str):
        try:
            document = json.loads(document, object_pairs_hook=_unique)
        except ValueError as problem:
            raise MalformedPolicy(
                str(problem) if isinstance(problem, MalformedPolicy) else "Syntax errors in policy."
            ) from None
    if not isinstance(document, Mapping):
        raise MalformedPolicy("Syntax errors in policy.")
    _only(document, {"Version", "Id", "Statement"})
    version = document.get("Version", "2008-10-17")
    if version not in ("2012-10-17", "2008-10-17"):
        raise MalformedPolicy("The policy must contain a valid version string")
    statements = document.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicy("Syntax errors in policy.")
    compiled = tuple(_statement(number, raw, kind, version) for number, raw in enumerate(statements))
    sids = [each.sid for each in compiled if each.sid]
    if len(sids) != len(set(sids)):
        raise MalformedPolicy("Statement IDs (SID) in a single policy must be unique.")
    return Policy(version, str(document.get("Id", "")), compiled)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise MalformedPolicy("Duplicate keys in policy.")
    return names


_STATEMENT = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip


def _only(raw: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(raw) - known)
    if unknown:
        raise MalformedPolicy(f"Unknown field {unknown[0]}")


def _statement(index: int, raw: Any, kind: PolicyKind, version: str) -> Statement:
    if not isinstance(raw, Mapping):
        raise MalformedPolicy("Syntax errors in policy.")
    _only(raw, _STATEMENT)
    if raw.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicy("Policy statement must have an Effect of Allow or Deny.")
    variables = version == "2012-10-17"
    try:
        conditions = compile_conditions(raw.get("Condition", {}), variables)
    except ValueError as problem:
        raise MalformedPolicy(str(problem)) from None
    return Statement(
        index=index,
        sid=str(raw.get("Sid", "")),
        effect=raw["Effect"],
        principals=_principals(raw, "Principal", kind),
        not_principals=_principals(raw, "NotPrincipal", kind),
        actions=_elements(raw, "Action", kind, str.lower),
        resources=_elements(raw, "Resource", kind, str, variables),
        conditions=conditions,
        raw=raw,
    )


def _elements(
    raw: Mapping[str, Any], name: str, kind: PolicyKind, spell: Callable[[str], str], variables: bool = False
) -> Elements | None:
    """Action or Resource, plain or Not…; a key policy may lack one, which makes the statement inert."""
    given = [each for each in (name, f"Not{name}") if each in raw]
    if not given:
        if name == "Resource" and kind == "trust":
            return Elements(("*",), negated=False)
        if kind == "identity":
            raise MalformedPolicy(f"Policy statement must contain {name.lower()}s.")
        return None
    if len(given) == 2:
        raise MalformedPolicy(f"Policy statement must contain either {name} or Not{name}.")
    values = raw[given[0]]
    patterns = [values] if isinstance(values, str) else values
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise MalformedPolicy("Syntax errors in policy.")
    return Elements(tuple(map(spell, patterns)), given[0] != name, variables and any(map(has_variable, patterns)))


def _principals(raw: Mapping[str, Any], name: str, kind: PolicyKind) -> PrincipalSet | None:
    if kind == "identity":
        if name in raw:
            raise MalformedPolicy(f"Policy document should not specify a {name.lower()}.", "principal")
        return None
    if name not in raw:
        if "Principal" not in raw and "NotPrincipal" not in raw:
            raise MalformedPolicy(NO_PRINCIPAL, "no-principal")
        return None
    value = raw[name]
    if value == "*":
        return PrincipalSet(True, frozenset(), frozenset())
    if not isinstance(value, Mapping) or not value:
        raise MalformedPolicy(NO_PRINCIPAL if not value else INVALID_PRINCIPAL, "no-principal")
    if set(value) - {"AWS", "Service", "Federated", "CanonicalUser"}:
        raise MalformedPolicy(INVALID_PRINCIPAL, "invalid-principal")
    aws, services = _names(value.get("AWS", [])), _names(value.get("Service", []))
    if not all(name == "*" or is_principal(name) for name in aws):
        raise MalformedPolicy(INVALID_PRINCIPAL, "invalid-principal")
    return PrincipalSet("*" in aws, frozenset(aws) - {"*"}, frozenset(services))


def _names(value: Any) -> list[str]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise MalformedPolicy(INVALID_PRINCIPAL, "invalid-principal")
    return names
