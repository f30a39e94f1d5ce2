"""Web identity tokens as STS looks at them ("AssumeRoleWithWebIdentity" in the STS API reference).

Texts are from public reports, but for those that say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.crypto import web_tokens
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.identity.issuers import Issuers, NotBelieved
from kmsmock.records import iam
from kmsmock.store import Store

Keys = dict[str, str | tuple[str, ...]]

_IN_SESSION = ("amr", "aud", "sub")
"""The claims that policies see as long as the session lasts ("Available in session"); others only trust policies."""
_OF_PROVIDERS: Mapping[str, tuple[str, ...]] = {
    "token.actions.githubusercontent.com": (
        "actor",
        "actor_id",
        "enterprise_id",
        "environment",
        "job_workflow_ref",
        "ref",
        "repository",
        "repository_id",
        "workflow",
    ),
}
"""What trust policies can ask for of one provider, since January 2026. Google, CircleCI and Oracle are not modelled."""
_OF_ALL = (*_IN_SESSION, "email", "oaud")
TAGS, SOURCE_IDENTITY = "https://aws.amazon.com/tags", "https://aws.amazon.com/source_identity"


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """What a token that was verified says. ``arn`` is that of the provider in IAM."""

    arn: str
    subject: str
    audience: str
    trusted: Keys
    """Condition keys for the trust policy."""
    kept: Keys
    """Condition keys of the session."""
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: frozenset[str] = frozenset()
    source_identity: str | None = None


def _invalid(message: str, told: str) -> AwsError:
    return AwsError("InvalidIdentityToken", message).because(NotBelieved(told))


def _not_a_token() -> AwsError:
    return _invalid(
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        "it is no JSON Web Token: header, claims and signature in base64url, with dots between them",
    )


def _no_provider(issuer: str, account: str) -> AwsError:
    text = f"No OpenIDConnect provider found in your account for {issuer}"
    return _invalid(text, f"IAM in {account}, where the role is, has no provider for it")


def _no_key(issuer: str, key_id: Any) -> AwsError:
    named = "" if key_id is None else f" with the id {key_id}"
    return _invalid(
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
        "documentation for requirements",
        f"the world knows no key of {issuer}{named}: world.identity_provider({issuer!r}, keys=...)",
    )


def _bad_signature() -> AwsError:
    # Unverified text; the code is documented for what cannot be validated.
    return _invalid("The signature of the ID Token is not valid", "none of the issuer's keys made the signature")


def _wrong_audience(asked: list[str], clients: list[str]) -> AwsError:
    told = f"the token is for {', '.join(asked)}; the provider in IAM takes {', '.join(clients) or 'none'}"
    return _invalid("Incorrect token audience", told)


def _missing_claim(name: str) -> AwsError:
    # Unverified for STS; Cognito says it so.
    return _invalid(f"Missing a required claim: {name}", f"the token has no {name}")


def _not_yet() -> AwsError:
    # Unverified text.
    return _invalid("The ID Token is not valid yet", "its nbf is later than now")


def _expired(now: int, until: int) -> AwsError:
    text = f"Token expired: current date/time {now} must be before the expiration date/time{until}"
    return AwsError("ExpiredTokenException", text).because(NotBelieved(f"it expired {now - until} seconds ago", True))


def verified(store: Store, call: Call) -> WebIdentity | None:
    """What the token of a call says, once it is known to be true; None while the world knows no issuer.

    Raises InvalidIdentityToken and ExpiredTokenException.
    """
    issuers = store.records(Issuers)
    if not issuers.by_url:
        return None
    try:
        token = web_tokens.read(call.params["WebIdentityToken"])
    except ValueError:
        raise _not_a_token() from None
    claims = token.claims
    issuer = claims.get("iss")
    if not isinstance(issuer, str):
        raise _missing_claim("iss")
    host = issuer.removeprefix("https://").rstrip("/")
    role = Arn.of(call.params["RoleArn"])
    arn = f"arn:{role.partition}:iam::{role.account}:oidc-provider/{host}"
    clients = iam.clients_of_provider(role.account, role.partition, arn)
    if clients is None:
        raise _no_provider(issuer, role.account)
    found = issuers.by_url.get(issuer.rstrip("/"))
    if found is None or not _has_key(token, found.keys):
        raise _no_key(issuer, token.header.get("kid"))
    if not web_tokens.verified(token, found.keys):
        raise _bad_signature()
    _check_times(claims)
    return _said(arn, host, claims, clients)


def _has_key(token: web_tokens.Token, keys: tuple[web_tokens.PublicKey, ...]) -> bool:
    named = token.header.get("kid")
    return named is None or any(each.id in (None, named) for each in keys)


def _check_times(claims: Mapping[str, Any]) -> None:
    now = int(clock.timestamp())
    until, since = claims.get("exp"), claims.get("nbf")
    if not isinstance(until, (int, float)):
        raise _missing_claim("exp")
    if until <= now:
        raise _expired(now, int(until))
    if isinstance(since, (int, float)) and since > now:
        raise _not_yet()


def _said(arn: str, host: str, claims: Mapping[str, Any], clients: list[str]) -> WebIdentity:
    """Audience and subject must be there. Where there is an ``azp``, that is the audience, and ``aud`` is ``oaud``."""
    subject, listed = claims.get("sub"), claims.get("aud")
    if not isinstance(subject, str):
        raise _missing_claim("sub")
    audiences = [listed] if isinstance(listed, str) else listed
    if not isinstance(audiences, list) or not audiences:
        raise _missing_claim("aud")
    asked = [claims["azp"]] if isinstance(claims.get("azp"), str) else [str(each) for each in audiences]
    audience = next((each for each in asked if each in clients), None)
    if audience is None:
        raise _wrong_audience(asked, clients)
    told: dict[str, Any] = {**claims, "aud": audience}
    if "azp" in claims:
        told["oaud"] = audiences[0] if len(audiences) == 1 else audiences
    names = (*_OF_ALL, *_OF_PROVIDERS.get(host, ()))
    trusted = {f"{host.lower()}:{name}": value for name in names if (value := _text(told.get(name))) is not None}
    kept = {key: value for key, value in trusted.items() if key.rpartition(":")[2] in _IN_SESSION}
    tags, transitive = _tags(claims.get(TAGS))
    source = claims.get(SOURCE_IDENTITY)
    return WebIdentity(
        arn, subject, audience, trusted, kept, tags, transitive, source if isinstance(source, str) else None
    )


def _text(value: Any) -> str | tuple[str, ...] | None:
    if isinstance(value, (list, tuple)):
        return tuple(map(str, value))
    return None if value is None or isinstance(value, dict) else str(value)


def _tags(value: Any) -> tuple[dict[str, str], frozenset[str]]:
    """Session tags, each of one value, and which of them go on ("Passing session tags in AWS STS")."""
    given = value if isinstance(value, Mapping) else {}
    principal = given.get("principal_tags", {})
    tags = {str(key): str(each[0] if isinstance(each, list) else each) for key, each in principal.items()}
    return tags, frozenset(map(str, given.get("transitive_tag_keys", ())))
