"""Recipient: answers for a Nitro enclave, made here by a library, that only it can read."""

import datetime

import cbor2
import pytest
from asn1crypto import cms, keys
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.conftest import policy, refused


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


@pytest.fixture
def enclave():
    return ENCLAVE


def test_decrypt_answers_for_the_enclave_alone(kms, key, enclave):
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    answer = kms.decrypt(CiphertextBlob=blob, Recipient=enclave.recipient())
    assert not {"Plaintext", "KeyMaterialId"} & answer.keys()
    assert enclave.open(answer["CiphertextForRecipient"]) == b"secret"


def test_data_keys_pairs_and_random_bytes_reach_the_enclave(kms, key, enclave):
    recipient = enclave.recipient()
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=recipient)
    assert "Plaintext" not in made
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"]
    assert enclave.open(made["CiphertextForRecipient"]) == opened
    pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256", Recipient=recipient)
    opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"]
    assert enclave.open(pair["CiphertextForRecipient"]) == opened
    random = kms.generate_random(NumberOfBytes=12, Recipient=recipient)
    assert len(enclave.open(random["CiphertextForRecipient"])) == 12


def test_a_policy_can_demand_the_measurements_of_an_enclave(owner, kms, key, enclave):
    root = {"AWS": f"arn:aws:iam::{owner.id}:root"}
    wanted = {"StringEqualsIgnoreCase": {"kms:RecipientAttestation:ImageSha384": "0a" * 48}}
    actions = ["kms:PutKeyPolicy", "kms:Encrypt"]
    statements = (
        {"Effect": "Allow", "Principal": root, "Action": actions, "Resource": "*"},
        {"Effect": "Allow", "Principal": root, "Action": "kms:Decrypt", "Resource": "*", "Condition": wanted},
    )
    import json

    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(*statements)))
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms.decrypt(CiphertextBlob=blob, Recipient=enclave.recipient())
    for bad in ({"Recipient": enclave.recipient(pcrs={0: b"\x0b" * 48})}, {}):
        with refused("AccessDeniedException"):
            kms.decrypt(CiphertextBlob=blob, **bad)


def test_a_document_that_does_not_verify_is_refused(kms, key, enclave):
    good = enclave.recipient()
    forged = {**good, "AttestationDocument": good["AttestationDocument"].replace(b"i-0-enc0", b"i-1-enc1")}
    for bad in (forged, {**good, "AttestationDocument": b"garbage"}):
        with refused("ValidationException"):
            kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=bad)


UNVERIFIED = "The attestation document in the Recipient parameter is not valid: "


def rsa_512():
    """The SubjectPublicKeyInfo of an RSA key that no library would make any more."""
    public = keys.RSAPublicKey({"modulus": 2**511 + 1, "public_exponent": 65537})
    return keys.PublicKeyInfo({"algorithm": {"algorithm": "rsa"}, "public_key": public}).dump()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"pcrs": {0: "0a" * 48}}, "the measurements in the attestation document are not bytes"),
        ({"nitrotpm_pcrs": {4: 1}}, "the measurements in the attestation document are not bytes"),
        ({"public_key": rsa_512()},
         "the public key in the attestation document is no RSA key of 2048 bits or more"),
    ],
)  # fmt: skip
def test_a_document_with_strange_measurements_or_a_small_key_is_refused(kms, key, enclave, changes, problem):
    with refused("ValidationException", f"{UNVERIFIED}{problem}."):
        kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient=enclave.recipient(**changes))


def test_an_empty_recipient_is_refused(kms, key):
    for call in (
        lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256", Recipient={}),
        lambda: kms.generate_random(NumberOfBytes=8, Recipient={}),
    ):
        with refused("ValidationException", f"{UNVERIFIED}there is no AttestationDocument."):
            call()
