"""Conditions of the statements to be written: what was seen in a request, and what a statement of today has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kmsmock.iam import Request, Source, Statement
from kmsmock.iam.conditions import Condition

_ENCRYPTING = ("kms:EncryptionAlgorithm", "kms:RecipientAttestation:ImageSha384")
_SIGNING = ("kms:SigningAlgorithm",)
_MACS = ("kms:MacAlgorithm",)
_FOR_AWS = ("kms:GrantIsForAWSResource",)
_OF_ACTIONS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"), _ENCRYPTING),
    **dict.fromkeys(("GenerateDataKey", "GenerateDataKeyWithoutPlaintext"), _ENCRYPTING[1:]),
    **dict.fromkeys(
        ("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"), ("kms:DataKeyPairSpec", *_ENCRYPTING[1:])
    ),
    **dict.fromkeys(("Sign", "Verify"), _SIGNING),
    **dict.fromkeys(("GenerateMac", "VerifyMac"), _MACS),
    **dict.fromkeys(("RevokeGrant", "ListGrants"), _FOR_AWS),
    "CreateGrant": (*_FOR_AWS, "kms:GrantConstraintType", "kms:GranteePrincipal", "kms:GrantOperations"),
    "DeriveSharedSecret": ("kms:KeyAgreementAlgorithm",),
    **dict.fromkeys(("Encapsulate", "Decapsulate"), ("kms:EncapsulationAlgorithm",)),
}
"""The condition keys of KMS that a call decides by itself, beside kms:ViaService and the encryption context, so that
they mean the same in a policy of tomorrow. What depends on the time, on aliases or tags is left out, and so is what the
one key of a policy is anyway, such as its spec."""
_OF_A_SERVICE = ("aws:SourceAccount", "aws:SourceArn")
"""For whom a service calls that acts for itself ("The confused deputy problem")."""
_USUAL = {("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"), ("kms:GrantIsForAWSResource", "false")}
"""What says nothing."""
_VARIABLE = re.compile(r"\$\{\s*([\w:/.+=@-]+)")
_ALL_OF = "ForAllValues:StringEquals"


class Term(NamedTuple):
    """One condition. ``own`` is true for one that a statement of today has: it is kept as it is written."""

    operator: str
    key: str
    values: tuple[str, ...]
    own: bool = False


Terms = tuple[Term, ...]


def seen(request: Request) -> Terms:
    """What a request had of the condition keys that matter, each pinned to its value."""
    if not request.action.startswith("kms:"):
        return ()
    of_action = _OF_ACTIONS.get(request.action.removeprefix("kms:"), ())
    keys = ("kms:ViaService", *of_action, *(_OF_A_SERVICE if request.principal.kind == "service" else ()))
    return (*_pinned(request, keys), *_pinned(request, _context_keys(request)))


def _context_keys(request: Request) -> Iterator[str]:
    """One condition key for each name in the encryption context; their spelling in capitals or not is the same."""
    names = request.context.get("kms:encryptioncontextkeys") or ()
    yield from {name.lower(): f"kms:EncryptionContext:{name}" for name in names}.values()


def _pinned(request: Request, keys: Iterable[str]) -> Iterator[Term]:
    for key in keys:
        value = request.context.get(key.lower())
        if isinstance(value, str) and (key, value) not in _USUAL:
            yield equals(key, value)
        elif isinstance(value, tuple):
            yield Term(_ALL_OF, key, tuple(sorted(map(literal, value))))


def equals(key: str, value: str) -> Term:
    """That a condition key has a value, letter by letter."""
    return Term("StringEquals", key, (literal(value),))


def filled_in(request: Request, statement: Statement) -> Terms:
    """What was filled in for the variables of a statement's resources, where it would not cover the resource without
    them: the resource is written out, for whom it stood."""
    resources = statement.resources
    if resources is None or not resources.variable or (resources.fixed(request.resource) and not resources.negated):
        return ()
    names = dict.fromkeys(name for pattern in resources.variable for name in _VARIABLE.findall(pattern))
    values = ((name, request.context.get(name.lower())) for name in names)
    return tuple(equals(name, value) for name, value in values if isinstance(value, str))


def form(conditions: Terms) -> Terms:
    """Conditions without the values that are pinned: of two that are pinned to different values none covers more."""
    return tuple(each._replace(values=()) if _is_pinned(each) else each for each in conditions)


def may_hold(conditions: Terms, request: Request) -> bool:
    """Whether the pinned values are those of a request; of other conditions nobody asks here."""
    pinned = filter(_is_pinned, conditions)
    return all((literal(str(request.context.get(each.key.lower()))),) == each.values for each in pinned)


def _is_pinned(term: Term) -> bool:
    return term.operator == "StringEquals" and not term.own


def literal(text: str) -> str:
    """A value as a policy of today's version has it: ``${`` begins a variable there."""
    return text.replace("${", "${$}{")


def kept(source: Source, statement: Statement, pinned: Terms) -> Terms:
    """The conditions that a statement of today has, but for those that the pinned values imply."""
    by_key = {each.key.lower(): each.operator for each in pinned}
    found = (each for each in statement.conditions if not _is_implied(each, by_key.get(each.key)))
    return tuple(_written(source, each) for each in found)


def _is_implied(condition: Condition, operator: str | None) -> bool:
    """Whether a value that is pinned by an operator leaves a condition no choice: it held for that value."""
    if operator is None or condition.variables:
        return False
    return operator != _ALL_OF or condition.quantifier == "ForAllValues"


def _written(source: Source, condition: Condition) -> Term:
    operator, _, key = condition.shown.partition(" ")
    current = source.policy.version == "2012-10-17"
    return Term(operator, key, tuple(each if current else literal(each) for each in condition.wanted), own=True)


def block(terms: Iterable[Term]) -> dict[str, dict[str, Any]]:
    """A Condition element."""
    made: dict[str, dict[str, Any]] = {}
    for each in sorted(terms, key=lambda each: (each.own, each)):  # of two on one key, today's own is kept
        one = len(each.values) == 1 and each.operator != _ALL_OF
        made.setdefault(each.operator, {})[each.key] = each.values[0] if one else list(each.values)
    return made
