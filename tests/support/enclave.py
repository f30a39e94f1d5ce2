"""A Nitro enclave with its attestation document."""

import datetime

import cbor2
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Enclave:
    """An enclave with a key of its own, attested by a certificate of its own."""

    def __init__(self):
        self.private = rsa.generate_private_key(65537, 2048)
        self.signer = ec.generate_private_key(ec.SECP384R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test enclave")])
        builder = x509.CertificateBuilder(name, name, self.signer.public_key(), 1)
        builder = builder.not_valid_before(datetime.datetime(2020, 1, 1)).not_valid_after(datetime.datetime(2120, 1, 1))
        self.certificate = builder.sign(self.signer, hashes.SHA384()).public_bytes(Encoding.DER)

    def document(self, **changes):
        content = {
            "module_id": "i-0-enc0",
            "pcrs": {0: b"\x0a" * 48},
            "certificate": self.certificate,
            "cabundle": [],
            "public_key": self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            **changes,
        }
        protected, payload = cbor2.dumps({1: -35}), cbor2.dumps(content)
        signed = cbor2.dumps(["Signature1", protected, b"", payload])
        pair = decode_dss_signature(self.signer.sign(signed, ec.ECDSA(hashes.SHA384())))
        return cbor2.dumps([protected, {}, payload, b"".join(number.to_bytes(48, "big") for number in pair)])

    def recipient(self, **changes):
        return {
            "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256",
            "AttestationDocument": self.document(**changes),
        }

    def open(self, envelope):
        content = cms.ContentInfo.load(envelope)["content"]
        sha256 = hashes.SHA256()
        (info,) = content["recipient_infos"]
        wrapped = info.chosen["encrypted_key"].native
        key = self.private.decrypt(wrapped, rsa_padding.OAEP(rsa_padding.MGF1(sha256), sha256, None))
        sealed = content["encrypted_content_info"]
        iv = sealed["content_encryption_algorithm"]["parameters"].native
        decryptor = Cipher(AES(key), CBC(iv)).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        padded = decryptor.update(sealed["encrypted_content"].native) + decryptor.finalize()
        return unpadder.update(padded) + unpadder.finalize()


# cryptography keeps the first ``datetime.datetime`` that it meets for good: that must not be freezegun's, in whatever
# order the tests run, so the certificate is made while they are collected
ENCLAVE = Enclave()
