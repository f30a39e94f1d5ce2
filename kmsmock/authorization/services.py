"""IAM for the services that the model integrates: may this caller make this call at all?

KMS is asked afterwards, by the service and in the caller's name; that is the gate's business. Here the caller's own
policies, those of his organization and those of the resource decide, and each service words the refusal in its way.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from kmsmock.authorization import actions, public_acls, resource_policies
from kmsmock.authorization.authorize import decide_on, endpoint_policy
from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError
from kmsmock.iam import Decision, Layer, Policy, Source
from kmsmock.iam.messages import denial_message
from kmsmock.identity import directory
from kmsmock.identity.directory import lenient
from kmsmock.kms.targets import Target
from kmsmock.store import Store

_NEVER_LOCKED_OUT = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
"""What the root user of a bucket's owner can do whatever the bucket's policy says."""


def _asks(store: Store) -> bool:
    """False where the world asks nobody for permissions of services other than KMS."""
    return store.enforce != "off" and store.enforce_iam != "off"


def strict(store: Store) -> bool:
    """True if a refusal is meant: ``audit`` and ``off`` let pass what can pass."""
    return _asks(store) and store.enforce == "strict"


def check(store: Store, call: Call, protocol: str) -> None:
    """Raise the service's own refusal unless every permission that the call needs is given.

    ``protocol`` is the service's, by botocore's name: errors look alike in each.
    """
    if not _asks(store):
        return
    for need in actions.needs(call, everything=store.enforce_iam == "all"):
        require(store, call, need, protocol)


def require(store: Store, call: Call, need: actions.Need, protocol: str = "rest-xml") -> None:
    """Raise the service's own refusal unless the caller has one permission."""
    if not _asks(store):
        return
    root = call.caller.principal.kind == "root"
    owner, policy = call.account, None
    if need.action != "s3:CreateBucket":  # the name may be another account's; that is another error
        owner, policy = resource_policies.of(need.resource, call.account, store.directory.trusted_by)
    if root and owner == call.account:
        if need.action in _NEVER_LOCKED_OUT:
            return
        if policy is None and not store.directory.limited(owner) and endpoint_policy(store, call) is None:
            return  # nothing could stop him
    if call.caller.principal.kind == "anonymous" and public_acls.allow(need.action, need.resource):
        return
    target = Target(need.action, need.resource, owner)
    decision = decide_on(store, call, target, resource=() if policy is None else (policy,))
    store.remember(decision)
    if not decision.allowed and store.enforce == "strict":
        raise _WORDS[call.service](decision) if call.service in _WORDS else _plain(decision, protocol)


@lru_cache(maxsize=1024)
def _trust_policy(text: str, bound: tuple[tuple[str, str], ...]) -> Policy:
    """A trust policy, whose users and roles are those that there were when it was written."""
    names = dict(bound)
    return lenient(text, "trust", lambda name: names.get(name, name))


# --- the words of each service --------------------------------------------------------------------------------------


def _plain(decision: Decision, protocol: str) -> AwsError:
    """Services that have no words of their own here; SQS still answers as when it spoke the query protocol."""
    if protocol in ("json", "rest-json") and not decision.action.startswith("sqs:"):
        return AwsError("AccessDeniedException", denial_message(decision), 400 if protocol == "json" else 403)
    return AwsError("AccessDenied", denial_message(decision), 403)


def _s3(decision: Decision) -> AwsError:
    """S3 tells details only within one account ("Troubleshoot access denied errors in Amazon S3")."""
    if decision.request.cross_account:
        return AwsError("AccessDenied", "Access Denied", 403)
    return AwsError("AccessDenied", denial_message(decision, quote='"'), 403)


def _ec2(decision: Decision) -> AwsError:
    text = (
        f"You are not authorized to perform this operation. {denial_message(decision)}. "
        f"Encoded authorization failure message: {encode_message(decision)}"
    )
    return AwsError("UnauthorizedOperation", text, 403)


_WORDS: Mapping[str, Callable[[Decision], AwsError]] = {"s3": _s3, "ec2": _ec2}


def encode_message(decision: Decision) -> str:
    """EC2's encoded authorization failure message; ``sts:DecodeAuthorizationMessage`` reads it."""
    return base64.urlsafe_b64encode(zlib.compress(json.dumps(_told(decision)).encode())).decode()


