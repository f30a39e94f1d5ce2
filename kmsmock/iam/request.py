"""What is asked of the evaluator: principal, action, resource, and the policies of every layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from kmsmock.iam.document import Policy, Statement
from kmsmock.iam.matching import Context
from kmsmock.iam.principals import MatchKind, Principal


class Layer(Enum):
    """Where a policy is attached; the values are the words of AWS's messages."""

    SCP = "service control policy"
    RCP = "resource control policy"
    RESOURCE = "resource-based policy"
    VPCE = "VPC endpoint policy"
    IDENTITY = "identity-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    GRANT = "grant"


class Request(NamedTuple):
    """Who wants to do what to which resource. ``owner`` is the account of the resource; of ``*``, the caller's."""

    principal: Principal
    action: str
    resource: str
    owner: str
    context: Context

    @property
    def cross_account(self) -> bool:
        return self.principal.account != self.owner


class Hold(NamedTuple):
    """What a policy is attached to that is neither the caller nor the resource, and the account in which it is changed;
    ``fixed`` is true for AWS's own policies, which nobody can change."""

    to: str
    account: str
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """One policy, where it hangs, and what a person calls it."""

    layer: Layer
    name: str
    policy: Policy
    arn: str | None = None
    places: tuple[str, ...] = ()
    """File and line of each statement, where the policy came from a file."""
    hold: Hold | None = None
    """Of the policies of organizations and VPC endpoints."""

    @property
    def fixed(self) -> bool:
        """Whether it is one of AWS's own, which nobody can change."""
        return self.hold.fixed if self.hold is not None else self.arn is not None and "::aws:" in self.arn

    def place(self, statement: Statement) -> str:
        """Where a statement stands, if somebody knows: ``policies/app.json:12``."""
        return self.places[statement.index] if statement.index < len(self.places) else ""

    def named(self, statement: Statement) -> str:
        """A statement by what a person calls it, and where it stands."""
        place = self.place(statement)
        return f"{statement.effect} {statement.label}" + (f" ({place})" if place else "")


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant on the resource that fits the caller, the operation and the encryption context."""

    id: str
    grantee: str
    operations: frozenset[str]
    issuing_account: str
    kind: MatchKind


class MissedGrant(NamedTuple):
    """A grant on the resource that is the caller's and does not fit: why, and what would make it fit."""

    id: str
    why: str
    remedy: str


Sources = tuple[Source, ...]


class Policies(NamedTuple):
    """Everything that has a say. None means that the layer does not exist, which limits nothing.

    ``applies_resource`` is False for actions on ``*``, which only identity policies decide;
    ``resource_policy_required`` is True where the resource must allow too, as KMS keys and trust policies do.
    """

    identity: Sources = ()
    boundary: Sources | None = None
    session: Sources | None = None
    scp: tuple[Sources, ...] | None = None
    rcp: Sources = ()
    resource: Sources = ()
    vpce: Sources | None = None
    grants: tuple[GrantView, ...] = ()
    resource_policy_required: bool = True
    applies_resource: bool = True
    resource_exists: bool = False
    """True for a resource without a policy that is known to be there."""
    fixed: str = ""
    """What to do instead, where the resource's policy cannot be changed, or has no say."""
    missed: tuple[MissedGrant, ...] = ()
    """The caller's grants that do not fit; looked for only when he was denied."""


def applicable(request: Request, policies: Policies) -> Iterable[Sources]:
    """Every layer that has a say, in the order in which an explicit denial is reported (that order is unverified)."""
    if under_scps(request.principal):
        yield from policies.scp or ()
    if not request.principal.service_linked:
        yield policies.rcp
    yield policies.resource
    yield policies.vpce or ()
    yield policies.identity
    yield policies.boundary or ()
    yield policies.session or ()


def under_scps(principal: Principal) -> bool:
    """Service control policies limit neither AWS services and identity providers nor service-linked roles."""
    return principal.kind not in ("service", "provider") and not principal.service_linked


def article(words: str) -> str:
    """a or an."""
    return "an" if words[0] in "aeio" else "a"
