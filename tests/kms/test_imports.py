"""Imported key material: wrapping, tokens, expiry, re-import, rotation."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.support.claims import refused
from tests.support.kms_material import FOREVER, MATERIAL, OTHER, bring, wrapped
from tests.support.rotation import current

pytestmark = pytest.mark.evidence(
    "recorded",
    "stackd (testdata/aws/kms) and localstack (test_kms.snapshot.json): GetParametersForImport, ImportKeyMaterial and their refusals",
)


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


# --- private keys that are none -------------------------------------------------------------------------------------


def import_asymmetric(kms, spec, der):
    key = kms.create_key(Origin="EXTERNAL", KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    kms.import_key_material(**wrapped(kms, key, der, "RSA_AES_KEY_WRAP_SHA_256"), ExpirationModel=FOREVER)
    return key


def private_der(key, form):
    return key.private_bytes(Encoding.DER, form, NoEncryption())


@pytest.mark.parametrize(
    ("spec", "make"),
    [
        ("ECC_NIST_P256", lambda: ec.generate_private_key(ec.SECP256R1())),
        ("RSA_2048", lambda: rsa.generate_private_key(65537, 2048)),
    ],
    ids=["SEC1", "PKCS#1"],
)
def test_a_private_key_comes_as_pkcs8(kms, spec, make):
    private = make()
    with refused("InvalidCiphertextException", ""):
        import_asymmetric(kms, spec, private_der(private, PrivateFormat.TraditionalOpenSSL))
    assert import_asymmetric(kms, spec, private_der(private, PrivateFormat.PKCS8))


def test_without_its_material_an_asymmetric_key_shows_no_public_key(kms):
    der = private_der(ec.generate_private_key(ec.SECP256R1()), PrivateFormat.PKCS8)
    key = import_asymmetric(kms, "ECC_NIST_P256", der)
    assert kms.get_public_key(KeyId=key)["PublicKey"]
    kms.delete_imported_key_material(KeyId=key)
    with refused("KMSInvalidStateException", f"{key} is pending import."):
        kms.get_public_key(KeyId=key)


def test_ml_dsa_keys_are_not_imported(kms):
    with refused("ValidationException", "KeySpec ML_DSA_44 is not supported for Origin EXTERNAL"):
        kms.create_key(KeySpec="ML_DSA_44", KeyUsage="SIGN_VERIFY", Origin="EXTERNAL")


# --- what becomes of pending material -------------------------------------------------------------------------------

THIRD = b"\3" * 32
NEW = {"ExpirationModel": FOREVER, "ImportType": "NEW_KEY_MATERIAL"}
SLOW = pytest.mark.kmsmock(delays={"RotateKeyOnDemand": timedelta(minutes=8)})


@pytest.fixture
def imported(kms, empty):
    """A key that has its material."""
    bring(kms, empty)
    return empty


def materials(kms, key):
    listed = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    return [(item["KeyMaterialId"], item["KeyMaterialState"], item["ImportState"]) for item in listed]


def test_pending_material_is_not_new_a_second_time(kms, imported):
    pending = bring(kms, imported, OTHER, **NEW)["KeyMaterialId"]
    with refused(
        "IncorrectKeyMaterialException",
        f"Key material (id: {pending}) being imported as NEW_KEY_MATERIAL is already associated with KMS key "
        f"{imported}.",
    ):
        bring(kms, imported, OTHER, **NEW)


def test_deleting_material_again_names_it_again(kms, imported):
    first, second = (kms.delete_imported_key_material(KeyId=imported) for _ in range(2))
    assert (first["KeyId"], first["KeyMaterialId"]) == (imported, current(kms, imported))
    assert (second["KeyId"], second["KeyMaterialId"]) == (imported, current(kms, imported))


@SLOW
def test_a_rotation_takes_the_material_that_is_pending_when_it_ends(aws_world, kms, imported):
    deleted = bring(kms, imported, OTHER, **NEW)["KeyMaterialId"]
    kms.rotate_key_on_demand(KeyId=imported)
    kms.delete_imported_key_material(KeyId=imported, KeyMaterialId=deleted)
    third = bring(kms, imported, THIRD, **NEW)["KeyMaterialId"]
    aws_world.clock.advance(minutes=8)
    assert current(kms, imported) == third
    assert deleted not in {id_ for id_, _, _ in materials(kms, imported)}
    assert "OnDemandRotationStartDate" not in kms.get_key_rotation_status(KeyId=imported)


@SLOW
def test_a_rotation_whose_material_was_deleted_comes_to_nothing(aws_world, kms, imported):
    before = current(kms, imported)
    deleted = bring(kms, imported, OTHER, **NEW)["KeyMaterialId"]
    kms.rotate_key_on_demand(KeyId=imported)
    assert "OnDemandRotationStartDate" in kms.get_key_rotation_status(KeyId=imported)
    kms.delete_imported_key_material(KeyId=imported, KeyMaterialId=deleted)
    aws_world.clock.advance(minutes=8)
    assert "OnDemandRotationStartDate" not in kms.get_key_rotation_status(KeyId=imported)
    assert materials(kms, imported) == [(before, "CURRENT", "IMPORTED")]


@SLOW
def test_rotations_that_came_to_nothing_do_not_count(aws_world, kms, imported):
    asked = wrapped(kms, imported, OTHER)
    for _ in range(25):
        pending = kms.import_key_material(**asked, **NEW)["KeyMaterialId"]
        kms.rotate_key_on_demand(KeyId=imported)
        kms.delete_imported_key_material(KeyId=imported, KeyMaterialId=pending)
        aws_world.clock.advance(minutes=8)
    kms.import_key_material(**asked, **NEW)
    kms.rotate_key_on_demand(KeyId=imported)
    aws_world.clock.advance(minutes=8)
    assert current(kms, imported) == pending


def test_expired_pending_material_stays_listed_and_rotates_in_all_the_same(aws_world, kms, imported):
    until = {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": aws_world.clock.now() + timedelta(days=1)}
    first = current(kms, imported)
    pending = bring(kms, imported, OTHER, **until, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    aws_world.clock.advance(days=2)
    assert state(kms, imported) == "Enabled"
    assert [(id_, state) for id_, state, _ in materials(kms, imported)] == [
        (first, "CURRENT"),
        (pending, "PENDING_ROTATION"),
    ]
    kms.rotate_key_on_demand(KeyId=imported)
    assert [(id_, state) for id_, state, _ in materials(kms, imported)] == [
        (first, "NON_CURRENT"),
        (pending, "CURRENT"),
    ]
    assert current(kms, imported) == pending
    with refused("KMSInvalidStateException", f"{imported} is pending import."):
        kms.encrypt(KeyId=imported, Plaintext=b"x")


def test_a_key_that_lacks_an_old_material_shows_no_expiration_model(kms, imported):
    first = current(kms, imported)
    bring(kms, imported, OTHER, **NEW)
    kms.rotate_key_on_demand(KeyId=imported)
    assert kms.describe_key(KeyId=imported)["KeyMetadata"]["ExpirationModel"] == FOREVER
    kms.delete_imported_key_material(KeyId=imported, KeyMaterialId=first)
    shown = kms.describe_key(KeyId=imported)["KeyMetadata"]
    assert shown["KeyState"] == "PendingImport"
    assert not {"ExpirationModel", "ValidTo"} & shown.keys()


# --- in several Regions ---------------------------------------------------------------------------------------------


@pytest.fixture
def in_two_regions(kms, away):
    """The id of a multi-Region key that has its material in both of its Regions."""
    key = kms.create_key(Origin="EXTERNAL", MultiRegion=True)["KeyMetadata"]["KeyId"]
    bring(kms, key)
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    bring(away, key)
    return key


@pytest.mark.kmsmock(delays={"UpdatePrimaryRegion": timedelta(seconds=30)})
def test_an_import_does_not_end_the_change_of_the_primary(aws_world, kms, in_two_regions):
    asked = wrapped(kms, in_two_regions, MATERIAL)
    kms.update_primary_region(KeyId=in_two_regions, PrimaryRegion="eu-west-1")
    kms.import_key_material(**asked, ExpirationModel=FOREVER)
    assert state(kms, in_two_regions) == "Updating"
    aws_world.clock.advance(seconds=30)
    assert state(kms, in_two_regions) == "Enabled"


def test_replicas_show_the_description_of_the_material(kms, away, in_two_regions):
    bring(kms, in_two_regions, OTHER, **NEW, KeyMaterialDescription="second")
    for client in (kms, away):
        listed = client.list_key_rotations(KeyId=in_two_regions, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
        assert [item.get("KeyMaterialDescription") for item in listed] == [None, "second"]
    bring(kms, in_two_regions, MATERIAL, ExpirationModel=FOREVER, KeyMaterialDescription="first")
    kms.replicate_key(KeyId=in_two_regions, ReplicaRegion="eu-west-2")
    for client in (kms, away):
        listed = client.list_key_rotations(KeyId=in_two_regions, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
        assert [item.get("KeyMaterialDescription") for item in listed] == ["first", "second"]
