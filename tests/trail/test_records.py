"""The record of a call: where it was made, with which parameters, what came of it."""

import base64
import json
import re

import pytest

from tests.support.claims import OWNER, refused
from tests.support.enclave import ENCLAVE
from tests.support.trail import (
    AWAY,
    CONTEXT,
    HOME,
    KMS,
    SECRET,
    SYMMETRIC,
    about_key,
    arns,
    bare,
    last,
    recorded,
    stamp,
    the_one,
)

pytestmark = pytest.mark.evidence(
    "documented", '"CloudTrail record contents" and the examples of the KMS developer guide; some fields are recorded'
)

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ECDSA, HMAC = "ECDSA_SHA_256", "HMAC_SHA_256"

# --- the envelope -----------------------------------------------------------------------------------------------------


def test_a_record_has_the_fields_of_an_event_of_management(aws_world, clock, kms, key):
    answer = kms.encrypt(KeyId=key, Plaintext=SECRET)
    record = the_one(aws_world, "Encrypt")
    expected = {
        "eventSource": KMS,
        "eventName": "Encrypt",
        "eventTime": stamp(clock.now()),
        "awsRegion": HOME,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
        "managementEvent": True,
        "readOnly": True,
        "recipientAccountId": OWNER,
        "requestID": answer["ResponseMetadata"]["RequestId"],
        "resources": [about_key(key)],
        "responseElements": None,
    }
    assert {name: record[name] for name in expected} == expected
    assert re.fullmatch(r"1\.\d+", record["eventVersion"])
    assert UUID.fullmatch(record["eventID"])
    assert record["sourceIPAddress"]
    assert record["userAgent"]
    assert not {"errorCode", "errorMessage", "sharedEventID", "serviceEventDetails"} & record.keys()


def test_a_record_is_plain_json(aws_world, kms, key):
    kms.encrypt(KeyId=key, Plaintext=SECRET, EncryptionContext={"city": "Zürich"})
    records = list(aws_world.events)
    assert json.loads(json.dumps(records)) == records


def test_each_call_has_one_record_of_its_own(aws_world, kms, key):
    with recorded(aws_world) as records:
        for _ in range(3):
            kms.encrypt(KeyId=key, Plaintext=b"x")
    assert [record["eventName"] for record in records] == ["Encrypt"] * 3
    assert len({record["eventID"] for record in records}) == 3
    assert len({record["requestID"] for record in records}) == 3


def test_the_region_is_that_of_the_call(aws_world, owner):
    owner.client("kms", AWAY).create_key()
    assert the_one(aws_world, "CreateKey")["awsRegion"] == AWAY


def test_the_address_is_the_one_that_the_test_says(aws_world, alice, key):
    alice.session(context={"aws:SourceIp": "203.0.113.7"}).client("kms").describe_key(KeyId=key)
    assert last(aws_world, "DescribeKey")["sourceIPAddress"] == "203.0.113.7"
    with aws_world.request_context(**{"aws:SourceIp": "203.0.113.8"}):
        alice.client("kms").describe_key(KeyId=key)
    assert last(aws_world, "DescribeKey")["sourceIPAddress"] == "203.0.113.8"


def test_a_vpc_endpoint_is_named(aws_world, alice, key):
    through = {"aws:SourceVpce": "vpce-0123456789abcdef0"}
    alice.session(context=through).client("kms").describe_key(KeyId=key)
    assert last(aws_world, "DescribeKey")["vpcEndpointId"] == "vpce-0123456789abcdef0"
    alice.client("kms").describe_key(KeyId=key)
    assert "vpcEndpointId" not in last(aws_world, "DescribeKey")


def test_the_host_that_was_called_is_told_with_tls(aws_world, kms, key):
    kms.describe_key(KeyId=key)
    details = last(aws_world, "DescribeKey")["tlsDetails"]
    assert details["clientProvidedHostHeader"] == f"kms.{HOME}.amazonaws.com"
    assert {"tlsVersion", "cipherSuite"} <= details.keys()


# --- calls that use keys: nothing in responseElements ---------------------------------------------------------------------

