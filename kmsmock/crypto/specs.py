"""Key specs x usages x algorithms, as one table ("Key spec reference" in the KMS developer guide)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Algorithms = tuple[str, ...]

_RSA_ENCRYPT: Algorithms = ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256")
_RSA_SIGN: Algorithms = (
    "RSASSA_PKCS1_V1_5_SHA_256",
    "RSASSA_PKCS1_V1_5_SHA_384",
    "RSASSA_PKCS1_V1_5_SHA_512",
    "RSASSA_PSS_SHA_256",
    "RSASSA_PSS_SHA_384",
    "RSASSA_PSS_SHA_512",
)


@dataclass(frozen=True, slots=True)
class KeySpec:
    """``usages`` maps each KeyUsage to its algorithms, in the order in which AWS lists them."""

    name: str
    family: str
    usages: Mapping[str, Algorithms]
    importable: bool = True


def _rsa(name: str) -> KeySpec:
    return KeySpec(name, "rsa", {"ENCRYPT_DECRYPT": _RSA_ENCRYPT, "SIGN_VERIFY": _RSA_SIGN})


def _nist(name: str, bits: int) -> KeySpec:
    return KeySpec(name, "ecc", {"SIGN_VERIFY": (f"ECDSA_SHA_{bits}",), "KEY_AGREEMENT": ("ECDH",)})


def _hmac(bits: int) -> KeySpec:
    return KeySpec(f"HMAC_{bits}", "hmac", {"GENERATE_VERIFY_MAC": (f"HMAC_SHA_{bits}",)})


def _ml_dsa(level: int) -> KeySpec:
    return KeySpec(f"ML_DSA_{level}", "ml-dsa", {"SIGN_VERIFY": ("ML_DSA_SHAKE_256",)}, importable=False)


def _ml_kem(level: int) -> KeySpec:
    return KeySpec(f"ML_KEM_{level}", "ml-kem", {"ENCAPSULATE_DECAPSULATE": ("ML_KEM",)}, importable=False)


_SPECS = (
    KeySpec("SYMMETRIC_DEFAULT", "symmetric", {"ENCRYPT_DECRYPT": ("SYMMETRIC_DEFAULT",)}),
    *(_rsa(f"RSA_{bits}") for bits in (2048, 3072, 4096)),
    _nist("ECC_NIST_P256", 256),
    _nist("ECC_NIST_P384", 384),
    _nist("ECC_NIST_P521", 512),
    KeySpec("ECC_SECG_P256K1", "ecc", {"SIGN_VERIFY": ("ECDSA_SHA_256",)}),
    KeySpec("ECC_NIST_EDWARDS25519", "ed25519", {"SIGN_VERIFY": ("ED25519_PH_SHA_512", "ED25519_SHA_512")}),
    *(_hmac(bits) for bits in (224, 256, 384, 512)),
    *(_ml_dsa(level) for level in (44, 65, 87)),
    *(_ml_kem(level) for level in (512, 768, 1024)),
    KeySpec("SM2", "sm2", {"ENCRYPT_DECRYPT": ("SM2PKE",), "SIGN_VERIFY": ("SM2DSA",), "KEY_AGREEMENT": ("ECDH",)}),
)

KEY_SPECS: dict[str, KeySpec] = {spec.name: spec for spec in _SPECS}

_METADATA_FIELDS = {
    "ENCRYPT_DECRYPT": "EncryptionAlgorithms",
    "SIGN_VERIFY": "SigningAlgorithms",
    "GENERATE_VERIFY_MAC": "MacAlgorithms",
    "KEY_AGREEMENT": "KeyAgreementAlgorithms",
    "ENCAPSULATE_DECAPSULATE": "EncapsulationAlgorithms",
}


def algorithms(spec: str, usage: str) -> Algorithms:
    """The algorithms of a key of this spec and usage."""
    return KEY_SPECS[spec].usages[usage]


def metadata_field(usage: str) -> str:
    """The member of KeyMetadata that lists the algorithms of a usage."""
    return _METADATA_FIELDS[usage]
