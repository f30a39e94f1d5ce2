"""IAM for the services that the model integrates: may this caller make this call at all?

KMS is asked afterwards, by the service and in the caller's name; that is the gate's business. Here the caller's own
policies, those of his organization and those of the resource decide, and each service words the refusal in its way.
"""

from __future__ import annotations

from kmsmock.authorization import actions, public_acls, resource_policies
from kmsmock.authorization.authorize import decide_on, endpoint_policy
from kmsmock.authorization.condition_keys.settable import set_for
from kmsmock.authorization.refusals import refusal
from kmsmock.call import Call, Target
from kmsmock.errors import AwsError
from kmsmock.iam import Decision, Layer, Source
from kmsmock.identity.directory import compile_stored
from kmsmock.records import access_points
from kmsmock.records.access_points import AccessPoint
from kmsmock.store import Store

_NEVER_LOCKED_OUT = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
"""What the root user of a bucket's owner can do whatever the bucket's policy says."""


def asks(store: Store) -> bool:
    """False where the world asks nobody for permissions of services other than KMS."""
    return store.enforce != "off" and store.enforce_iam != "off"


def refuses(store: Store) -> bool:
    """True if a refusal is meant: ``audit`` and ``off`` let pass what can pass."""
    return asks(store) and store.enforce == "strict"


def check_permissions(store: Store, call: Call, protocol: str) -> None:
    """Raise the service's own refusal unless every permission that the call needs is given.

    ``protocol`` is the service's, by botocore's name: errors look alike in each.
    """
    if not asks(store):
        return
    for need in actions.needs(call, everything=store.enforce_iam == "all"):
        require(store, call, need, protocol)


def require(store: Store, call: Call, need: actions.Need, protocol: str = "rest-xml") -> None:
    """Raise the service's own refusal unless the caller has one permission."""
    decision = _decided(store, call, need)
    if decision is None:
        return
    store.remember(decision)
    if decision.allowed:
        return
    store.deny(call, refusal(decision, call.service, protocol).because(decision))


def has(store: Store, call: Call, need: actions.Need) -> bool:
    """Whether the caller has one permission, where another would do as well: nobody is refused, nothing remembered."""
    decision = _decided(store, call, need)
    return decision is None or decision.allowed


def _decided(store: Store, call: Call, need: actions.Need) -> Decision | None:
    """What the policies say of one permission; None where nobody asks, or nothing could stop the caller."""
    if not asks(store):
        return None
    point = access_points.of_url(call.url) if need.action.startswith("s3:") else None
    if point is not None:
        return _through(store, call, need, point)
    return _directly(store, call, need)


def _through(store: Store, call: Call, need: actions.Need, point: AccessPoint) -> Decision:
    """What is asked by an access point has to be allowed there and in its bucket ("Access point policies").

    A bucket that lets everybody in by its access points lets in whose own policies name the access point only.
    """
    text, vpc = point.policy, set_for(call, store.request_context).get("aws:sourcevpc")
    if point.vpc is not None and point.vpc != vpc:
        raise AwsError("AccessDenied", "Access Denied", 403)  # unverified text
    layer = (
        () if text is None else (Source(Layer.RESOURCE, f"policy of {point.arn}", compile_stored(text, "resource")),)
    )
    decision = decide_on(store, call, Target(need.action, point.resource(need.resource), point.account), layer)
    inside = _directly(store, call, need) if decision.allowed else None
    if inside is None or inside.allowed:
        return decision
    lets_in = inside.effect == "implicitDeny" and inside.layer is Layer.IDENTITY and inside.request.cross_account
    return decision if lets_in else inside


def _of_another(store: Store, call: Call, need: actions.Need, writer: str, policy: Source | None) -> Decision:
    """About an object that another account wrote: of the bucket's policy only what it denies reaches it."""
    target, acl = Target(need.action, need.resource, writer), public_acls.source(call, need.action, need.resource)
    if policy is not None:
        decision = decide_on(store, call, target, (policy,))
        if decision.effect == "explicitDeny":
            return decision
    return decide_on(store, call, target, () if acl is None else (acl,))


def _directly(store: Store, call: Call, need: actions.Need) -> Decision | None:
    """What the policies of the caller and of the resource itself say."""
    root = call.caller.principal.kind == "root"
    owner, policy = call.account, None
    if need.action != "s3:CreateBucket":  # the name may be another account's; that is another error
        owner, policy = resource_policies.of(need.resource, call.account, store.directory.trusted_by)
    writer = public_acls.owner_of_object(need.resource, need.action) if need.action.startswith("s3:") else None
    if writer is not None:
        return _of_another(store, call, need, writer, policy)
    if root and owner == call.account:
        if need.action in _NEVER_LOCKED_OUT:
            return None
        if policy is None and not store.directory.in_organization(owner) and endpoint_policy(store, call) is None:
            return None
    public = public_acls.source(call, need.action, need.resource) if need.action.startswith("s3:") else None
    target = Target(need.action, need.resource, owner)
    resource = tuple(each for each in (policy, public) if each is not None)
    decision = decide_on(store, call, target, resource=resource)
    if not decision.allowed and policy is None and resource_policies.exists(need.resource):
        decision = decision._replace(policies=decision.policies._replace(resource_exists=True))
    return decision
