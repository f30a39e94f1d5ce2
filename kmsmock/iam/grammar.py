"""What a policy document may hold, kind by kind ("Grammar of the IAM JSON policy language" in the IAM user guide).

``mistake`` finds the first mistake of a document; in which words it is told is the business of whoever stores it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from kmsmock.iam.conditions import Condition, compile_conditions, unreadable
from kmsmock.iam.principals import is_principal
from kmsmock.iam.reading import MalformedPolicy, parse

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*")
VERSIONS = ("2012-10-17", "2008-10-17")

_TOP = ("Version", "Id", "Statement")
_PAIRS = ("Principal", "Action", "Resource")
ELEMENTS = ("Sid", "Effect", "Condition", *_PAIRS, *(f"Not{name}" for name in _PAIRS))
_NULLS = ("Resource", "NotResource")
"""IAM takes ``null`` among them: getmoto/moto pull request 9715, from a template that AWS hands out."""
_PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")
_SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|aws\.internal)|[a-z0-9-]+\.aws")
_IAM_PATHS = (
    "user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/", "policy/",
    "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/",
)  # fmt: skip
_S3_IN_REGIONS = ("accesspoint/", "job/", "storage-lens/", "storage-lens-group/", "access-grants/", "*")


@dataclass(frozen=True, slots=True)
class Grammar:
    """One kind of document. ``newer``: it must have the Version of 2012. ``letters``: a Sid has letters and digits
    only. ``unique``: no Sid stands twice. ``arns``: resources must be ARNs that IAM can read. ``prefixes``: actions are
    ``service:Name``. ``literals``: numbers, dates and networks in conditions must be readable.
    """

    principal: Literal["required", "forbidden", "everybody"] = "forbidden"
    resource: Literal["required", "optional", "forbidden"] = "required"
    effects: tuple[str, ...] = ("Allow", "Deny")
    newer: bool = False
    letters: bool = False
    unique: bool = True
    arns: bool = False
    prefixes: bool = False
    literals: bool = True
    not_action: bool = True


IDENTITY = Grammar(letters=True, arns=True, prefixes=True)
MANAGED = replace(IDENTITY, newer=True)
SESSION = replace(IDENTITY, literals=False)
TRUST = Grammar(principal="required", resource="forbidden")
RESOURCE = Grammar(principal="required", unique=False)
NAMELESS = replace(RESOURCE, resource="optional")
"""A policy of a resource that it need not name, as there is no other that it could mean."""
REGISTRY = replace(RESOURCE, not_action=False)
SERVICE_CONTROL = IDENTITY
RESOURCE_CONTROL = Grammar(principal="everybody", effects=("Deny",), letters=True, prefixes=True, not_action=False)


class Mistake(NamedTuple):
    """What is wrong: the reason by a name of ours, and the piece of the document that it is about."""

    reason: str
    what: str = ""


Statements = list[Any]
Step = Callable[[Mapping[str, Any], Statements, Grammar], Iterator[Mistake]]


def mistake(text: str, grammar: Grammar) -> Mistake | None:
    """The first mistake of a document, or None for one that is right."""
    try:
        document = parse(text)
    except MalformedPolicy:
        return Mistake("json")
    if not isinstance(document, Mapping):
        return Mistake("object")
    raw = document.get("Statement")
    statements = raw if isinstance(raw, list) else [raw]
    return next((each for step in _STEPS for each in step(document, statements, grammar)), None)


def values_of(element: Any) -> list[Any]:
    """The values of an element that may hold one or a list of them."""
    return element if isinstance(element, list) else [element]


def _top(document: Mapping[str, Any], statements: Statements, grammar: Grammar) -> Iterator[Mistake]:
    for name in document:
        if name not in _TOP:
            yield Mistake("unknown", name)
    if "Statement" not in document:
        yield Mistake("no-statement")
    if not statements:
        yield Mistake("empty")
    if document.get("Version", VERSIONS[0]) not in VERSIONS:
        yield Mistake("version", str(document["Version"]))
    if not isinstance(document.get("Id", ""), str):
        yield Mistake("id")


def _shapes(document: Mapping[str, Any], statements: Statements, grammar: Grammar) -> Iterator[Mistake]:
    for statement in statements:
        if isinstance(statement, Mapping):
            yield from _elements_of(statement, grammar)
        else:
            yield Mistake("statement")


def _elements_of(statement: Mapping[str, Any], grammar: Grammar) -> Iterator[Mistake]:
    yield from (Mistake("unknown", name) for name in statement if name not in ELEMENTS)
    yield from _effect(statement)
    if not isinstance(statement.get("Sid", ""), str):
        yield Mistake("sid")
    yield from (Mistake("both", name) for name in _PAIRS if name in statement and f"Not{name}" in statement)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if not all(isinstance(each, str) for each in _named(statement.get(name, []), grammar.arns and name in _NULLS)):
            yield Mistake("type", name)
    try:
        compile_conditions(statement.get("Condition", {}), variables=True)
    except ValueError as problem:
        yield Mistake("condition", str(problem))


def _named(element: Any, nulls: bool) -> list[Any]:
    """The values of an element; ``null`` in a list is nothing where ``nulls`` are taken."""
    return [each for each in values_of(element) if not (nulls and each is None and isinstance(element, list))]


def _effect(statement: Mapping[str, Any]) -> Iterator[Mistake]:
    effect = statement.get("Effect")
    if effect is None:
        yield Mistake("no-effect")
    elif not isinstance(effect, str) or effect.lower() not in ("allow", "deny"):
        yield Mistake("effect", str(effect))


def _old_rules(document: Mapping[str, Any], statements: Statements, grammar: Grammar) -> Iterator[Mistake]:
    """What IAM calls legacy parsing."""
    if grammar.newer and document.get("Version") != VERSIONS[0]:
        yield Mistake("old-version")
    for statement in statements:
        if statement["Effect"] not in ("Allow", "Deny"):
            yield Mistake("effect-case", statement["Effect"])
        if statement["Effect"] not in grammar.effects:
            yield Mistake("effect", statement["Effect"])
        for condition in _conditions(statement) if grammar.literals else ():
            if unreadable(condition) is not None:
                yield Mistake("condition-value", condition.shown)
        for resource in _elements(statement, "Resource") if grammar.arns else ():
            yield from (each for each in _arn(resource) if each.reason == "legacy")


def _conditions(statement: Mapping[str, Any]) -> tuple[Condition, ...]:
    return compile_conditions(statement.get("Condition", {}), variables=True)


def _sids(document: Mapping[str, Any], statements: Statements, grammar: Grammar) -> Iterator[Mistake]:
    sids = [each["Sid"] for each in statements if each.get("Sid")]
    if grammar.unique and len(sids) != len(set(sids)):
        yield Mistake("sids")
    for sid in sids:
        if grammar.letters and not re.fullmatch(r"[0-9A-Za-z]*", sid):
            yield Mistake("sid-letters", sid)


def _elements(statement: Mapping[str, Any], name: str) -> list[str]:
    found: list[str] = _named(statement.get(name, statement.get(f"Not{name}", [])), nulls=True)
    return found


def _actions(document: Mapping[str, Any], statements: Statements, grammar: Grammar) -> Iterator[Mistake]:
    for statement in statements:
        if not _elements(statement, "Action"):
            yield Mistake("no-action")
        if "NotAction" in statement and not grammar.not_action:
            yield Mistake("unknown", "NotAction")


def _resources(document: Mapping[str, Any], statements: Statements, grammar: Grammar) -> Iterator[Mistake]:
    for statement in statements if grammar.arns else ():
        for resource in _elements(statement, "Resource"):
            if resource != "*":
                yield from _arn(resource)


def _arn(resource: str) -> Iterator[Mistake]:
    parts = resource.split(":", 5)
    if len(parts) == 1:
        yield Mistake("resource", resource)
        return
    if parts[1] not in PARTITIONS:
        rest = [part or "*" if len(parts) == 3 else part for part in parts[2:]]
        whole = ":".join(["arn", parts[1], *rest, *["*"] * (6 - len(parts))])
        yield Mistake("partition", f'"{parts[1]}" is not valid for resource "{whole}"')
        return
    if len(parts) == 2:
        yield Mistake("vendor", resource)
        return
    region, path = ([*parts, "", "", ""])[3], parts[5] if len(parts) == 6 else ""
    if parts[2] == "iam" and region:
        yield Mistake("iam-region", resource)
    if parts[2] == "s3" and region and not path.startswith(_S3_IN_REGIONS):
        yield Mistake("s3-region", resource)
    if parts[2] == "iam" and len(parts) == 6 and path != "*" and not path.startswith(_IAM_PATHS):
        yield Mistake("iam-path", ", ".join(_IAM_PATHS))
    if not parts[2] or (len(parts) < 6 and "::" in resource):
        yield Mistake("legacy", resource)


def _prefixes(document: Mapping[str, Any], statements: Statements, grammar: Grammar) -> Iterator[Mistake]:
    for statement in statements if grammar.prefixes else ():
        for action in _elements(statement, "Action"):
            service, colon, name = action.partition(":")
            if not colon and service != "*":
                yield Mistake("action-prefix", action)
            elif ":" in name:
                yield Mistake("action-colons", action)
            elif service != "*" and re.search(r"[^a-zA-Z0-9\-.]", service):
                yield Mistake("action-vendor", service)


def _resource_is_there(document: Mapping[str, Any], statements: Statements, grammar: Grammar) -> Iterator[Mistake]:
    for statement in statements:
        if grammar.resource == "required" and not _elements(statement, "Resource"):
            yield Mistake("no-resource")
        if grammar.resource == "forbidden":
            yield from (Mistake("prohibited", name) for name in ("Resource", "NotResource") if name in statement)


def _principals(document: Mapping[str, Any], statements: Statements, grammar: Grammar) -> Iterator[Mistake]:
    for statement in statements:
        named = [name for name in ("Principal", "NotPrincipal") if name in statement]
        if grammar.principal == "forbidden":
            yield from (Mistake("prohibited-principal", name) for name in named)
        elif not named:
            yield Mistake("no-principal")
        elif grammar.principal == "everybody" and statement.get("Principal") not in ("*", {"AWS": "*"}):
            yield Mistake("principal", '"AWS":"*"')
        else:
            yield from _principal(statement[named[0]])


def _principal(named: Any) -> Iterator[Mistake]:
    if named == "*":
        return
    if not isinstance(named, Mapping):
        yield Mistake("principal", f'"AWS":"{named}"')
    elif not named:
        yield Mistake("empty-principal")
    else:
        for kind, names in named.items():
            if kind not in _PRINCIPALS:
                yield Mistake("principal", f'"{kind}"')
            for name in values_of(names):
                if not isinstance(name, str) or not _READABLE.get(kind, bool)(name):
                    yield Mistake("principal", f'"{kind.upper()}":"{name}"')


_READABLE: Mapping[str, Callable[[str], object]] = {
    "AWS": lambda name: name == "*" or is_principal(name),
    "Service": _SERVICE.fullmatch,
}

_STEPS: tuple[Step, ...] = (
    _top,
    _shapes,
    _old_rules,
    _sids,
    _actions,
    _resources,
    _prefixes,
    _resource_is_there,
    _principals,
)
"""In the order in which IAM looks; later steps rely on the earlier ones."""
