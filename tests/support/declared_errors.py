"""How to provoke each error that botocore's model declares: the rows of ``PROVOKED``, and what they are made of.

A provoker prepares a scene and returns the text that AWS gives (None: not known) and the parameters of the call that
must be refused; ``test_declared_errors`` makes the call.
"""

import json

from botocore import xform_name

from kmsmock.kms.errors.keys import INVALID_PRINCIPALS
from kmsmock.wire.models import service_model
from tests.support.claims import OWNER
from tests.support.key_stores import HSM, XKS
from tests.support.kms_material import FOREVER, MATERIAL, OTHER, wrapped

HOME, AWAY = "us-east-1", "eu-west-1"
ROOT = f"arn:aws:iam::{OWNER}:root"
PREFIX = f"arn:aws:kms:{HOME}:{OWNER}"
ALIAS = f"{PREFIX}:alias/a"
UNKNOWN = f"{PREFIX}:key/12345678-1234-1234-1234-123456789012"
NO_SUCH_GRANT = "0" * 64
GONE_ROLE, GONE_ID = f"arn:aws:iam::{OWNER}:role/gone", "AROA00000000000000100"
RESERVED = [{"TagKey": "aws:tag", "TagValue": ""}]

SIGNING = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
AGREEING = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}
MAC = {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}
ENCAPSULATING = {"KeySpec": "ML_KEM_768", "KeyUsage": "ENCAPSULATE_DECAPSULATE"}
EXTERNAL, MULTI_REGION = {"Origin": "EXTERNAL"}, {"MultiRegion": True}

KINDS = {
    "Decapsulate": ENCAPSULATING,
    "DeleteImportedKeyMaterial": EXTERNAL,
    "DeriveSharedSecret": AGREEING,
    "Encapsulate": ENCAPSULATING,
    "GenerateMac": MAC,
    "GetParametersForImport": EXTERNAL,
    "GetPublicKey": SIGNING,
    "ImportKeyMaterial": EXTERNAL,
    "ReplicateKey": MULTI_REGION,
    "Sign": SIGNING,
    "UpdatePrimaryRegion": MULTI_REGION,
    "Verify": SIGNING,
    "VerifyMac": MAC,
}
"""The keys that an operation is made for, where they are not symmetric ones of KMS itself."""

KEY_MEMBERS = ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId")

