"""CloudTrail's userIdentity element ("CloudTrail userIdentity element" in the CloudTrail user guide)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.call import Call, Caller
from kmsmock.iam import Principal

_TYPES: Mapping[str, str] = {
    "root": "Root",
    "user": "IAMUser",
    "role-session": "AssumedRole",
    "federated": "FederatedUser",
}
INTERNAL = "AWS Internal"


def identity(call: Call, recipient: str) -> dict[str, Any]:
    """Who called, as the account ``recipient`` is told: another account learns no more than an id."""
    caller = call.caller
    if caller.principal.kind == "service":
        return {"type": "AWSService", "invokedBy": caller.principal.arn}
    record = _own(caller) if caller.account == recipient else _foreign(caller.principal)
    return {**record, "invokedBy": call.via[-1]} if call.via else record


def _foreign(principal: Principal) -> dict[str, Any]:
    return {"type": "AWSAccount", "principalId": principal.unique_id, "accountId": principal.account}


def _own(caller: Caller) -> dict[str, Any]:
    principal = caller.principal
    record: dict[str, Any] = {
        "type": _TYPES[principal.kind],
        "principalId": principal.unique_id,
        "arn": principal.arn,
        "accountId": principal.account,
    }
    if caller.access_key:
        record["accessKeyId"] = caller.access_key
    if principal.kind == "user":
        record["userName"] = _last(principal.arn)
    context = _session_context(caller)
    return {**record, "sessionContext": context} if context else record


def _session_context(caller: Caller) -> dict[str, Any]:
    """Where temporary credentials come from; empty for those that last."""
    context: dict[str, Any] = {}
    issuer = _issuer(caller.principal)
    if issuer is not None:
        context["sessionIssuer"] = issuer
    provider = str(caller.session.get("aws:federatedprovider", ""))
    if provider and ":saml-provider/" not in provider:
        context["webIdFederationData"] = {"federatedProvider": provider, "attributes": {}}
    if caller.temporary:
        context["attributes"] = {
            "creationDate": caller.session["aws:tokenissuetime"],
            "mfaAuthenticated": caller.session.get("aws:multifactorauthpresent", "false"),
        }
    if "aws:sourceidentity" in caller.session:
        context["sourceIdentity"] = caller.session["aws:sourceidentity"]
    return context


def _issuer(principal: Principal) -> dict[str, str] | None:
    """The role of a session, or the user behind a federated one."""
    if principal.kind == "role-session":
        number = principal.unique_id.rpartition(":")[0]
        return _issued_by("Role", number, principal.principal_arn, principal.account)
    if principal.kind == "federated":
        (number,) = principal.names - {principal.parent}
        kind = "Root" if principal.parent.endswith(":root") else "IAMUser"
        return _issued_by(kind, number, principal.parent, principal.account)
    return None


def _issued_by(kind: str, number: str, arn: str, account: str) -> dict[str, str]:
    record = {"type": kind, "principalId": number, "arn": arn, "accountId": account}
    return record if kind == "Root" else {**record, "userName": _last(arn)}


def _last(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]


def user_name(told: Mapping[str, Any]) -> str | None:
    """The name by which LookupEvents knows who called: a user's, a session's own, ``root``."""
    if told.get("type") == "Root":
        return "root"
    name: str | None = told.get("userName")
    return _last(told["arn"]) if name is None and "arn" in told else name
