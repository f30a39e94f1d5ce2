"""The question, the policies that have a say, and the answer: records only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

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


@dataclass(frozen=True, slots=True)
class Source:
    """One policy, where it hangs, and what a person calls it."""

    layer: Layer
    name: str
    policy: Policy
    arn: str | None = None


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant on the resource that fits the caller, the operation and the encryption context."""

    id: str
    grantee: str
    operations: frozenset[str]
    issuing_account: str
    kind: MatchKind


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


Effect = Literal["allowed", "explicitDeny", "implicitDeny"]


class Decision(NamedTuple):
    """The answer, and what decided it.

    ``layer`` is the one that blocked, or that allowed; ``side`` says which account's half failed in a cross-account
    request; ``matched`` holds the statements that decided, ``grant`` the id of the grant that did.
    """

    effect: Effect
    request: Request
    policies: Policies
    layer: Layer
    matched: tuple[tuple[Source, Statement], ...] = ()
    side: Literal["resource", "caller"] | None = None
    grant: str | None = None
    note: str = ""
    """What else there is to say, such as that the check is not the service's own."""

    @property
    def allowed(self) -> bool:
        return self.effect == "allowed"

    @property
    def caller(self) -> str:
        return self.request.principal.arn

    @property
    def action(self) -> str:
        return self.request.action

    @property
    def resource(self) -> str:
        return self.request.resource

    @property
    def reason(self) -> str:
        """The layer that decided, in AWS's words."""
        return self.layer.value

    def explain(self) -> str:
        """The decision for a person: every policy and statement looked at, and what would have to change."""
        from kmsmock.iam.explanation import explain

        return explain(self)