MORE = {
    "CreateAlias": {"AliasName": "alias/a"},
    "CreateCustomKeyStore": {"CustomKeyStoreName": "taken", **HSM},
    "CreateGrant": {"GranteePrincipal": ROOT, "Operations": ["DescribeKey"]},
    "Decapsulate": {"SharedSecretCiphertextBlob": b"x", "EncapsulationAlgorithm": "ML_KEM"},
    "Decrypt": {"CiphertextBlob": b"x"},
    "DeleteAlias": {"AliasName": "alias/a"},
    "DeriveSharedSecret": {"PublicKey": b"x", "KeyAgreementAlgorithm": "ECDH"},
    "Encapsulate": {"EncapsulationAlgorithm": "ML_KEM"},
    "Encrypt": {"Plaintext": b"x"},
    "GenerateDataKey": {"KeySpec": "AES_256"},
    "GenerateDataKeyPair": {"KeyPairSpec": "ECC_NIST_P256"},
    "GenerateDataKeyPairWithoutPlaintext": {"KeyPairSpec": "ECC_NIST_P256"},
    "GenerateDataKeyWithoutPlaintext": {"KeySpec": "AES_256"},
    "GenerateMac": {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"},
    "GetParametersForImport": {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
    "ImportKeyMaterial": {"ImportToken": b"x", "EncryptedKeyMaterial": b"x", "ExpirationModel": FOREVER},
    "ListRetirableGrants": {"RetiringPrincipal": ROOT},
    "PutKeyPolicy": {"Policy": "{}"},
    "ReEncrypt": {"CiphertextBlob": b"x"},
    "ReplicateKey": {"ReplicaRegion": AWAY},
    "RetireGrant": {"GrantId": NO_SUCH_GRANT},
    "RevokeGrant": {"GrantId": NO_SUCH_GRANT},
    "Sign": {"Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"},
    "TagResource": {"Tags": [{"TagKey": "a", "TagValue": "b"}]},
    "UntagResource": {"TagKeys": ["a"]},
    "UpdateAlias": {"AliasName": "alias/a"},
    "UpdateKeyDescription": {"Description": "x"},
    "UpdatePrimaryRegion": {"PrimaryRegion": AWAY},
    "Verify": {"Message": b"x", "Signature": b"x", "SigningAlgorithm": "ECDSA_SHA_256"},
    "VerifyMac": {"Message": b"x", "Mac": b"x", "MacAlgorithm": "HMAC_SHA_256"},
}
"""What else a call must say. Ciphertexts, signatures and ids in it are well-formed and good for nothing."""


def ciphertext(kms, key):
    return {"CiphertextBlob": kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]}


def grant(kms, key):
    return {"GrantId": kms.create_grant(KeyId=key, **MORE["CreateGrant"])["GrantId"]}


def encapsulated(kms, key):
    made = kms.encapsulate(KeyId=key, **MORE["Encapsulate"])
    return {"SharedSecretCiphertextBlob": made["SharedSecretCiphertextBlob"]}


GENUINE = {
    "Decapsulate": encapsulated,
    "Decrypt": ciphertext,
    "DeriveSharedSecret": lambda kms, key: {"PublicKey": kms.get_public_key(KeyId=key)["PublicKey"]},
    "ReEncrypt": ciphertext,
    "RetireGrant": grant,
    "RevokeGrant": grant,
    "Verify": lambda kms, key: {"Signature": kms.sign(KeyId=key, **MORE["Sign"])["Signature"]},
    "VerifyMac": lambda kms, key: {"Mac": kms.generate_mac(KeyId=key, **MORE["GenerateMac"])["Mac"]},
}
"""The same, but good: for calls that must fail by nothing else."""


def about(operation, key):
    """The parameters of an ordinary call about a key."""
    members = service_model("kms").operation_model(operation).input_shape.members
    return {**{name: key for name in KEY_MEMBERS if name in members}, **MORE.get(operation, {})}


class Scene:
    """A fresh world, and a client in it."""

    def __init__(self, world, kms):
        self.world, self.kms = world, kms

    def call(self, operation, params):
        return getattr(self.kms, xform_name(operation))(**params)

    def key(self, **asked):
        return self.kms.create_key(**asked)["KeyMetadata"]["Arn"]

    def key_for(self, operation):
        return self.key(**KINDS.get(operation, {}))

    def store(self, asked=HSM, name="mine", state="DISCONNECTED"):
        """The id of a custom key store in a connection state."""
        store = self.kms.create_custom_key_store(CustomKeyStoreName=name, **asked)["CustomKeyStoreId"]
        if state == "FAILED":
            self.world.key_store_fault(store, "NETWORK_ERRORS")
        if state != "DISCONNECTED":
            self.kms.connect_custom_key_store(CustomKeyStoreId=store)
        return store

    def hsm_key(self):
        """A key in a CloudHSM key store, and the id of the store."""
        store = self.store(state="CONNECTED")
        return self.key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store), store


# --- provokers for any operation ------------------------------------------------------------------------------------


def asked(text=None, kind=None, **changes):
    """An ordinary call with some parameters changed, about a key of its own kind or another."""

    def provoke(scene, operation):
        key = scene.key_for(operation) if kind is None else scene.key(**kind)
        return text and text.format(key=key), {**about(operation, key), **changes}

    return provoke


def repeated(times, text=None):
    """A call that may be made only so often."""

    def provoke(scene, operation):
        key = scene.key_for(operation)
        for _ in range(times):
            scene.call(operation, about(operation, key))
        return text and text.format(key=key), about(operation, key)

    return provoke


