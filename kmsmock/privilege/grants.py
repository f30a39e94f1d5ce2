"""Grants as narrow as what they were used for ("Using grant constraints" in the KMS developer guide)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, NamedTuple

from kmsmock.authorization.authorize import NO_CONTEXT_CHECK
from kmsmock.iam import Request
from kmsmock.model.grant import Grant

_MOST_PAIRS, _LONGEST = 8, 384
"""Of a constraint ("GrantConstraints" in the API reference)."""
Pairs = dict[str, str]


class Narrowed(NamedTuple):
    """A grant with the operations that were used, and the encryption context that was sent, if it was always one."""

    grant: Grant
    operations: tuple[str, ...]
    equals: Mapping[str, str] | None
    subset: Mapping[str, str] | None

    def admits(self, request: Request) -> bool:
        """Whether it allows a request that the grant as it is today allows."""
        operation = request.action.removeprefix("kms:")
        if operation == "RetireGrant":
            return True
        if operation not in self.operations:
            return False
        if operation in NO_CONTEXT_CHECK:
            return True
        sent = pairs_of(request)
        if self.equals is not None:
            return sent == self.equals
        return all(sent.get(name) == value for name, value in (self.subset or {}).items())

    @property
    def narrower(self) -> bool:
        """Whether it gives less than the grant does today."""
        return self.constrained or set(self.operations) != set(self.grant.operations)

    @property
    def constrained(self) -> bool:
        """Whether it demands what the grant of today does not."""
        return (self.equals, self.subset) != (self.grant.context_equals, self.grant.context_subset)

    def for_create_grant(self, render: Callable[[str], str]) -> dict[str, Any]:
        """What to give to CreateGrant; ``render`` tells a stored principal as AWS shows it."""
        grant = self.grant
        constraints: dict[str, Any] = {
            "EncryptionContextEquals": self.equals and dict(self.equals),
            "EncryptionContextSubset": self.subset and dict(self.subset),
            "SourceArn": grant.source_arn,
        }
        constraints = {name: value for name, value in constraints.items() if value is not None}
        made: dict[str, Any] = {"KeyId": grant.key_arn}
        made["GranteeServicePrincipal" if grant.grantee_is_service else "GranteePrincipal"] = render(grant.grantee)
        if grant.retiring is not None:
            kind = "RetiringServicePrincipal" if grant.retiring_is_service else "RetiringPrincipal"
            made[kind] = render(grant.retiring)
        made["Operations"] = list(self.operations)
        return (
            made | ({"Constraints": constraints} if constraints else {}) | ({"Name": grant.name} if grant.name else {})
        )


def pairs_of(request: Request) -> Pairs:
    """The encryption context of a request."""
    names = request.context.get("kms:encryptioncontextkeys") or ()
    return {name: str(request.context.get(f"kms:encryptioncontext:{name.lower()}")) for name in names}


def narrowed(grant: Grant, requests: Iterable[Request]) -> Narrowed:
    """A grant for these requests only."""
    asked = list(requests)
    operations = {each.action.removeprefix("kms:") for each in asked} & set(grant.operations)
    for each in asked:
        if each.action == "kms:CreateGrant":  # a child may give no more than its parent
            operations.update(each.context.get("kms:grantoperations") or ())
    if operations <= {"CreateGrant", "RetireGrant"}:
        operations = set(grant.operations)
    ordered = tuple(each for each in grant.operations if each in operations)
    if "CreateGrant" in operations:  # nor may it demand less
        return Narrowed(grant, ordered, grant.context_equals, grant.context_subset)
    return Narrowed(grant, ordered, *_constraint(grant, asked))


def _constraint(grant: Grant, asked: Iterable[Request]) -> tuple[Mapping[str, str] | None, Mapping[str, str] | None]:
    """What constraint the requests fulfil: the whole context, or the pairs that all have."""
    sent = [pairs_of(each) for each in asked if each.action.removeprefix("kms:") not in NO_CONTEXT_CHECK]
    common = reduce(_shared, sent) if sent else {}
    fits = len(common) <= _MOST_PAIRS and all(len(name) + len(value) <= _LONGEST for name, value in common.items())
    if not common or not fits or grant.context_equals is not None:
        return grant.context_equals, grant.context_subset
    return (common, None) if all(each == common for each in sent) else (None, common)


def _shared(one: Pairs, other: Pairs) -> Pairs:
    return dict(one.items() & other.items())
