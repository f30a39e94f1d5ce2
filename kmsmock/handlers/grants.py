"""Grants: create, list, revoke, retire ("Grants in AWS KMS" in the developer guide)."""

from __future__ import annotations

import base64
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
    for name in ("GranteeServicePrincipal", "RetiringServicePrincipal"):
        if name in params:
            raise NotImplementedError(f"kmsmock does not model kms:CreateGrant with {name} yet")
    constraints = _constraints(params, key)
    _check_operations(params["Operations"], key)
    for name in ("GranteePrincipal", "RetiringPrincipal"):
        if name in params and not store.directory.exists(params[name]):
            raise errors.principal_not_valid(params[name])
    if call.dry_run:
        raise errors.dry_run()
    grant = Grant(
        id=entropy.grant_id(),
        key_arn=key.arn,
        grantee=params["GranteePrincipal"],
        operations=tuple(params["Operations"]),
        issuing_account=call.account,
        created=clock.now().replace(microsecond=0),
        retiring=params.get("RetiringPrincipal"),
        name=params.get("Name", ""),
        context_equals=constraints.get("EncryptionContextEquals"),
        context_subset=constraints.get("EncryptionContextSubset"),
    )
    grant = _same_by_name(key, grant) or _added(key, grant)
    token = base64.urlsafe_b64encode(entropy.random_bytes(96)).decode()
    store.grant_tokens[token] = grant
    return {"GrantToken": token, "GrantId": grant.id}


def _added(key: Key, grant: Grant) -> Grant:
    if len(key.grants) >= GRANTS_PER_KEY:
        raise errors.grant_quota(GRANTS_PER_KEY, len(key.grants))
    key.add_grant(grant)
    return grant


def _same_by_name(key: Key, grant: Grant) -> Grant | None:
    if not grant.name:
        return None
    mine = _identity(grant)
    same_grantee = key.grants_by_grantee.get(grant.grantee, {}).values()
    return next((other for other in same_grantee if _identity(other) == mine), None)


def _identity(grant: Grant) -> tuple[object, ...]:
    return (
        grant.name,
        grant.grantee,
        grant.retiring,
        grant.issuing_account,
        sorted(grant.operations),
        grant.context_equals,
        grant.context_subset,
    )


def _constraints(params: dict[str, Any], key: Key) -> dict[str, Any]:
    constraints: dict[str, Any] = params.get("Constraints") or {}
    if "SourceArn" in constraints:
        raise NotImplementedError("kmsmock does not model kms:CreateGrant with Constraints.SourceArn yet")
    if constraints and not key.symmetric:
        raise errors.grant_context_not_supported()
    if len(constraints) > 1:
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
    """ListGrants, filtered by GrantId or GranteePrincipal."""
    params = call.params
    if "GranteeServicePrincipal" in params:
        raise NotImplementedError("kmsmock does not model kms:ListGrants with GranteeServicePrincipal yet")
    grantee, grant_id = params.get("GranteePrincipal"), params.get("GrantId")
    found = [
        grant for grant in key.grants.values() if grantee in (None, grant.grantee) and grant_id in (None, grant.id)
    ]
    return _page(found, call)


def list_retirable(store: Store, call: Call) -> dict[str, Any]:
    """ListRetirableGrants: grants on keys of this Region, of any account, that the principal may retire."""
    principal = call.params.get("RetiringPrincipal")
    if principal is None:
        raise NotImplementedError("kmsmock does not model kms:ListRetirableGrants by service principal yet")
    if not store.directory.exists(principal):
        raise errors.AwsError("NotFoundException", f"Retiring principal {principal} could not be found")
    found = [
        grant
        for key in store.keys.values()
        if key.region == call.region
        for grant in key.grants.values()
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
        "GranteePrincipal": grant.grantee,
    }
    if grant.retiring is not None:
        shown["RetiringPrincipal"] = grant.retiring
    shown["IssuingAccount"] = f"arn:aws:iam::{grant.issuing_account}:root"
    shown["Operations"] = list(grant.operations)
    constraints = {
        "EncryptionContextEquals": grant.context_equals,
        "EncryptionContextSubset": grant.context_subset,
    }
    given = {name: dict(pairs) for name, pairs in constraints.items() if pairs is not None}
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
    if grant_id not in key.grants:
        raise errors.invalid_grant_id()
    if call.dry_run:
        raise errors.dry_run()
    key.remove_grant(grant_id)
    return {}
