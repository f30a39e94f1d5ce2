"""Who may become whom: trust policies of roles, and the permissions that STS asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from kmsmock.authorization.authorize import decide_on
from kmsmock.authorization.services import asks
from kmsmock.call import Call, Caller, Target
from kmsmock.errors import AwsError
from kmsmock.iam import Layer, Principal, Source
from kmsmock.iam.arn import Arn
from kmsmock.identity import late
from kmsmock.identity.directory import compile_stored
from kmsmock.model.spreading import Spreading
from kmsmock.records import iam
from kmsmock.store import Store


def sts_denied(call: Call, action: str, resource: str) -> AwsError:
    """STS's refusal, which does not say why."""
    return AwsError(
        "AccessDenied",
        f"User: {call.caller.principal.arn} is not authorized to perform: {action} on resource: {resource}",
        403,
    )


def check_sts(store: Store, call: Call, wanted: Sequence[str], resource: str) -> None:
    """STS actions that the caller's own policies decide."""
    if not asks(store):
        return
    for action in wanted:
        decision = decide_on(store, call, Target(action, resource, call.account))
        store.remember(decision)
        if not decision.allowed:
            store.deny(call, sts_denied(call, action, resource).because(decision))


def _trust(store: Store, role: Any) -> Source:
    present = (role.assume_role_policy_document, store.directory.trusted_by(role.arn))
    document, bound = store.records(Spreading).seen(late.TRUST, role.arn, present)
    policy = compile_stored(document, "trust", tuple(sorted(bound.items())))
    return Source(Layer.RESOURCE, f"trust policy of role {role.name}", policy)


def trust_policies(store: Store, role_arn: str) -> tuple[Source, ...]:
    """The trust policy of a role, if there is such a role."""
    role = iam.find_role(role_arn)
    return () if role is None else (_trust(store, role),)


def service_may_assume(store: Store, role: Any, service: Caller, region: str) -> bool:
    """Whether a service may assume a role for itself: the role's trust policy has to say so."""
    call = Call("sts", "AssumeRole", {}, service, region)
    target = Target("sts:AssumeRole", role.arn, Arn.of(role.arn).account)
    decision = decide_on(store, call, target, resource=(_trust(store, role),), required=True)
    store.remember(decision)
    return decision.allowed or not (asks(store) and store.refuses)


ROOT_ASSUMES_NOTHING = "Roles may not be assumed by root accounts."


def check_root(store: Store, call: Call, role_arn: str) -> None:
    """Root users assume no roles. Credentials that nobody issued stand for somebody else of the account, who may."""
    caller = call.caller
    if caller.principal.kind != "root" or caller.ambient or not asks(store):
        return
    target = Target("sts:AssumeRole", role_arn, caller.account)
    decision = decide_on(store, call, target)._replace(
        effect="implicitDeny", layer=Layer.IDENTITY, matched=(), side=None, note=ROOT_ASSUMES_NOTHING
    )
    store.remember(decision)
    store.deny(call, AwsError("AccessDenied", ROOT_ASSUMES_NOTHING, 403).because(decision))


def role_missing(store: Store, call: Call) -> AwsError:
    """STS's refusal of a role that there is not, which does not tell that."""
    arn = str(call.params["RoleArn"])
    found = Arn.find(arn)
    target = Target("sts:AssumeRole", arn, call.account if found is None else found.account)
    store.remember(decide_on(store, call, target, required=True))
    return sts_denied(call, "sts:AssumeRole", arn)


