"""Asymmetric and HMAC keys: interoperable with libraries outside the mock."""

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from kmsmock.crypto.specs import KEY_SPECS
from tests.support.claims import refused

MLDSA = "cryptography.hazmat.primitives.asymmetric.mldsa"
pytestmark = pytest.mark.evidence(
    "recorded",
    "localstack (test_kms.snapshot.json) and stackd (testdata/aws/kms): Sign, Verify, MACs, public keys; standards of the algorithms",
)

SIGNING = [
    (spec.name, algorithm)
    for spec in KEY_SPECS.values()
    if spec.name != "SM2"
    for algorithm in spec.usages.get("SIGN_VERIFY", ())
]
HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def make(kms, spec, usage):
    return kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"]


def outside(kms, key):
    return load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])


@pytest.mark.parametrize(("spec", "algorithm"), SIGNING)
def test_a_signature_verifies_and_another_message_does_not(kms, spec, algorithm):
    key = make(kms, spec, "SIGN_VERIFY")
    digest = algorithm == "ED25519_PH_SHA_512"
    message, other = (hashlib.sha512(text).digest() if digest else text for text in (b"message", b"other"))
    kind = "DIGEST" if digest else "RAW"
    made = kms.sign(KeyId=key, Message=message, MessageType=kind, SigningAlgorithm=algorithm)
    assert (made["KeyId"], made["SigningAlgorithm"]) == (key, algorithm)
    asked = {"KeyId": key, "MessageType": kind, "Signature": made["Signature"], "SigningAlgorithm": algorithm}
    assert kms.verify(Message=message, **asked)["SignatureValid"] is True
    with refused("KMSInvalidSignatureException", ""):
        kms.verify(Message=other, **asked)
    with refused("KMSInvalidSignatureException", ""):
        kms.verify(Message=message, **{**asked, "Signature": b"garbage"})


@pytest.mark.parametrize("algorithm", KEY_SPECS["RSA_2048"].usages["SIGN_VERIFY"])
def test_rsa_signatures_verify_outside_raw_and_by_digest(kms, algorithm):
    key = make(kms, "RSA_2048", "SIGN_VERIFY")
    digest = HASHES[algorithm[-3:]]
    pad = padding.PKCS1v15() if "PKCS1" in algorithm else padding.PSS(padding.MGF1(digest), digest.digest_size)
    hashed = hashlib.new(digest.name, b"message").digest()
    for message, kind in ((b"message", "RAW"), (hashed, "DIGEST")):
        made = kms.sign(KeyId=key, Message=message, MessageType=kind, SigningAlgorithm=algorithm)["Signature"]
        outside(kms, key).verify(made, b"message", pad, digest)
        outside(kms, key).verify(made, hashed, pad, Prehashed(digest))


@pytest.mark.parametrize(("spec", "algorithm"), [pair for pair in SIGNING if pair[1].startswith("ECDSA")])
def test_ecdsa_signatures_verify_outside(kms, spec, algorithm):
    key = make(kms, spec, "SIGN_VERIFY")
    made = kms.sign(KeyId=key, Message=b"message", SigningAlgorithm=algorithm)["Signature"]
    outside(kms, key).verify(made, b"message", ec.ECDSA(HASHES[algorithm[-3:]]))
    with pytest.raises(InvalidSignature):
        outside(kms, key).verify(made, b"other", ec.ECDSA(HASHES[algorithm[-3:]]))


def test_ed25519_verifies_outside_and_is_deterministic(kms):
    key = make(kms, "ECC_NIST_EDWARDS25519", "SIGN_VERIFY")
    first, second = (
        kms.sign(KeyId=key, Message=b"message", SigningAlgorithm="ED25519_SHA_512")["Signature"] for _ in range(2)
    )
    assert first == second
    outside(kms, key).verify(first, b"message")


def test_ml_dsa_raw_and_external_mu_verify_each_other_and_outside(kms):
    key = make(kms, "ML_DSA_44", "SIGN_VERIFY")
    public = outside(kms, key)
    assert isinstance(public, pytest.importorskip(MLDSA).MLDSA44PublicKey)
    raw = kms.sign(KeyId=key, Message=b"message", SigningAlgorithm="ML_DSA_SHAKE_256")["Signature"]
    public.verify(raw, b"message")
    # FIPS 204: mu = SHAKE256(SHAKE256(pk, 64) || 0 || len(ctx) || ctx || M, 64)
    tr = hashlib.shake_256(public.public_bytes_raw()).digest(64)
    mu = hashlib.shake_256(tr + b"\0\0" + b"message").digest(64)
    asked = {"KeyId": key, "Message": mu, "MessageType": "EXTERNAL_MU", "SigningAlgorithm": "ML_DSA_SHAKE_256"}
    assert kms.verify(Signature=raw, **asked)["SignatureValid"]
    public.verify(kms.sign(**asked)["Signature"], b"message")