def unknown_key(scene, operation):
    return f"Key '{UNKNOWN}' does not exist", about(operation, UNKNOWN)


def alias_for_key(scene, operation):
    return "Key Aliases are not supported for this operation.", about(operation, ALIAS)


def disabled(scene, operation):
    key = scene.key_for(operation)
    scene.kms.disable_key(KeyId=key)
    return f"{key} is disabled.", about(operation, key)


def pending_deletion(scene, operation):
    key = scene.key_for(operation)
    scene.kms.schedule_key_deletion(KeyId=key)
    return f"{key} is pending deletion.", about(operation, key)


def flawless_but(text, **changes):
    """A call that would succeed without the changes."""

    def provoke(scene, operation):
        key = scene.key_for(operation)
        genuine = GENUINE[operation](scene.kms, key) if operation in GENUINE else {}
        return text, {**about(operation, key), **genuine, **changes}

    return provoke


def wrong_usage(scene, operation):
    kind = {} if operation in KINDS else SIGNING
    key, usage = scene.key(**kind), kind.get("KeyUsage", "ENCRYPT_DECRYPT")
    return f"{key} key usage is {usage} which is not valid for {operation}.", about(operation, key)


def another_key(scene, operation):
    text = "The key ID in the request does not identify a CMK that can perform this operation."
    return text, {**about(operation, scene.key()), **ciphertext(scene.kms, scene.key())}


def no_room_for_keys(scene, operation):
    params = {} if operation == "CreateKey" else about(operation, scene.key_for(operation))
    scene.world.quotas({"keys": 0})
    return "Key quota for this account in this region is 0 but the current usage is 0.", params


def no_room_for_grants(scene, operation):
    scene.world.quotas({"grants per key": 0})
    return None, about(operation, scene.key())


def no_room_for_aliases(scene, operation):
    key = scene.key()
    for number in range(50):
        scene.kms.create_alias(AliasName=f"alias/{number}", TargetKeyId=key)
    return "Aliases per key quota for this account in this region is 50, current usage is 50.", about(operation, key)


def with_alias(provoke):
    """UpdateAlias is refused for its new key only if there is an alias to move."""

    def provoke_with_alias(scene, operation):
        scene.kms.create_alias(AliasName="alias/a", TargetKeyId=scene.key())
        return provoke(scene, operation)

    return provoke_with_alias


# --- provokers for one operation ------------------------------------------------------------------------------------


def creating(scene, operation):
    """Only a new replica is ``Creating``, in a world in which replication takes time."""
    key = scene.key(**EXTERNAL, **MULTI_REGION)
    scene.kms.import_key_material(**wrapped(scene.kms, key, MATERIAL), ExpirationModel=FOREVER)
    scene.kms.replicate_key(KeyId=key, ReplicaRegion=AWAY)
    scene.kms = scene.world.account(OWNER).client("kms", region_name=AWAY)
    replica = key.replace(HOME, AWAY)
    return f"{replica} is creating.", about(operation, replica)


def close_to_rotation(scene, operation):
    key = scene.key()
    scene.kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    scene.world.clock.advance(days=90, minutes=-19)
    return None, about(operation, key)


def retired_already(scene, operation):
    token = {"GrantToken": scene.kms.create_grant(**about("CreateGrant", scene.key()))["GrantToken"]}
    scene.kms.retire_grant(**token)
    return "", token


def importing(text="", hours=0, **changes):
    """Key material that is wrapped as it should be, and comes some hours later."""

    def provoke(scene, operation):
        params = {**wrapped(scene.kms, scene.key_for(operation), MATERIAL), "ExpirationModel": FOREVER, **changes}
        if hours:
            scene.world.clock.advance(hours=hours)
        return text, params

    return provoke


def other_material(scene, operation):
    key = scene.key_for(operation)
    first, second = (
        {**wrapped(scene.kms, key, material), "ExpirationModel": FOREVER} for material in (MATERIAL, OTHER)
    )
    known = scene.kms.import_key_material(**first)["KeyMaterialId"]
    return f"Imported key material does not have the expected identifier ({known}).", second


