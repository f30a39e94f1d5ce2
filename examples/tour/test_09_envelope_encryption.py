"""Lesson 9. KMS encrypts four kilobytes at most: what is larger is encrypted under a data key, which KMS encrypts."""

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LARGE = b"x" * 100_000


def seal(kms, key, text, cache=None):
    """The text under a data key, with that beside it as KMS encrypted it; the cache has the data key for the next."""
    made = (cache or {}).get(key) or kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    if cache is not None:
        cache[key] = made
    nonce = os.urandom(12)
    return made["CiphertextBlob"], nonce, AESGCM(made["Plaintext"]).encrypt(nonce, text, None)


def unseal(kms, wrapped, nonce, text):
    return AESGCM(kms.decrypt(CiphertextBlob=wrapped)["Plaintext"]).decrypt(nonce, text, None)


def test_what_is_larger_than_four_kilobytes(kms, refused):
    """KMS takes 4,096 bytes; a data key takes anything, and never leaves the client but encrypted"""
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.encrypt(KeyId=key, Plaintext=b"x" * 4096)
    with refused("ValidationException"):
        kms.encrypt(KeyId=key, Plaintext=b"x" * 4097)
    assert unseal(kms, *seal(kms, key, LARGE)) == LARGE


def test_a_data_key_for_many(aws_world, kms):
    """A cached data key is one request for a hundred messages; the bill tells what the cache would save"""
    key = kms.create_key()["KeyMetadata"]["Arn"]
    for _ in range(100):
        seal(kms, key, b"42")
    assert aws_world.bill().savings["data key caching"].requests == 99
    cache = {}
    for _ in range(100):
        seal(kms, key, b"42", cache)
    assert len(aws_world.events.where(name="GenerateDataKey")) == 101


def test_the_key_can_change_without_the_data(kms):
    """Under another key only the data key is encrypted anew, inside KMS; the data stays as it is"""
    old, new = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    wrapped, nonce, text = seal(kms, old, LARGE)
    again = kms.re_encrypt(CiphertextBlob=wrapped, DestinationKeyId=new)["CiphertextBlob"]
    kms.disable_key(KeyId=old)
    assert unseal(kms, again, nonce, text) == LARGE
