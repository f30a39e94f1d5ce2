"""The data of ``test_state_walk``: kinds of key, their states, a sensible call of each operation, and what AWS answers.

Entered from the recorded facts, whose sections are named; nothing is read from the product's own tables.
"""

import itertools
import json
from dataclasses import astuple, dataclass
from unittest.mock import ANY

OK = "ok"
HOME, AWAY, THIRD = "us-east-1", "eu-west-1", "eu-central-1"
ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"

# --- kinds of key and their states ------------------------------------------------------------------------------------

# Section 1.2: each KeyUsage of each KeySpec, with one algorithm to call it by. SM2 exists in China only.
SPECS = {
    "SYMMETRIC_DEFAULT": {"ENCRYPT_DECRYPT": "SYMMETRIC_DEFAULT"},
    "RSA_2048": {"ENCRYPT_DECRYPT": "RSAES_OAEP_SHA_1", "SIGN_VERIFY": "RSASSA_PKCS1_V1_5_SHA_256"},
    "RSA_3072": {"ENCRYPT_DECRYPT": "RSAES_OAEP_SHA_256", "SIGN_VERIFY": "RSASSA_PSS_SHA_384"},
    "RSA_4096": {"ENCRYPT_DECRYPT": "RSAES_OAEP_SHA_256", "SIGN_VERIFY": "RSASSA_PSS_SHA_512"},
    "ECC_NIST_P256": {"SIGN_VERIFY": "ECDSA_SHA_256", "KEY_AGREEMENT": "ECDH"},
    "ECC_NIST_P384": {"SIGN_VERIFY": "ECDSA_SHA_384", "KEY_AGREEMENT": "ECDH"},
    "ECC_NIST_P521": {"SIGN_VERIFY": "ECDSA_SHA_512", "KEY_AGREEMENT": "ECDH"},
    "ECC_SECG_P256K1": {"SIGN_VERIFY": "ECDSA_SHA_256"},
    "ECC_NIST_EDWARDS25519": {"SIGN_VERIFY": "ED25519_SHA_512"},
    "HMAC_224": {"GENERATE_VERIFY_MAC": "HMAC_SHA_224"},
    "HMAC_256": {"GENERATE_VERIFY_MAC": "HMAC_SHA_256"},
    "HMAC_384": {"GENERATE_VERIFY_MAC": "HMAC_SHA_384"},
    "HMAC_512": {"GENERATE_VERIFY_MAC": "HMAC_SHA_512"},
    "ML_DSA_44": {"SIGN_VERIFY": "ML_DSA_SHAKE_256"},
    "ML_DSA_65": {"SIGN_VERIFY": "ML_DSA_SHAKE_256"},
    "ML_DSA_87": {"SIGN_VERIFY": "ML_DSA_SHAKE_256"},
    "ML_KEM_512": {"ENCAPSULATE_DECAPSULATE": "ML_KEM"},
    "ML_KEM_768": {"ENCAPSULATE_DECAPSULATE": "ML_KEM"},
    "ML_KEM_1024": {"ENCAPSULATE_DECAPSULATE": "ML_KEM"},
}
# The specs of the multi-Region keys that are walked: one of each family.
REPLICATED = ("SYMMETRIC_DEFAULT", "RSA_2048", "ECC_NIST_P256", "HMAC_256", "ML_DSA_44")
_IN_STORES = ("AWS_CLOUDHSM", "EXTERNAL_KEY_STORE")


@dataclass(frozen=True)
class Kind:
    spec: str = "SYMMETRIC_DEFAULT"
    usage: str = "ENCRYPT_DECRYPT"
    origin: str = "AWS_KMS"
    role: str = "SINGLE"

    def __str__(self):
        return "-".join(part for part in astuple(self) if part not in ("AWS_KMS", "SINGLE"))

    @property
    def symmetric(self):
        return self.spec == "SYMMETRIC_DEFAULT"

    @property
    def asymmetric(self):
        return not self.symmetric and not self.spec.startswith("HMAC")

    @property
    def in_store(self):
        return self.origin in _IN_STORES

    def algorithm(self, usage):
        """The algorithm to ask for; of a key without that usage, any that the API knows."""
        return SPECS[self.spec].get(usage) or _ANY_ALGORITHM[usage]


