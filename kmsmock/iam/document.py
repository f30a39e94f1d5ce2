"""Policy documents, parsed and compiled once ("IAM JSON policy elements reference")."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from kmsmock.iam.conditions import Condition, compile_conditions
from kmsmock.iam.elements import Elements, everything, match_resource, one_of
from kmsmock.iam.instead import INSTEAD
from kmsmock.iam.matching import Context, has_variable, match_wildcard
from kmsmock.iam.principals import MatchKind, Principal, PrincipalSet, is_principal
from kmsmock.iam.reading import MalformedPolicy, parse

PolicyKind = Literal["identity", "resource", "trust"]

NO_PRINCIPAL = "Policy contains a statement with no principal."
INVALID_PRINCIPAL = "Policy contains a statement with one or more invalid principals."


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
    tests: tuple[Callable[[Context], bool], ...] = ()
    """The conditions, compiled."""

    @property
    def label(self) -> str:
        return f'"{self.sid}"' if self.sid else f"number {self.index + 1}"

    def is_about(self, action: str) -> bool:
        """Whether the Action element covers an action, in lower case; an inert statement is about nothing."""
        return self.actions is not None and self.resources is not None and self.actions.match(action, {})

    def concerns(self, principal: Principal, resource: str, bounded: bool = False) -> MatchKind | None:
        """How a statement that is about the action names the caller, if it is about the resource too; None if it cannot
        match, whatever the condition context is. ``bounded``: the caller has a permissions boundary."""
        if self.resources is None:
            return None
        if not self.resources.variable and not self.resources.match(resource, {}):
            return None
        return self.names(principal, bounded)

    def holds(self, resource: str, context: Context) -> bool:
        """What ``concerns`` left open: policy variables in the Resource element, and the conditions."""
        if self.resources is not None and self.resources.variable and not self.resources.match(resource, context):
            return False
        for test in self.tests:  # noqa: SIM110 - a loop costs half of what a generator does
            if not test(context):
                return False
        return True

    def names(self, principal: Principal, bounded: bool = False) -> MatchKind | None:
        """How the Principal element names the caller. Statements of identity policies name nobody and match all.

        A Deny with NotPrincipal spares only whom it lists by every name that he goes by, and nobody with a boundary.
        """
        if self.principals is not None:
            return self.principals.match(principal)
        if self.not_principals is None:
            return MatchKind.STAR
        if self.effect == "Deny":
            spared = not bounded and self.not_principals.covers(principal)
        else:
            spared = self.not_principals.match(principal) is not None
        return None if spared else MatchKind.STAR

    def writes(self, principal: Principal) -> bool:
        """Whether the Principal has the caller's ARN in it, letter by letter, whoever that was when it was stored."""
        written = self.raw.get("Principal")
        named = written.get("AWS", []) if isinstance(written, Mapping) else []
        return principal.principal_arn in ([named] if isinstance(named, str) else named)

    def mismatch(
        self, principal: Principal, action: str, resource: str, context: Context, bounded: bool = False
    ) -> str | None:
        """The first reason why the statement does not match, for a person; None if it does."""
        if self.actions is None or self.resources is None:
            return "inert: the statement has no " + ("Action" if self.actions is None else "Resource")
        if self.names(principal, bounded) is None:
            element = "Principal" if self.principals is not None else "NotPrincipal"
            if self.writes(principal):
                now = principal.unique_id.partition(":")[0]
                return (
                    f"principal: {element} {brief(self.raw[element])} names one who was deleted and made again; the "
                    f"caller is the new one ({now}): write the policy again"
                )
            return f"principal: {element} {brief(self.raw[element])} does not name the caller"
        if not self.actions.match(action, context):
            element = "NotAction" if self.actions.negated else "Action"
            return f"action: {element} is {brief(self.raw[element])}"
        if not self.resources.match(resource, context):
            element = "NotResource" if self.resources.negated else "Resource"
            return f"resource: {element} is {brief(self.raw[element])}"
        looked_at = zip(self.conditions, self.tests, strict=True)
        return next((each.mismatch(context) for each, holds in looked_at if not holds(context)), None)


def brief(value: Any) -> str:
    """An element as it is written, for a person."""
    text = json.dumps(value)
    return text if len(text) <= 120 else text[:117] + "..."


Concerned = tuple[tuple[Statement, MatchKind], ...]
_REMEMBERED = 1024