USES = [
    (
        "Encrypt",
        {"KeyId": "$key", "Plaintext": SECRET, "EncryptionContext": CONTEXT},
        {"keyId": "$key", "encryptionAlgorithm": SYMMETRIC, "encryptionContext": CONTEXT},
        ["$key"],
    ),
    ("Encrypt", {"KeyId": "$key", "Plaintext": SECRET}, {"keyId": "$key", "encryptionAlgorithm": SYMMETRIC}, ["$key"]),
    (
        "Decrypt",
        {"KeyId": "$key", "CiphertextBlob": "$blob", "EncryptionContext": CONTEXT},
        {"keyId": "$key", "encryptionAlgorithm": SYMMETRIC, "encryptionContext": CONTEXT},
        ["$key"],
    ),
    (
        "GenerateDataKey",
        {"KeyId": "$key", "KeySpec": "AES_256", "EncryptionContext": CONTEXT},
        {"keyId": "$key", "keySpec": "AES_256", "encryptionContext": CONTEXT},
        ["$key"],
    ),
    (
        "GenerateDataKeyWithoutPlaintext",
        {"KeyId": "$key", "NumberOfBytes": 64},
        {"keyId": "$key", "numberOfBytes": 64},
        ["$key"],
    ),
    (
        "GenerateDataKeyPair",
        {"KeyId": "$key", "KeyPairSpec": "ECC_NIST_P256", "EncryptionContext": CONTEXT},
        {"keyId": "$key", "keyPairSpec": "ECC_NIST_P256", "encryptionContext": CONTEXT},
        ["$key"],
    ),
    (
        "GenerateDataKeyPairWithoutPlaintext",
        {"KeyId": "$key", "KeyPairSpec": "ECC_NIST_P256"},
        {"keyId": "$key", "keyPairSpec": "ECC_NIST_P256"},
        ["$key"],
    ),
    (
        "ReEncrypt",
        {
            "CiphertextBlob": "$blob",
            "SourceKeyId": "$key",
            "SourceEncryptionContext": CONTEXT,
            "DestinationKeyId": "$another",
            "DestinationEncryptionContext": {"Level": "3A"},
        },
        {
            "sourceKeyId": "$key",
            "sourceEncryptionAlgorithm": SYMMETRIC,
            "sourceEncryptionContext": CONTEXT,
            "destinationKeyId": "$another",
            "destinationEncryptionAlgorithm": SYMMETRIC,
            "destinationEncryptionContext": {"Level": "3A"},
        },
        ["$key", "$another"],
    ),
    (
        "Sign",
        {"KeyId": "$signer", "Message": SECRET, "SigningAlgorithm": ECDSA},
        {"keyId": "$signer", "signingAlgorithm": ECDSA, "messageType": "RAW"},
        ["$signer"],
    ),
    (
        "Verify",
        {"KeyId": "$signer", "Message": SECRET, "Signature": "$signature", "SigningAlgorithm": ECDSA},
        {"keyId": "$signer", "signingAlgorithm": ECDSA, "messageType": "RAW"},
        ["$signer"],
    ),
    (
        "GenerateMac",
        {"KeyId": "$maker", "Message": SECRET, "MacAlgorithm": HMAC},
        {"keyId": "$maker", "macAlgorithm": HMAC},
        ["$maker"],
    ),
    (
        "VerifyMac",
        {"KeyId": "$maker", "Message": SECRET, "Mac": "$mac", "MacAlgorithm": HMAC},
        {"keyId": "$maker", "macAlgorithm": HMAC},
        ["$maker"],
    ),
    (
        "DeriveSharedSecret",
        {"KeyId": "$agreement", "KeyAgreementAlgorithm": "ECDH", "PublicKey": "$public"},
        {"keyId": "$agreement", "keyAgreementAlgorithm": "ECDH"},
        ["$agreement"],
    ),
    ("GenerateRandom", {"NumberOfBytes": 32}, None, []),
]
ON_KEY = {"KeyId": "$key"}, {"keyId": "$key"}, ["$key"]
READS = [
    ("DescribeKey", *ON_KEY),
    ("GetKeyRotationStatus", *ON_KEY),
    ("GetKeyLastUsage", *ON_KEY),
    ("ListKeyRotations", *ON_KEY),
    ("ListKeyPolicies", *ON_KEY),
    ("ListResourceTags", *ON_KEY),
    (
        "GetKeyPolicy",
        {"KeyId": "$key", "PolicyName": "default"},
        {"keyId": "$key", "policyName": "default"},
        ["$key"],
    ),
    ("GetPublicKey", {"KeyId": "$signer"}, {"keyId": "$signer"}, ["$signer"]),
    ("ListGrants", {"KeyId": "$key", "Limit": 7}, {"keyId": "$key", "limit": 7}, ["$key"]),
    (
        "GetParametersForImport",
        {"KeyId": "$empty", "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"},
        {"keyId": "$empty", "wrappingAlgorithm": "RSAES_OAEP_SHA_256", "wrappingKeySpec": "RSA_2048"},
        ["$empty"],
    ),
    ("ListAliases", {"Limit": 7}, {"limit": 7}, []),
    ("ListKeys", {"Limit": 7}, {"limit": 7}, []),
]


