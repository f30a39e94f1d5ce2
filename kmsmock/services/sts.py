"""STS: who am I, and temporary credentials that are limited as they were asked for ("AWS STS API reference")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace
from typing import Any, TypeVar

from kmsmock import clock, entropy
from kmsmock.authorization import documents, refusals, services, trust
from kmsmock.call import Call, Caller
from kmsmock.errors import AwsError, constraint_violations
from kmsmock.iam import MalformedPolicy
from kmsmock.iam.arn import Arn
from kmsmock.identity import saml, sessions, web_identities
from kmsmock.identity.credentials import SECRET
from kmsmock.identity.saml import SamlIdentity
from kmsmock.identity.sessions import Terms
from kmsmock.identity.web_identities import WebIdentity
from kmsmock.records import iam
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.store import Store
from kmsmock.wire import constraints

Said = TypeVar("Said")
CHAINED = 3600
"""Seconds that a session lasts at most which a session of a role asked for."""
POLICY_SIZE = 2048
"""Characters of an inline session policy."""


def get_caller_identity(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetCallerIdentity: needs no permission."""
    principal = call.caller.principal
    return {"UserId": principal.unique_id, "Account": principal.account, "Arn": principal.arn}


def assume_role(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """AssumeRole: both the role's trust policy and, unless that names the caller himself, his own policies decide."""
    params = call.params
    trust.check_root(kms.store, call, params["RoleArn"])
    role = _role(call, kms)
    if role is None:
        raise trust.role_missing(kms.store, call)
    tags = _tags(params)
    spelled = {key.lower(): key for key in tags}
    given = {key.lower() for key in params.get("TransitiveTagKeys", ())}
    if given - spelled.keys():
        raise AwsError(
            "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."
        )
    transitive = frozenset(spelled[key] for key in given) | call.caller.transitive
    inherited = {key: value for key, value in call.caller.tags.items() if key in call.caller.transitive}
    if {key.lower() for key in inherited} & {key.lower() for key in tags}:
        raise AwsError(
            "InvalidParameterValue",
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
            "from the calling session.",
        )
    source_identity = _source_identity(call)
    trust.check_assume_role(kms.store, call, role, tags, source_identity)
    terms = Terms(
        duration=_duration(call, role),
        policies=_session_policies(kms, call, Arn.of(role.arn).account),
        tags={**inherited, **tags},
        transitive=transitive,
        source_identity=source_identity,
        mfa="SerialNumber" in params and "TokenCode" in params,
    )
    return _assumed(kms, sessions.of_role(role, params["RoleSessionName"], terms), terms)


def assume_role_with_web_identity(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """AssumeRoleWithWebIdentity: nobody signs it. The token is verified where the test has an identity provider; else
    the role must trust some provider."""
    params = call.params
    vouched = _believed(kms, call, web_identities.verified)
    if vouched is not None:
        told = {"SubjectFromWebIdentityToken": vouched.subject, "Provider": vouched.arn, "Audience": vouched.audience}
        return _vouched_role(call, kms, params["RoleSessionName"], vouched) | told
    provider = params.get("ProviderId", "https://accounts.google.com")
    return _federated_role(call, kms, params["RoleSessionName"], provider) | {
        "SubjectFromWebIdentityToken": params["RoleSessionName"],
        "Provider": provider,
    }


def assume_role_with_saml(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """AssumeRoleWithSAML: the assertion is verified with the certificates in the provider's metadata. Where there are
    none, moto reads it, and says what the session is called."""
    vouched = _believed(kms, call, saml.verified)
    if vouched is not None:
        return _vouched_role(call, kms, vouched.session, vouched, vouched.ends) | dict(vouched.answer)
    answer = moto()
    name = answer["AssumedRoleUser"]["Arn"].rsplit("/", 1)[-1]
    return answer | _federated_role(call, kms, name, call.params["PrincipalArn"])


def _believed(kms: ServiceKms, call: Call, verified: Callable[[Store, Call], Said | None]) -> Said | None:
    """What a provider says, once it is verified; None where nobody can, or where the world lets pass."""
    try:
        return verified(kms.store, call)
    except AwsError as refusal:
        kms.store.insist(call, refusal)
        return None


def _vouched_role(
    call: Call, kms: ServiceKms, name: str, vouched: WebIdentity | SamlIdentity, ends: datetime | None = None
) -> dict[str, Any]:
    role = _role(call, kms)
    trust.check_vouched(kms.store, call, role, vouched)
    longest = CHAINED * 12 if ends is None else max(int((ends - clock.now()).total_seconds()), 1)
    terms = Terms(
        duration=min(_duration(call, role), longest),
        policies=_session_policies(kms, call, Arn.of(role.arn).account),
        tags=vouched.tags,
        transitive=vouched.transitive,
        source_identity=vouched.source_identity,
        provider=vouched.arn,
        claims=vouched.kept,
    )
    return _assumed(kms, sessions.of_role(role, name, terms), terms)


def _federated_role(call: Call, kms: ServiceKms, name: str, provider: str) -> dict[str, Any]:
    trust.check_federated(kms.store, call, iam.find_role(call.params["RoleArn"]))
    role = _role(call, kms)
    policies = _session_policies(kms, call, Arn.of(role.arn).account)
    terms = Terms(duration=_duration(call, role), policies=policies, provider=provider)
    return _assumed(kms, sessions.of_role(role, name, terms), terms)


def get_session_token(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetSessionToken: for users and root users, with MFA if a code is given. Needs no permission."""
    _refuse_sessions(call, kms)
    longest = 3600 if call.caller.principal.kind == "root" else 129_600
    mfa = "SerialNumber" in call.params and "TokenCode" in call.params
    terms = Terms(duration=min(call.params.get("DurationSeconds", 43_200), longest), mfa=mfa)
    return {"Credentials": _credentials(kms, sessions.of_user(call.caller, terms))}


def get_federation_token(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetFederationToken: what both the user and the session policies allow; without policies, nothing."""
    _refuse_sessions(call, kms)
    params = call.params
    tags = _tags(params)
    actions = ("sts:GetFederationToken", *(["sts:TagSession"] if tags else []))
    trust.check_sts(
        kms.store, call, actions, f"arn:{call.partition}:sts::{call.account}:federated-user/{params['Name']}"
    )
    terms = Terms(
        duration=params.get("DurationSeconds", 43_200), policies=_session_policies(kms, call, call.account), tags=tags
    )
    created = sessions.federated(call.caller, params["Name"], terms)
    user = {"FederatedUserId": created.principal.unique_id, "Arn": created.principal.arn}
    return {"Credentials": _credentials(kms, created), "FederatedUser": user, "PackedPolicySize": _packed(terms)}


def decode_authorization_message(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DecodeAuthorizationMessage: the JSON behind EC2's encoded authorization failure message."""
    trust.check_sts(kms.store, call, ("sts:DecodeAuthorizationMessage",), "*")
    try:
        decoded = refusals.decode_message(call.params["EncodedMessage"])
    except ValueError:
        raise AwsError("InvalidAuthorizationMessageException", "The encoded message is not valid.") from None
    return {"DecodedMessage": decoded}


def _role(call: Call, kms: ServiceKms) -> Any:
    """moto's record of the role; where nothing is refused, one without permissions for a role that there is not."""
    arn = call.params["RoleArn"]
    found = iam.find_role(arn)
    if found is not None and kms.store.delays and kms.store.directory.resolve(arn, call.partition) is None:
        return None  # it was made just now
    if found is not None or services.refuses(kms.store) or arn.count(":") != 5:
        return found
    return SimpleNamespace(
        arn=arn,
        name=arn.rsplit("/", 1)[-1],
        id=entropy.unique_id("AROA"),
        assume_role_policy_document="{}",
        max_session_duration=43_200,
    )


def _refuse_sessions(call: Call, kms: ServiceKms) -> None:
    if call.caller.temporary and services.asks(kms.store):
        text = f"Cannot call {call.operation} with session credentials"
        kms.store.insist(call, AwsError("AccessDenied", text, 403))


def guard(call: Call, kms: ServiceKms) -> None:
    """The parameters of every operation, by botocore's model and by what that does not say of session policies."""
    params = call.params
    broken = constraints.violations("sts", call.operation, params)
    policy = params.get("Policy", "")
    if len(policy) > POLICY_SIZE and not any("'policy'" in text for text in broken):
        broken.append(constraints.too_long(policy, "policy", POLICY_SIZE))
    if broken:
        raise constraint_violations(broken, "ValidationError")
    role = params.get("RoleArn")
    if role is not None and Arn.find(role) is None:
        raise AwsError("ValidationError", f"{role} is invalid")


def _source_identity(call: Call) -> str | None:
    """The source identity of the new session: once set, it goes along and cannot be changed."""
    had = call.caller.session.get("aws:sourceidentity")
    params = call.params.get("SourceIdentity")
    if had is not None and params not in (None, had):
        raise trust.sts_denied(call, "sts:SetSourceIdentity", call.params["RoleArn"])
    return params or (str(had) if had is not None else None)


def _tags(params: Mapping[str, Any]) -> dict[str, str]:
    tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", ())}
    if len({key.lower() for key in tags}) != len(params.get("Tags", ())):
        raise AwsError(
            "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    return tags


def _duration(call: Call, role: Any) -> int:
    params: int = call.params.get("DurationSeconds", 3600)
    if call.caller.principal.kind == "role-session" and params > CHAINED:
        text = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        raise AwsError("ValidationError", text)
    if params > int(role.max_session_duration or 3600):
        raise AwsError(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return params


def _session_policies(kms: ServiceKms, call: Call, account: str) -> Any:
    inline = call.params.get("Policy")
    if inline is not None:
        documents.accept(kms.store, "session", inline, "inline session policy")
    managed = [each["arn"] for each in call.params.get("PolicyArns", ())]
    if any(iam.is_aws_policy(arn) for arn in managed):
        iam.load_aws_policies(account, call.partition)
    try:
        return sessions.policies(account, call.params.get("Policy"), managed)
    except LookupError as missing:
        raise AwsError("InvalidParameterValue", f"ARN {missing} is not valid.") from None
    except MalformedPolicy as problem:
        raise AwsError("MalformedPolicyDocument", str(problem)) from None


def _packed(terms: Terms) -> int:
    """The percentage of a token's room that policies and tags take; how AWS packs them is unknown."""
    return 0 if terms.policies is None and not terms.tags else 6


def _assumed(kms: ServiceKms, made: Caller, terms: Terms) -> dict[str, Any]:
    user = {"AssumedRoleId": made.principal.unique_id, "Arn": made.principal.arn}
    answer: dict[str, Any] = {"Credentials": _credentials(kms, made), "AssumedRoleUser": user}
    if _packed(terms):
        answer["PackedPolicySize"] = _packed(terms)
    if terms.source_identity is not None:
        answer["SourceIdentity"] = terms.source_identity
    return answer


def _credentials(kms: ServiceKms, caller: Caller) -> dict[str, str | datetime]:
    assert caller.expires is not None
    token = "kmsmock-session-token-" + entropy.grant_id()
    return {
        "AccessKeyId": kms.store.directory.issue(replace(caller, token=token)),
        "SecretAccessKey": SECRET,
        "SessionToken": token,
        "Expiration": caller.expires,
    }


OPERATIONS: dict[str, Advice] = {
    "AssumeRole": assume_role,
    "AssumeRoleWithSAML": assume_role_with_saml,
    "AssumeRoleWithWebIdentity": assume_role_with_web_identity,
    "DecodeAuthorizationMessage": decode_authorization_message,
    "GetCallerIdentity": get_caller_identity,
    "GetFederationToken": get_federation_token,
    "GetSessionToken": get_session_token,
}
