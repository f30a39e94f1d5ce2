"""Grants: create, list, revoke, retire ("Grants in AWS KMS" in the developer guide)."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from kmsmock import clock, entropy, errors
from kmsmock.call import Call
from kmsmock.handlers import paging
from kmsmock.model.grant import Grant
from kmsmock.model.key import Key
from kmsmock.store import Store

GRANTS_PER_KEY = 50_000

_ALWAYS = ("CreateGrant", "RetireGrant", "DescribeKey")
_SYMMETRIC_ONLY = (
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
)
_BY_USAGE = {
    "ENCRYPT_DECRYPT": ("Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"),
    "SIGN_VERIFY": ("Sign", "Verify"),
    "GENERATE_VERIFY_MAC": ("GenerateMac", "VerifyMac"),
    "KEY_AGREEMENT": ("DeriveSharedSecret",),
    "ENCAPSULATE_DECAPSULATE": ("Encapsulate", "Decapsulate"),
}


def create(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """CreateGrant. The same Name with the same parameters gives the same grant and a new token."""
    params = call.params
    constraints = _constraints(params, key)
    _check_operations(params["Operations"], key)
    _check_principals(store, params, constraints)
    if call.dry_run:
        raise errors.dry_run()
    grant = Grant(
        id=entropy.grant_id(),
        key_arn=key.arn,
        grantee=params.get("GranteePrincipal") or params["GranteeServicePrincipal"],
        operations=tuple(params["Operations"]),
        issuing_account=call.account,
        created=clock.now().replace(microsecond=0),
        retiring=params.get("RetiringPrincipal") or params.get("RetiringServicePrincipal"),
        name=params.get("Name", ""),
        context_equals=constraints.get("EncryptionContextEquals"),
        context_subset=constraints.get("EncryptionContextSubset"),
        source_arn=constraints.get("SourceArn"),
        grantee_is_service="GranteeServicePrincipal" in params,
        retiring_is_service="RetiringServicePrincipal" in params,
    )
    grant = _same_by_name(key, grant) or _added(key, grant)
    token = base64.urlsafe_b64encode(entropy.random_bytes(96)).decode()
    store.grant_tokens[token] = grant
    return {"GrantToken": token, "GrantId": grant.id}


def _check_principals(store: Store, params: dict[str, Any], constraints: dict[str, Any]) -> None:
    """Who may be grantee and retiring principal. A service as grantee needs a SourceArn and somebody to retire it."""
    if ("GranteePrincipal" in params) == ("GranteeServicePrincipal" in params):
        raise errors.grant_principal_required()
    if "RetiringPrincipal" in params and "RetiringServicePrincipal" in params:
        raise errors.two_retiring_principals()
    for name in ("GranteePrincipal", "RetiringPrincipal"):
        if name in params and not store.directory.exists(params[name]):
            raise errors.principal_not_valid(params[name])
    if "GranteeServicePrincipal" in params:
        if "SourceArn" not in constraints:
            raise errors.grant_source_arn_required()
        if "RetiringPrincipal" not in params and "RetiringServicePrincipal" not in params:
            raise errors.grant_retiring_required()


def _added(key: Key, grant: Grant) -> Grant:
    count = 0 if key.grants is None else len(key.grants.by_id)
    if key.manager == "CUSTOMER" and count >= GRANTS_PER_KEY:
        raise errors.grant_quota(GRANTS_PER_KEY, count)
    key.add_grant(grant)
    return grant


def _same_by_name(key: Key, grant: Grant) -> Grant | None:
    if not grant.name or key.grants is None:
        return None
    mine = _identity(grant)
    return next((other for other in key.grants.alike(grant) if _identity(other) == mine), None)


def _identity(grant: Grant) -> tuple[object, ...]:
    return (grant.name, grant.grantee, grant.retiring, grant.context_equals, grant.context_subset)


def _constraints(params: dict[str, Any], key: Key) -> dict[str, Any]:
    constraints: dict[str, Any] = params.get("Constraints") or {}
    pairs = constraints.keys() - {"SourceArn"}
    if pairs and not key.symmetric:
        raise errors.grant_context_not_supported()
    if len(pairs) > 1:
        # Unverified text; the rule (one or the other) is documented.
        raise errors.validation("A grant takes either EncryptionContextEquals or EncryptionContextSubset, not both.")
    return constraints


def _check_operations(operations: list[str], key: Key) -> None:
    public = () if key.symmetric or key.usage == "GENERATE_VERIFY_MAC" else ("GetPublicKey",)
    valid = (*_ALWAYS, *_BY_USAGE[key.usage], *(_SYMMETRIC_ONLY if key.symmetric else ()), *public)
    wrong = [name for name in operations if name not in valid]
    if wrong:
        kind = "symmetric" if key.symmetric or key.usage == "GENERATE_VERIFY_MAC" else "asymmetric"
        raise errors.grant_operations_not_supported(wrong, kind, key.usage, valid)


def list_(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """ListGrants, filtered by GrantId or by the grantee."""
    params = call.params
    grantee = params.get("GranteePrincipal") or params.get("GranteeServicePrincipal")
    grant_id = params.get("GrantId")
    if "GranteePrincipal" in params and not store.directory.exists(params["GranteePrincipal"]):
        raise errors.AwsError("InvalidArnException", "Input does not refer to a valid principal")
    found = [grant for grant in _of(key) if grantee in (None, grant.grantee) and grant_id in (None, grant.id)]
    return _page(found, call)


def _of(key: Key) -> Iterable[Grant]:
    return () if key.grants is None else key.grants.by_id.values()


def list_retirable(store: Store, call: Call) -> dict[str, Any]:
    """ListRetirableGrants: grants on keys of this Region, of any account, that the principal may retire."""
    params = call.params
    principal = params.get("RetiringPrincipal") or params.get("RetiringServicePrincipal")
    if principal is None:
        raise errors.constraint_violations(
            ["Value null at 'retiringPrincipal' failed to satisfy constraint: Member must not be null"]
        )
    if "RetiringPrincipal" in params and not store.directory.exists(principal):
        raise errors.AwsError("NotFoundException", f"Retiring principal {principal} could not be found")
    found = [
        grant
        for key in store.keys.values()
        if key.region == call.region
        for grant in _of(key)
        if grant.retiring == principal
    ]
    return _page(found, call)


def _page(grants: list[Grant], call: Call) -> dict[str, Any]:
    return paging.page(
        "Grants", sorted(grants, key=lambda grant: grant.id), call, 50, mark=lambda grant: grant.id, show=entry
    )


def entry(grant: Grant) -> dict[str, Any]:
    """A grant as ListGrants shows it; tokens are never shown."""
    shown: dict[str, Any] = {
        "KeyId": grant.key_arn,
        "GrantId": grant.id,
        "Name": grant.name,
        "CreationDate": grant.created,
        "GranteeServicePrincipal" if grant.grantee_is_service else "GranteePrincipal": grant.grantee,
    }
    if grant.retiring is not None:
        shown["RetiringServicePrincipal" if grant.retiring_is_service else "RetiringPrincipal"] = grant.retiring
    shown["IssuingAccount"] = f"arn:aws:iam::{grant.issuing_account}:root"
    shown["Operations"] = list(grant.operations)
    constraints = {
        "EncryptionContextEquals": grant.context_equals,
        "EncryptionContextSubset": grant.context_subset,
    }
    given: dict[str, Any] = {name: dict(pairs) for name, pairs in constraints.items() if pairs is not None}
    if grant.source_arn is not None:
        given["SourceArn"] = grant.source_arn
    if given:
        shown["Constraints"] = given
    return shown


def revoke(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """RevokeGrant, by whoever the key policy allows."""
    return _remove(call, key, call.params["GrantId"])


def retire(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """RetireGrant, by the principals that the grant itself allows."""
    token = call.params.get("GrantToken")
    grant_id = store.grant_tokens[token].id if token is not None else call.params["GrantId"]
    return _remove(call, key, grant_id)


def _remove(call: Call, key: Key, grant_id: str) -> dict[str, Any]:
    if key.grants is None or grant_id not in key.grants.by_id:
        raise errors.invalid_grant_id()
    if call.dry_run:
        raise errors.dry_run()
    key.grants.remove(grant_id)
    return {}