def test_what_changes_nothing_tells_its_parameters_and_no_answer(aws_world, stage):
    for operation, parameters, sent, resources in USES + READS:
        stage.fill(parameters)
        with recorded(aws_world) as records:
            stage.call(operation, parameters)
        (record,) = records
        assert record["eventName"] == operation
        assert record["requestParameters"] == stage.fill(sent)
        assert (record["readOnly"], record["responseElements"]) == (True, None), operation
        assert record["resources"] == [about_key(arn) for arn in stage.fill(resources)]


def test_a_key_is_told_as_it_was_named_and_the_resource_by_its_arn(aws_world, stage):
    for form in (bare(stage.key), stage.key, stage.alias, stage.alias_arn):
        stage.kms.encrypt(KeyId=form, Plaintext=b"x")
        record = last(aws_world, "Encrypt")
        assert record["requestParameters"]["keyId"] == form
        assert about_key(stage.key) in record["resources"]
        assert {arn for arn in arns(record) if ":key/" in arn} == {stage.key}


def test_decrypt_without_a_key_still_tells_the_algorithm_and_the_key(aws_world, stage):
    stage.kms.decrypt(CiphertextBlob=stage.blob, EncryptionContext=CONTEXT)
    record = the_one(aws_world, "Decrypt")
    sent = dict(record["requestParameters"])
    assert sent.pop("keyId", stage.key) == stage.key
    assert sent == {"encryptionAlgorithm": SYMMETRIC, "encryptionContext": CONTEXT}
    assert record["resources"] == [about_key(stage.key)]


def test_reencrypt_within_one_key_tells_it_as_source_and_as_destination(aws_world, stage):
    stage.kms.re_encrypt(CiphertextBlob=stage.blob, SourceEncryptionContext=CONTEXT, DestinationKeyId=stage.key)
    record = the_one(aws_world, "ReEncrypt")
    assert set(arns(record)) == {stage.key}
    assert record["requestParameters"]["sourceEncryptionContext"] == CONTEXT


# --- additionalEventData --------------------------------------------------------------------------------------------------

WITH_MATERIAL = ["Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"]


def test_the_material_that_was_used_is_told(aws_world, stage):
    current = stage.kms.describe_key(KeyId=stage.key)["KeyMetadata"]["CurrentKeyMaterialId"]
    for row in (row for row in USES if row[0] in WITH_MATERIAL):
        stage.call(*row[:2])
        assert last(aws_world, row[0])["additionalEventData"] == {"keyMaterialId": current}, row[0]