def check_federated(store: Store, call: Call, role: Any) -> None:
    """AssumeRoleWithWebIdentity and AssumeRoleWithSAML with what nobody can verify: the role must trust some provider,
    under whatever conditions. ``role`` is None for none.
    """
    if not asks(store):
        return
    action, arn = f"sts:{call.operation}", str(call.params["RoleArn"])
    found = Arn.find(arn)
    target = Target(action, arn, call.account if found is None else found.account)
    trusts = role is not None and _trusts_federation(role, action.lower())
    resource = () if role is None else (_trust(store, role),)
    decision = decide_on(store, call, target, resource, required=True)._replace(
        effect="allowed" if trusts else "implicitDeny", layer=Layer.RESOURCE, side=None if trusts else "resource"
    )
    store.remember(decision)
    if not trusts:
        store.deny(call, AwsError("AccessDenied", f"Not authorized to perform {action}", 403).because(decision))


class Vouched(Protocol):
    """What a provider says of somebody, once it is known to be true."""

    @property
    def arn(self) -> str: ...
    @property
    def trusted(self) -> Mapping[str, str | tuple[str, ...]]: ...
    @property
    def tags(self) -> Mapping[str, str]: ...
    @property
    def source_identity(self) -> str | None: ...


def check_vouched(store: Store, call: Call, role: Any, vouched: Vouched) -> None:
    """The same with what a provider was found to have said: the trust policy must let in this provider, and its
    conditions must hold. Service control policies have no say, resource control policies have."""
    if not asks(store):
        return
    arn = str(call.params["RoleArn"])
    account = Arn.of(arn).account
    host = vouched.arn.partition("-provider/")[2]
    provider = Principal("provider", vouched.arn, account, "", vouched.arn, names=frozenset({host}))
    brought: dict[str, Any] = {"Tags": [{"Key": key, "Value": value} for key, value in vouched.tags.items()]}
    if vouched.source_identity is not None:
        brought["SourceIdentity"] = vouched.source_identity
    keys = {**vouched.trusted, "aws:federatedprovider": vouched.arn}
    asked = call._replace(params={**call.params, **brought}, caller=Caller(provider, "", keys))
    wanted = [f"sts:{call.operation}", *(["sts:TagSession"] if vouched.tags else [])]
    if vouched.source_identity is not None:
        wanted.append("sts:SetSourceIdentity")
    for action in wanted:
        trusts = () if role is None else (_trust(store, role),)
        decision = decide_on(store, asked, Target(action, arn, account), trusts, required=True)
        store.remember(decision)
        if not decision.allowed:
            store.deny(call, AwsError("AccessDenied", f"Not authorized to perform {action}", 403).because(decision))


def check_assume_role(
    store: Store, call: Call, role: Any, tags: Mapping[str, str], source_identity: str | None
) -> None:
    """AssumeRole, and what tags and a source identity need on top: the trust policy and the caller must both allow."""
    if not asks(store):
        return
    if "SerialNumber" in call.params and "TokenCode" in call.params:
        answer = {**call.caller.session, "aws:multifactorauthpresent": "true", "aws:multifactorauthage": "0"}
        call = call._replace(caller=replace(call.caller, session=answer))
    account = Arn.of(role.arn).account
    trust = _trust(store, role)
    wanted = ["sts:AssumeRole", *(["sts:TagSession"] if tags else [])]
    if source_identity is not None:
        wanted.append("sts:SetSourceIdentity")
    for action in wanted:
        target = Target(action, role.arn, account)
        decision = decide_on(store, call, target, resource=(trust,), required=True)
        store.remember(decision)
        if not decision.allowed:
            store.deny(call, sts_denied(call, action, role.arn).because(decision))


def _trusts_federation(role: Any, action: str) -> bool:
    """True if the trust policy lets some web identity or SAML provider do the action, and denies it to nobody."""
    statements = [
        each for each in compile_stored(role.assume_role_policy_document, "trust").statements if each.is_about(action)
    ]
    federated = [each for each in statements if "Federated" in (each.raw.get("Principal") or ())]
    everyone = [each for each in statements if each.principals is not None and each.principals.star]
    denied = any(each.effect == "Deny" for each in (*federated, *everyone))
    return not denied and any(each.effect == "Allow" for each in (*federated, *everyone))
