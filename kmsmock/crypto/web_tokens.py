"""JSON Web Tokens and key sets (RFC 7515, 7517, 7518), in the algorithms that STS takes of OpenID Connect providers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_CURVES: Mapping[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
_OF_ALGORITHM = {"ES256": "secp256r1", "ES384": "secp384r1", "ES512": "secp521r1"}
ALGORITHMS = (*_OF_ALGORITHM, "RS256", "RS384", "RS512")


class PublicKey(NamedTuple):
    """A key of an issuer; ``id`` is the ``kid`` that its tokens name, None for one that has none."""

    id: str | None
    key: Any


class Token(NamedTuple):
    """A token that can be read; what it says is not true yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def read(text: str) -> Token:
    """A token in three parts. Raises ValueError for what is none."""
    parts = text.split(".")
    if len(parts) != 3:
        raise ValueError("a token has three parts")
    try:
        header, claims = (json.loads(_decoded(each)) for each in parts[:2])
        signature = _decoded(parts[2])
    except (binascii.Error, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise ValueError(str(problem)) from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise ValueError("header and claims are objects")
    return Token(header, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


def verified(token: Token, keys: tuple[PublicKey, ...]) -> bool:
    """Whether one of the keys made the signature: the one that the header names, if it names one."""
    named = token.header.get("kid")
    return any(_made(token, each.key) for each in keys if named is None or each.id in (None, named))


def _made(token: Token, key: Any) -> bool:
    algorithm = token.header.get("alg")
    if algorithm not in ALGORITHMS:
        return False
    digest = _HASHES[algorithm[2:]]
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm.startswith("RS"):
            key.verify(token.signature, token.signed, padding.PKCS1v15(), digest)
            return True
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == _OF_ALGORITHM.get(algorithm):
            half = (key.curve.key_size + 7) // 8
            if len(token.signature) != 2 * half:
                return False
            r, s = (int.from_bytes(each, "big") for each in (token.signature[:half], token.signature[half:]))
            key.verify(encode_dss_signature(r, s), token.signed, ec.ECDSA(digest))
            return True
    except InvalidSignature:
        return False
    return False


def signed(claims: Mapping[str, Any], key: ec.EllipticCurvePrivateKey, key_id: str) -> str:
    """A token of these claims, signed with ES256."""
    header = {"alg": "ES256", "kid": key_id, "typ": "JWT"}
    text = ".".join(_encoded(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{text}.{_encoded(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def new_key() -> tuple[ec.EllipticCurvePrivateKey, PublicKey]:
    """A key for an issuer of a test's own."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key()
    shape = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, PublicKey(hashlib.sha256(shape).hexdigest()[:16], public)


def keys_of(given: Any) -> tuple[PublicKey, ...]:
    """The public keys in a JWKS or a JWK (dict or JSON), a PEM, a public key of ``cryptography``, or a list of those.

    Raises ValueError for anything else.
    """
    try:
        found = tuple(_keys_of(given))
    except (ValueError, KeyError, TypeError, binascii.Error) as problem:
        raise ValueError(f"keys={given!r}: give a JWKS, a PEM or a public key of cryptography ({problem})") from None
    if not found:
        raise ValueError(f"keys={given!r}: there is no key in it")
    return found


def _keys_of(given: Any) -> Iterator[PublicKey]:
    if isinstance(given, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
        yield PublicKey(None, given)
    elif isinstance(given, Mapping):
        listed = given.get("keys", [given])
        yield from (_of_jwk(each) for each in listed)
    elif isinstance(given, (list, tuple)):
        for each in given:
            yield from _keys_of(each)
    elif isinstance(given, (str, bytes)):
        raw = given.encode() if isinstance(given, str) else given
        if raw.lstrip().startswith(b"-----BEGIN"):
            yield from _keys_of(serialization.load_pem_public_key(raw))
        else:
            yield from _keys_of(json.loads(raw))
    else:
        raise TypeError("it is none of these")


def _of_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """A JWK, of which only the public half is read."""
    if jwk["kty"] == "RSA":
        return PublicKey(jwk.get("kid"), rsa.RSAPublicNumbers(_number(jwk["e"]), _number(jwk["n"])).public_key())
    if jwk["kty"] == "EC":
        curve = _CURVES[jwk["crv"]]
        return PublicKey(
            jwk.get("kid"), ec.EllipticCurvePublicNumbers(_number(jwk["x"]), _number(jwk["y"]), curve).public_key()
        )
    raise ValueError(f"kty {jwk['kty']!r} is neither RSA nor EC")


def _number(text: str) -> int:
    return int.from_bytes(_decoded(text), "big")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
