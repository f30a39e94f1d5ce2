"""Gathers the policies and grants that speak about a call, and lets ``iam`` decide."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock import clock, errors
from kmsmock.authorization import asides
from kmsmock.authorization.condition_keys.context import Context
from kmsmock.authorization.condition_keys.settable import set_for
from kmsmock.authorization.request import AuthorizationRequest
from kmsmock.call import Call, Target
from kmsmock.iam import Decision, GrantView, Layer, MatchKind, MissedGrant, Policies, Principal, Request, Source, decide
from kmsmock.iam.arn import Arn, root
from kmsmock.iam.messages import denial_message
from kmsmock.iam.places import placed
from kmsmock.model.grant import Grant
from kmsmock.model.key import Key
from kmsmock.model.spreading import Spreading
from kmsmock.store import Store

_ENDPOINT = "aws:sourcevpce"
NO_CONTEXT_CHECK = frozenset({"DescribeKey", "RetireGrant", "GetPublicKey", "CreateGrant"})
"""Operations for which a grant's encryption context constraint is not looked at ("Using grant constraints")."""


def authorize(store: Store, call: Call, target: Target) -> Decision:
    """Decide whether a call may act on a target, and remember the decision. Raises AccessDeniedException if it may not.

    In ``audit`` mode the denial is remembered and the call goes on, except where there is nothing to go on with:
    another account's key that does not exist, and the key of a ciphertext that is not in this Region.
    """
    decision = evaluate(store, call, target)
    store.remember(decision)
    if decision.allowed:
        return decision
    message = denial_message(decision, by_ciphertext=target.by_ciphertext, absent=target.absent)
    error = errors.access_denied(message).because(decision)
    nothing = target.absent or (target.key is None and target.owner != call.account)
    if nothing:
        raise error
    store.deny(call, error, () if target.key is None else (target.key,))
    return decision


def evaluate(store: Store, call: Call, target: Target, key_policy: Source | None = None) -> Decision:
    """Decide without consequences; ``key_policy`` stands in for the key's own (to judge one before it is stored)."""
    return _decide(
        store, call, target, with_caller_policies(store, call, target, on_key(store, call, target, key_policy))
    )


def on_key(store: Store, call: Call, target: Target, key_policy: Source | None = None) -> Policies:
    """What a KMS key has to say: its policy and its grants."""
    key = target.key
    keyed = key is not None or target.absent or target.owner != call.account
    retiring = target.action == "kms:RetireGrant"
    return Policies(
        resource=() if key is None or retiring else (key_policy or _key_policy(store, key),),
        grants=() if key is None else (_retirable if retiring else _grants)(store, key, target, call),
        resource_policy_required=keyed,
        applies_resource=keyed,
    )


def decide_on(
    store: Store, call: Call, target: Target, resource: tuple[Source, ...] = (), *, required: bool = False
) -> Decision:
    """Decide about something that is no KMS key; ``required``: its own policy must allow, as trust policies must."""
    policies = Policies(resource=resource, resource_policy_required=required, applies_resource=target.arn != "*")
    return _decide(store, call, target, with_caller_policies(store, call, target, policies))


def with_caller_policies(store: Store, call: Call, target: Target, policies: Policies) -> Policies:
    """``policies`` with what limits the caller, whatever he asks for.

    Resource control policies do not reach AWS managed keys and RetireGrant; a service that forwards a call does not
    come through the caller's VPC endpoint.
    """
    caller = call.caller
    principal = caller.principal
    identity, boundary = store.directory.policies_of(principal)
    policies = policies._replace(identity=identity, boundary=boundary, session=caller.policies)
    policies = store.directory.organization_policies(policies, principal, target.owner)
    if policies.rcp and (
        target.action == "kms:RetireGrant" or (target.key is not None and target.key.manager == "AWS")
    ):
        policies = policies._replace(rcp=())
    policy = endpoint_policy(store, call)
    return policies if policy is None else policies._replace(vpce=(policy,))


def endpoint_policy(store: Store, call: Call) -> Source | None:
    """The policy of the VPC endpoint that a call came through, or None."""
    endpoint = set_for(call, store.request_context).get(_ENDPOINT)
    return store.directory.endpoint_policy(endpoint) if isinstance(endpoint, str) else None


def _decide(store: Store, call: Call, target: Target, policies: Policies) -> Decision:
    context = Context(AuthorizationRequest(store, call, target))
    request = Request(call.caller.principal, target.action, target.arn, target.owner, context)
    decision = decide(request, policies)
    if not decision.allowed:
        context.compute_all()
        decision = with_reasons(store, call, target, decision)
    return decision


_MANAGED = "no policy of an AWS managed key can be changed: use a customer managed key, and let the caller in there."
_RETIRING = (
    "the key policy has no say in RetireGrant: ask as the grant's retiring principal, or revoke it as the key's owner "
    "(RevokeGrant)."
)


def with_reasons(store: Store, call: Call, target: Target, decision: Decision) -> Decision:
    """A denial with what is known beside the policies: grants that miss, policies that are fixed, who was not meant."""
    key = target.key
    decision = placed(decision, store.places)
    notes = (decision.note, *asides.about(store, call, target, decision))
    decision = decision._replace(note="\n".join(filter(None, notes)))
    if key is None:
        return decision
    fixed = _RETIRING if target.action == "kms:RetireGrant" else _MANAGED if key.manager == "AWS" else ""
    missed = tuple(missed_grants(store, key, target, call))
    return decision._replace(policies=decision.policies._replace(fixed=fixed, missed=missed))