def test_an_old_ciphertext_names_the_material_that_opened_it(aws_world, stage):
    first = stage.kms.describe_key(KeyId=stage.key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert stage.blob
    stage.kms.rotate_key_on_demand(KeyId=stage.key)
    second = stage.kms.describe_key(KeyId=stage.key)["KeyMetadata"]["CurrentKeyMaterialId"]
    stage.kms.re_encrypt(CiphertextBlob=stage.blob, SourceEncryptionContext=CONTEXT, DestinationKeyId=stage.key)
    stage.kms.decrypt(CiphertextBlob=stage.blob, EncryptionContext=CONTEXT)
    assert first != second
    assert the_one(aws_world, "Decrypt")["additionalEventData"] == {"keyMaterialId": first}
    assert the_one(aws_world, "ReEncrypt")["additionalEventData"] == {
        "sourceKeyMaterialId": first,
        "destinationKeyMaterialId": second,
    }


def test_what_has_no_such_material_tells_none(aws_world, stage):
    for operation in ("Sign", "Verify", "GenerateMac", "VerifyMac", "GenerateRandom"):
        parameters = next(row[1] for row in USES if row[0] == operation)
        stage.call(operation, parameters)
        assert "keyMaterialId" not in (last(aws_world, operation).get("additionalEventData") or {})


def test_an_enclave_is_named_by_its_attestation(aws_world, stage):
    stage.kms.decrypt(CiphertextBlob=stage.blob, EncryptionContext=CONTEXT, Recipient=ENCLAVE.recipient())
    record = the_one(aws_world, "Decrypt")
    recipient = record["additionalEventData"]["recipient"]
    assert recipient["attestationDocumentModuleId"] == "i-0-enc0"
    assert "0a" * 48 in json.dumps(recipient).lower()
    assert base64.b64encode(ENCLAVE.document()).decode()[:40] not in json.dumps(record)


# --- failures -------------------------------------------------------------------------------------------------------------


def test_a_denied_call_is_told_with_the_text_of_the_refusal(aws_world, owner, key):
    nobody = owner.user("nobody")
    with refused("AccessDeniedException") as refusal:
        nobody.client("kms").encrypt(KeyId=key, Plaintext=SECRET)
    record = the_one(aws_world, "Encrypt")
    assert (record["errorCode"], record["responseElements"]) == ("AccessDenied", None)
    assert record["errorMessage"] == refusal.response["Error"]["Message"]
    assert record["userIdentity"]["arn"] == nobody.arn
    assert record["readOnly"] is True
    assert record["recipientAccountId"] == OWNER


def test_a_denied_change_has_no_answer(aws_world, owner, key):
    with refused("AccessDeniedException"):
        owner.user("nobody").client("kms").disable_key(KeyId=key)
    record = the_one(aws_world, "DisableKey")
    assert (record["errorCode"], record["responseElements"], record["readOnly"]) == ("AccessDenied", None, False)


def test_a_failed_call_keeps_its_parameters(aws_world, stage):
    with refused("IncorrectKeyException") as refusal:
        stage.kms.decrypt(KeyId=stage.another, CiphertextBlob=stage.blob, EncryptionContext=CONTEXT)
    record = the_one(aws_world, "Decrypt")
    assert (record["errorCode"], record["responseElements"]) == ("IncorrectKeyException", None)
    assert record["errorMessage"] == refusal.response["Error"]["Message"]
    assert record["requestParameters"] == {
        "keyId": stage.another,
        "encryptionAlgorithm": SYMMETRIC,
        "encryptionContext": CONTEXT,
    }
    assert record["requestID"] == refusal.response["ResponseMetadata"]["RequestId"]


FAILURES = [
    ("DisabledException", "Encrypt", {"KeyId": "$disabled", "Plaintext": SECRET}),
    ("KMSInvalidStateException", "Encrypt", {"KeyId": "$doomed", "Plaintext": SECRET}),
    ("NotFoundException", "DescribeKey", {"KeyId": "12345678-1234-1234-1234-123456789012"}),
    ("InvalidKeyUsageException", "Encrypt", {"KeyId": "$signer", "Plaintext": SECRET}),
    ("AlreadyExistsException", "CreateAlias", {"AliasName": "$alias", "TargetKeyId": "$key"}),
]


def test_a_failure_is_told_by_its_code(aws_world, stage):
    for code, operation, parameters in FAILURES:
        stage.fill(parameters)
        with recorded(aws_world) as records, refused(code) as refusal:
            stage.call(operation, parameters)
        (record,) = records
        assert (record["errorCode"], record["errorMessage"]) == (code, refusal.response["Error"]["Message"])
        assert record["responseElements"] is None


def test_a_refusal_without_a_text_is_told_by_its_code_alone(aws_world, stage):
    with refused("InvalidCiphertextException", ""):
        stage.kms.decrypt(CiphertextBlob=stage.blob)
    record = the_one(aws_world, "Decrypt")
    assert record["errorCode"] == "InvalidCiphertextException"
    assert not record.get("errorMessage")


def test_a_dry_run_is_told_as_such(aws_world, stage):
    with refused("DryRunOperationException") as refusal:
        stage.kms.encrypt(KeyId=stage.key, Plaintext=SECRET, DryRun=True)
    record = the_one(aws_world, "Encrypt")
    assert (record["errorCode"], record["errorMessage"]) == (
        "DryRunOperationException",
        refusal.response["Error"]["Message"],
    )
    assert record["requestParameters"]["dryRun"] is True


# --- the last use of a key ------------------------------------------------------------------------------------------------


def test_the_last_use_of_a_key_is_an_event_of_the_trail(aws_world, clock, stage):
    for row in (row for row in USES if row[3] == ["$key"]):
        stage.fill(row[1])
        clock.advance(hours=1)
        stage.call(*row[:2])
        record = last(aws_world, row[0])
        used = stage.kms.get_key_last_usage(KeyId=stage.key)["KeyLastUsage"]
        assert used["CloudTrailEventId"] == record["eventID"]
        assert used["KmsRequestId"] == record["requestID"]
        assert used["Operation"] == row[0]
        assert stamp(used["Timestamp"]) == record["eventTime"]


def test_neither_reads_nor_failures_nor_dry_runs_are_a_use(aws_world, stage):
    assert stage.blob
    event = the_one(aws_world, "Encrypt")["eventID"]
    stage.kms.describe_key(KeyId=stage.key)
    with refused("InvalidCiphertextException"):
        stage.kms.decrypt(CiphertextBlob=stage.blob)
    with refused("DryRunOperationException"):
        stage.kms.encrypt(KeyId=stage.key, Plaintext=b"x", DryRun=True)
    assert stage.kms.get_key_last_usage(KeyId=stage.key)["KeyLastUsage"]["CloudTrailEventId"] == event


def test_reencrypt_is_a_use_of_both_keys(aws_world, stage):
    stage.kms.re_encrypt(CiphertextBlob=stage.blob, SourceEncryptionContext=CONTEXT, DestinationKeyId=stage.another)
    event = the_one(aws_world, "ReEncrypt")["eventID"]
    for key in (stage.key, stage.another):
        assert stage.kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]["CloudTrailEventId"] == event