def decode_message(text: str) -> str:
    """The JSON of an encoded message. Raises ValueError for anything else."""
    try:
        return zlib.decompress(base64.urlsafe_b64decode(text)).decode()
    except (binascii.Error, zlib.error) as problem:
        raise ValueError(str(problem)) from None


def _told(decision: Decision) -> dict[str, Any]:
    principal = decision.request.principal
    conditions = [
        {"key": name, "values": {"items": [{"value": each} for each in ([value] if isinstance(value, str) else value)]}}
        for name, value in decision.request.context.items()
    ]
    statements = [{"statementId": statement.sid, "effect": statement.effect} for _, statement in decision.matched]
    return {
        "allowed": False,
        "explicitDeny": decision.effect == "explicitDeny",
        "matchedStatements": {"items": statements},
        "failures": {"items": []},
        "context": {
            "principal": {"id": principal.unique_id, "arn": principal.arn},
            "action": decision.action,
            "resource": decision.resource,
            "conditions": {"items": conditions},
        },
    }


# --- STS ------------------------------------------------------------------------------------------------------------


def sts_denied(call: Call, action: str, resource: str) -> AwsError:
    """STS's refusal, which does not say why."""
    return AwsError(
        "AccessDenied",
        f"User: {call.caller.principal.arn} is not authorized to perform: {action} on resource: {resource}",
        403,
    )


def check_sts(store: Store, call: Call, wanted: Sequence[str], resource: str) -> None:
    """STS actions that the caller's own policies decide."""
    if not _asks(store):
        return
    for action in wanted:
        decision = decide_on(store, call, Target(action, resource, call.account))
        store.remember(decision)
        if not decision.allowed and store.enforce == "strict":
            raise sts_denied(call, action, resource)


def _trust(store: Store, role: Any) -> Source:
    bound = store.directory.trusted_by(role.arn)
    policy = _trust_policy(role.assume_role_policy_document, tuple(sorted(bound.items())))
    return Source(Layer.RESOURCE, f"trust policy of role {role.name}", policy)


def trust_policies(store: Store, role_arn: str) -> tuple[Source, ...]:
    """The trust policy of a role, if there is such a role."""
    role = directory.find_role(role_arn)
    return () if role is None else (_trust(store, role),)


def lets_in(store: Store, role: Any, service: Caller, region: str) -> bool:
    """Whether a service may assume a role for itself: the role's trust policy has to say so."""
    call = Call("sts", "AssumeRole", {}, service, region)
    target = Target("sts:AssumeRole", role.arn, role.arn.split(":")[4])
    decision = decide_on(store, call, target, resource=(_trust(store, role),), required=True)
    store.remember(decision)
    return decision.allowed or not strict(store)


def check_assume_role(
    store: Store, call: Call, role: Any, tags: Mapping[str, str], source_identity: str | None
) -> None:
    """AssumeRole, and what tags and a source identity need on top: the trust policy and the caller must both allow."""
    if not _asks(store):
        return
    if "SerialNumber" in call.params and "TokenCode" in call.params:
        shown = {**call.caller.session, "aws:multifactorauthpresent": "true", "aws:multifactorauthage": "0"}
        call = call._replace(caller=replace(call.caller, session=shown))
    account = role.arn.split(":")[4]
    trust = _trust(store, role)
    wanted = ["sts:AssumeRole", *(["sts:TagSession"] if tags else [])]
    if source_identity is not None:
        wanted.append("sts:SetSourceIdentity")
    for action in wanted:
        target = Target(action, role.arn, account)
        decision = decide_on(store, call, target, resource=(trust,), required=True)
        store.remember(decision)
        if not decision.allowed and store.enforce == "strict":
            raise sts_denied(call, action, role.arn)


def trusts_federation(store: Store, role: Any, action: str) -> bool:
    """True if the role's trust policy lets some web identity or SAML provider do the action, and denies it to nobody.

    Tokens are not verified, so neither are the conditions on what is in them.
    """
    if not _asks(store):
        return True
    statements = [
        each for each in _trust_policy(role.assume_role_policy_document, ()).statements if each.is_about(action)
    ]
    federated = [each for each in statements if "Federated" in (each.raw.get("Principal") or ())]
    everyone = [each for each in statements if each.principals is not None and each.principals.star]
    denied = any(each.effect == "Deny" for each in (*federated, *everyone))
    return not denied and any(each.effect == "Allow" for each in (*federated, *everyone))
