"""Public reports on encrypting, decrypting, signing: contexts, the right key, digests."""

import base64
import hashlib
import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.support.claims import allow, refused
from tests.support.policies import lacking
from tests.support.reports import make_key

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

MESSAGE = b"a message of some length"


@pytest.mark.parametrize("context", [{}, {"App": "billing"}, {"app": "Billing"}, {"app": "billing", "more": "x"}])
def test_a_ciphertext_opens_under_exactly_the_context_it_was_made_with(kms, key, context):
    # floci-io/floci issue 817, aws/aws-sdk-java issue 1323 (the text is empty)
    made = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"app": "billing"})["CiphertextBlob"]
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=made, EncryptionContext=context)
    assert kms.decrypt(CiphertextBlob=made, EncryptionContext={"app": "billing"})["Plaintext"] == b"x"


def test_a_data_key_made_under_a_context_opens_with_it_and_not_without(kms, key):
    # localstack/localstack issue 8505
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"a": "b"})
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["Plaintext"]
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=made["CiphertextBlob"])


def test_decrypting_with_another_key_than_the_one_of_the_ciphertext_is_refused(owner, kms, key):
    # floci-io/floci issue 1844 and pull request 1893
    made = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    text = "The key ID in the request does not identify a CMK that can perform this operation."
    with refused("IncorrectKeyException", text):
        kms.decrypt(CiphertextBlob=made, KeyId=make_key(owner))


def test_what_an_earlier_key_encrypted_needs_no_key_id_but_permission_for_that_key(owner, kms, key):
    # ankane/kms_encrypted issue 17: the ciphertext names its key; permissions are what keeps it shut
    made = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    newer = make_key(owner)
    both = owner.user("both", [allow("kms:Decrypt", [key, newer])])
    assert both.client("kms").decrypt(CiphertextBlob=made)["KeyId"] == key
    only = owner.user("only", [allow("kms:Decrypt", newer)])
    with refused("AccessDeniedException", lacking(only, "kms:Decrypt", key)):
        only.client("kms").decrypt(CiphertextBlob=made)


def test_who_may_make_data_keys_may_not_open_them(owner, key):
    # aws/aws-encryption-sdk-javascript issue 1005: GenerateDataKey worked, decrypt and encrypt were not allowed
    maker = owner.user("maker", [allow("kms:GenerateDataKey")])
    client = maker.client("kms")
    made = client.generate_data_key(KeyId=key, NumberOfBytes=32)["CiphertextBlob"]
    with refused("AccessDeniedException", lacking(maker, "kms:Decrypt", key)):
        client.decrypt(CiphertextBlob=made)
    with refused("AccessDeniedException", lacking(maker, "kms:Encrypt", key)):
        client.encrypt(KeyId=key, Plaintext=b"x")


def test_a_ciphertext_that_was_encoded_twice_is_none(kms, key):
    # aws/aws-cli issue 8497: the command line encodes once more what already is base64
    made = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=base64.b64encode(made), KeyId=key)
    assert kms.decrypt(CiphertextBlob=base64.b64decode(base64.b64encode(made)))["Plaintext"] == b"x"


def test_credstash_asks_a_disabled_key_in_vain(kms, key):
    # fugue/credstash issue 86
    kms.disable_key(KeyId=key)
    with refused("DisabledException", f"{key} is disabled."):
        kms.generate_data_key(KeyId=key, NumberOfBytes=64)
    kms.enable_key(KeyId=key)
    assert len(kms.generate_data_key(KeyId=key, NumberOfBytes=64)["Plaintext"]) == 64


def test_all_keys_of_an_envelope_must_work_for_encrypting(owner, kms, key):
    # aws/aws-encryption-sdk-python issue 142: one of two keys is disabled, and its Encrypt fails
    second = make_key(owner)
    data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"]
    kms.disable_key(KeyId=second)
    with refused("DisabledException", f"{second} is disabled."):
        kms.encrypt(KeyId=second, Plaintext=data_key)


