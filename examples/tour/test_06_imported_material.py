"""Lesson 6. The material of a key may be one's own: then it can expire, and only its owner can bring it back."""

from datetime import datetime, timezone

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key

MATERIAL = b"thirty-two bytes of one's own..."


def bring(kms, key, material, **lasting):
    """Wrap material under the public key that KMS gives for it, and import it."""
    given = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
    wrapped = load_der_public_key(given["PublicKey"]).encrypt(material, oaep)
    kms.import_key_material(KeyId=key, ImportToken=given["ImportToken"], EncryptedKeyMaterial=wrapped, **lasting)


def test_material_expires_and_comes_back(aws_clock, kms, refused):
    """Imported material expires on its day; the same material, brought again, opens everything again"""
    aws_clock.freeze("2026-01-01")
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    with refused("KMSInvalidStateException"):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    last_day = datetime(2026, 6, 1, tzinfo=timezone.utc)
    bring(kms, key, MATERIAL, ValidTo=last_day)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    aws_clock.move_to("2026-06-02")
    with refused("KMSInvalidStateException"):
        kms.decrypt(CiphertextBlob=blob)
    bring(kms, key, MATERIAL, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_other_material_is_not_taken(kms, refused):
    """A key remembers its material, and takes no other in its place"""
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    bring(kms, key, MATERIAL, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    kms.delete_imported_key_material(KeyId=key)
    with refused("IncorrectKeyMaterialException"):
        bring(kms, key, MATERIAL[::-1], ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
