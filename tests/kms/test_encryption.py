"""Encrypt, Decrypt, ReEncrypt and data keys, through boto3."""

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.claims import refused
from tests.support.floors import newest_botocore

pytestmark = pytest.mark.evidence(
    "recorded",
    "localstack (test_kms.snapshot.json) and stackd (testdata/aws/kms): Encrypt, Decrypt, ReEncrypt and data keys, their sizes and errors",
)

CONTEXT = {"purpose": "test", "ünïcode": "✓"}


@pytest.fixture
def blob(kms, key):
    return kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)["CiphertextBlob"]


def test_decrypt_gives_back_what_was_encrypted_and_names_key_and_material(kms, key, blob):
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert opened["Plaintext"] == b"secret"
    assert opened["KeyId"] == key
    assert opened["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
    assert opened["KeyMaterialId"] == described["CurrentKeyMaterialId"]


def test_ciphertexts_look_like_those_of_kms(kms, key, blob):
    assert base64.b64encode(blob).startswith(b"AQICAH")
    data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")["CiphertextBlob"]
    assert base64.b64encode(data_key).startswith(b"AQIDAH")
    assert len(data_key) == 184


def test_the_key_id_of_every_answer_is_the_key_arn(kms, key):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    for name in (key, key.split("/")[1], "alias/a", "arn:aws:kms:us-east-1:111111111111:alias/a"):
        assert kms.encrypt(KeyId=name, Plaintext=b"x")["KeyId"] == key
        assert kms.generate_data_key_without_plaintext(KeyId=name, NumberOfBytes=5)["KeyId"] == key
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == key


@pytest.mark.parametrize("context", [{}, {"purpose": "test"}, {**CONTEXT, "more": "1"}, {"Purpose": "test"}])
def test_another_encryption_context_is_an_invalid_ciphertext_without_a_hint(kms, blob, context):
    with refused("InvalidCiphertextException", "") as refusal:
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)
    assert "message" not in refusal.response


def test_an_empty_encryption_context_equals_none(kms, key):
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={})["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_decrypt_with_another_key_than_the_ciphertexts_is_an_incorrect_key(kms, blob):
    wrong = kms.create_key()["KeyMetadata"]["Arn"]
    text = "The key ID in the request does not identify a CMK that can perform this operation."
    with refused("IncorrectKeyException", text):
        kms.decrypt(CiphertextBlob=blob, KeyId=wrong, EncryptionContext=CONTEXT)


def test_a_repointed_alias_no_longer_opens_old_ciphertexts_but_the_ciphertext_alone_does(kms, key):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    blob = kms.encrypt(KeyId="alias/a", Plaintext=b"x")["CiphertextBlob"]
    kms.update_alias(AliasName="alias/a", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    with refused("IncorrectKeyException"):
        kms.decrypt(CiphertextBlob=blob, KeyId="alias/a")
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_damaged_ciphertexts_are_refused_and_never_decrypt(kms, blob, data):
    position = data.draw(st.integers(0, len(blob) - 1))
    damaged = data.draw(
        st.sampled_from(
            [
                blob[:position] or b"\0",
                blob + b"\0" * (position + 1),
                blob[:position] + bytes([blob[position] ^ (1 << position % 8)]) + blob[position + 1 :],
                data.draw(st.binary(min_size=1, max_size=300)),
            ]
        )
    )
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=damaged, EncryptionContext=CONTEXT)


def test_re_encrypt_moves_a_ciphertext_to_another_key_and_context(kms, key, blob):
    target = kms.create_key()["KeyMetadata"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext=CONTEXT,
        DestinationKeyId=target["KeyId"],
        DestinationEncryptionContext={"moved": "yes"},
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, target["Arn"])
    assert moved["DestinationKeyMaterialId"] == target["CurrentKeyMaterialId"]
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"moved": "yes"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"secret", target["Arn"])


@pytest.mark.parametrize(("size", "length"), [({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1024}, 1024)])
def test_data_keys_decrypt_to_the_plaintext_that_came_with_them(kms, key, size, length):
    made = kms.generate_data_key(KeyId=key, EncryptionContext=CONTEXT, **size)
    assert len(made["Plaintext"]) == length
    assert (
        kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)["Plaintext"] == made["Plaintext"]
    )
    hidden = kms.generate_data_key_without_plaintext(KeyId=key, **size)
    assert "Plaintext" not in hidden
    assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == length


@pytest.mark.parametrize("size", [{}, {"KeySpec": "AES_256", "NumberOfBytes": 32}])
def test_a_data_key_needs_exactly_one_size(kms, key, size):
    with refused("ValidationException", "Please specify either number of bytes or key spec."):
        kms.generate_data_key(KeyId=key, **size)


def test_generate_random_needs_a_number_of_bytes(kms):
    assert len(kms.generate_random(NumberOfBytes=1024)["Plaintext"]) == 1024
    with refused("ValidationException", "NumberOfBytes is required."):
        kms.generate_random()


@pytest.mark.parametrize(
    "ask",
    [
        lambda kms, key, blob: kms.encrypt(KeyId=key, Plaintext=b"x", DryRun=True),
        lambda kms, key, blob: kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT, DryRun=True),
        lambda kms, key, blob: kms.generate_data_key(KeyId=key, KeySpec="AES_256", DryRun=True),
        lambda kms, key, blob: kms.create_grant(
            KeyId=key, GranteePrincipal="arn:aws:iam::222222222222:root", Operations=["Decrypt"], DryRun=True
        ),
    ],
)
def test_a_dry_run_that_would_succeed_always_raises_and_changes_nothing(kms, key, blob, ask):
    text = "The request would have succeeded, but the DryRun option is set."
    with refused("DryRunOperationException", text):
        ask(kms, key, blob)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_dry_run_finds_the_ciphertext_bad_first(kms, blob):
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob, DryRun=True)


NO_CIPHERTEXT = (
    "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"
)


@newest_botocore
def test_decryption_needs_a_ciphertext(kms, key):
    with refused("ValidationException", NO_CIPHERTEXT):
        kms.decrypt()
    with refused("ValidationException", NO_CIPHERTEXT):
        kms.decrypt(KeyId=key)
    with refused("ValidationException", NO_CIPHERTEXT):
        kms.re_encrypt(DestinationKeyId=key)


def test_a_dry_run_that_ignores_the_ciphertext_needs_the_key(kms, key, blob):
    asked = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}
    for ciphertext in ({}, {"CiphertextBlob": blob}):
        with refused("ValidationException", "KeyId must not be null"):
            kms.decrypt(**ciphertext, **asked)
    with refused("DryRunOperationException", "The request would have succeeded, but the DryRun option is set."):
        kms.decrypt(KeyId=key, **asked)
