"""From policies to a decision ("Policy evaluation logic" in the IAM guide, with the rules of KMS keys and grants).

Every layer is evaluated, then all are combined once.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from kmsmock.iam.decision import Decision, Effect
from kmsmock.iam.document import Statement
from kmsmock.iam.principals import MatchKind
from kmsmock.iam.request import GrantView, Layer, Policies, Request, Source, applicable, under_scps

Matched = tuple[Source, Statement]

_DIRECT = {MatchKind.SESSION, MatchKind.USER, MatchKind.STAR, MatchKind.SERVICE}
"""Named like this, a same-account caller needs no identity policy, and neither boundary nor session limits him."""


_WITHOUT_IAM = ("service", "provider", "anonymous")
"""Who has no policies of IAM, so that the resource's decide."""


class Layers(NamedTuple):
    """What each layer says: the first statement that denies in any, and for each the statements that allow."""

    deny: Matched | None
    allows: dict[Layer, list[tuple[Matched, MatchKind]]]

    def allow(self, layer: Layer) -> Matched | None:
        found = self.allows.get(layer)
        return found[0][0] if found else None

    def strongest(self) -> tuple[Matched, MatchKind] | None:
        """The resource-policy statement that names the caller most precisely."""
        found = self.allows.get(Layer.RESOURCE)
        if not found:
            return None
        return found[0] if len(found) == 1 else max(found, key=lambda each: each[1])


def decide(request: Request, policies: Policies) -> Decision:
    """Whether the request is allowed, and why."""
    if request.action.lower() == "sts:getcalleridentity":
        return Decision("allowed", request, policies, Layer.IDENTITY)
    layers = _evaluate(request, policies)
    if layers.deny is not None:
        return _denied(request, policies, "explicitDeny", layers.deny[0].layer, (layers.deny,))
    limit = _organization_limit(request, policies, layers)
    if limit is not None:
        return _denied(request, policies, "implicitDeny", limit)
    if request.principal.kind in _WITHOUT_IAM or not policies.applies_resource:
        return _one_sided(request, policies, layers)
    return _cross_account(request, policies, layers) if request.cross_account else _same(request, policies, layers)


def _denied(
    request: Request,
    policies: Policies,
    effect: Effect,
    layer: Layer,
    matched: tuple[Matched, ...] = (),
    side: Literal["resource", "caller"] | None = None,
) -> Decision:
    if side is None and request.cross_account:
        side = "resource" if layer in (Layer.RESOURCE, Layer.RCP) else "caller"
    return Decision(effect, request, policies, layer, matched, side, decide=decide)


def _evaluate(request: Request, policies: Policies) -> Layers:
    principal, action = request.principal, request.action.lower()
    resource, context = request.resource, request.context
    allows: dict[Layer, list[tuple[Matched, MatchKind]]] = {}
    bounded = policies.boundary is not None
    for sources in applicable(request, policies):
        for source in sources:
            for statement, kind in source.policy.concerned(principal, action, resource, bounded):
                if not statement.holds(resource, context):
                    continue
                if statement.effect == "Deny":
                    return Layers((source, statement), {})
                allows.setdefault(source.layer, []).append(((source, statement), kind))
    return Layers(None, allows)


def _organization_limit(request: Request, policies: Policies, layers: Layers) -> Layer | None:
    """The organization or endpoint layer that allows too little: each level of SCPs must allow."""
    if policies.scp is not None and under_scps(request.principal):
        allowing = {id(source) for (source, _), _ in layers.allows.get(Layer.SCP, ())}
        if not all(any(id(source) in allowing for source in level) for level in policies.scp):
            return Layer.SCP
    if policies.vpce is not None and layers.allow(Layer.VPCE) is None:
        return Layer.VPCE
    return None


def _caller_limit(request: Request, policies: Policies, layers: Layers, identity: bool = True) -> Layer | None:
    """The first layer on the caller's side that does not allow: identity (if it counts), boundary, session."""
    root = request.principal.kind == "root"
    if identity and not root and layers.allow(Layer.IDENTITY) is None:
        return Layer.IDENTITY
    if policies.boundary is not None and layers.allow(Layer.BOUNDARY) is None:
        return Layer.BOUNDARY
    federated = request.principal.kind == "federated"  # without a session policy he may do nothing
    if (policies.session is not None or federated) and layers.allow(Layer.SESSION) is None:
        return Layer.SESSION
    return None


