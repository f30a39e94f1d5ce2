"""``world.identity_provider()``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from kmsmock.model.turns import taking_turns
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.identity.issuers import IdentityProvider


class _World(Protocol):
    """What is known of a world here."""

    store: Store


@taking_turns
def identity_provider(self: _World, url: str, keys: Any = None) -> IdentityProvider:
    """An OpenID Connect issuer outside of AWS, such as GitHub Actions or EKS, and the keys that it publishes.

    From the first one on, AssumeRoleWithWebIdentity verifies tokens. IAM of the role's account still has to know the
    issuer (``create_open_id_connect_provider``), and the role has to trust it. ``keys`` are the public ones (a JWKS, a
    PEM, a public key of ``cryptography``, or a list of those); without them it makes its own, and ``.token(sub=...)``
    signs. Raises ValueError for a URL or keys that are none.
    """
    from kmsmock.identity.issuers import Issuers

    return self.store.records(Issuers).add(url, keys)