_ANY_ALGORITHM = {
    "ENCRYPT_DECRYPT": "SYMMETRIC_DEFAULT",
    "SIGN_VERIFY": "ECDSA_SHA_256",
    "GENERATE_VERIFY_MAC": "HMAC_SHA_256",
}


def _kinds():
    for spec, usages in SPECS.items():
        origins = ("AWS_KMS",) if spec.startswith("ML_") else ("AWS_KMS", "EXTERNAL")
        roles = ("SINGLE", "PRIMARY", "REPLICA") if spec in REPLICATED else ("SINGLE",)
        yield from itertools.starmap(Kind, itertools.product([spec], usages, origins, roles))
    yield from (Kind(origin=origin) for origin in _IN_STORES)


NEVER_IMPORTED = "PendingImport, never imported"


def _states(kind):
    """Section 1.5: the states in which a key of this kind can be."""
    yield from ("Enabled", "Disabled", "PendingDeletion")
    yield from ("PendingImport", NEVER_IMPORTED) if kind.origin == "EXTERNAL" else ()
    yield from ("Unavailable",) if kind.in_store else ()
    yield from {"PRIMARY": ("PendingReplicaDeletion", "Updating"), "REPLICA": ("Creating", "Updating")}.get(
        kind.role, ()
    )


CELLS = [(kind, state) for kind in _kinds() for state in _states(kind)]

# --- a sensible call of each operation: the parameters beside KeyId, good for that kind of key if it can do it at all -

_GRANTED = {
    "ENCRYPT_DECRYPT": "Encrypt",
    "SIGN_VERIFY": "Sign",
    "GENERATE_VERIFY_MAC": "GenerateMac",
    "KEY_AGREEMENT": "DeriveSharedSecret",
    "ENCAPSULATE_DECAPSULATE": "Encapsulate",
}
_STATEMENT = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [_STATEMENT]})


def wrapping(kind):
    algorithm = "RSA_AES_KEY_WRAP_SHA_256" if kind.asymmetric else "RSAES_OAEP_SHA_256"
    return {"WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"}


def _encryption(key, side=""):
    return {f"{side}EncryptionAlgorithm": key.kind.algorithm("ENCRYPT_DECRYPT")}


def _signing(key):
    return {"Message": b"message", "SigningAlgorithm": key.kind.algorithm("SIGN_VERIFY")}


def _mac(key):
    return {"Message": b"message", "MacAlgorithm": key.kind.algorithm("GENERATE_VERIFY_MAC")}