def _key_policy(store: Store, key: Key) -> Source:
    policy = store.records(Spreading).seen("policy", key.arn, key.policy)
    return Source(Layer.RESOURCE, f"key policy of {key.arn}", policy.compiled)


def _grants(store: Store, key: Key, target: Target, call: Call) -> tuple[GrantView, ...]:
    grants = key.grants
    if grants is None:
        return ()
    operation = target.action.removeprefix("kms:")
    sent = None if operation in NO_CONTEXT_CHECK else call.params.get(target.context_param) or {}
    return tuple(
        GrantView(grant.id, grant.grantee, frozenset(grant.operations), grant.issuing_account, kind)
        for grantee, kind in grantee_names(call.caller.principal)
        for grant in grants.fitting(grantee, operation, sent)
        if _fits_child(grant, call) and _from_source(grant, call) and _is_known(store, grant, call)
    )


def _is_known(store: Store, grant: Grant, call: Call) -> bool:
    """Grants are eventually consistent where a test says so; a grant's token bridges the time until then."""
    if grant.known_from is None or grant.known_from <= clock.now():
        return True
    return any(store.grant_tokens.get(token) is grant for token in call.params.get("GrantTokens", ()))


_AGAIN = "make it again, for the one who is there now"
_ANEW = {
    "aws:lambda:FunctionArn": "call UpdateFunctionConfiguration with another Role, and then with this Role again: "
    "Lambda makes the grant for the one who is there now"
}
"""What makes the grants of a service anew, by what it constrains them to."""


def missed_grants(store: Store, key: Key, target: Target, call: Call) -> Iterator[MissedGrant]:
    """The caller's grants on a key that do not fit a call, each with the reason."""
    operation = target.action.removeprefix("kms:")
    sent = call.params.get(target.context_param) or {}
    names = {name for name, _ in grantee_names(call.caller.principal)}
    for grant in () if key.grants is None else key.grants.by_id.values():
        demanded = grant.context_equals or grant.context_subset or {}
        if grant.grantee not in names:
            gone = grant.named == call.caller.principal.principal_arn
            if gone and operation in grant.operations and grant.admits(sent):
                why = f"it is for the one of this name who was deleted ({grant.grantee})"
                yield MissedGrant(grant.id, why, next((_ANEW[name] for name in demanded if name in _ANEW), _AGAIN))
            continue
        if operation not in grant.operations:
            given = ", ".join(grant.operations)
            yield MissedGrant(grant.id, f"it allows {given}, not {operation}", f"a grant with Operations [{operation}]")
        elif not grant.admits(sent) and operation not in NO_CONTEXT_CHECK:
            how = "exactly" if grant.context_equals is not None else "at least"
            yield MissedGrant(
                grant.id,
                f"it allows {operation} but demands {how} the encryption context {dict(demanded)}; sent {dict(sent)}",
                f"send {target.context_param}={dict(demanded)}",
            )
        elif not _is_known(store, grant, call):
            yield MissedGrant(grant.id, "it is not known everywhere yet", "pass its GrantToken in GrantTokens, or wait")


def _retirable(store: Store, key: Key, target: Target, call: Call) -> tuple[GrantView, ...]:
    """RetireGrant is allowed by the grant itself: to its retiring principal, to a grantee who holds RetireGrant, and to
    the account that issued it. The key policy has no say."""
    token = call.params.get("GrantToken")
    grant = store.grant_tokens[token] if token is not None else key.grant(call.params.get("GrantId", ""))
    if grant is None:
        return ()
    entitled = {grant.retiring, root(Arn.of(grant.key_arn).partition, grant.issuing_account)}
    if "RetireGrant" in grant.operations:
        entitled.add(grant.grantee)
    return tuple(
        GrantView(grant.id, name, frozenset(grant.operations), grant.issuing_account, kind)
        for name, kind in grantee_names(call.caller.principal)
        if name in entitled
    )


def grantee_names(principal: Principal) -> tuple[tuple[str, MatchKind], ...]:
    """What a grantee that means this caller is stored as, with how precisely each names him."""
    account = (root(principal.partition, principal.account), MatchKind.ACCOUNT)
    if principal.kind == "role-session":
        return (
            (principal.unique_id, MatchKind.SESSION),
            (principal.arn, MatchKind.SESSION),  # the sessions of EC2's infrastructure, which have no role in IAM
            (principal.unique_id.partition(":")[0], MatchKind.ROLE),
            account,
        )
    if principal.kind == "user":
        return ((principal.unique_id, MatchKind.USER), account)
    kinds = {"federated": MatchKind.SESSION, "service": MatchKind.SERVICE}
    return ((principal.arn, kinds.get(principal.kind, MatchKind.USER)), account)


def _from_source(grant: Grant, call: Call) -> bool:
    """A SourceArn constraint is only checked when an AWS service is the caller."""
    if grant.source_arn is None or call.caller.principal.kind != "service":
        return True
    return call.caller.session.get("aws:sourcearn") == grant.source_arn


def _fits_child(grant: Grant, call: Call) -> bool:
    """CreateGrant through a grant: the child may be no wider than its parent ("Granting CreateGrant permission")."""
    if call.operation != "CreateGrant":
        return True
    if not set(call.params.get("Operations", ())) <= set(grant.operations):
        return False
    constraints = call.params.get("Constraints") or {}
    equals, subset = constraints.get("EncryptionContextEquals"), constraints.get("EncryptionContextSubset")
    if grant.context_equals is not None:
        return equals == grant.context_equals
    if grant.context_subset is not None:
        child = equals or subset or {}
        return all(child.get(name) == value for name, value in grant.context_subset.items())
    return True
