"""An encryption context whose value is empty: ValidationException "Invalid EncryptionContext" (public reports)."""

import pytest

from tests.support.claims import refused

pytestmark = pytest.mark.evidence("reported", 'public reports of "Invalid EncryptionContext"')

EMPTY = {"tenant": ""}


@pytest.fixture
def blob(kms, key):
    return kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]


CALLS = {
    "encrypt": {"Plaintext": b"x"},
    "generate_data_key": {"KeySpec": "AES_256"},
    "generate_data_key_without_plaintext": {"NumberOfBytes": 32},
    "generate_data_key_pair": {"KeyPairSpec": "ECC_NIST_P256"},
    "generate_data_key_pair_without_plaintext": {"KeyPairSpec": "ECC_NIST_P256"},
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("context", [EMPTY, {"full": "x", "tenant": ""}], ids=["alone", "beside another"])
def test_no_operation_takes_an_empty_value(kms, key, name, context):
    with refused("ValidationException", "Invalid EncryptionContext"):
        getattr(kms, name)(KeyId=key, EncryptionContext=context, **CALLS[name])


def test_decrypt_does_not_take_an_empty_value(kms, blob):
    with refused("ValidationException", "Invalid EncryptionContext"):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=EMPTY)


@pytest.mark.parametrize("side", ["SourceEncryptionContext", "DestinationEncryptionContext"])
def test_neither_side_of_re_encrypt_takes_an_empty_value(kms, key, blob, side):
    with refused("ValidationException", "Invalid EncryptionContext"):
        kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key, **{side: EMPTY})


def test_a_value_of_spaces_and_an_empty_context_are_taken(kms, key):
    for context in ({"tenant": " "}, {}):
        made = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=made, EncryptionContext=context)["Plaintext"] == b"x"
