"""Condition key -> its value for one call, as one table. A value is computed when a policy asks for it, not before."""

from __future__ import annotations

from collections.abc import Mapping

from kmsmock import clock
from kmsmock.authorization.condition_keys import s3_encryption, services
from kmsmock.authorization.condition_keys.kms import KMS_CONDITION_KEYS
from kmsmock.authorization.request import AuthorizationRequest, Rule, text
from kmsmock.iam.matching import Value


def _called_via(ask: AuthorizationRequest) -> Value | None:
    return ask.call.via or None


def _tag_keys(ask: AuthorizationRequest) -> Value | None:
    return tuple(ask.param("TagKeys") or tags_of_request(ask)) or None


def tags_of_request(ask: AuthorizationRequest) -> Mapping[str, str]:
    """The tags that a call brings."""
    if ask.call.service != "kms":
        return services.request_tags(ask.call)
    return {tag["TagKey"]: tag["TagValue"] for tag in ask.param("Tags") or []}


_PRINCIPAL_TYPES: dict[str, str] = {
    "root": "Account",
    "user": "User",
    "role-session": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}


def _user_name(ask: AuthorizationRequest) -> Value | None:
    principal = ask.call.caller.principal
    return principal.arn.rsplit("/", 1)[-1] if principal.kind == "user" else None


def principal_tag(ask: AuthorizationRequest, name: str) -> Value | None:
    """A tag of the user or role, or of the session, which goes before it."""
    caller = ask.call.caller
    found = (caller.tags, ask.store.directory.tags_of(caller.principal))
    return next((value for tags in found for key, value in tags.items() if key.lower() == name), None)


def _organization(ask: AuthorizationRequest, account: str, part: int) -> Value | None:
    """The id of an account's organization (part 0), or its path there (part 1)."""
    place = ask.store.directory.organization_of(account)
    if place is None:
        return None
    return (place[1],) if part else place[0]


def _own_organization(part: int) -> Rule:
    return lambda ask: None if _is_service(ask) else _organization(ask, ask.call.account, part)


def _owners_organization(part: int) -> Rule:
    return lambda ask: _organization(ask, ask.target.owner, part)


def _is_service(ask: AuthorizationRequest) -> bool:
    return ask.call.caller.principal.kind == "service"


def _source_ip(ask: AuthorizationRequest) -> Value | None:
    """Nobody's address where a service calls for itself, or the request came through a VPC endpoint."""
    through_endpoint = ask.store.request_context.get("aws:sourcevpce") or ask.call.caller.session.get("aws:sourcevpce")
    return None if _is_service(ask) or through_endpoint else "127.0.0.1"


def _service_name(ask: AuthorizationRequest) -> Value | None:
    principal = ask.call.caller.principal
    return principal.arn if principal.kind == "service" else None


def _service_names(ask: AuthorizationRequest) -> Value | None:
    principal = ask.call.caller.principal
    return tuple(sorted({principal.arn, *principal.names})) if principal.kind == "service" else None


def _mfa_age(ask: AuthorizationRequest) -> Value | None:
    """Seconds since the session was given for a code; it is absent without MFA."""
    session = ask.call.caller.session
    if session.get("aws:multifactorauthpresent") != "true" or "aws:tokenissuetime" not in session:
        return None
    return str(int((clock.now() - clock.instant(str(session["aws:tokenissuetime"]))).total_seconds()))


def _source_organization(part: int) -> Rule:
    """The organization of the account for which a service calls."""

    def value(ask: AuthorizationRequest) -> Value | None:
        account = ask.call.caller.session.get("aws:sourceaccount")
        return _organization(ask, account, part) if isinstance(account, str) and _is_service(ask) else None

    return value


def _referer(ask: AuthorizationRequest) -> Value | None:
    return None if ask.call.via or _is_service(ask) else services.header("Referer")(ask.call)


CONDITION_KEYS: dict[str, Rule] = {
    # aws: the request ("AWS global condition context keys" in the IAM user guide)
    "aws:currenttime": lambda ask: clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
    "aws:epochtime": lambda ask: str(int(clock.timestamp())),
    "aws:requestedregion": lambda ask: ask.target.region or ask.call.region,
    "aws:securetransport": lambda ask: text(ask.call.secure),
    "aws:sourceip": _source_ip,
    "aws:referer": _referer,
    "aws:useragent": lambda ask: ask.call.user_agent or None,
    "aws:tagkeys": _tag_keys,
    # aws: the caller
    "aws:principalarn": lambda ask: ask.call.caller.principal.principal_arn or None,
    "aws:principalaccount": lambda ask: ask.call.account,
    "aws:principaltype": lambda ask: _PRINCIPAL_TYPES.get(ask.call.caller.principal.kind),
    "aws:principalorgid": _own_organization(0),
    "aws:principalorgpaths": _own_organization(1),
    "aws:userid": lambda ask: ask.call.caller.principal.unique_id,
    "aws:username": _user_name,
    "aws:principalisawsservice": lambda ask: text(ask.call.caller.principal.kind == "service"),
    "aws:principalservicename": _service_name,
    "aws:principalservicenameslist": _service_names,
    "aws:multifactorauthage": _mfa_age,
    "aws:sourceorgid": _source_organization(0),
    "aws:sourceorgpaths": _source_organization(1),
    "aws:calledvia": _called_via,
    "aws:calledviafirst": lambda ask: ask.call.via[0] if ask.call.via else None,
    "aws:calledvialast": lambda ask: ask.call.via[-1] if ask.call.via else None,
    "aws:viaawsservice": lambda ask: text(bool(ask.call.via)),
    # aws: the resource
    "aws:resourceaccount": lambda ask: ask.target.owner,
    "s3:resourceaccount": lambda ask: ask.target.owner,
    "s3:x-amz-server-side-encryption": lambda ask: s3_encryption.mode_of_write(ask.call),
    "s3:x-amz-server-side-encryption-aws-kms-key-id": lambda ask: s3_encryption.key_of_write(ask.store, ask.call),
    "aws:resourceorgid": _owners_organization(0),
    "aws:resourceorgpaths": _owners_organization(1),
    **KMS_CONDITION_KEYS,
}
"""One row for each condition key that is computed, in lower case."""
