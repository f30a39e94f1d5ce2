"""XML signatures: those of another library are verified, and a document that was changed is not."""

import base64
from xml.etree import ElementTree

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509 import load_der_x509_certificate
from hypothesis import given, settings
from hypothesis import strategies as st

from kmsmock.crypto import xml_signatures as xml

pytestmark = pytest.mark.evidence(
    "documented", '"XML Signature Syntax and Processing", "Exclusive XML Canonicalization"'
)
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
CERTIFICATE = (
    "MIIClTCCAX2gAwIBAgIBBTANBgkqhkiG9w0BAQsFADAOMQwwCgYDVQQDDANpZHAw"
    "HhcNMjAwMTAxMDAwMDAwWhcNNDAwMTAxMDAwMDAwWjAOMQwwCgYDVQQDDANpZHAw"
    "ggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQCtvbImPIjuJefqRHiDNFUl"
    "kRhINvTNFHEkwrWUfGJd5TOv49MGBjxS0Xs/T+uIVfMqqrZnOhqitqS0aU5sJ2cR"
    "dD3wKvsCqgUKe23ciNp1MD7DxYTT+8pl0kWud4IRbAqlQB5WijEJtcsdoawrDpKe"
    "9fkXU7INu8DqeYZxzvj0EArhMgN+xYdVuUHd3JWuWSvztkJVYIdacnTO3IfqjPEz"
    "ICP2PMhhLEokjFnpQ82E8Cofhbxihtyx79hQr5agW1jTImCrNvrYuufJRZ0xJ1Zb"
    "PZTOSvYo4yGnOWN0nWrmFA2jHYilQfrD8ZQ5U5fb35QYLZpj7yIBSZIApwij6ctl"
    "AgMBAAEwDQYJKoZIhvcNAQELBQADggEBAI4FgefvBbeJUUsGNvr9T8r6Gb3kkMMj"
    "1tPCs6DrxvZUgLAxQm5XU0vSBxDqNMCyBnEIYwOaOevc+Wp6S0uAX/0lOKi0Hkvf"
    "ekOBkZX3n9M9vpJxLhG88gKbSQrNlh7GLwhZ41hWmObZ38Y0V3EpnbvaoiCsb4YY"
    "ymF+FVhxX0WxUCniTpJ1fwktCPkhA7K2aTNqivT8P3x4C3AEyh5ELkVMG6ejrqlY"
    "wXXOg+lFy+g9ekXO+dVwsHumNJLL5xOygxeCwo+yNiQ3fJWbaSKWUgEmV3VQGRL6"
    "tjocrBG7dUPTjbIhh2i6PEM1tqPSUaJG+MTNoSP4r4NgviWVWkOOd4U="
)
"""That with which signxml 4 signed these documents."""
SIGNED = {
    "exclusive, SHA-256": (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="_r"><Assertion '
        'xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a"><Issuer>x</Issuer><ds:Signature '
        'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod '
        'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod '
        'Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference '
        'URI="#_a"><ds:Transforms><ds:Transform '
        'Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform '
        'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms><ds:DigestMethod Algorithm='
        '"http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>jWL9yxGFZISqLTeTyLI114aiI5xTADgEPgARK'
        "woauUA=</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>dCzkdJXSkhlnk9dKKGRbhw"
        "I/Z0e/ir25zaYp9sPSnxwzc2uR7ATgR+DDcKswBrfGfyPsVr4OyE9utE45BajhrG0IAgEcIXaT5xhCEzoBMDv+8zgvCFyU7R"
        "+zKqHg2r6dWVnwN4E5n3DitmPsHgzPzd74/CyqK2i4296gos9VxIVBwOqesI3HIr9gn+E+8OGiukKj7Ct+a3VdoWbefXk8mN"
        "x0GZ8iZay2z3ze4WlPEO+MJVhcFnNE3udt/4KbMjqydw0qchulyD3KrWZ+NYw9v9rE7cl3KC0wmGhLriV/AkwfBIjrJy5RoP"
        "R45ng8fQdLf6qazlgE3LUCMHdG7JOkMA==</ds:SignatureValue><ds:KeyInfo/></ds:Signature><AttributeValu"
        'e xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">  a &lt; b&#13; '
        '"&#233;"  &lt;x&gt;</AttributeValue></Assertion></samlp:Response>'
    ),
    "inclusive, SHA-512": (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        'xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="_r"><Assertion '
        'xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a"><Issuer>x</Issuer><ds:Signature '
        'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod '
        'Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/><ds:SignatureMethod '
        'Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"/><ds:Reference '
        'URI="#_a"><ds:Transforms><ds:Transform '
        'Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/><ds:Transform '
        'Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/></ds:Transforms><ds:DigestMethod Al'
        'gorithm="http://www.w3.org/2001/04/xmlenc#sha512"/><ds:DigestValue>kVvji84mpKhiZdXaYepoYdayADStV'
        "7LzN56/Q4S3NFuUu3fZMKaOlA39f4dRmumhTrOrZWqhIUv5+nckrF0qQg==</ds:DigestValue></ds:Reference></ds:"
        "SignedInfo><ds:SignatureValue>J4GS96b1LHVU2kkWZA/GVd4aRiVumqIODLSihEQsHcsSBpK4RZp6eHcGVBZV7RASWb"
        "7de7pqkD5O/8T6FO4Aam9K4WYt9Fvau6lx1EZHwOCNv9defbWmyfJLHSTfEqdZI+ZpdRStMf7HXyFx3nWQ+x6pySAbS+T22S"
        "HP0BLMlYGiCXBzkvSh31icojVCDTW99C4SvFy/o2WKKY0IOQ3Wvt9bwSq/uTNLLMb0Ds9RZ2j8ezd/PfbH749fEy0H5k1zFn"
        "xnZUr43uKS/wl5Vc0mlhTghL1ijLIGiHgnvBnEL6d0aAm14t7IumsXt0KkvADYMSqR6h7v0iZFdfdDASX9IA==</ds:Signa"
        "tureValue><ds:KeyInfo/></ds:Signature><AttributeValue "
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">  a &lt; b&#13; '
        '"&#233;"  &lt;x&gt;</AttributeValue></Assertion></samlp:Response>'
    ),
}