@pytest.mark.parametrize(
    ("spec", "algorithm", "kind", "message", "text"),
    [
        ("RSA_2048", "RSASSA_PSS_SHA_256", "DIGEST", b"x", "Digest is invalid length for algorithm RSASSA_PSS_SHA_256."),
        ("RSA_2048", "RSASSA_PSS_SHA_256", "EXTERNAL_MU", b"x" * 64,
         "Message type EXTERNAL_MU is incompatible with key spec RSA_2048."),
        ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512", "DIGEST", b"x" * 64,
         "Message type DIGEST is incompatible with algorithm ED25519_SHA_512."),
        ("ECC_NIST_EDWARDS25519", "ED25519_PH_SHA_512", "RAW", b"x",
         "Message type RAW is incompatible with algorithm ED25519_PH_SHA_512."),
    ],
)  # fmt: skip
def test_message_types_must_fit(kms, spec, algorithm, kind, message, text):
    key = make(kms, spec, "SIGN_VERIFY")
    with refused("ValidationException", text):
        kms.sign(KeyId=key, Message=message, MessageType=kind, SigningAlgorithm=algorithm)


def test_an_algorithm_that_the_key_does_not_have_is_refused(kms):
    key = make(kms, "ECC_NIST_P256", "SIGN_VERIFY")
    with refused("InvalidKeyUsageException", "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256."):
        kms.sign(KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_384")


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_macs_have_the_length_of_their_hash_and_must_match(kms, bits):
    key = make(kms, f"HMAC_{bits}", "GENERATE_VERIFY_MAC")
    algorithm = f"HMAC_SHA_{bits}"
    tag = kms.generate_mac(KeyId=key, Message=b"message", MacAlgorithm=algorithm)["Mac"]
    assert len(tag) == bits // 8
    assert kms.verify_mac(KeyId=key, Message=b"message", MacAlgorithm=algorithm, Mac=tag)["MacValid"] is True
    for message, mac in ((b"other", tag), (b"message", tag[:-1])):
        with refused("KMSInvalidMacException", ""):
            kms.verify_mac(KeyId=key, Message=message, MacAlgorithm=algorithm, Mac=mac)


@pytest.mark.parametrize(("spec", "size"), [("RSA_2048", 256), ("RSA_3072", 384)])
@pytest.mark.parametrize(
    ("algorithm", "digest"), [("RSAES_OAEP_SHA_1", hashes.SHA1()), ("RSAES_OAEP_SHA_256", hashes.SHA256())]
)
def test_rsa_oaep_agrees_with_an_outside_party(kms, spec, size, algorithm, digest):
    key = make(kms, spec, "ENCRYPT_DECRYPT")
    oaep = padding.OAEP(padding.MGF1(digest), digest, None)
    blob = outside(kms, key).encrypt(b"secret", oaep)
    opened = kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
    assert opened["Plaintext"] == b"secret"
    assert "KeyMaterialId" not in opened
    most = size - 2 * digest.digest_size - 2
    assert len(kms.encrypt(KeyId=key, Plaintext=b"x" * most, EncryptionAlgorithm=algorithm)["CiphertextBlob"]) == size
    text = f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {most} bytes."
    with refused("ValidationException", text):
        kms.encrypt(KeyId=key, Plaintext=b"x" * (most + 1), EncryptionAlgorithm=algorithm)


def test_decryption_with_rsa_needs_key_and_algorithm(kms):
    key = make(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256")["CiphertextBlob"]
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(KeyId=key, CiphertextBlob=blob)
    with refused("ValidationException", "KeyId must not be null"):
        kms.decrypt(CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_1")
    with refused(
        "ValidationException", "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs."
    ):
        kms.decrypt(
            KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_256", EncryptionContext={"a": "b"}
        )


def test_re_encrypt_goes_between_symmetric_and_rsa_keys(kms, key):
    rsa_key = make(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    there = kms.re_encrypt(
        CiphertextBlob=blob, DestinationKeyId=rsa_key, DestinationEncryptionAlgorithm="RSAES_OAEP_SHA_256"
    )
    assert ("SourceKeyMaterialId" in there, "DestinationKeyMaterialId" in there) == (True, False)
    back = kms.re_encrypt(
        CiphertextBlob=there["CiphertextBlob"],
        SourceKeyId=rsa_key,
        SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256",
        DestinationKeyId=key,
    )
    assert kms.decrypt(CiphertextBlob=back["CiphertextBlob"])["Plaintext"] == b"x"


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()])
def test_a_derived_secret_agrees_with_an_outside_party(kms, curve):
    key = make(kms, f"ECC_NIST_P{curve.key_size}", "KEY_AGREEMENT")
    mine = ec.generate_private_key(curve)
    der = mine.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    made = kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=der)
    assert made["SharedSecret"] == mine.exchange(ec.ECDH(), outside(kms, key))
    assert made["KeyOrigin"] == "AWS_KMS"
    for bad in (b"garbage", outside(kms, make(kms, "RSA_2048", "SIGN_VERIFY")).public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo)):  # fmt: skip
        with refused("ValidationException", ""):
            kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=bad)


