"""Public reports on rotation, deletion, imported material and multi-Region keys."""

import pytest
from cryptography.hazmat.primitives import keywrap
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_public_key

from tests.support.claims import refused
from tests.support.reports import EAST, WEST, make_key

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")


def test_rotation_cannot_be_switched_on_for_a_signing_key(owner, kms):
    # terraform-aws-modules/terraform-aws-kms issue 20: an error without a text
    key = make_key(owner, KeyUsage="SIGN_VERIFY", KeySpec="RSA_4096")
    with refused("UnsupportedOperationException", ""):
        kms.enable_key_rotation(KeyId=key)


@pytest.mark.parametrize(
    ("usage", "spec"),
    [("SIGN_VERIFY", "ECC_NIST_P256"), ("ENCRYPT_DECRYPT", "RSA_2048"), ("GENERATE_VERIFY_MAC", "HMAC_256")],
)
def test_terraform_reads_the_rotation_of_any_key_and_sees_that_it_is_off(owner, kms, usage, spec):
    # floci-io/floci issue 586 and pull request 618: AWS answers false where it used to refuse
    key = make_key(owner, KeyUsage=usage, KeySpec=spec)
    answer = kms.get_key_rotation_status(KeyId=key)
    assert {name: answer[name] for name in answer if name != "ResponseMetadata"} == {
        "KeyId": key,
        "KeyRotationEnabled": False,
    }


def test_a_key_that_is_pending_deletion_reports_rotation_as_off(kms, key):
    # nccgroup/ScoutSuite issue 1174
    kms.enable_key_rotation(KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    shown = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (shown["Enabled"], shown["KeyState"]) == (False, "PendingDeletion")
    kms.cancel_key_deletion(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True


def test_deletion_cannot_be_scheduled_a_second_time(kms, key):
    # hashicorp/terraform-provider-aws issue 17889
    first = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)["DeletionDate"]
    with refused("KMSInvalidStateException", f"{key} is pending deletion."):
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["DeletionDate"] == first


def test_a_deleted_key_waits_for_its_window_and_comes_back_disabled(aws_clock, kms, key):
    # crossplane-contrib/provider-aws issue 849, hashicorp/terraform issue 7480: a delete that takes 7 to 30 days
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    for days in (6, 31):
        with refused("ValidationException", "PendingWindowInDays must be between 7 and 30"):
            kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=days)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_clock.advance(days=6)
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
    with refused("DisabledException", f"{key} is disabled."):
        kms.decrypt(CiphertextBlob=blob)
    kms.enable_key(KeyId=key)
    aws_clock.advance(days=30)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_primary_with_replicas_waits_for_them_to_be_deleted(aws_clock, owner, kms):
    # hashicorp/web-unified-docs pull request 1982: replicas are to go before the primary
    key = make_key(owner, MultiRegion=True)
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    west = owner.client("kms", WEST)
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert answer["KeyState"] == "PendingReplicaDeletion"
    assert "DeletionDate" not in answer
    replica = key.replace(EAST, WEST)
    west.schedule_key_deletion(KeyId=replica, PendingWindowInDays=7)
    aws_clock.advance(days=7, hours=1)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    aws_clock.advance(days=7, hours=1)
    with refused("NotFoundException", f"Key '{key}' does not exist"):
        kms.describe_key(KeyId=key)


def test_after_the_primary_moved_the_former_replica_is_none(owner, kms):
    # hashicorp/terraform-provider-aws issue 35921: "is not a multi-Region replica key", as the Region had become the primary's
    key = make_key(owner, MultiRegion=True)
    kms.replicate_key(KeyId=key, ReplicaRegion=WEST)
    kms.update_primary_region(KeyId=key, PrimaryRegion=WEST)
    shown = {}
    for region in (EAST, WEST):
        found = owner.client("kms", region).describe_key(KeyId=key.replace(EAST, region))["KeyMetadata"]
        shown[region] = found["MultiRegionConfiguration"]["MultiRegionKeyType"]
    assert shown == {EAST: "REPLICA", WEST: "PRIMARY"}


def imported(kms, key, material):
    """Wrap material as AWS asks for, and import it."""
    ask = {"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    terms = kms.get_parameters_for_import(**ask)
    oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)
    wrapped = load_der_public_key(terms["PublicKey"]).encrypt(material, oaep)
    return kms.import_key_material(
        KeyId=key,
        ImportToken=terms["ImportToken"],
        EncryptedKeyMaterial=wrapped,
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )


def test_deleted_material_leaves_a_key_that_takes_the_same_material_only(owner, kms):
    # localstack/localstack pull request 8081
    key = make_key(owner, Origin="EXTERNAL")
    with refused("KMSInvalidStateException", f"{key} is pending import."):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    made = imported(kms, key, b"k" * 32)["KeyMaterialId"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    with refused("KMSInvalidStateException", f"{key} is pending import."):
        kms.decrypt(CiphertextBlob=blob)
    with refused(
        "IncorrectKeyMaterialException", f"Imported key material does not have the expected identifier ({made})."
    ):
        imported(kms, key, b"j" * 32)
    imported(kms, key, b"k" * 32)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_key_for_imported_material_has_no_current_material_until_it_was_imported(owner, kms):
    # localstack/localstack pull request 13363
    def shown(key):
        return kms.describe_key(KeyId=key)["KeyMetadata"].get("CurrentKeyMaterialId")

    external, own = make_key(owner, Origin="EXTERNAL"), make_key(owner)
    asymmetric = make_key(owner, KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")
    assert shown(own)
    assert (shown(external), shown(asymmetric)) == (None, None)
    assert shown(external) is None
    made = imported(kms, external, b"k" * 32)["KeyMaterialId"]
    assert shown(external) == made


def test_a_key_is_rotated_on_demand_twenty_five_times(owner, kms, key):
    # floci-io/floci issue 1041 and pull request 1042, tried with the command line of AWS
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key)
    with refused("LimitExceededException"):
        kms.rotate_key_on_demand(KeyId=key)
    ciphertext = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=ciphertext)["Plaintext"] == b"x"


def test_the_period_of_rotation_is_kept_and_told(kms, key):
    # faiscadev/fakecloud pull request 1831: a year unless it was given
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=120)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 120
    with refused("ValidationException"):
        kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=2561)


def test_an_rsa_key_comes_in_under_an_aes_key_that_is_wrapped_itself(kms):
    # localstack/localstack issue 10921 and pull request 12888
    own = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = kms.create_key(Origin="EXTERNAL", KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    given = kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm="RSA_AES_KEY_WRAP_SHA_256", WrappingKeySpec="RSA_4096"
    )
    material = own.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    oaep = padding.OAEP(padding.MGF1(SHA256()), SHA256(), None)
    inner = b"k" * 32
    wrapped = load_der_public_key(given["PublicKey"]).encrypt(inner, oaep)
    wrapped += keywrap.aes_key_wrap_with_padding(inner, material)
    kms.import_key_material(
        KeyId=key,
        ImportToken=given["ImportToken"],
        EncryptedKeyMaterial=wrapped,
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    signature = kms.sign(KeyId=key, Message=b"m", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")["Signature"]
    own.public_key().verify(signature, b"m", padding.PKCS1v15(), SHA256())
