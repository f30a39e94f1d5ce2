"""An identity provider of SAML outside of AWS: its metadata, and the assertions that it makes."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from kmsmock import clock, entropy
from kmsmock.crypto import xml_signatures
from kmsmock.identity.saml import ASSERTION, ATTRIBUTES, METADATA, PROTOCOL, SIGN_IN


@dataclass(slots=True)
class SamlProvider:
    """``world.saml_provider(entity_id)`` makes one. Its key stays with it."""

    entity_id: str
    """The Issuer of its assertions."""
    _key: rsa.RSAPrivateKey

    @property
    def metadata(self) -> str:
        """The document for ``CreateSAMLProvider`` and ``UpdateSAMLProvider``, with the certificate in it."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "identity provider of a test")])
        made = x509.CertificateBuilder(
            name, name, self._key.public_key(), 1, datetime(2000, 1, 1), datetime(2100, 1, 1)
        )
        certificate = made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
        return (
            f'<EntityDescriptor xmlns="{METADATA}" entityID={quoteattr(self.entity_id)}>'
            f'<IDPSSODescriptor protocolSupportEnumeration="{PROTOCOL}"><KeyDescriptor use="signing">'
            f'<KeyInfo xmlns="{xml_signatures.DS}"><X509Data><X509Certificate>{base64.b64encode(certificate).decode()}'
            "</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService "
            'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" '
            f"Location={quoteattr(self.entity_id)}/></IDPSSODescriptor></EntityDescriptor>"
        )

    def assertion(
        self,
        role: str,
        provider: str,
        session: str,
        *,
        subject: str | None = None,
        audience: str = SIGN_IN,
        expires: timedelta = timedelta(minutes=5),
        tags: Mapping[str, str] | None = None,
        attributes: Mapping[str, Sequence[str]] | None = None,
    ) -> str:
        """What ``SAMLAssertion`` takes: a response with one assertion, issued now, in world time, and signed.

        ``role`` and ``provider`` are ARNs, ``session`` is the RoleSessionName, ``subject`` who it is (default: the
        same). ``attributes`` replace attributes by their whole names; an empty list leaves one out.
        """
        now = clock.now()
        given: dict[str, Sequence[str]] = {
            f"{ATTRIBUTES}Role": [f"{role},{provider}"],
            f"{ATTRIBUTES}RoleSessionName": [session],
            **{f"{ATTRIBUTES}PrincipalTag:{key}": [value] for key, value in (tags or {}).items()},
            **(attributes or {}),
        }
        stated = "".join(
            f"<Attribute Name={quoteattr(name)}>"
            + "".join(f"<AttributeValue>{escape(each)}</AttributeValue>" for each in values)
            + "</Attribute>"
            for name, values in given.items()
            if values
        )
        until = _told(now + expires)
        text = (
            f'<samlp:Response xmlns:samlp="{PROTOCOL}" ID="_{entropy.uuid()}" Version="2.0" '
            f'IssueInstant="{_told(now)}" Destination="{SIGN_IN}">'
            f'<Issuer xmlns="{ASSERTION}">{escape(self.entity_id)}</Issuer><samlp:Status>'
            '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>'
            f'<Assertion xmlns="{ASSERTION}" ID="_{entropy.uuid()}" Version="2.0" IssueInstant="{_told(now)}">'
            f"<Issuer>{escape(self.entity_id)}</Issuer><Subject>"
            '<NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">'
            f"{escape(session if subject is None else subject)}</NameID>"
            '<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData '
            f'NotOnOrAfter="{until}" Recipient="{SIGN_IN}"></SubjectConfirmationData></SubjectConfirmation></Subject>'
            f'<Conditions NotBefore="{_told(now)}" NotOnOrAfter="{until}"><AudienceRestriction><Audience>'
            f"{escape(audience)}</Audience></AudienceRestriction></Conditions>"
            f"<AttributeStatement>{stated}</AttributeStatement></Assertion></samlp:Response>"
        )
        return base64.b64encode(xml_signatures.signed(text, self._key, "<samlp:Status>").encode()).decode()


def _told(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"