@pytest.mark.parametrize("level", [512, 768, 1024])
def test_encapsulated_secrets_come_back_and_a_wrong_length_does_not(kms, level):
    key = make(kms, f"ML_KEM_{level}", "ENCAPSULATE_DECAPSULATE")
    made = kms.encapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM")
    asked = {"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}
    blob = made["SharedSecretCiphertextBlob"]
    assert kms.decapsulate(SharedSecretCiphertextBlob=blob, **asked)["SharedSecret"] == made["SharedSecret"]
    with refused("InvalidCiphertextException", ""):
        kms.decapsulate(SharedSecretCiphertextBlob=blob[:-1], **asked)


@pytest.mark.parametrize("level", [768, 1024])
def test_an_outside_party_encapsulates_for_the_key(kms, level):
    key = make(kms, f"ML_KEM_{level}", "ENCAPSULATE_DECAPSULATE")
    secret, blob = outside(kms, key).encapsulate()
    opened = kms.decapsulate(KeyId=key, EncapsulationAlgorithm="ML_KEM", SharedSecretCiphertextBlob=blob)
    assert opened["SharedSecret"] == secret


PAIRS = ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"]


@pytest.mark.parametrize("spec", PAIRS)
def test_a_data_key_pair_loads_outside_and_its_private_half_decrypts(kms, key, spec):
    made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec, EncryptionContext={"a": "b"})
    private = load_der_private_key(made["PrivateKeyPlaintext"], None)
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert public == made["PublicKey"]
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["PrivateKeyPlaintext"]
    hidden = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec=spec)
    assert "PrivateKeyPlaintext" not in hidden
    assert hidden["PublicKey"] != made["PublicKey"]


def test_a_data_key_needs_a_symmetric_key(kms):
    rsa_key = make(kms, "RSA_2048", "ENCRYPT_DECRYPT")
    with refused("InvalidKeyUsageException", "You cannot generate a data key pair with an asymmetric CMK"):
        kms.generate_data_key_pair(KeyId=rsa_key, KeyPairSpec="RSA_2048")


def test_a_public_key_is_for_asymmetric_keys_only_and_survives_disabling(kms, key):
    with refused("UnsupportedOperationException", ""):
        kms.get_public_key(KeyId=key)
    signer = make(kms, "RSA_2048", "SIGN_VERIFY")
    kms.disable_key(KeyId=signer)
    shown = kms.get_public_key(KeyId=signer)
    assert isinstance(load_der_public_key(shown["PublicKey"]), rsa.RSAPublicKey)
    assert (shown["KeySpec"], shown["KeyUsage"]) == ("RSA_2048", "SIGN_VERIFY")
    with refused("DisabledException", f"{signer} is disabled."):
        kms.sign(KeyId=signer, Message=b"x", SigningAlgorithm="RSASSA_PSS_SHA_256")


def test_no_two_keys_of_a_world_share_a_key_pair(kms):
    made = {kms.get_public_key(KeyId=make(kms, "RSA_2048", "SIGN_VERIFY"))["PublicKey"] for _ in range(3)}
    assert len(made) == 3


@pytest.mark.parametrize(
    ("spec", "size"), [("ECC_NIST_P256", 150), ("ECC_SECG_P256K1", 144), ("ECC_NIST_EDWARDS25519", 48)]
)
def test_the_private_half_of_a_data_key_pair_has_the_size_of_kms(kms, key, spec, size):
    made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec)["PrivateKeyPlaintext"]
    assert len(made) == size
    load_der_private_key(made, None)


def test_a_public_key_of_an_unknown_algorithm_has_no_curve(kms):
    key = make(kms, "ECC_NIST_P256", "KEY_AGREEMENT")
    der = kms.get_public_key(KeyId=key)["PublicKey"]
    unknown = der.replace(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0263"))
    assert unknown != der
    with refused("ValidationException", ""):
        kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=unknown)