CALLS = {
    "CreateAlias": lambda key: {"AliasName": "alias/new", "TargetKeyId": key.arn},
    "CreateGrant": lambda key: {"GranteePrincipal": ROOT, "Operations": [_GRANTED[key.kind.usage]]},
    "Decapsulate": lambda key: {"SharedSecretCiphertextBlob": key.capsule, "EncapsulationAlgorithm": "ML_KEM"},
    "Decrypt": lambda key: {"CiphertextBlob": key.ciphertext, **_encryption(key)},
    "DeleteAlias": lambda key: {"AliasName": "alias/deleted"},
    "DeriveSharedSecret": lambda key: {"KeyAgreementAlgorithm": "ECDH", "PublicKey": key.peer_key},
    "Encapsulate": lambda key: {"EncapsulationAlgorithm": "ML_KEM"},
    "Encrypt": lambda key: {"Plaintext": b"x", **_encryption(key)},
    "GenerateDataKey": lambda key: {"KeySpec": "AES_256"},
    "GenerateDataKeyPair": lambda key: {"KeyPairSpec": "ECC_NIST_P256"},
    "GenerateDataKeyPairWithoutPlaintext": lambda key: {"KeyPairSpec": "ECC_NIST_P256"},
    "GenerateDataKeyWithoutPlaintext": lambda key: {"KeySpec": "AES_256"},
    "GenerateMac": _mac,
    "GetParametersForImport": lambda key: wrapping(key.kind),
    "ImportKeyMaterial": lambda key: key.wrapped,
    "PutKeyPolicy": lambda key: {"Policy": POLICY},
    "ReEncrypt/destination": lambda key: {
        "CiphertextBlob": key.helper_ciphertext,
        "DestinationKeyId": key.arn,
        **_encryption(key, "Destination"),
    },
    "ReEncrypt/source": lambda key: {
        "CiphertextBlob": key.ciphertext,
        "SourceKeyId": key.arn,
        "DestinationKeyId": key.helper,
        **_encryption(key, "Source"),
    },
    "ReplicateKey": lambda key: {"ReplicaRegion": THIRD},
    "RetireGrant": lambda key: {"GrantId": key.grants[0]},
    "RevokeGrant": lambda key: {"GrantId": key.grants[1]},
    "Sign": _signing,
    "TagResource": lambda key: {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "UntagResource": lambda key: {"TagKeys": ["a"]},
    "UpdateAlias/new target": lambda key: {"AliasName": "alias/coming", "TargetKeyId": key.arn},
    "UpdateAlias/old target": lambda key: {"AliasName": "alias/leaving", "TargetKeyId": key.peer},
    "UpdateKeyDescription": lambda key: {"Description": "new"},
    "UpdatePrimaryRegion": lambda key: {"PrimaryRegion": AWAY if f":{HOME}:" in key.arn else HOME},
    "Verify": lambda key: {"Signature": key.signature, **_signing(key)},
    "VerifyMac": lambda key: {"Mac": key.mac, **_mac(key)},
}
WITHOUT_KEY_ID = ("CreateAlias", "DeleteAlias", "ReEncrypt", "UpdateAlias")

# --- key states (section 2.2) -----------------------------------------------------------------------------------------

# Encapsulate and Decapsulate are newer than the table: like DeriveSharedSecret. "na" is ok: only the kind can refuse.
_COLUMNS = ("Enabled", "Disabled", "PendingDeletion", "PendingImport", "Unavailable", "Creating", "Updating")
_ROWS = {
    "ok  ok  ok  ok  ok  ok  ok": "DeleteAlias, DescribeKey, GetKeyLastUsage, GetKeyPolicy, GetKeyRotationStatus, "
    "ListAliases, ListGrants, ListKeyPolicies, ListKeyRotations, ListResourceTags, PutKeyPolicy, RetireGrant, "
    "RevokeGrant, UpdateAlias/old target",
    "ok  ok  pd  ok  ok  ok  ok": "CreateAlias, TagResource, UntagResource, UpdateAlias/new target, UpdateKeyDescription",
    "ok  ok  pd  ok  ok  ok  upd": "ScheduleKeyDeletion",
    "npd npd ok  npd npd npd npd": "CancelKeyDeletion",
    "ok  ok  pd  pi  ok  cre upd": "DisableKey, EnableKey",
    "ok  dis pd  pi  ok  cre ok": "CreateGrant, Decapsulate, DeriveSharedSecret, Encapsulate, GenerateMac, Sign, "
    "UpdatePrimaryRegion, Verify, VerifyMac",
    "ok  dis pd  pi  ok  cre upd": "ReplicateKey",
    "ok  dis pd  pi  una cre ok": "Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, "
    "ReEncrypt/destination, ReEncrypt/source",
    "ok  dis pd  pi  cks cre ok": "GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext, RotateKeyOnDemand",
    "ok  dis pd  ext cks cre ok": "DisableKeyRotation, EnableKeyRotation",
    "ok  ok  pd  ok  cks cre upd": "GetParametersForImport",
    "ok  ok  pd  ok  cks cre ok": "ImportKeyMaterial",
    "ok  ok  ok  ok  ok  cre upd": "DeleteImportedKeyMaterial",
    # PendingImport is documented as ok; recorded (2026, Ed25519, material deleted) it is refused.
    "ok  ok  pd  pi  ok  cre ok": "GetPublicKey",
}
_TABLE = {
    operation: dict(zip(_COLUMNS, row.split(), strict=True))
    for row, operations in _ROWS.items()
    for operation in operations.split(", ")
}
OPERATIONS = tuple(sorted(_TABLE))


def _invalid(condition):
    return ("KMSInvalidStateException", f"ARN is {condition}.")


def _unsupported(message):
    return ("UnsupportedOperationException", message)


_ORIGIN = _unsupported("ARN origin is {kind.origin} which is not valid for this operation.")
_CODES = {
    "dis": ("DisabledException", "ARN is disabled."),
    "pd": _invalid("pending deletion"),
    "npd": _invalid("not pending deletion"),
    "pi": _invalid("pending import"),
    "una": _invalid("unavailable"),
    "cre": _invalid("creating"),
    "upd": _invalid("updating"),
    "ext": _ORIGIN,
    "cks": (KIND_REFUSES := _unsupported(ANY)),
}


def by_state(operation, state):
    """What the state alone refuses, as code and message; None if nothing."""
    code = _TABLE[operation][state.partition(",")[0].replace("Replica", "")]
    if code == "pd" and state == "PendingReplicaDeletion":
        return _invalid("pending replica deletion")
    return _CODES.get(code)


# --- what a kind of key can never do (sections 1.3, 3.4, 3.5, 5.2, 5.4, 7, 8.5, 9.3) ----------------------------------

_ROTATION = ("EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand")
_HISTORY = ("GetKeyRotationStatus", "ListKeyRotations")
_IMPORT = ("GetParametersForImport", "ImportKeyMaterial", "DeleteImportedKeyMaterial")
_PAIRS = ("GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext")
_DATA_KEYS = ("GenerateDataKey", "GenerateDataKeyWithoutPlaintext", *_PAIRS)
_USAGES = {
    "ENCRYPT_DECRYPT": ("Encrypt", "ReEncrypt/destination", *_DATA_KEYS),
    "SIGN_VERIFY": ("Sign", "Verify"),
    "GENERATE_VERIFY_MAC": ("GenerateMac", "VerifyMac"),
    "KEY_AGREEMENT": ("DeriveSharedSecret",),
    "ENCAPSULATE_DECAPSULATE": ("Encapsulate", "Decapsulate"),
}

# Section 2.3: operations, the kinds that they refuse, how. Of automatic rotation and imports this comes before the state …
_BEFORE_STATE = (
    (_ROTATION[:2] + _HISTORY, lambda kind: kind.in_store, _unsupported(ANY)),
    (("EnableKeyRotation",), lambda kind: not kind.symmetric, _unsupported("")),
    (_ROTATION[:2], lambda kind: kind.symmetric and kind.origin == "EXTERNAL", _ORIGIN),
    (_ROTATION[:2], lambda kind: kind.role == "REPLICA",
     _unsupported("ARN is a multi-region replica key which is not valid for {operation}.")),
    (_IMPORT, lambda kind: kind.origin != "EXTERNAL", _ORIGIN),
)  # fmt: skip
# … and of all others after it, of RotateKeyOnDemand too (recorded in March 2025: a disabled RSA key is disabled).
_AFTER_STATE = (
    (_ROTATION[2:], lambda kind: kind.in_store, _unsupported(ANY)),
    (_ROTATION[2:], lambda kind: not kind.symmetric, _unsupported("")),
    (_ROTATION[2:], lambda kind: kind.role == "REPLICA",
     _unsupported("ARN is a multi-region replica key which is not valid for {operation}.")),
    (("RotateKeyOnDemand",), lambda kind: kind.origin == "EXTERNAL",
     ("KMSInvalidStateException", "No available key material pending rotation for the key: ARN.")),
    (_PAIRS, lambda kind: kind.in_store, _unsupported(ANY)),
    (("GetPublicKey",), lambda kind: not kind.asymmetric, _unsupported("")),
    (("ReplicateKey",), lambda kind: kind.role != "PRIMARY", _unsupported("ARN is not a multi-region primary key.")),
    (("UpdatePrimaryRegion",), lambda kind: kind.role == "REPLICA", _invalid("not a multi-Region primary key")),
    (("UpdatePrimaryRegion",), lambda kind: kind.role == "SINGLE",  # the facts are silent: like ReplicateKey
     _unsupported("ARN is not a multi-region primary key.")),
    (("Decrypt", "ReEncrypt/source"), lambda kind: kind.usage != "ENCRYPT_DECRYPT",
     ("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")),
    *((operations, lambda kind, usage=usage: kind.usage != usage,
       ("InvalidKeyUsageException", "ARN key usage is {kind.usage} which is not valid for {operation}."))
      for usage, operations in _USAGES.items()),
    (_DATA_KEYS, lambda kind: kind.asymmetric,
     ("InvalidKeyUsageException", "You cannot generate a data key pair with an asymmetric CMK")),
)  # fmt: skip


def _by_kind(restrictions, operation, kind):
    return next((how for operations, refuses, how in restrictions if operation in operations and refuses(kind)), None)


def _without_grants(operation, state):
    """What a grant that is not there gets; the answer of RevokeGrant was measured (moto#5411)."""
    absent = {"RetireGrant": ("InvalidGrantIdException", ""), "RevokeGrant": ("NotFoundException", ANY)}
    return None if can_have_grants(state) else absent.get(operation)


def can_have_grants(state):
    """In these states CreateGrant is refused, and the key cannot have been in another one before."""
    return state not in ("Creating", NEVER_IMPORTED)


def expected(operation, kind, state):
    """``OK``, or error code and message: ANY where the facts have none, ARN in the place of the key's."""
    refusal = (
        _by_kind(_BEFORE_STATE, operation, kind)
        or by_state(operation, state)
        or _by_kind(_AFTER_STATE, operation, kind)
        or _without_grants(operation, state)
    )
    if refusal is None:
        return OK
    code, message = refusal
    return (code, message if message is ANY else message.format(kind=kind, operation=operation.partition("/")[0]))


# --- surprising cells, written by hand --------------------------------------------------------------------------------

SYM, EXTERNAL, HSM_KEY = Kind(), Kind(origin="EXTERNAL"), Kind(origin="AWS_CLOUDHSM")
PRIMARY, REPLICA = Kind(role="PRIMARY"), Kind(role="REPLICA")
RSA, MAC = Kind("RSA_2048", "SIGN_VERIFY"), Kind("HMAC_256", "GENERATE_VERIFY_MAC")
INVALID, UNSUPPORTED = "KMSInvalidStateException", "UnsupportedOperationException"

# kind, state, operation, parameters that are not the usual ones, error code and text
SURPRISING_REFUSALS = [
    (SYM, "PendingDeletion", "Encrypt", {}, INVALID, "ARN is pending deletion."),
    (SYM, "PendingDeletion", "ScheduleKeyDeletion", {}, INVALID, "ARN is pending deletion."),
    (SYM, "PendingDeletion", "CreateGrant", {}, INVALID, "ARN is pending deletion."),
    (RSA, "PendingDeletion", "GetPublicKey", {}, INVALID, "ARN is pending deletion."),
    (PRIMARY, "PendingReplicaDeletion", "Decrypt", {}, INVALID, "ARN is pending replica deletion."),
    (PRIMARY, "PendingReplicaDeletion", "TagResource", {}, INVALID, "ARN is pending replica deletion."),
    (PRIMARY, "PendingReplicaDeletion", "ReplicateKey", {}, INVALID, "ARN is pending replica deletion."),
    (SYM, "Disabled", "CancelKeyDeletion", {}, INVALID, "ARN is not pending deletion."),
    (SYM, "Disabled", "EnableKeyRotation", {}, "DisabledException", "ARN is disabled."),
    (SYM, "Disabled", "CreateGrant", {}, "DisabledException", "ARN is disabled."),
    (SYM, "Disabled", "Encrypt", {"DryRun": True}, "DisabledException", "ARN is disabled."),
    (SYM, "Disabled", "Encrypt", {"Plaintext": b"x" * 4097}, "ValidationException",
     "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less "
     "than or equal to 4096"),
    (SYM, "Disabled", "EnableKey", {"KeyId": "alias/leaving"}, "InvalidArnException",
     "Key Aliases are not supported for this operation."),
    (MAC, "Disabled", "Encrypt", {}, "DisabledException", "ARN is disabled."),
    (MAC, "Disabled", "GenerateMac", {"MacAlgorithm": "HMAC_SHA_512"}, "DisabledException", "ARN is disabled."),
    (MAC, "Enabled", "GenerateMac", {"MacAlgorithm": "HMAC_SHA_512"}, "InvalidKeyUsageException",
     "Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_256."),
    (MAC, "Enabled", "Decrypt", {}, "IncorrectKeyException",
     "The key ID in the request does not identify a CMK that can perform this operation."),
    (MAC, "Enabled", "EnableKeyRotation", {}, UNSUPPORTED, ""),
    (MAC, "Enabled", "RotateKeyOnDemand", {}, UNSUPPORTED, ""),
    (SYM, "Enabled", "GetPublicKey", {}, UNSUPPORTED, ""),
    (EXTERNAL, NEVER_IMPORTED, "EnableKeyRotation", {}, UNSUPPORTED,
     "ARN origin is EXTERNAL which is not valid for this operation."),
    (EXTERNAL, NEVER_IMPORTED, "DisableKeyRotation", {}, UNSUPPORTED,
     "ARN origin is EXTERNAL which is not valid for this operation."),
    (EXTERNAL, NEVER_IMPORTED, "RotateKeyOnDemand", {}, INVALID, "ARN is pending import."),
    (EXTERNAL, NEVER_IMPORTED, "DisableKey", {}, INVALID, "ARN is pending import."),
    (EXTERNAL, "Enabled", "RotateKeyOnDemand", {}, INVALID,
     "No available key material pending rotation for the key: ARN."),
    (SYM, "PendingDeletion", "ImportKeyMaterial", {}, UNSUPPORTED,
     "ARN origin is AWS_KMS which is not valid for this operation."),
    (HSM_KEY, "Unavailable", "Decrypt", {}, INVALID, "ARN is unavailable."),
    (REPLICA, "Creating", "EnableKey", {}, INVALID, "ARN is creating."),
    (REPLICA, "Enabled", "RotateKeyOnDemand", {}, UNSUPPORTED,
     "ARN is a multi-region replica key which is not valid for RotateKeyOnDemand."),
    (REPLICA, "Enabled", "ReplicateKey", {}, UNSUPPORTED, "ARN is not a multi-region primary key."),
    (REPLICA, "Enabled", "UpdatePrimaryRegion", {}, INVALID, "ARN is not a multi-Region primary key."),
    (PRIMARY, "Updating", "ScheduleKeyDeletion", {}, INVALID, "ARN is updating."),
]  # fmt: skip

# kind, state, operation, part of the answer, the state of the key afterwards
SURPRISING_SUCCESSES = [
    (RSA, "Disabled", "GetPublicKey", {"KeyUsage": "SIGN_VERIFY"}, "Disabled"),
    (MAC, "Enabled", "DisableKeyRotation", {}, "Enabled"),
    (MAC, "Enabled", "GetKeyRotationStatus", {"KeyRotationEnabled": False}, "Enabled"),
    (EXTERNAL, NEVER_IMPORTED, "GetKeyRotationStatus", {"KeyRotationEnabled": False}, "PendingImport"),
    (EXTERNAL, NEVER_IMPORTED, "DeleteImportedKeyMaterial", {}, "PendingImport"),
    (EXTERNAL, NEVER_IMPORTED, "ScheduleKeyDeletion", {"KeyState": "PendingDeletion"}, "PendingDeletion"),
    (EXTERNAL, "Disabled", "ImportKeyMaterial", {}, "Enabled"),
    (EXTERNAL, "Disabled", "DeleteImportedKeyMaterial", {}, "PendingImport"),
    (EXTERNAL, "PendingDeletion", "DeleteImportedKeyMaterial", {}, "PendingDeletion"),
    (SYM, "Enabled", "EnableKey", {}, "Enabled"),
    (SYM, "Disabled", "DisableKey", {}, "Disabled"),
    (SYM, "PendingDeletion", "PutKeyPolicy", {}, "PendingDeletion"),
    (SYM, "PendingDeletion", "DeleteAlias", {}, "PendingDeletion"),
    (SYM, "PendingDeletion", "UpdateAlias/old target", {}, "PendingDeletion"),
    (SYM, "PendingDeletion", "RevokeGrant", {}, "PendingDeletion"),
    (SYM, "PendingDeletion", "CancelKeyDeletion", {}, "Disabled"),
    (PRIMARY, "Enabled", "ScheduleKeyDeletion", {"KeyState": "PendingReplicaDeletion"}, "PendingReplicaDeletion"),
    (PRIMARY, "PendingReplicaDeletion", "PutKeyPolicy", {}, "PendingReplicaDeletion"),
    (PRIMARY, "PendingReplicaDeletion", "CancelKeyDeletion", {}, "Disabled"),
    (PRIMARY, "Updating", "Encrypt", {}, "Updating"),
    (PRIMARY, "Updating", "UpdatePrimaryRegion", {}, "Updating"),
    (REPLICA, "Creating", "CreateAlias", {}, "Creating"),
    (REPLICA, "Creating", "ScheduleKeyDeletion", {"KeyState": "PendingDeletion"}, "PendingDeletion"),
    (HSM_KEY, "Unavailable", "DisableKey", {}, "Unavailable"),
    (HSM_KEY, "Unavailable", "ScheduleKeyDeletion", {"KeyState": "PendingDeletion"}, "PendingDeletion"),
]
