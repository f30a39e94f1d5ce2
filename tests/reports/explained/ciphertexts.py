"""Questions about encrypting, decrypting and signing, and about the states of keys."""

import base64
import hashlib
from datetime import timedelta

from botocore.config import Config

from tests.support.claims import OWNER, allow
from tests.support.kms_material import MATERIAL, bring
from tests.support.policies import root, use
from tests.support.questions import Table
from tests.support.reports import WEST, make_key

QUESTIONS = Table()


def sealed(kms, key, **more):
    return kms.encrypt(KeyId=key, Plaintext=b"x", **more)["CiphertextBlob"]


@QUESTIONS.ask(
    "InvalidCiphertextException without a message, for what was encrypted with a context?",
    source="https://github.com/aws/aws-sdk-java/issues/1323",
    fix=["EncryptionContext={'app': 'billing'}"],
)
def another_context(world):
    kms = world.account(OWNER).client("kms")
    blob = sealed(kms, kms.create_key()["KeyMetadata"]["Arn"], EncryptionContext={"app": "billing"})
    return (
        lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext={"App": "billing"}),
        lambda: kms.decrypt(CiphertextBlob=blob, EncryptionContext={"app": "billing"}),
    )


@QUESTIONS.ask(
    "InvalidCiphertextException, when the ciphertext comes from the command line or a variable?",
    source="https://github.com/aws/aws-cli/issues/8497",
    fix="base64.b64decode",
)
def base64_twice(world):
    kms = world.account(OWNER).client("kms")
    blob = base64.b64encode(sealed(kms, kms.create_key()["KeyMetadata"]["Arn"]))
    return lambda: kms.decrypt(CiphertextBlob=blob), lambda: kms.decrypt(CiphertextBlob=base64.b64decode(blob))


@QUESTIONS.ask(
    "The ciphertext refers to a key that does not exist in this Region: it was encrypted in another?",
    source="https://github.com/aws/aws-encryption-sdk-java/issues/49",
    fix=["client", "us-west-2"],
)
def decrypted_in_another_region(world):
    owner = world.account(OWNER)
    west, east = owner.client("kms", WEST), owner.client("kms")
    blob = sealed(west, make_key(owner, region=WEST))
    return lambda: east.decrypt(CiphertextBlob=blob), lambda: west.decrypt(CiphertextBlob=blob)


@QUESTIONS.ask(
    "NotFoundException: Invalid arn, for a key that exists?",
    source="https://github.com/kubernetes-retired/kube-aws/issues/1041",
    fix=["client", "us-west-2"],
)
def arn_of_another_region(world):
    owner = world.account(OWNER)
    key = make_key(owner, region=WEST)
    return lambda: sealed(owner.client("kms"), key), lambda: sealed(owner.client("kms", WEST), key)


@QUESTIONS.ask(
    "NotFoundException: Key does not exist, though it was just created?",
    source="https://github.com/hashicorp/boundary-reference-architecture/issues/15",
    fix=["client", "us-west-2"],
)
def id_of_another_region(world):
    owner = world.account(OWNER)
    key = make_key(owner, region=WEST).rpartition("/")[2]
    return (
        lambda: owner.client("kms").describe_key(KeyId=key),
        lambda: owner.client("kms", WEST).describe_key(KeyId=key),
    )


@QUESTIONS.ask(
    "NotFoundException: Invalid keyId, for an alias?",
    source="https://github.com/realestate-com-au/shush/pull/1",
    fix="alias/app",
)
def alias_without_its_prefix(world):
    kms = world.account(OWNER).client("kms")
    kms.create_alias(AliasName="alias/app", TargetKeyId=kms.create_key()["KeyMetadata"]["Arn"])
    return lambda: sealed(kms, "app"), lambda: sealed(kms, "alias/app")


@QUESTIONS.ask(
    "IncorrectKeyException: The key ID in the request does not identify a CMK that can perform this operation?",
    source="https://github.com/floci-io/floci/issues/1844",
    fix=["leave KeyId out"],
)
def another_key(world):
    owner = world.account(OWNER)
    kms = owner.client("kms")
    blob = sealed(kms, make_key(owner))
    other = make_key(owner)
    return lambda: kms.decrypt(CiphertextBlob=blob, KeyId=other), lambda: kms.decrypt(CiphertextBlob=blob)


@QUESTIONS.ask(
    "GenerateDataKey works, and the Encryption SDK says: Unable to decrypt any data key?",
    source="https://github.com/aws/aws-encryption-sdk-python/issues/51",
    fix=["to a policy of ", '"kms:Decrypt"'],
)
def data_key_without_decrypt(world):
    owner = world.account(OWNER)
    app = owner.user("app", [allow("kms:GenerateDataKey")]).client("kms")
    blob = app.generate_data_key(KeyId=make_key(owner), KeySpec="AES_256")["CiphertextBlob"]
    return lambda: app.decrypt(CiphertextBlob=blob)


@QUESTIONS.ask(
    "DisabledException: what is to be done?",
    source="https://github.com/fugue/credstash/issues/86",
    fix="EnableKey",
)
def disabled(world):
    kms = world.account(OWNER).client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=key)

    def enabled():
        kms.enable_key(KeyId=key)
        sealed(kms, key)

    return lambda: sealed(kms, key), enabled