def _one_sided(request: Request, policies: Policies, layers: Layers) -> Decision:
    """Where one side alone decides: services and strangers by the resource's policy or a grant, ``*`` by identity."""
    if request.principal.kind not in _WITHOUT_IAM:
        limit = _caller_limit(request, policies, layers)
        if limit is None:
            return _allowed(request, policies, layers, Layer.IDENTITY)
        return _denied(request, policies, "implicitDeny", limit)
    if layers.strongest() is not None:
        return _allowed(request, policies, layers, Layer.RESOURCE)
    if policies.grants:
        return _by_grant(request, policies, policies.grants[0])
    return _denied(request, policies, "implicitDeny", Layer.RESOURCE)


def _same(request: Request, policies: Policies, layers: Layers) -> Decision:
    """Caller and resource in one account."""
    named = layers.strongest()
    grants = {grant.kind: grant for grant in policies.grants}
    if named is not None and (named[1] in _DIRECT or request.principal.kind == "root"):
        return _allowed(request, policies, layers, Layer.RESOURCE)
    direct = next((grant for kind, grant in grants.items() if kind in _DIRECT), None)
    if direct is not None:
        return _by_grant(request, policies, direct)
    by_role = (named is not None and named[1] is MatchKind.ROLE) or MatchKind.ROLE in grants
    delegated = named is not None or bool(grants)
    if not delegated and policies.resource_policy_required:
        return _denied(request, policies, "implicitDeny", Layer.RESOURCE)
    limit = _caller_limit(request, policies, layers, identity=not by_role)
    if limit is not None:
        return _denied(request, policies, "implicitDeny", limit)
    by_policy = named is not None and named[1] is MatchKind.ROLE
    if MatchKind.ROLE in grants and not by_policy and (named is None or layers.allow(Layer.IDENTITY) is None):
        return _by_grant(request, policies, grants[MatchKind.ROLE])
    return _allowed(request, policies, layers, Layer.RESOURCE if by_policy else Layer.IDENTITY)


def _cross_account(request: Request, policies: Policies, layers: Layers) -> Decision:
    """Both accounts must allow. A grant that the caller's own account issued stands in for the caller's half."""
    named = layers.strongest()
    if named is None and not policies.grants:
        return _denied(request, policies, "implicitDeny", Layer.RESOURCE, side="resource")
    for grant in policies.grants:
        own = grant.issuing_account == request.principal.account
        if own and (grant.kind in _DIRECT or _own_role_grant(request, policies, layers, grant)):
            return _by_grant(request, policies, grant)
    limit = _caller_limit(request, policies, layers)
    if limit is None:
        if named is None and policies.grants:
            return _by_grant(request, policies, policies.grants[0])
        return _allowed(request, policies, layers, Layer.IDENTITY)
    role_only = named is None and all(grant.kind is MatchKind.ROLE for grant in policies.grants)
    if role_only and policies.grants:
        # recorded: an owner-issued role grant reports the boundary or session before the missing identity policy
        limit = _caller_limit(request, policies, layers, identity=False) or limit
    return _denied(request, policies, "implicitDeny", limit, side="caller")


def _own_role_grant(request: Request, policies: Policies, layers: Layers, grant: GrantView) -> bool:
    if grant.kind is not MatchKind.ROLE:
        return False
    return _caller_limit(request, policies, layers, identity=False) is None


def _allowed(request: Request, policies: Policies, layers: Layers, layer: Layer) -> Decision:
    """Allowed; the deciding statements are those of the resource policy and of the identity policies that matched."""
    named = layers.strongest()
    identity = layers.allow(Layer.IDENTITY) if layer is Layer.IDENTITY else None
    matched = tuple(each for each in (named[0] if named is not None else None, identity) if each is not None)
    return Decision("allowed", request, policies, layer, matched)


def _by_grant(request: Request, policies: Policies, grant: GrantView) -> Decision:
    return Decision("allowed", request, policies, Layer.GRANT, grant=grant.id)
