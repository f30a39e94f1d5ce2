"""Lesson 1. A key is of one kind for ever, and does what its kind does."""


def test_a_symmetric_key_encrypts_and_decrypts(kms):
    """A symmetric key encrypts and decrypts; the ciphertext says which key it was"""
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/orders", TargetKeyId=key)
    blob = kms.encrypt(KeyId="alias/orders", Plaintext=b"42")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"42"


def test_the_encryption_context_is_part_of_the_ciphertext(kms, refused):
    """What was encrypted under an encryption context is decrypted under the same one, or not at all"""
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"42", EncryptionContext={"tenant": "a"})["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"tenant": "a"})["Plaintext"] == b"42"
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"tenant": "b"})


def test_a_pair_of_keys_signs_and_everybody_can_verify(kms, refused):
    """An asymmetric key signs inside KMS; its public key is for everybody, and it does not encrypt"""
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    signed = {"KeyId": key, "Message": b"pay 42", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(**signed)["Signature"]
    assert kms.verify(**signed, Signature=signature)["SignatureValid"]
    assert kms.get_public_key(KeyId=key)["PublicKey"]
    with refused("InvalidKeyUsageException"):
        kms.encrypt(KeyId=key, Plaintext=b"42")


def test_an_hmac_key_tells_whether_a_message_was_changed(kms, refused):
    """An HMAC key makes codes that only KMS can check"""
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    made = {"KeyId": key, "Message": b"pay 42", "MacAlgorithm": "HMAC_SHA_256"}
    mac = kms.generate_mac(**made)["Mac"]
    assert kms.verify_mac(**made, Mac=mac)["MacValid"]
    with refused("KMSInvalidMacException"):
        kms.verify_mac(**{**made, "Message": b"pay 43"}, Mac=mac)
