"""Nitro attestation documents (COSE_Sign1 of CBOR), and CMS envelopes for the public keys in them.

The signature and the certificates in the document are verified, against the root that the document brings along: a
mock has no use for AWS's own root, and a test makes its own enclave.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from kmsmock.foreign import extras

SMALLEST = 2048


class BadDocument(ValueError):
    """Not an attestation document, or one whose signature or certificates do not verify."""


@dataclass(frozen=True, slots=True)
class Attestation:
    """What an enclave attests: its measurements, by number, and the RSA public key that answers are sealed for."""

    module_id: str
    pcrs: Mapping[int, bytes]
    tpm_pcrs: Mapping[int, bytes]
    public_key: Any


def parse(document: bytes) -> Attestation:
    """Read and verify a document. Raises BadDocument."""
    with extras.needed("enclaves"):
        import cbor2
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        cose = cbor2.loads(document)
        parts = cose.value if isinstance(cose, cbor2.CBORTag) else cose
        protected, _, payload, signature = parts
        content = cbor2.loads(payload)
        _verify(content, cbor2.dumps(["Signature1", protected, b"", payload]), signature)
        public_key = load_der_public_key(content["public_key"])
        pcrs, tpm_pcrs = dict(content.get("pcrs") or {}), dict(content.get("nitrotpm_pcrs") or {})
        module = str(content["module_id"])
    except BadDocument:
        raise
    except Exception as problem:
        raise BadDocument("the attestation document cannot be read") from problem
    if not isinstance(public_key, rsa.RSAPublicKey) or public_key.key_size < SMALLEST:
        raise BadDocument(f"the public key in the attestation document is no RSA key of {SMALLEST} bits or more")
    if not all(isinstance(value, bytes) for value in (*pcrs.values(), *tpm_pcrs.values())):
        raise BadDocument("the measurements in the attestation document are not bytes")
    return Attestation(module, pcrs, tpm_pcrs, public_key)


def _verify(content: Mapping[str, Any], signed: bytes, signature: bytes) -> None:
    """ECDSA with SHA-384 by the document's certificate, and each certificate by the one above it."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    chain = [x509.load_der_x509_certificate(der) for der in (content["certificate"], *reversed(content["cabundle"]))]
    key = chain[0].public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadDocument("the certificate in the attestation document is for no elliptic curve key")
    half = len(signature) // 2
    pair = (int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
    try:
        key.verify(encode_dss_signature(*pair), signed, ec.ECDSA(hashes.SHA384()))
        for certificate, issuer in pairwise(chain):
            certificate.verify_directly_issued_by(issuer)
    except InvalidSignature:
        raise BadDocument("the attestation document does not verify") from None


def seal(attestation: Attestation, plaintext: bytes) -> bytes:
    """A CMS EnvelopedData (RFC 5652): AES-256-CBC content, its key under RSAES-OAEP with SHA-256."""
    import os

    with extras.needed("enclaves"):
        from asn1crypto import algos, cms
    from cryptography.hazmat.primitives import hashes, padding, serialization
    from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CBC

    content_key, iv = os.urandom(32), os.urandom(16)
    padder = padding.PKCS7(128).padder()
    padded = padder.update(plaintext) + padder.finalize()
    encryptor = Cipher(AES(content_key), CBC(iv)).encryptor()
    ciphertext = encryptor.update(padded) + encryptor.finalize()
    sha256 = hashes.SHA256()
    wrapped = attestation.public_key.encrypt(content_key, rsa_padding.OAEP(rsa_padding.MGF1(sha256), sha256, None))
    spki = attestation.public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    digest = hashes.Hash(hashes.SHA256())
    digest.update(spki)
    oaep = {
        "hash_algorithm": {"algorithm": "sha256"},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}},
    }
    recipient = cms.KeyTransRecipientInfo(
        {
            "version": "v2",
            "rid": cms.RecipientIdentifier({"subject_key_identifier": digest.finalize()}),
            "key_encryption_algorithm": {"algorithm": "rsaes_oaep", "parameters": algos.RSAESOAEPParams(oaep)},
            "encrypted_key": wrapped,
        }
    )
    enveloped = cms.EnvelopedData(
        {
            "version": "v2",
            "recipient_infos": [cms.RecipientInfo({"ktri": recipient})],
            "encrypted_content_info": {
                "content_type": "data",
                "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": iv},
                "encrypted_content": ciphertext,
            },
        }
    )
    return bytes(cms.ContentInfo({"content_type": "enveloped_data", "content": enveloped}).dump())
