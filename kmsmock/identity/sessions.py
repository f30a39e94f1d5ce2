"""Temporary credentials: what AssumeRole, GetSessionToken and GetFederationToken make of a caller.

moto hands credentials out and drops what limits them; a ``Caller`` keeps session policies, tags, source identity, MFA
and the end of the session ("Temporary security credentials in IAM").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from kmsmock import clock
from kmsmock.call import Caller
from kmsmock.iam import Layer, Principal, Source, compile_policy
from kmsmock.iam.arn import Arn
from kmsmock.identity import directory
from kmsmock.records import iam


@dataclass(frozen=True, slots=True)
class Terms:
    """What a request for a session asked for. ``duration`` is in seconds."""

    duration: int = 3600
    policies: tuple[Source, ...] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: frozenset[str] = frozenset()
    source_identity: str | None = None
    mfa: bool = False
    provider: str | None = None
    claims: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Condition keys that come from a provider and stay in the session."""


def _keys(terms: Terms, now: datetime) -> dict[str, str | tuple[str, ...]]:
    """The condition keys that the credentials fix."""
    keys: dict[str, str | tuple[str, ...]] = {
        "aws:tokenissuetime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:multifactorauthpresent": "true" if terms.mfa else "false",
    }
    if terms.source_identity is not None:
        keys["aws:sourceidentity"] = terms.source_identity
    if terms.provider is not None:
        keys["aws:federatedprovider"] = terms.provider
    keys.update(terms.claims)
    return keys


def _caller(principal: Principal, terms: Terms) -> Caller:
    now = clock.now()
    return Caller(
        principal,
        "",
        _keys(terms, now),
        policies=terms.policies,
        tags=terms.tags,
        transitive=terms.transitive,
        expires=now.replace(microsecond=0) + timedelta(seconds=terms.duration),
    )


SERVICE_LINKED = "role/aws-service-role/"
"""The path of roles that SCPs and RCPs spare."""


def of_role(role: Any, session_name: str, terms: Terms = Terms()) -> Caller:
    """A session of a role (moto's record). The session's ARN drops the role's path."""
    place = Arn.of(role.arn)
    account = place.account
    principal = Principal(
        kind="role-session",
        arn=f"arn:{place.partition}:sts::{account}:assumed-role/{role.name}/{session_name}",
        account=account,
        principal_arn=role.arn,
        unique_id=f"{role.id}:{session_name}",
        service_linked=place.resource.startswith(SERVICE_LINKED),
    )
    return _caller(principal, terms)


def of_user(caller: Caller, terms: Terms) -> Caller:
    """GetSessionToken: the same user or root user, with temporary credentials."""
    return replace(_caller(caller.principal, replace(terms, policies=None)), ambient=caller.ambient)


def federated(caller: Caller, name: str, terms: Terms) -> Caller:
    """GetFederationToken: a federated user with what both the calling user and the session policies allow."""
    account = caller.account
    arn = f"arn:{caller.principal.partition}:sts::{account}:federated-user/{name}"
    principal = Principal(
        kind="federated",
        arn=arn,
        account=account,
        principal_arn=arn,
        unique_id=f"{account}:{name}",
        names=frozenset({caller.principal.arn, caller.principal.unique_id}),
        parent=caller.principal.arn,
    )
    return _caller(principal, terms)


def of_service(
    service: str, *, source_account: str | None = None, source_arn: str | None = None, names: Sequence[str] = ()
) -> Caller:
    """An AWS service that acts for itself, for the sake of some resource (``aws:SourceArn``, ``aws:SourceAccount``).

    ``service`` is its principal (``cloudtrail.amazonaws.com``), ``names`` are other principals of the same service.
    """
    given = {"aws:sourceaccount": source_account, "aws:sourcearn": source_arn}
    principal = Principal(
        kind="service",
        arn=service,
        account=source_account or "",
        principal_arn="",
        unique_id=service,
        names=frozenset(names),
    )
    return Caller(principal, "", {name: value for name, value in given.items() if value is not None})


def lasting(caller: Caller) -> Caller:
    """A session that does not end: for principals that a test holds in its hand."""
    return replace(caller, expires=None)


def policies(account: str, inline: str | None, managed: Sequence[str]) -> tuple[Source, ...] | None:
    """The session policies of a request; None if it has none. Raises LookupError for a managed one that is not there.

    A malformed inline document raises ``iam.MalformedPolicy``.
    """
    found = [] if inline is None else [Source(Layer.SESSION, "inline session policy", compile_policy(inline))]
    for arn in managed:
        policy = iam.managed_policy(account, arn)
        if policy is None:
            raise LookupError(arn)
        text = iam.managed_text(policy)
        found.append(directory.source(f'session policy "{policy.name}"', text, arn, Layer.SESSION))
    return tuple(found) or None