@pytest.fixture(scope="module")
def key():
    return load_der_x509_certificate(base64.b64decode(CERTIFICATE)).public_key()


@pytest.fixture(scope="module")
def private():
    return rsa.generate_private_key(65537, 2048)


def assertion(text):
    (found,) = xml.children(xml.read(text.encode()), SAML, "Assertion")
    return found


@pytest.mark.parametrize("how", SIGNED)
def test_what_another_library_signed_is_verified(key, private, how):
    assert xml.verified(assertion(SIGNED[how]), [private.public_key(), key])
    assert not xml.verified(assertion(SIGNED[how]), [private.public_key()])


@pytest.mark.parametrize("how", SIGNED)
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<Issuer>x<", "<Issuer>y<"),
        ("xs:string", "xs:integer"),
        ("  a &lt; b", " a &lt; b"),
        ('URI="#_a"', 'URI=""'),
        ('ID="_a"', 'ID="_b"'),
        ("<Issuer>", "<Issuer a='1'>"),
        ("rsa-sha", "rsa-md"),
        ("enveloped-signature", "base64"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>!"),
        ("</Assertion>", "<Issuer>z</Issuer></Assertion>"),
        ("<ds:SignedInfo>", "<ds:SignedInfo Id='a'>"),
    ],
)
def test_what_was_changed_is_not(key, how, before, after):
    assert before in SIGNED[how]
    assert not xml.verified(assertion(SIGNED[how].replace(before, after, 1)), [key])


@pytest.mark.parametrize("how", SIGNED)
def test_what_is_not_signed_may_change(key, how):
    """Comments and the order of attributes are not of the canonical form; what holds the element is not signed."""
    changed = SIGNED[how].replace("<Issuer>", "<!-- said by --><Issuer>", 1).replace('ID="_r"', 'ID="_s"', 1)
    assert xml.verified(assertion(changed), [key])


@pytest.mark.parametrize("text", [b"", b"x", b"<a>", b"<!DOCTYPE a []><a/>"])
def test_what_is_no_document_is_refused(text):
    with pytest.raises(ValueError, match=r"it is no XML|it has a DOCTYPE"):
        xml.read(text)


KEY = rsa.generate_private_key(65537, 2048)
words = st.text("ab <>&\"'é€\t\n", max_size=6)
names = st.sampled_from(["a", "b", "p:a", "q:c"])


@st.composite
def elements(draw, depth=2):
    name, inner = draw(names), ""
    if depth:
        inner = "".join(draw(st.lists(elements(depth=depth - 1), max_size=2)))
    escape = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord(chr(34)): "&quot;", 9: "&#9;", 10: "&#10;"}
    kept = draw(st.lists(st.sampled_from(["x", "y", "p:z", "q:x"]), unique=True, max_size=3))
    given_ = "".join(f' {each}="{draw(words).translate(escape)}"' for each in kept)
    default = draw(st.sampled_from(["", ' xmlns="urn:d"', ' xmlns:p="urn:p2"']))
    return f"<{name}{default}{given_}>{draw(words).translate(escape)}{inner}</{name}>"


@settings(max_examples=30)
@given(elements())
def test_the_canonical_form_is_that_of_the_standard_library_and_what_is_signed_is_verified(inner):
    """Canonical XML 2.0, which Python has for whole documents, is exclusive by itself."""
    text = f'<r xmlns:p="urn:p" xmlns:q="urn:q" ID="_1">{inner}<end></end></r>'
    assert xml.canonical(xml.read(text.encode())).decode() == ElementTree.canonicalize(text)
    assert xml.verified(xml.read(xml.signed(text, KEY, "<end>").encode()), [KEY.public_key()])