def in_hsm(scene, operation):
    key, _ = scene.hsm_key()
    return None, about(operation, key)


# --- provokers about custom key stores ------------------------------------------------------------------------------

IN_STORE = {
    "CreateKey": {"Origin": "AWS_CLOUDHSM"},
    "GenerateRandom": {"NumberOfBytes": 8},
    "UpdateCustomKeyStore": {"KeyStorePassword": "kmsPswd34"},
}


def about_store(operation, store, **changes):
    return None, {"CustomKeyStoreId": store, **IN_STORE.get(operation, {}), **changes}


def unknown_store(scene, operation):
    return about_store(operation, "cks-1234567890abcdef0")


def store_that_is(state):
    return lambda scene, operation: about_store(operation, scene.store(state=state))


def store_with_keys(scene, operation):
    _, store = scene.hsm_key()
    scene.kms.disconnect_custom_key_store(CustomKeyStoreId=store)
    return about_store(operation, store)


def unrelated_cluster(scene, operation):
    return about_store(operation, scene.store(), CloudHsmClusterId="cluster-zyxwvutsrqp")


def cluster_in_use(scene, operation):
    scene.store()
    return None, {"CustomKeyStoreName": "other", **HSM}


def external_key_in_use(scene, operation):
    store = scene.store(XKS, state="CONNECTED")
    _, params = about_store(operation, store, Origin="EXTERNAL_KEY_STORE", XksKeyId="bb8562717f809024")
    scene.call(operation, params)
    return None, params


def name_in_use(scene, operation):
    scene.store()
    other = scene.store(XKS, name="other")
    return None, {"CustomKeyStoreId": other, "NewCustomKeyStoreName": "mine"}


def too_many_stores(scene, operation):
    for number in range(10):
        scene.store({**XKS, "XksProxyUriEndpoint": f"https://proxy{number}.example.com"}, name=f"xks{number}")
    return None, about(operation, None)


PRIVATE = {
    **XKS,
    "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE",
    "XksProxyVpcEndpointServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-example1",
}
FREE = {**XKS, "XksProxyUriEndpoint": "https://free.example.com", "XksProxyUriPath": "/free/kms/xks/v1"}


def proxy_in_use(*members):
    """One external key store has these settings; another is made with them, or is given them."""
    clash = {name: PRIVATE[name] for name in members}

    def provoke(scene, operation):
        scene.store(PRIVATE)
        if operation == "CreateCustomKeyStore":
            return None, {**FREE, **clash, "CustomKeyStoreName": "other"}
        changes = {name: value for name, value in FREE.items() if name != "CustomKeyStoreType"}
        return None, {**changes, **clash, "CustomKeyStoreId": scene.store(FREE, name="other")}

    return provoke


# --- the table ------------------------------------------------------------------------------------------------------