@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled document."""

    version: str
    id: str
    statements: tuple[Statement, ...]
    kind: PolicyKind = "identity"
    bound: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """The principals that are stored as something else than what is written."""
    text: str = field(default="", compare=False, repr=False)
    """The document as it was written, where it was a text."""
    _concerned: dict[tuple[object, ...], Concerned] = field(default_factory=dict, compare=False, repr=False)
    _about: dict[str, tuple[Statement, ...]] = field(default_factory=dict, compare=False, repr=False)

    def concerned(self, principal: Principal, action: str, resource: str, bounded: bool = False) -> Concerned:
        """The statements that are about a caller, an action (lower case) and a resource. Found once, then remembered:
        suites ask the same again and again, and only conditions change from call to call."""
        asked = (principal.arn, principal.unique_id, principal.parent, action, resource, bounded)
        found = self._concerned.get(asked)
        if found is None:
            if len(self._concerned) >= _REMEMBERED:
                self._concerned.clear()
            about = self._about.get(action)
            if about is None:
                if len(self._about) >= _REMEMBERED:
                    self._about.clear()
                about = self._about[action] = tuple(each for each in self.statements if each.is_about(action))
            kinds = ((each, each.concerns(principal, resource, bounded)) for each in about)
            found = self._concerned[asked] = tuple((each, kind) for each, kind in kinds if kind is not None)
        return found

    def principals(self) -> frozenset[str]:
        """Every principal that the document names, ``*`` excepted."""
        sets = [named for each in self.statements for named in (each.principals, each.not_principals) if named]
        return frozenset().union(*(named.names() for named in sets))


Bind = Callable[[str], str]
"""What a principal is stored as; raises MalformedPolicy for one that does not exist."""


def compile_policy(
    document: str | Mapping[str, Any], *, kind: PolicyKind = "identity", bind: Bind | None = None, text: str = ""
) -> Policy:
    """Parse and compile a policy document. Raises MalformedPolicy with AWS's words where they are known.

    ``bind`` turns the principals of the document into what they are stored as; ``text`` is that of a parsed document.
    """
    parsed: Any = parse(document) if isinstance(document, str) else document
    bound: dict[str, str] = {}
    if bind is not None:
        bind = partial(_noted, bind, bound)
    _only(parsed, {"Version", "Id", "Statement"})
    version = parsed.get("Version", "2008-10-17")
    if version not in ("2012-10-17", "2008-10-17"):
        raise MalformedPolicy("The policy must contain a valid version string")
    statements = parsed.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicy("Syntax errors in policy.")
    if INSTEAD.statements is not None:
        statements = INSTEAD.statements(statements)
    compiled = tuple(_statement(number, raw, kind, version, bind) for number, raw in enumerate(statements))
    sids = [each.sid for each in compiled if each.sid]
    if kind != "resource" and len(sids) != len(set(sids)):  # AWS's own key policies repeat them
        raise MalformedPolicy("Statement IDs (SID) in a single policy must be unique.")
    return Policy(version, parsed.get("Id", ""), compiled, kind, bound, document if isinstance(document, str) else text)


def _noted(bind: Bind, bound: dict[str, str], name: str) -> str:
    found = bind(name)
    if found != name:
        bound[name] = found
    return found


_ONLY_IN_IAM = {"kms:resourcealiases"}
"""Condition keys that resource policies never see."""

_STATEMENT = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
}  # fmt: skip


def _only(raw: Any, known: set[str]) -> None:
    if not isinstance(raw, Mapping) or not all(isinstance(raw.get(name, ""), str) for name in ("Id", "Sid")):
        raise MalformedPolicy("Syntax errors in policy.")
    unknown = sorted(set(raw) - known)
    if unknown:
        raise MalformedPolicy(f"Unknown field {unknown[0]}")


def _statement(index: int, raw: Any, kind: PolicyKind, version: str, bind: Bind | None) -> Statement:
    _only(raw, _STATEMENT)
    if raw.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicy("Policy statement must have an Effect of Allow or Deny.")
    variables = version == "2012-10-17"
    try:
        conditions = compile_conditions(raw.get("Condition", {}), variables)
    except ValueError as problem:
        raise MalformedPolicy(str(problem)) from None
    if kind == "resource":
        conditions = tuple(replace(each, key="") if each.key in _ONLY_IN_IAM else each for each in conditions)
    return Statement(
        index=index,
        sid=raw.get("Sid", ""),
        effect=raw["Effect"],
        principals=_principals(raw, "Principal", kind, bind),
        not_principals=_principals(raw, "NotPrincipal", kind, bind),
        actions=_elements(raw, "Action", kind, str.lower),
        resources=_elements(raw, "Resource", kind, str, variables),
        conditions=conditions,
        raw=raw,
        tests=tuple(each.test() for each in conditions),
    )


def _elements(
    raw: Mapping[str, Any], name: str, kind: PolicyKind, spell: Callable[[str], str], variables: bool = False
) -> Elements | None:
    """Action or Resource, plain or Not…; None where a resource's policy lacks one, which makes the statement inert."""
    given = [each for each in (name, f"Not{name}") if each in raw]
    if not given:
        if name == "Resource" and kind == "trust":
            return Elements(everything, negated=False)
        if kind == "identity":
            raise MalformedPolicy(f"Policy statement must contain {name.lower()}s.")
        return None
    if len(given) == 2:
        raise MalformedPolicy(f"Policy statement must contain either {name} or Not{name}.")
    values = raw[given[0]]
    patterns = [values] if isinstance(values, str) else values
    if isinstance(patterns, list) and kind == "identity" and name == "Resource":
        patterns = [each for each in patterns if each is not None]
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise MalformedPolicy("Syntax errors in policy.")
    spelled = list(map(spell, patterns))
    variable = [pattern for pattern in spelled if variables and has_variable(pattern)]
    fixed = [pattern for pattern in spelled if not (variables and has_variable(pattern))]
    match = match_resource if name == "Resource" else match_wildcard
    return Elements(one_of(fixed, match), given[0] != name, tuple(variable))


def _principals(raw: Mapping[str, Any], name: str, kind: PolicyKind, bind: Bind | None) -> PrincipalSet | None:
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
    if bind is not None:
        aws = [each if each == "*" else bind(each) for each in aws]
        services = [bind(each) for each in services]
    federated = _names(value.get("Federated", []))
    return PrincipalSet("*" in aws, frozenset(aws) - {"*"}, frozenset(services), frozenset(federated))


def _names(value: Any) -> list[str]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not all(isinstance(each, str) for each in names):
        raise MalformedPolicy(INVALID_PRINCIPAL, "invalid-principal")
    return names
