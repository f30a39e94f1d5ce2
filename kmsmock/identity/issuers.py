"""What is outside of AWS and says who somebody is: OpenID Connect issuers such as GitHub Actions or EKS."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from kmsmock import clock, entropy
from kmsmock.crypto import web_tokens

AUDIENCE = "sts.amazonaws.com"


class NotBelieved(NamedTuple):
    """Why a token or an assertion is not taken, for a person."""

    told: str
    expired: bool = False


@dataclass(slots=True)
class IdentityProvider:
    """An issuer of web identity tokens, and the keys that it publishes. ``world.identity_provider(url)`` makes one."""

    url: str
    """The ``iss`` of its tokens."""
    keys: tuple[web_tokens.PublicKey, ...]
    _private: Any = None

    @property
    def host(self) -> str:
        """The URL without ``https://``: what condition keys and the ARN of the provider in IAM begin and end with."""
        return self.url.removeprefix("https://")

    def token(
        self,
        sub: str,
        aud: str | list[str] = AUDIENCE,
        *,
        expires: timedelta | datetime = timedelta(minutes=5),
        **claims: Any,
    ) -> str:
        """A token for ``WebIdentityToken``, issued now, in world time, and signed.

        ``sub`` is who it is for: ``"repo:octo/app:ref:refs/heads/main"``, ``"system:serviceaccount:default:app"``.
        ``claims`` are added, and replace those that a token has by itself; None leaves one out. Raises ValueError where
        the test has given public keys: then it makes the tokens too.
        """
        if self._private is None:
            raise ValueError(f"{self.url} has the keys that the test gave, so that the test signs its tokens as well")
        now = clock.now()
        until = expires if isinstance(expires, datetime) else now + expires
        every = {
            "iss": self.url,
            "sub": sub,
            "aud": aud,
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int(until.timestamp()),
            "jti": entropy.uuid(),
            **claims,
        }
        told = {name: value for name, value in every.items() if value is not None}
        return web_tokens.signed(told, self._private, str(self.keys[0].id))


@dataclass(slots=True)
class Issuers:
    """The issuers that a world can ask for their keys, by their URLs. While there is none, tokens are not verified."""

    by_url: dict[str, IdentityProvider] = field(default_factory=dict)
    of_saml: set[str] = field(default_factory=set)
    """The identity providers of SAML that the world made."""

    def add(self, url: object, keys: Any) -> IdentityProvider:
        """Raises ValueError for a URL that is none of an issuer, and for keys that cannot be read."""
        if not isinstance(url, str) or not url.startswith("https://") or len(url) <= len("https://"):
            example = "'https://token.actions.githubusercontent.com'"
            raise ValueError(f"the url of an identity provider begins with https://, as in {example}, not {url!r}")
        url = url.rstrip("/")
        private = None
        if keys is None:
            private, public = web_tokens.new_key()
            found: tuple[web_tokens.PublicKey, ...] = (public,)
        else:
            found = web_tokens.keys_of(keys)
        made = self.by_url[url] = IdentityProvider(url, found, private)
        return made