@QUESTIONS.ask(
    "KMSInvalidStateException: the key is pending deletion?",
    source="https://github.com/crossplane-contrib/provider-aws/issues/849",
    fix=["CancelKeyDeletion", "EnableKey"],
)
def pending_deletion(world):
    kms = world.account(OWNER).client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    blob = sealed(kms, key)
    kms.schedule_key_deletion(KeyId=key)

    def cancelled():
        kms.cancel_key_deletion(KeyId=key)
        kms.enable_key(KeyId=key)
        kms.decrypt(CiphertextBlob=blob)

    return lambda: kms.decrypt(CiphertextBlob=blob), cancelled


@QUESTIONS.ask(
    "KMSInvalidStateException: the key is pending import, after its material expired?",
    source="https://github.com/localstack/localstack/pull/8081",
    fix=["ImportKeyMaterial", "same material"],
)
def expired_material(world):
    kms = world.account(OWNER).client("kms")
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    expires = {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": world.clock.now() + timedelta(days=2)}
    bring(kms, key, MATERIAL, **expires)
    blob = sealed(kms, key)
    world.clock.advance(days=3)

    def imported_again():
        bring(kms, key, MATERIAL)
        kms.decrypt(CiphertextBlob=blob)

    return lambda: kms.decrypt(CiphertextBlob=blob), imported_again


@QUESTIONS.ask(
    "InvalidKeyUsageException: SIGN_VERIFY is not valid for Encrypt?",
    source="https://github.com/jonathankeebler/jwt-kms/issues/4",
    fix=["Sign"],
)
def encrypted_with_a_signing_key(world):
    kms = world.account(OWNER).client("kms")
    key = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]
    algorithm = "RSASSA_PSS_SHA_256"
    return (
        lambda: kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256"),
        lambda: kms.sign(KeyId=key, Message=b"x", SigningAlgorithm=algorithm),
    )


@QUESTIONS.ask(
    "Digest is invalid length for algorithm?",
    source="https://github.com/getmoto/moto/pull/10202",
    fix=["32 bytes", "SHA_256"],
)
def digest_of_another_length(world):
    kms = world.account(OWNER).client("kms")
    key = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]

    def sign(digest):
        kms.sign(KeyId=key, Message=digest, MessageType="DIGEST", SigningAlgorithm="RSASSA_PSS_SHA_256")

    return lambda: sign(hashlib.sha512(b"m").digest()), lambda: sign(hashlib.sha256(b"m").digest())


@QUESTIONS.ask(
    "How can more than 4096 bytes be encrypted?",
    source="https://github.com/adenot/hiera-eyaml-kms/issues/8",
    fix="GenerateDataKey",
)
def a_long_plaintext(world):
    kms = world.account(OWNER).client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    return (
        lambda: kms.encrypt(KeyId=key, Plaintext=b"x" * 4097),
        lambda: kms.generate_data_key(KeyId=key, KeySpec="AES_256"),
    )


@QUESTIONS.ask(
    "Rotation cannot be switched on for an asymmetric key (UnsupportedOperationException)?",
    source="https://github.com/terraform-aws-modules/terraform-aws-kms/issues/20",
    fix=["symmetric"],
)
def rotation_of_an_asymmetric_key(world):
    kms = world.account(OWNER).client("kms")
    signing = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_4096")["KeyMetadata"]["Arn"]
    symmetric = kms.create_key()["KeyMetadata"]["Arn"]
    return lambda: kms.enable_key_rotation(KeyId=signing), lambda: kms.enable_key_rotation(KeyId=symmetric)


@QUESTIONS.ask(
    "ThrottlingException: you have exceeded the rate at which you may call KMS?",
    source="https://github.com/aws/aws-dynamodb-encryption-java/issues/6",
    fix=["Retry", "raise the quota"],
    quotas={"symmetric": 3},
)
def too_many_requests(world):
    world.clock.freeze()
    owner = world.account(OWNER)
    key = make_key(owner)
    kms = owner.client("kms", config=Config(retries={"total_max_attempts": 1}))

    def many():
        for _ in range(9):
            sealed(kms, key)

    def spread():
        for _ in range(9):
            world.clock.advance(seconds=1)
            sealed(kms, key)

    return many, spread


@QUESTIONS.ask(
    "A replica of a multi-Region key cannot be used before it is in the other Region?",
    source="https://github.com/aws/aws-encryption-sdk-java/issues/271",
    fix=["ReplicateKey"],
)
def multi_region_key_without_a_replica(world):
    owner = world.account(OWNER)
    east, west = owner.client("kms"), owner.client("kms", WEST)
    key = make_key(owner, use(root(OWNER)), MultiRegion=True)
    blob = sealed(east, key)

    def replicated():
        east.replicate_key(KeyId=key, ReplicaRegion=WEST)
        world.clock.advance(minutes=5)
        west.decrypt(CiphertextBlob=blob)

    return lambda: west.decrypt(CiphertextBlob=blob), replicated
