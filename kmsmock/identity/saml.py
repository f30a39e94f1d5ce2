"""SAML assertions as STS looks at them ("AssumeRoleWithSAML" in the STS API reference).

What signs them is known: the metadata of the provider in IAM has its certificates. Texts are those of "Troubleshoot
SAML federation with IAM" in the IAM user guide, but for those that say so.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.dom.minidom import Element

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import load_der_x509_certificate

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.crypto import xml_signatures as xml
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.identity.issuers import Issuers, NotBelieved
from kmsmock.records import iam
from kmsmock.store import Store

ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
SIGN_IN = "https://signin.aws.amazon.com/saml"
_AUDIENCE = re.compile(r"https://([a-z0-9-]+\.)?signin\.(aws\.amazon\.com|amazonaws\.cn)/saml|urn:amazon:webservices")
_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
_NAME = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}")
REDEEMED = timedelta(minutes=5)
"""How long after an assertion was issued STS takes it."""
_OF_DISCOVERY = (
    "(Service: AWSOpenIdDiscoveryService; Status Code: 400; Error Code: AuthSamlInvalidSamlResponseException; "
    "Request ID: {id}; Proxy: null)"
)


@dataclass(frozen=True, slots=True)
class SamlIdentity:
    """What an assertion that was verified says. ``arn`` is that of the provider in IAM."""

    arn: str
    session: str
    answer: Mapping[str, str]
    """What the answer tells of it."""
    trusted: Mapping[str, str | tuple[str, ...]]
    """Condition keys for the trust policy."""
    kept: Mapping[str, str | tuple[str, ...]]
    """Condition keys of the session."""
    ends: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: frozenset[str] = frozenset()
    source_identity: str | None = None


def _invalid(message: str, told: str) -> AwsError:
    return AwsError("InvalidIdentityToken", message).because(NotBelieved(told))


def _by_discovery(call: Call, message: str, told: str) -> AwsError:
    return _invalid(f"{message} {_OF_DISCOVERY.format(id=call.request_id)}", told)


def _expired(told: str) -> AwsError:
    text = "Token must be redeemed within 5 minutes of issuance"
    return AwsError("ExpiredTokenException", text).because(NotBelieved(told, expired=True))


def verified(store: Store, call: Call) -> SamlIdentity | None:
    """What the assertion of a call says, once it is known to be true.

    None where nobody can know: the provider has no certificates that can be read (suites that have grown with moto give
    any text), and the world has no provider of SAML either. Raises InvalidIdentityToken, ExpiredTokenException.
    """
    arn = str(call.params["PrincipalArn"])
    place = Arn.find(arn)
    text = None if place is None else iam.saml_metadata(place.account, place.partition, place.name)
    entity, keys = _metadata(text or "")
    if not keys and not store.records(Issuers).of_saml:
        return None
    if text is None:
        raise _by_discovery(call, "Specified provider doesn't exist", f"there is no provider {arn} in IAM")
    try:
        response = xml.read(base64.b64decode(call.params["SAMLAssertion"], validate=True))
        (assertion,) = xml.children(response, ASSERTION, "Assertion")
    except (ValueError, binascii.Error) as problem:
        # Unverified text: the console says so.
        raise _invalid("Your request included an invalid SAML response", str(problem)) from None
    _check_signature(response, assertion, keys)
    issuer = _text(assertion, "Issuer")
    if issuer != entity:
        told = f"the issuer is {issuer}; the provider's metadata is that of {entity}"
        raise _by_discovery(call, "Issuer not present in specified provider", told)
    _check_times(response, assertion)
    _check_audience(assertion)
    return _said(call, arn, assertion, str(issuer))


def _metadata(text: str) -> tuple[str, list[rsa.RSAPublicKey]]:
    """Whose metadata it is, and with which keys he signs."""
    try:
        root = xml.read(text.encode())
    except ValueError:
        return "", []
    found = root.getElementsByTagNameNS(xml.DS, "X509Certificate")
    keys = []
    for each in found:
        try:
            key = load_der_x509_certificate(base64.b64decode("".join(xml.inner_text(each).split()))).public_key()
        except ValueError:
            continue
        keys += [key] if isinstance(key, rsa.RSAPublicKey) else []
    return root.getAttribute("entityID"), keys


def _check_signature(response: Element, assertion: Element, keys: list[rsa.RSAPublicKey]) -> None:
    """The response or the assertion is signed, and whatever is signed is as it was."""
    signed = [each for each in (response, assertion) if xml.is_signed(each)]
    if not signed or not all(xml.verified(each, keys) for each in signed):
        told = "nothing in it is signed" if not signed else "it is not as the provider's certificate has signed it"
        raise _invalid("Response signature invalid", told)


def _check_times(response: Element, assertion: Element) -> None:
    now = clock.now()
    issued = _instant(response.getAttribute("IssueInstant") or assertion.getAttribute("IssueInstant"))
    if issued is None or now - issued > REDEEMED:
        raise _expired(f"it was issued at {issued}, and it is {now} now")
    for each in (*_all(assertion, "Conditions"), *_all(assertion, "SubjectConfirmationData")):
        until = _instant(each.getAttribute("NotOnOrAfter"))
        if until is not None and until <= now:
            raise _expired(f"it was good until {until}, and it is {now} now")


def _check_audience(assertion: Element) -> None:
    listed = [xml.inner_text(each) for each in _all(assertion, "Audience")]
    if not any(_AUDIENCE.fullmatch(each) for each in listed):
        told = f"it is for {', '.join(listed) or 'nobody'}; AWS is {SIGN_IN}"
        raise _invalid("Response does not contain the required audience.", told)


def _said(call: Call, arn: str, assertion: Element, issuer: str) -> SamlIdentity:
    place, given = Arn.of(arn), _attributes(assertion)
    pairs = {frozenset(part.strip() for part in each.split(",")) for each in given.get(f"{ATTRIBUTES}Role", ())}
    if frozenset((call.params["RoleArn"], arn)) not in pairs:
        told = f"its attribute {ATTRIBUTES}Role does not have {call.params['RoleArn']},{arn}"
        raise AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", 403).because(
            NotBelieved(told)
        )
    session = next(iter(given.get(f"{ATTRIBUTES}RoleSessionName", ())), None)
    if session is None:
        raise _invalid("RoleSessionName is required in AuthnResponse", f"it has no {ATTRIBUTES}RoleSessionName")
    if not _NAME.fullmatch(session):
        text = "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"
        raise _invalid(text, f"it is {session!r}")
    source = next(iter(given.get(f"{ATTRIBUTES}SourceIdentity", ())), None)
    if source is not None and (not _NAME.fullmatch(source) or source.startswith("aws:")):
        text = 'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"'
        raise _invalid(text, f"it is {source!r}")
    subject = next(iter(_all(assertion, "NameID")), None)
    name = "" if subject is None else xml.inner_text(subject)
    kind = "" if subject is None else subject.getAttribute("Format").removeprefix(_FORMAT)
    recipient = next((each.getAttribute("Recipient") for each in _all(assertion, "SubjectConfirmationData")), "")
    qualifier = base64.b64encode(
        hashlib.sha1(f"{issuer}{place.account}/{place.name}".encode()).digest()  # noqa: S324 - as the reference says
    ).decode()
    who = {"saml:sub": name, "saml:sub_type": kind, "saml:namequalifier": qualifier}
    doc = f"{place.account}/{place.name}"
    answer = {
        "Subject": name,
        "SubjectType": kind,
        "Issuer": issuer,
        "Audience": recipient,
        "NameQualifier": qualifier,
    }
    return SamlIdentity(
        arn,
        session,
        answer,
        {**who, "saml:aud": recipient, "saml:iss": issuer, "saml:doc": doc},
        who,
        _session_end(assertion),
        {
            attribute.removeprefix(f"{ATTRIBUTES}PrincipalTag:"): values[0]
            for attribute, values in given.items()
            if attribute.startswith(f"{ATTRIBUTES}PrincipalTag:") and values
        },
        frozenset(given.get(f"{ATTRIBUTES}TransitiveTagKeys", ())),
        source,
    )


def _session_end(assertion: Element) -> datetime | None:
    """When the provider wants the session to end, at the latest."""
    return next(
        (_instant(each.getAttribute("SessionNotOnOrAfter")) for each in _all(assertion, "AuthnStatement")), None
    )


def _attributes(assertion: Element) -> dict[str, tuple[str, ...]]:
    return {
        each.getAttribute("Name"): tuple(
            xml.inner_text(value) for value in xml.children(each, ASSERTION, "AttributeValue")
        )
        for each in _all(assertion, "Attribute")
    }


def _all(element: Element, name: str) -> list[Element]:
    return list(element.getElementsByTagNameNS(ASSERTION, name))


def _text(element: Element, name: str) -> str | None:
    found = xml.children(element, ASSERTION, name)
    return xml.inner_text(found[0]) if found else None


def _instant(text: str) -> datetime | None:
    try:
        return clock.instant(text) if text else None
    except ValueError:
        return None
