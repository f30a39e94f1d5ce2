"""Grants: create, list, revoke, retire ("Grants in AWS KMS" in the developer guide)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Any

from kmsmock import clock, entropy, errors
from kmsmock.call import Call
from kmsmock.iam.arn import Arn, root
from kmsmock.iam.instead import INSTEAD
from kmsmock.kms import room
from kmsmock.kms.errors import grants as grant_errors
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.handlers import paging
from kmsmock.model.grant import Grant
from kmsmock.model.key import Key
from kmsmock.store import Store

CONSTRAINT_PAIRS = 8

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
    _check_principals(params, constraints)
    if INSTEAD.grant is not None:
        params = dict(INSTEAD.grant(params))
        constraints = params.get("Constraints") or {}
    grantee, retiring = _principal(store, call, "Grantee"), _principal(store, call, "Retiring")
    assert grantee is not None
    if call.dry_run:
        raise key_errors.dry_run()
    delay = store.delays.get(call.operation)
    grant = Grant(
        id=entropy.grant_id(),
        key_arn=key.arn,
        grantee=grantee,
        operations=tuple(params["Operations"]),
        issuing_account=call.account,
        created=clock.now().replace(microsecond=0),
        retiring=retiring,
        name=params.get("Name", ""),
        context_equals=constraints.get("EncryptionContextEquals"),
        context_subset=constraints.get("EncryptionContextSubset"),
        source_arn=constraints.get("SourceArn"),
        grantee_is_service="GranteeServicePrincipal" in params,
        retiring_is_service="RetiringServicePrincipal" in params,
        known_from=None if delay is None else clock.now() + delay,
        named=params.get("GranteePrincipal", ""),
    )
    grant = _same_by_name(key, grant) or _added(store, call, key, grant)
    token = base64.urlsafe_b64encode(entropy.random_bytes(96)).decode()
    store.grant_tokens[token] = grant
    if not call.via:  # services make grants of their own
        store.wrote("grant", f"grant on {key.arn}", grant=(grant.id, params))
    return {"GrantToken": token, "GrantId": grant.id}


_GRANT_ID = re.compile(r"[0-9a-f]{64}")
_SESSION_WITH_PATH = re.compile(r"arn:[^:]+:sts::\d{12}:assumed-role/[^/]+/.+/.+")
_UNIQUE_ID = re.compile(r"(AIDA|AROA)[A-Z0-9]+(:.+)?")


def _principal(store: Store, call: Call, kind: str) -> str | None:
    """What the grantee, or the retiring principal, is stored as. Raises InvalidArnException for nobody.

    A service is named by its own parameter; only services that act for a caller may name one as a principal.
    """
    name = call.params.get(f"{kind}Principal")
    if name is None:
        service: str | None = call.params.get(f"{kind}ServicePrincipal")
        return service
    if _SESSION_WITH_PATH.fullmatch(name):
        store.insist(call, grant_errors.arn_not_valid(name))
        return str(name)
    service_named = name.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    found = None if name == "*" else store.directory.resolve(name, call.partition)
    if found is None or (service_named and not _by_service(call)):
        store.insist(call, _nobody(name, f"{kind}Principal"))
        return str(name)
    return found


def _nobody(name: str, subject: str) -> errors.AwsError:
    """A principal that there is not: recorded for ARNs and, in other words, for unique ids."""
    return (
        grant_errors.dead_principal(subject) if _UNIQUE_ID.fullmatch(name) else grant_errors.principal_not_valid(name)
    )


def _by_service(call: Call) -> bool:
    return bool(call.via) or call.caller.principal.kind == "service"


def _check_principals(params: dict[str, Any], constraints: dict[str, Any]) -> None:
    """Who may be grantee and retiring principal. A service as grantee needs a SourceArn and somebody to retire it."""
    if ("GranteePrincipal" in params) == ("GranteeServicePrincipal" in params):
        raise grant_errors.grant_principal_required()
    if "RetiringPrincipal" in params and "RetiringServicePrincipal" in params:
        raise grant_errors.two_retiring_principals()
    if "GranteeServicePrincipal" in params:
        if "SourceArn" not in constraints:
            raise grant_errors.grant_source_arn_required()
        if "RetiringPrincipal" not in params and "RetiringServicePrincipal" not in params:
            raise grant_errors.grant_retiring_required()


def _added(store: Store, call: Call, key: Key, grant: Grant) -> Grant:
    count, own = (0, 0) if key.grants is None else (len(key.grants.by_id), key.grants.count_of(grant.grantee))
    if key.manager == "CUSTOMER":
        room.for_one_more(store, call, "grants per key", count, grant_errors.grant_quota, key)
    room.for_one_more(store, call, "grants per grantee", own, grant_errors.grantee_quota, key)
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
        raise grant_errors.grant_context_not_supported()
    if len(pairs) > 1:
        raise grant_errors.two_constraints()
    for name in pairs:
        if len(constraints[name]) > CONSTRAINT_PAIRS or max(map(len, constraints[name].values()), default=0) > 384:
            raise grant_errors.grant_constraint_too_large()
    return constraints


def _check_operations(operations: list[str], key: Key) -> None:
    public = () if key.symmetric or key.usage == "GENERATE_VERIFY_MAC" else ("GetPublicKey",)
    valid = (*_ALWAYS, *_BY_USAGE[key.usage], *(_SYMMETRIC_ONLY if key.symmetric else ()), *public)
    if set(operations) == {"CreateGrant"}:
        raise grant_errors.grant_of_create_grant_alone()
    wrong = [name for name in operations if name not in valid]
    if wrong:
        kind = "symmetric" if key.symmetric or key.usage == "GENERATE_VERIFY_MAC" else "asymmetric"
        raise grant_errors.grant_operations_not_supported(wrong, kind, key.usage, valid)


def list_(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """ListGrants, filtered by GrantId or by the grantee."""
    params = call.params
    grant_id = params.get("GrantId")
    if grant_id is not None and not _GRANT_ID.fullmatch(grant_id):
        raise grant_errors.invalid_grant_id()
    grantee = params.get("GranteeServicePrincipal")
    named = params.get("GranteePrincipal")
    if named is not None:
        grantee = store.directory.resolve(named, call.partition)
        if grantee is None:
            store.insist(call, _nobody(named, "Input"))
            grantee = named
    found = [grant for grant in _of(key) if grantee in (None, grant.grantee) and grant_id in (None, grant.id)]
    return _page(store, found, call)


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
    if "RetiringPrincipal" in params:
        principal = _own_principal(store, call, principal)
    found = [
        grant
        for key in store.keys.values()
        if key.region == call.region
        for grant in _of(key)
        if grant.retiring == principal
    ]
    return _page(store, found, call)


def _own_principal(store: Store, call: Call, name: str) -> str:
    """A retiring principal of the caller's own account: others' are not told (the code for them is unverified)."""
    found = store.directory.resolve(name, call.partition)
    if found is None and _UNIQUE_ID.fullmatch(name):
        store.insist(call, errors.AwsError("NotFoundException", f"Retiring principal {name} could not be found"))
    elif found is None or f":{call.account}:" not in store.directory.render(found):
        store.insist(call, grant_errors.principal_not_valid(name))
    return found or name


def _page(store: Store, grants: list[Grant], call: Call) -> dict[str, Any]:
    return paging.page(
        "Grants",
        sorted(grants, key=lambda grant: grant.id),
        call,
        50,
        mark=lambda grant: grant.id,
        show=lambda grant: entry(store, grant),
    )


def entry(store: Store, grant: Grant) -> dict[str, Any]:
    """A grant as ListGrants shows it; tokens are never shown, and principals that were deleted show their ids."""
    render = store.directory.render
    answer: dict[str, Any] = {
        "KeyId": grant.key_arn,
        "GrantId": grant.id,
        "Name": grant.name,
        "CreationDate": grant.created,
        "GranteeServicePrincipal" if grant.grantee_is_service else "GranteePrincipal": render(grant.grantee),
    }
    if grant.retiring is not None:
        answer["RetiringServicePrincipal" if grant.retiring_is_service else "RetiringPrincipal"] = render(
            grant.retiring
        )
    answer["IssuingAccount"] = root(Arn.of(grant.key_arn).partition, grant.issuing_account)
    answer["Operations"] = list(grant.operations)
    constraints = {
        "EncryptionContextEquals": grant.context_equals,
        "EncryptionContextSubset": grant.context_subset,
    }
    given: dict[str, Any] = {name: dict(pairs) for name, pairs in constraints.items() if pairs is not None}
    if grant.source_arn is not None:
        given["SourceArn"] = grant.source_arn
    if given:
        answer["Constraints"] = given
    return answer


def revoke(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """RevokeGrant, by whoever the key policy allows; another code than RetireGrant's where there is no such grant."""
    grant_id = call.params["GrantId"]
    if _GRANT_ID.fullmatch(grant_id) and key.grant(grant_id) is None:
        raise grant_errors.grant_not_found(grant_id)
    return _remove(call, key, grant_id)


def retire(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """RetireGrant, by the principals that the grant itself allows."""
    token = call.params.get("GrantToken")
    grant_id = store.grant_tokens[token].id if token is not None else call.params["GrantId"]
    return _remove(call, key, grant_id)


def _remove(call: Call, key: Key, grant_id: str) -> dict[str, Any]:
    if key.grants is None or grant_id not in key.grants.by_id:
        raise grant_errors.invalid_grant_id()
    if call.dry_run:
        raise key_errors.dry_run()
    key.grants.remove(grant_id)
    return {}
