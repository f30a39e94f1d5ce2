"""Enveloped XML signatures, as SAML has them ("XML Signature Syntax and Processing", "Exclusive XML Canonicalization").

Only what identity providers send: one reference to the element that holds the signature, RSA, SHA-1 to SHA-512.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any
from xml.dom import Node
from xml.dom.minidom import Document, Element, Text, parseString
from xml.parsers.expat import ExpatError

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DS}enveloped-signature"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_METHODS: Mapping[str, hashes.HashAlgorithm] = {
    f"{DS}rsa-sha1": hashes.SHA1(),  # noqa: S303 - what a document says is looked at, nothing is made with it
    RSA_SHA256: hashes.SHA256(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384": hashes.SHA384(),
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512": hashes.SHA512(),
}
_DIGESTS: Mapping[str, str] = {
    f"{DS}sha1": "sha1",
    SHA256: "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
_XMLNS = "http://www.w3.org/2000/xmlns/"


def read(text: bytes) -> Element:
    """The root of a document. Raises ValueError for what is no XML, and for one with a DOCTYPE."""
    try:
        document = parseString(text)  # noqa: S318 - what a test sends to itself; expat bounds what entities grow to
    except ExpatError as problem:
        raise ValueError(f"it is no XML: {problem}") from None
    if document.doctype is not None or document.documentElement is None:
        raise ValueError("it has a DOCTYPE")
    return document.documentElement


def children(parent: Element, namespace: str, name: str) -> list[Element]:
    """The child elements of a name."""
    return [
        each
        for each in parent.childNodes
        if each.nodeType == Node.ELEMENT_NODE and (each.namespaceURI, each.localName) == (namespace, name)
    ]


def inner_text(element: Element) -> str:
    """The text in an element, without white space around it."""
    return "".join(each.data for each in element.childNodes if isinstance(each, Text)).strip()


def is_signed(element: Element) -> bool:
    """Whether an element holds a signature of itself, whoever made it."""
    return bool(children(element, DS, "Signature"))


def verified(element: Element, keys: Sequence[rsa.RSAPublicKey]) -> bool:
    """Whether one of the keys made the one signature in an element, and it is over this element, as it is."""
    found = children(element, DS, "Signature")
    if len(found) != 1:
        return False
    try:
        return _verified(element, found[0], keys)
    except (_Odd, binascii.Error):
        return False


class _Odd(Exception):
    """A signature of another make than those that are known here."""


def _one(parent: Element, name: str) -> Element:
    found = children(parent, DS, name)
    if len(found) != 1:
        raise _Odd(name)
    return found[0]


def _verified(element: Element, signature: Element, keys: Sequence[rsa.RSAPublicKey]) -> bool:
    info = _one(signature, "SignedInfo")
    reference = _one(info, "Reference")
    if reference.getAttribute("URI") != f"#{element.getAttribute('ID')}":
        raise _Odd("URI")
    transforms = children(_one(reference, "Transforms"), DS, "Transform")
    names = [each.getAttribute("Algorithm") for each in transforms]
    if len(names) not in (1, 2) or names[0] != ENVELOPED:
        raise _Odd("Transforms")
    plain = _canonical(element, transforms[1] if len(names) == 2 else None, signature)
    digest = _DIGESTS.get(_one(reference, "DigestMethod").getAttribute("Algorithm"))
    if digest is None or hashlib.new(digest, plain).digest() != _bytes(_one(reference, "DigestValue")):
        return False
    method = _METHODS.get(_one(info, "SignatureMethod").getAttribute("Algorithm"))
    if method is None:
        raise _Odd("SignatureMethod")
    signed = _canonical(info, _one(info, "CanonicalizationMethod"))
    return any(_made(key, _bytes(_one(signature, "SignatureValue")), signed, method) for key in keys)


def _made(key: rsa.RSAPublicKey, made: bytes, signed: bytes, method: hashes.HashAlgorithm) -> bool:
    try:
        key.verify(made, signed, padding.PKCS1v15(), method)
    except InvalidSignature:
        return False
    return True


def _bytes(element: Element) -> bytes:
    return base64.b64decode("".join(inner_text(element).split()), validate=True)


def _canonical(element: Element, method: Element | None, without: Element | None = None) -> bytes:
    """An element in the canonical form that a method names; inclusive where there is none."""
    name = _INCLUSIVE if method is None else method.getAttribute("Algorithm")
    if name not in (EXCLUSIVE, _INCLUSIVE):
        raise _Odd(name)
    listed = () if method is None else children(method, EXCLUSIVE, "InclusiveNamespaces")
    prefixes = [each for found in listed for each in found.getAttribute("PrefixList").split()]
    kept = {"" if each == "#default" else each for each in prefixes}
    return canonical(element, None if name == _INCLUSIVE else kept, without)


def canonical(element: Element, inclusive: Set[str] | None = frozenset(), without: Element | None = None) -> bytes:
    """The canonical form of an element. Namespaces are declared where they are used; those of ``inclusive`` prefixes
    where they are in scope (None: all). Comments and the element ``without`` are left out."""
    return "".join(_element(element, {}, inclusive, without)).encode()


def _element(
    element: Element, declared: Mapping[str, str], inclusive: Set[str] | None, without: Element | None
) -> Iterator[str]:
    scope = _in_scope(element)
    plain = [each for each in _attributes(element) if each.namespaceURI != _XMLNS]
    used = {element.prefix or "", *(each.prefix for each in plain if each.prefix)} - {"xml"}
    wanted = used | (scope.keys() if inclusive is None else inclusive & scope.keys())
    new = {prefix: scope.get(prefix, "") for prefix in wanted if declared.get(prefix, "") != scope.get(prefix, "")}
    yield f"<{element.tagName}"
    for prefix, uri in sorted(new.items()):
        yield f' xmlns{":" if prefix else ""}{prefix}="{_quoted(uri)}"'
    for each in sorted(plain, key=lambda attribute: (attribute.namespaceURI or "", attribute.localName)):
        yield f' {each.name}="{_quoted(each.value)}"'
    yield ">"
    for child in element.childNodes:
        if child is without:
            continue
        if child.nodeType == Node.ELEMENT_NODE:
            yield from _element(child, {**declared, **new}, inclusive, without)
        elif child.nodeType in (Node.TEXT_NODE, Node.CDATA_SECTION_NODE):
            yield _escaped(child.data)
        elif child.nodeType == Node.PROCESSING_INSTRUCTION_NODE:
            yield f"<?{child.target}{' ' if child.data else ''}{child.data}?>"
    yield f"</{element.tagName}>"


def _attributes(element: Element) -> list[Any]:
    return [element.attributes.item(number) for number in range(element.attributes.length)]


def _in_scope(element: Element) -> dict[str, str]:
    """The namespaces that may be used in an element, by their prefixes."""
    found: dict[str, str] = {}
    at: Any = element
    while at is not None and not isinstance(at, Document):
        for each in _attributes(at):
            if each.namespaceURI == _XMLNS:
                found.setdefault("" if each.name == "xmlns" else each.localName, each.value)
        at = at.parentNode
    return {prefix: uri for prefix, uri in found.items() if prefix or uri}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def _quoted(text: str) -> str:
    once = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return once.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")


def signed(text: str, key: rsa.RSAPrivateKey, place: str) -> str:
    """A document whose root is signed with SHA-256; ``place`` is a text in it that the signature is put before."""
    root = read(text.encode())
    digest = base64.b64encode(hashlib.sha256(canonical(root)).digest()).decode()
    info = (
        f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}">'
        "</ds:CanonicalizationMethod>"
        f'<ds:SignatureMethod Algorithm="{RSA_SHA256}"></ds:SignatureMethod>'
        f'<ds:Reference URI="#{root.getAttribute("ID")}"><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}">'
        f'</ds:Transform><ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue>'
        "</ds:Reference></ds:SignedInfo>"
    )
    made = base64.b64encode(key.sign(info.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
    signature = (
        f'<ds:Signature xmlns:ds="{DS}">{info.replace(f" xmlns:ds={chr(34)}{DS}{chr(34)}", "", 1)}'
        f"<ds:SignatureValue>{made}</ds:SignatureValue></ds:Signature>"
    )
    return text.replace(place, signature + place, 1)
