"""Where a suggested statement goes: into which policy, of whom, in whose account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from kmsmock.iam import advice
from kmsmock.iam.names import short
from kmsmock.iam.nearness import nearest
from kmsmock.iam.request import Layer, Policies, Request, Source

_POLICIES = {"kms": "key policy", "sts": "trust policy of the role", "s3": "bucket policy"}
"""Action prefix -> what the policy of such a resource is called."""


def of_resource(request: Request) -> str:
    """What the policy of the resource is called."""
    return _POLICIES.get(request.action.partition(":")[0], "resource's policy")


def caller(request: Request) -> str:
    """Whose policies of IAM are the caller's, for short; the user who asked for a federated session by his ARN, which
    an explanation has nowhere else."""
    principal = request.principal
    return principal.parent or short(principal.principal_arn or principal.arn)


def place(request: Request, policies: Policies, layer: Layer) -> str:
    """What to do with the statement that is suggested for a layer."""
    return _PLACES[layer](request, policies)


def undoing(source: Source, request: Request) -> str:
    """How a Deny of somebody else's policy is taken away, and in whose account; empty for the caller's own account."""
    if source.hold is None:
        elsewhere = source.layer is Layer.RESOURCE and request.cross_account
        return f"{source.name} is changed in account {request.owner}" if elsewhere else ""
    if source.layer is Layer.VPCE:
        return f"{source.name} is changed in account {source.hold.account} (ModifyVpcEndpoint)"
    return (
        f"{source.name} is changed (UpdatePolicy) or taken off (DetachPolicy) in management account "
        f"{source.hold.account}"
    )


def _resource(request: Request, policies: Policies) -> str:
    return f"add this statement to the {of_resource(request)} in account {request.owner}"


def _identity(request: Request, policies: Policies) -> str:
    who = caller(request)
    where = f"add this statement to a policy of {who} in account {request.principal.account}"
    found = next(_changeable(request, policies, policies.identity), None)
    return where if found is None else f"{where}: {found.name.removesuffix(f' of {who}')}"


def _boundary(request: Request, policies: Policies) -> str:
    whose = f"permissions boundary of {caller(request)} in account {request.principal.account}"
    found = next(_changeable(request, policies, policies.boundary or ()), None)
    if found is None:
        return f"exchange the {whose} for one with this statement"
    return f"add this statement to the {whose}: {found.name.removesuffix(f' of {caller(request)}')}"


def _session(request: Request, policies: Policies) -> str:
    return f"add this statement to the session policy of the request for the credentials of {caller(request)}"


def _control(request: Request, policies: Policies) -> str:
    """Each level that does not allow it, by its name."""
    lacking = advice.lacking(request, policies)
    holds = [next((each.hold for each in level if each.hold is not None), None) for level in lacking]
    if None in holds or not holds:
        account = request.principal.account
        return f"add this statement to a service control policy at each level above account {account}"
    return ", and ".join(_at(request, policies, level) for level in lacking)


def _at(request: Request, policies: Policies, level: tuple[Source, ...]) -> str:
    found = next(_changeable(request, policies, level), None)
    hold = level[0].hold
    account = "" if hold is None else f" in management account {hold.account}"
    if found is not None:
        return f"add this statement to {found.name}{account}"
    return f"attach a service control policy with this statement to {'' if hold is None else hold.to}{account}"


def _endpoint(request: Request, policies: Policies) -> str:
    found = next(iter(policies.vpce or ()), None)
    if found is None or found.hold is None:
        return "add this statement to the VPC endpoint policy"
    return f"add this statement to the {found.name} in account {found.hold.account} (ModifyVpcEndpoint)"


def _changeable(request: Request, policies: Policies, sources: Iterable[Source]) -> Iterator[Source]:
    """The policies that somebody can change, first the one whose statement comes nearest."""
    listed = [each for each in sources if not each.fixed]
    yield from (near.source for near in nearest(request, policies, listed))
    yield from listed


_PLACES: Mapping[Layer, Callable[[Request, Policies], str]] = {
    Layer.RESOURCE: _resource,
    Layer.IDENTITY: _identity,
    Layer.BOUNDARY: _boundary,
    Layer.SESSION: _session,
    Layer.SCP: _control,
    Layer.VPCE: _endpoint,
}
"""The layers that may lack an Allow; resource control policies only deny, grants are no policies."""