def test_a_message_and_its_digest_verify_for_each_other(owner, kms):
    # getmoto/moto pull request 10202: a digest is signed as it is, and verifies outside KMS
    key = make_key(owner, KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")
    digest = hashlib.sha256(MESSAGE).digest()
    ways = {"RAW": MESSAGE, "DIGEST": digest}
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    for kind, signed in ways.items():
        ask = {"KeyId": key, "SigningAlgorithm": "ECDSA_SHA_256"}
        signature = kms.sign(Message=signed, MessageType=kind, **ask)["Signature"]
        public.verify(signature, MESSAGE, ec.ECDSA(SHA256()))
        for other, message in ways.items():
            assert kms.verify(Message=message, MessageType=other, Signature=signature, **ask)["SignatureValid"]


@pytest.mark.parametrize("operation", ["sign", "verify"])
def test_a_digest_has_the_length_of_its_algorithm(owner, kms, operation):
    # getmoto/moto pull request 10202
    key = make_key(owner, KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    more = {"Signature": b"s" * 256} if operation == "verify" else {}
    with refused("ValidationException", "Digest is invalid length for algorithm RSASSA_PSS_SHA_256."):
        getattr(kms, operation)(
            KeyId=key,
            Message=hashlib.sha512(MESSAGE).digest(),
            MessageType="DIGEST",
            SigningAlgorithm="RSASSA_PSS_SHA_256",
            **more,
        )


def test_a_pkcs1_signature_of_a_digest_says_which_hash_it_is_of(owner, kms):
    # floci-io/floci issue 1345 and pull request 1396: openssl and others verify it
    key = make_key(owner, KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    digest = hashlib.sha512(MESSAGE).digest()
    made = kms.sign(KeyId=key, Message=digest, MessageType="DIGEST", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_512")
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    public.verify(made["Signature"], digest, padding.PKCS1v15(), utils.Prehashed(SHA512()))
    public.verify(made["Signature"], MESSAGE, padding.PKCS1v15(), SHA512())


def test_a_policy_for_one_key_covers_decrypting_without_a_key_id(owner, kms, key):
    # ministackorg/ministack issue 1505: AWS takes the key from the ciphertext and looks at the policies for it
    app = owner.user("app", [allow(["kms:Encrypt", "kms:Decrypt"], key)])
    client = app.client("kms")
    made = client.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert client.decrypt(CiphertextBlob=made)["Plaintext"] == b"x"
    another = make_key(owner)
    foreign = kms.encrypt(KeyId=another, Plaintext=b"x")["CiphertextBlob"]
    with refused("AccessDeniedException", lacking(app, "kms:Decrypt", another)):
        client.decrypt(CiphertextBlob=foreign)


@pytest.mark.parametrize(
    ("name", "hash_of", "limit"), [("RSAES_OAEP_SHA_1", SHA1, 214), ("RSAES_OAEP_SHA_256", SHA256, 190)]
)
def test_what_was_encrypted_outside_with_the_public_key_opens_inside(owner, kms, name, hash_of, limit):
    # floci-io/floci issue 3024 and pull request 3038, measured against AWS
    key = make_key(owner, KeyUsage="ENCRYPT_DECRYPT", KeySpec="RSA_2048")
    public = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    outside = public.encrypt(MESSAGE, padding.OAEP(padding.MGF1(hash_of()), hash_of(), None))
    opened = kms.decrypt(KeyId=key, CiphertextBlob=outside, EncryptionAlgorithm=name)
    assert (opened["Plaintext"], opened["EncryptionAlgorithm"]) == (MESSAGE, name)
    assert len(kms.encrypt(KeyId=key, Plaintext=b"x" * limit, EncryptionAlgorithm=name)["CiphertextBlob"]) == 256
    text = f"Algorithm {name} and key spec RSA_2048 cannot encrypt data larger than {limit} bytes."
    with refused("ValidationException", text):
        kms.encrypt(KeyId=key, Plaintext=b"x" * (limit + 1), EncryptionAlgorithm=name)
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(KeyId=key, CiphertextBlob=b"x" * 256, EncryptionAlgorithm=name)


def test_more_than_four_kilobytes_are_not_encrypted_directly(kms, key):
    # adenot/hiera-eyaml-kms issue 8, localstack/localstack issue 8083
    assert kms.encrypt(KeyId=key, Plaintext=b"x" * 4096)["KeyId"] == key
    with refused(
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
        "Member must have length less than or equal to 4096",
    ):
        kms.encrypt(KeyId=key, Plaintext=b"x" * 4097)


def test_a_data_key_of_an_unknown_kind_is_refused_with_the_kinds_of_keys(kms, key):
    # boto/boto3 issue 3428: AWS names the key specs of CreateKey, not those of data keys; newer ones came since
    start = (
        "1 validation error detected: Value 'AES-256' at 'keySpec' failed to satisfy constraint: "
        "Member must satisfy enum value set: [RSA_2048, ECC_NIST_P384, ECC_NIST_P256, ECC_NIST_P521, HMAC_384, "
        "RSA_3072, ECC_SECG_P256K1, RSA_4096, SYMMETRIC_DEFAULT, HMAC_256, HMAC_224, HMAC_512"
    )
    with refused("ValidationException", re.compile(re.escape(start) + r"(, \w+)*\]")):
        kms.generate_data_key(KeyId=key, KeySpec="AES-256")
    assert len(kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"]) == 32


def test_the_private_half_of_a_pair_opens_under_the_context_it_was_made_with(kms, key):
    # localstack/localstack pull request 8517, from its discussion
    made = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256", EncryptionContext={"a": "b"})
    blob = made["PrivateKeyCiphertextBlob"]
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=blob)
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"})["Plaintext"] == made["PrivateKeyPlaintext"]


def test_a_ciphertext_in_which_one_bit_was_turned_does_not_open(kms, key):
    # floci-io/floci pull request 3544; and one of before a rotation does
    ciphertext = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.rotate_key_on_demand(KeyId=key)
    assert kms.decrypt(CiphertextBlob=ciphertext)["Plaintext"] == b"x"
    turned = ciphertext[:-1] + bytes([ciphertext[-1] ^ 1])
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=turned, KeyId=key)


def test_reencrypting_takes_an_alias_for_the_new_key(owner, kms, key):
    # getmoto/moto issue 5963
    new = make_key(owner)
    kms.create_alias(AliasName="alias/foo", TargetKeyId=new)
    ciphertext = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    answer = kms.re_encrypt(CiphertextBlob=ciphertext, DestinationKeyId="alias/foo")
    assert (answer["KeyId"], answer["SourceKeyId"]) == (new, key)
    assert kms.decrypt(CiphertextBlob=answer["CiphertextBlob"])["KeyId"] == new
