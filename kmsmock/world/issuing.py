"""``world.identity_provider()`` and ``world.saml_provider()``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from kmsmock.model.turns import taking_turns
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.identity.issuers import IdentityProvider
    from kmsmock.identity.saml_providers import SamlProvider


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


@taking_turns
def saml_provider(self: _World, entity_id: str) -> SamlProvider:
    """An identity provider of SAML outside of AWS, such as a company's directory, with a key of its own.

    IAM takes its ``.metadata`` (``create_saml_provider``), AssumeRoleWithSAML its ``.assertion(...)``. Assertions are
    verified with the certificates in the metadata of the provider that the request names, also one of a test's own;
    from the first provider of a world on, all are. Raises ValueError for an entity id that is no text.
    """
    from kmsmock.identity.issuers import Issuers
    from kmsmock.identity.saml_providers import SamlProvider

    said: object = entity_id
    if not isinstance(said, str) or not said:
        raise ValueError(f"a SAML provider has an entity id, such as 'https://idp.example.com/saml', not {entity_id!r}")
    self.store.records(Issuers).of_saml.add(entity_id)
    return SamlProvider(entity_id, self.store.new_key_pair("RSA_2048").private)
