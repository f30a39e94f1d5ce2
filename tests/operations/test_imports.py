"""Imported key material: wrapping, tokens, expiry, re-import, rotation."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)

from tests.conftest import refused

FOREVER = "KEY_MATERIAL_DOES_NOT_EXPIRE"
MATERIAL, OTHER = b"\1" * 32, b"\2" * 32


@pytest.fixture
def empty(kms):
    """A key that waits for its material."""
    return kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]


def wrapped(kms, key, material, algorithm="RSAES_OAEP_SHA_256"):
    given = kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    digest = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    oaep = padding.OAEP(padding.MGF1(digest), digest, None)
    public = load_der_public_key(given["PublicKey"])
    if algorithm.startswith("RSAES"):
        blob = public.encrypt(material, oaep)
    else:
        blob = public.encrypt(b"w" * 32, oaep) + keywrap.aes_key_wrap_with_padding(b"w" * 32, material)
    return {"KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": blob}


def bring(kms, key, material=MATERIAL, **more):
    more = more or {"ExpirationModel": FOREVER}
    return kms.import_key_material(**wrapped(kms, key, material), **more)


def state(kms, key):
    return kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"]


def test_a_key_waits_for_its_material_and_works_with_it(kms, empty):
    with refused("KMSInvalidStateException", f"{empty} is pending import."):
        kms.encrypt(KeyId=empty, Plaintext=b"x")
    made = bring(kms, empty)
    shown = kms.describe_key(KeyId=empty)["KeyMetadata"]
    assert (shown["KeyState"], shown["Origin"], shown["ExpirationModel"]) == ("Enabled", "EXTERNAL", FOREVER)
    assert shown["CurrentKeyMaterialId"] == made["KeyMaterialId"]
    blob = kms.encrypt(KeyId=empty, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"])
def test_either_hash_wraps(kms, empty, algorithm):
    kms.import_key_material(**wrapped(kms, empty, MATERIAL, algorithm), ExpirationModel=FOREVER)
    assert state(kms, empty) == "Enabled"


def test_a_private_key_is_imported_and_is_the_one_that_signs(kms):
    mine = ec.generate_private_key(ec.SECP256R1())
    der = mine.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key = kms.create_key(Origin="EXTERNAL", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    kms.import_key_material(**wrapped(kms, key, der, "RSA_AES_KEY_WRAP_SHA_256"), ExpirationModel=FOREVER)
    public = mine.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert kms.get_public_key(KeyId=key)["PublicKey"] == public
    made = kms.sign(KeyId=key, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    mine.public_key().verify(made, b"x", ec.ECDSA(hashes.SHA256()))


def test_a_token_is_good_for_24_hours_for_its_key_and_for_nothing_else(aws_world, kms, empty):
    asked = wrapped(kms, empty, MATERIAL)
    with refused("InvalidImportTokenException"):
        kms.import_key_material(**{**asked, "ImportToken": b"x"}, ExpirationModel=FOREVER)
    other = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    with refused("InvalidImportTokenException"):
        kms.import_key_material(**{**asked, "KeyId": other}, ExpirationModel=FOREVER)
    with refused("InvalidCiphertextException", ""):
        kms.import_key_material(**{**asked, "EncryptedKeyMaterial": b"x" * 256}, ExpirationModel=FOREVER)
    aws_world.clock.advance(hours=24, seconds=1)
    with refused("ExpiredImportTokenException"):
        kms.import_key_material(**asked, ExpirationModel=FOREVER)
    assert state(kms, empty) == "PendingImport"


def test_material_of_the_wrong_size_is_refused(kms, empty):
    with refused("InvalidCiphertextException", ""):
        bring(kms, empty, b"short")


def test_deleted_material_leaves_the_key_waiting_for_the_same_bytes(kms, empty):
    made = bring(kms, empty)["KeyMaterialId"]
    blob = kms.encrypt(KeyId=empty, Plaintext=b"x")["CiphertextBlob"]
    assert kms.delete_imported_key_material(KeyId=empty)["KeyMaterialId"] == made
    with refused("KMSInvalidStateException", f"{empty} is pending import."):
        kms.decrypt(CiphertextBlob=blob)
    text = f"Imported key material does not have the expected identifier ({made})."
    with refused("IncorrectKeyMaterialException", text):
        bring(kms, empty, OTHER)
    bring(kms, empty)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_material_expires_at_its_date(aws_world, kms, empty):
    aws_world.clock.freeze("2030-01-01")
    until = aws_world.clock.now() + timedelta(days=30)
    bring(kms, empty, ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=until)
    shown = kms.describe_key(KeyId=empty)["KeyMetadata"]
    assert (shown["ExpirationModel"], shown["ValidTo"]) == ("KEY_MATERIAL_EXPIRES", until)
    aws_world.clock.advance(days=30)
    assert state(kms, empty) == "PendingImport"
    assert [event for event in aws_world.events if event["eventName"] == "DeleteExpiredKeyMaterial"]


@pytest.mark.parametrize(
    ("days", "model", "text"),
    [
        (None, "KEY_MATERIAL_EXPIRES", "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"),
        (1, FOREVER, "A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE"),
        (-1, "KEY_MATERIAL_EXPIRES", "ValidTo must be in the future"),
        (366, "KEY_MATERIAL_EXPIRES", "ValidTo must be less than 365 days in the future"),
    ],
)
def test_the_date_must_fit_the_model(aws_world, kms, empty, days, model, text):
    until = {} if days is None else {"ValidTo": aws_world.clock.now() + timedelta(days=days)}
    with refused("ValidationException", text):
        bring(kms, empty, ExpirationModel=model, **until)


def test_new_material_waits_for_an_on_demand_rotation(kms, empty):
    first = bring(kms, empty)["KeyMaterialId"]
    blob = kms.encrypt(KeyId=empty, Plaintext=b"x")["CiphertextBlob"]
    with refused("KMSInvalidStateException", f"No available key material pending rotation for the key: {empty}."):
        kms.rotate_key_on_demand(KeyId=empty)
    second = bring(kms, empty, OTHER, ExpirationModel=FOREVER, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    listed = kms.list_key_rotations(KeyId=empty, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert [(item["KeyMaterialId"], item["KeyMaterialState"]) for item in listed] == [
        (first, "CURRENT"),
        (second, "PENDING_ROTATION"),
    ]
    kms.rotate_key_on_demand(KeyId=empty)
    assert kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"] == first
    assert kms.describe_key(KeyId=empty)["KeyMetadata"]["CurrentKeyMaterialId"] == second
    kms.delete_imported_key_material(KeyId=empty, KeyMaterialId=first)
    assert state(kms, empty) == "PendingImport"


def test_each_region_imports_the_material_itself(owner, kms):
    key = kms.create_key(Origin="EXTERNAL", MultiRegion=True)["KeyMetadata"]["KeyId"]
    bring(kms, key)
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    away = owner.client("kms", region_name="eu-west-1")
    assert state(away, key) == "PendingImport"
    bring(away, key)
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key)
    assert away.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_keys_of_kms_take_no_material_and_imported_ones_do_not_rotate_by_themselves(kms, key, empty):
    with refused("UnsupportedOperationException", f"{key} origin is AWS_KMS which is not valid for this operation."):
        kms.delete_imported_key_material(KeyId=key)
    with refused("UnsupportedOperationException", f"{empty} origin is EXTERNAL which is not valid for this operation."):
        kms.enable_key_rotation(KeyId=empty)


def test_a_wrapping_that_cannot_carry_the_key_is_refused(kms, empty):
    text = (
        "Wrapping algorithm RSA_AES_KEY_WRAP_SHA_256 and wrapping key spec RSA_2048 cannot be used to import a "
        "SYMMETRIC_DEFAULT key."
    )
    with refused("ValidationException", text):
        kms.get_parameters_for_import(
            KeyId=empty, WrappingAlgorithm="RSA_AES_KEY_WRAP_SHA_256", WrappingKeySpec="RSA_2048"
        )
