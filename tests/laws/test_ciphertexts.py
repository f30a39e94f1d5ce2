"""Decrypt of what KMS did not make: always AWS's refusal, never a traceback and never a plaintext. 10,000 of them."""

import random
from itertools import product

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import kmsmock

PLAINTEXT = b"attack at dawn"
CONTEXT = {"tenant": "1"}
many = settings(
    max_examples=2000, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def kms():
    """One world for the whole module: a refused call changes nothing."""
    with kmsmock.World():
        client = boto3.client("kms", "us-east-1")
        client.key = client.create_key()["KeyMetadata"]["KeyId"]
        client.other = client.create_key()["KeyMetadata"]["KeyId"]
        client.blobs = [
            client.encrypt(KeyId=key, Plaintext=PLAINTEXT, EncryptionContext=CONTEXT)["CiphertextBlob"]
            for key in (client.key, client.key, client.other)
        ]
        client.blobs.append(
            client.generate_data_key(KeyId=client.key, KeySpec="AES_256", EncryptionContext=CONTEXT)["CiphertextBlob"]
        )
        yield client


def refused(kms, blob, code="InvalidCiphertextException", **options):
    options.setdefault("EncryptionContext", CONTEXT)
    with pytest.raises(ClientError) as caught:
        kms.decrypt(CiphertextBlob=blob, **options)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, 400)
    if code == "InvalidCiphertextException":
        assert response["Error"]["Message"] == ""
    assert "Plaintext" not in response


@many
@given(data=st.binary(min_size=1, max_size=6144), header=st.booleans())
def test_garbage_is_no_ciphertext_even_behind_the_header_and_material_of_a_real_one(kms, data, header):
    refused(kms, (kms.blobs[0][:38] + data)[:6144] if header else data)


def test_a_truncated_or_extended_ciphertext_is_refused(kms):
    for which, length in product(range(4), range(1, 501)):
        more = random.randbytes(random.choice((0, 1, 2, 16, random.randrange(65))))
        changed = kms.blobs[which][:length] + more
        if changed != kms.blobs[which]:
            refused(kms, changed)


def test_a_ciphertext_with_one_bit_flipped_is_refused(kms):
    bits = [(which, at, bit) for which in range(4) for at in range(len(kms.blobs[which])) for bit in range(8)]
    for which, at, bit in random.sample(bits, 2000):
        blob = bytearray(kms.blobs[which])
        blob[at] ^= 1 << bit
        refused(kms, bytes(blob))


def test_parts_of_two_ciphertexts_make_none(kms):
    """Each cut of each pair of them."""
    for first, second, cut in product(range(4), range(4), range(1, 181)):
        mixed = kms.blobs[first][:cut] + kms.blobs[second][cut:]
        if mixed not in kms.blobs:
            refused(kms, mixed)


@many
@given(
    context=st.dictionaries(st.text(max_size=8), st.text(min_size=1, max_size=8), max_size=3),
    foreign=st.booleans(),
)
def test_another_encryption_context_or_another_key_does_not_open_it(kms, context, foreign):
    if foreign:
        refused(kms, kms.blobs[2], "IncorrectKeyException", KeyId=kms.key, EncryptionContext=context)
    else:
        assume(context != CONTEXT)
        refused(kms, kms.blobs[0], EncryptionContext=context)


def test_the_ciphertexts_that_were_changed_are_good_ones(kms):
    for blob in kms.blobs[:3]:
        assert kms.decrypt(CiphertextBlob=blob, EncryptionContext=CONTEXT)["Plaintext"] == PLAINTEXT