NOT_KMS = "{key} origin is AWS_KMS which is not valid for this operation."
IS_EXTERNAL = "{key} origin is EXTERNAL which is not valid for this operation."
NO_DATA_KEYS = "You cannot generate a data key pair with an asymmetric CMK"
RSA = {"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}
STRANGER = {"Effect": "Allow", "Principal": {"AWS": GONE_ROLE}, "Action": "kms:*", "Resource": "*"}
POLICY_OF_STRANGER = json.dumps({"Version": "2012-10-17", "Statement": [STRANGER]})

PROVOKED = {
    # A row for a code is for all operations that declare it and have no row of their own.
    "CustomKeyStoreNotFoundException": unknown_store,
    "DisabledException": disabled,
    "DryRunOperationException": flawless_but(
        "The request would have succeeded, but the DryRun option is set.", DryRun=True
    ),
    "IncorrectKeyException": another_key,
    "InvalidArnException": alias_for_key,
    "InvalidCiphertextException": asked(""),
    "InvalidGrantTokenException": flawless_but("", GrantTokens=["nonsense"]),
    "InvalidKeyUsageException": wrong_usage,
    "InvalidMarkerException": asked("", Marker="nonsense"),
    "KMSInvalidStateException": pending_deletion,
    "MalformedPolicyDocumentException": asked(INVALID_PRINCIPALS, Policy=POLICY_OF_STRANGER),
    "NotFoundException": unknown_key,
    "TagException": asked("Tags beginning with aws: are reserved", Tags=RESERVED),
    # keys and aliases
    ("CancelKeyDeletion", "KMSInvalidStateException"): asked("{key} is not pending deletion."),
    ("CreateAlias", "AlreadyExistsException"): repeated(1, f"An alias with the name {ALIAS} already exists"),
    ("CreateAlias", "InvalidAliasNameException"): asked(AliasName="alias/"),
    ("CreateAlias", "LimitExceededException"): no_room_for_aliases,
    ("CreateKey", "LimitExceededException"): no_room_for_keys,
    ("CreateKey", "UnsupportedOperationException"): asked(KeySpec="SM2", KeyUsage="SIGN_VERIFY"),
    ("ListGrants", "InvalidGrantIdException"): asked("", GrantId="no grant id"),
    ("DeleteAlias", "NotFoundException"): asked(f"Alias {ALIAS} is not found."),
    ("DescribeKey", "InvalidArnException"): asked(KeyId=f"{PREFIX}:banana/a"),
    ("GetPublicKey", "InvalidArnException"): asked(KeyId=f"{PREFIX}:banana/a"),
    ("GetPublicKey", "UnsupportedOperationException"): asked("", kind={}),
    ("PutKeyPolicy", "LimitExceededException"): asked(Policy="{}" + " " * 32_768),
    ("PutKeyPolicy", "UnsupportedOperationException"): asked("Only default policy is supported", PolicyName="other"),
    ("UntagResource", "TagException"): asked("Tags beginning with aws: are reserved", TagKeys=["aws:tag"]),
    ("UpdateAlias", "KMSInvalidStateException"): with_alias(pending_deletion),
    ("UpdateAlias", "LimitExceededException"): with_alias(no_room_for_aliases),
    # cryptography
    ("Decrypt", "InvalidKeyUsageException"): asked(
        "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
        EncryptionAlgorithm="RSAES_OAEP_SHA_256",
    ),
    ("GenerateDataKeyPair", "InvalidKeyUsageException"): asked(NO_DATA_KEYS, kind=RSA),
    ("GenerateDataKeyPair", "UnsupportedOperationException"): in_hsm,
    ("GenerateDataKeyPairWithoutPlaintext", "InvalidKeyUsageException"): asked(NO_DATA_KEYS, kind=RSA),
    ("GenerateDataKeyPairWithoutPlaintext", "UnsupportedOperationException"): in_hsm,
    ("ReEncrypt", "InvalidKeyUsageException"): asked(
        "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
        DestinationEncryptionAlgorithm="RSAES_OAEP_SHA_256",
    ),
    ("Verify", "KMSInvalidSignatureException"): asked(""),
    ("VerifyMac", "KMSInvalidMacException"): asked(""),
    # grants
    ("CreateGrant", "LimitExceededException"): no_room_for_grants,
    ("ListRetirableGrants", "InvalidArnException"): asked(
        f"ARN does not refer to a valid principal: {GONE_ROLE}", RetiringPrincipal=GONE_ROLE
    ),
    ("ListRetirableGrants", "NotFoundException"): asked(
        f"Retiring principal {GONE_ID} could not be found", RetiringPrincipal=GONE_ID
    ),
    ("RetireGrant", "InvalidGrantIdException"): retired_already,
    ("RevokeGrant", "InvalidGrantIdException"): asked("", GrantId="no grant id"),
    ("RetireGrant", "InvalidGrantTokenException"): lambda scene, operation: ("", {"GrantToken": "nonsense"}),
    # rotation
    ("DisableKeyRotation", "UnsupportedOperationException"): asked(IS_EXTERNAL, kind=EXTERNAL),
    ("EnableKeyRotation", "UnsupportedOperationException"): asked(IS_EXTERNAL, kind=EXTERNAL),
    ("GetKeyRotationStatus", "UnsupportedOperationException"): in_hsm,
    ("ListKeyRotations", "UnsupportedOperationException"): in_hsm,
    ("RotateKeyOnDemand", "ConflictException"): close_to_rotation,
    ("RotateKeyOnDemand", "LimitExceededException"): repeated(
        25,
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be "
        "performed for this key: {key}",
    ),
    ("RotateKeyOnDemand", "UnsupportedOperationException"): asked("", kind=SIGNING),
    # imported key material
    ("DeleteImportedKeyMaterial", "KMSInvalidStateException"): creating,
    ("DeleteImportedKeyMaterial", "UnsupportedOperationException"): asked(NOT_KMS, kind={}),
    ("GetParametersForImport", "UnsupportedOperationException"): asked(NOT_KMS, kind={}),
    ("ImportKeyMaterial", "ExpiredImportTokenException"): importing(None, hours=25),
    ("ImportKeyMaterial", "IncorrectKeyMaterialException"): other_material,
    ("ImportKeyMaterial", "InvalidCiphertextException"): importing(EncryptedKeyMaterial=b"x" * 256),
    ("ImportKeyMaterial", "InvalidImportTokenException"): asked(""),
    ("ImportKeyMaterial", "UnsupportedOperationException"): asked(NOT_KMS, kind={}),
    # multi-Region keys
    ("ReplicateKey", "AlreadyExistsException"): repeated(
        1, "You can create only one replica of each primary key in each AWS Region."
    ),
    ("ReplicateKey", "LimitExceededException"): no_room_for_keys,
    ("ReplicateKey", "UnsupportedOperationException"): asked("{key} is not a multi-region primary key.", kind={}),
    ("UpdatePrimaryRegion", "UnsupportedOperationException"): asked(kind={}),
    # custom key stores
    ("ConnectCustomKeyStore", "CustomKeyStoreInvalidStateException"): store_that_is("FAILED"),
    ("CreateCustomKeyStore", "CloudHsmClusterInUseException"): cluster_in_use,
    ("CreateCustomKeyStore", "CustomKeyStoreNameInUseException"): repeated(1),
    ("CreateCustomKeyStore", "LimitExceededException"): too_many_stores,
    ("CreateKey", "CustomKeyStoreInvalidStateException"): store_that_is("DISCONNECTED"),
    ("CreateKey", "XksKeyAlreadyInUseException"): external_key_in_use,
    ("DeleteCustomKeyStore", "CustomKeyStoreHasCMKsException"): store_with_keys,
    ("DeleteCustomKeyStore", "CustomKeyStoreInvalidStateException"): store_that_is("CONNECTED"),
    ("DisconnectCustomKeyStore", "CustomKeyStoreInvalidStateException"): store_that_is("DISCONNECTED"),
    ("GenerateRandom", "CustomKeyStoreInvalidStateException"): store_that_is("DISCONNECTED"),
    ("GenerateRandom", "UnsupportedOperationException"): lambda scene, operation: about_store(
        operation, scene.store(XKS, state="CONNECTED")
    ),
    ("UpdateCustomKeyStore", "CloudHsmClusterNotRelatedException"): unrelated_cluster,
    ("UpdateCustomKeyStore", "CustomKeyStoreInvalidStateException"): store_that_is("CONNECTED"),
    ("UpdateCustomKeyStore", "CustomKeyStoreNameInUseException"): name_in_use,
    "XksProxyUriEndpointInUseException": proxy_in_use("XksProxyUriEndpoint"),
    "XksProxyUriInUseException": proxy_in_use("XksProxyUriEndpoint", "XksProxyUriPath"),
    "XksProxyVpcEndpointServiceInUseException": proxy_in_use("XksProxyConnectivity", "XksProxyVpcEndpointServiceName"),
}
