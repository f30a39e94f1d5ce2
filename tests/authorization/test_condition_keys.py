"""Every condition key of KMS: a call that satisfies a condition on it, and one that does not.

The condition is once in the caller's own policy and once in the key policy; some keys only IAM policies see.
"""

from datetime import datetime, timezone

import pytest

from tests.support import condition_calls as call
from tests.support.claims import OTHER, OWNER
from tests.support.condition_calls import is_, pair
from tests.support.lab import ALIAS, SERVICE, Lab

pytestmark = pytest.mark.evidence(
    "documented", '"AWS KMS condition keys" (developer guide) and the Service Authorization Reference'
)

ACCOUNT = f"arn:aws:iam::{OWNER}:root"
PAIR, WRAP = pair("generate_data_key_pair_without_plaintext"), pair("get_parameters_for_import")
ROTATE, REPLICATE, DELETE = pair("enable_key_rotation"), pair("replicate_key"), pair("schedule_key_deletion")
FOREVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
UNTIL = {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": datetime(2030, 1, 1, tzinfo=timezone.utc)}
LATER = {**UNTIL, "ValidTo": datetime(2030, 8, 1, tzinfo=timezone.utc)}
EQUALS, SUBSET = ({"Constraints": {f"EncryptionContext{kind}": {"a": "1"}}} for kind in ("Equals", "Subset"))
SIGNING_KEY = {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}
PCR = {"pcrs": {0: b"\x0a" * 48, 3: b"\x0b" * 48}}

ROWS = [
    is_(
        "BypassPolicyLockoutSafetyCheck",
        "true",
        "PutKeyPolicy",
        call.putting(BypassPolicyLockoutSafetyCheck=True),
        call.putting(),
        "Bool",
    ),
    is_(
        "BypassPolicyLockoutSafetyCheck",
        "true",
        "PutKeyPolicy",
        call.putting(),
        call.putting(BypassPolicyLockoutSafetyCheck=True),
        "Null",
    ),
    is_("CustomerMasterKeySpec", "SYMMETRIC_DEFAULT", "GetKeyPolicy", call.of(), call.of(**SIGNING_KEY)),
    is_("CustomerMasterKeyUsage", "SIGN_VERIFY", "GetKeyPolicy", call.of(**SIGNING_KEY), call.of()),
    is_(
        "DataKeyPairSpec",
        "ECC_NIST_*",
        "GenerateDataKeyPairWithoutPlaintext",
        PAIR(KeyPairSpec="ECC_NIST_P256"),
        PAIR(KeyPairSpec="ECC_SECG_P256K1"),
        "StringLike",
    ),
    is_(
        "EncryptionAlgorithm",
        "RSAES_OAEP_SHA_256",
        "Encrypt",
        call.rsa("RSAES_OAEP_SHA_256"),
        call.rsa("RSAES_OAEP_SHA_1"),
    ),
    is_(
        "EncryptionAlgorithm",
        "SYMMETRIC_DEFAULT",
        "Encrypt",
        pair("encrypt", Plaintext=b"x")(),
        call.rsa("RSAES_OAEP_SHA_1"),
    ),
    is_(
        "ExpirationModel",
        FOREVER["ExpirationModel"],
        "ImportKeyMaterial",
        call.importing(**FOREVER),
        call.importing(**UNTIL),
    ),
    is_(
        "ValidTo",
        "2030-06-01T00:00:00Z",
        "ImportKeyMaterial",
        call.importing(**UNTIL),
        call.importing(**LATER),
        "DateLessThan",
    ),
    is_(
        "ValidTo",
        "1900000000",
        "ImportKeyMaterial",
        call.importing(**UNTIL),
        call.importing(**FOREVER),
        "NumericLessThan",
    ),
    is_(
        "GrantConstraintType",
        "EncryptionContextEquals",
        "CreateGrant",
        call.granting(**EQUALS),
        call.granting(**SUBSET),
    ),
    is_("GrantConstraintType", "true", "CreateGrant", call.granting(), call.granting(**SUBSET), "Null"),
    is_(
        "GrantConstraintSourceArn",
        "arn:aws:backup:*:*:vault/*",
        "CreateGrant",
        call.granting(**SERVICE),
        call.granting(),
        "ArnLike",
    ),
    is_("GrantIsForAWSResource", "false", "CreateGrant", call.granting(), None, "Bool"),
    is_("GranteeServicePrincipal", "backup.amazonaws.com", "CreateGrant", call.granting(**SERVICE), call.granting()),
    is_("RetiringServicePrincipal", "backup.amazonaws.com", "CreateGrant", call.granting(**SERVICE), call.granting()),
    is_(
        "GrantOperations",
        ["Decrypt", "DescribeKey"],
        "CreateGrant",
        call.granting(Operations=["Decrypt", "DescribeKey"]),
        call.granting(Operations=["Decrypt", "Encrypt"]),
        "ForAllValues:StringEquals",
    ),
    is_(
        "GranteePrincipal",
        ACCOUNT,
        "CreateGrant",
        call.granting(),
        call.granting(GranteePrincipal=f"arn:aws:iam::{OTHER}:root"),
    ),
    is_("RetiringPrincipal", ACCOUNT, "CreateGrant", call.granting(RetiringPrincipal=ACCOUNT), call.granting()),
    is_("KeyAgreementAlgorithm", "ECDH", "DeriveSharedSecret", call.deriving, None),
    is_("KeyOrigin", "EXTERNAL", "GetKeyPolicy", call.of(Origin="EXTERNAL"), call.of()),
    is_("KeySpec", "ECC_NIST_P256", "GetKeyPolicy", call.of(**SIGNING_KEY), call.of()),
    is_("KeyUsage", "ENCRYPT_DECRYPT", "GetKeyPolicy", call.of(), call.of(**SIGNING_KEY)),
    is_("MacAlgorithm", "HMAC_SHA_256", "GenerateMac", call.mac(256), call.mac(512)),
    is_(
        "MessageType",
        "DIGEST",
        "Sign",
        call.sign("ECC_NIST_P256", "ECDSA_SHA_256", MessageType="DIGEST"),
        call.sign("ECC_NIST_P256", "ECDSA_SHA_256"),
    ),
    is_("MultiRegion", "true", "GetKeyPolicy", call.of(MultiRegion=True), call.of(), "Bool"),
    is_("MultiRegionKeyType", "PRIMARY", "GetKeyPolicy", call.of(MultiRegion=True), call.of()),
    is_("MultiRegionKeyType", "REPLICA", "GetKeyPolicy", call.replica, call.of(MultiRegion=True)),
    is_(
        "PrimaryRegion",
        "eu-*",
        "UpdatePrimaryRegion",
        call.promoting("eu-west-1"),
        call.promoting("ap-south-1"),
        "StringLike",
    ),
    is_("ReEncryptOnSameKey", "true", "ReEncryptFrom", call.re_encrypt(True), call.re_encrypt(False), "Bool"),
    is_("ReEncryptOnSameKey", "false", "ReEncryptTo", call.re_encrypt(False), call.re_encrypt(True), "Bool"),
    is_(
        "RecipientAttestation:PCR0",
        "0a" * 48,
        "GenerateDataKey",
        call.attested(**PCR),
        call.attested(pcrs={0: b"\x0b" * 48}),
    ),
    is_(
        "RecipientAttestation:PCR3",
        "0B" * 48,
        "GenerateDataKey",
        call.attested(**PCR),
        call.attested(),
        "StringEqualsIgnoreCase",
    ),
    is_(
        "RecipientAttestation:ImageSha384",
        "0a" * 48,
        "GenerateDataKey",
        call.attested(**PCR),
        pair("generate_data_key", KeySpec="AES_256")(),
    ),
    is_(
        "ReplicaRegion",
        "eu-west-1",
        "ReplicateKey",
        REPLICATE(call.multi, ReplicaRegion="eu-west-1"),
        REPLICATE(call.multi, ReplicaRegion="ap-south-1"),
    ),
    is_("RequestAlias", ALIAS, "DescribeKey", call.by_alias, call.by_key),
    is_("RequestAlias", "alias/a*", "Encrypt", call.by_alias_arn, pair("encrypt", Plaintext=b"x")(), "StringLike"),
    is_(
        "ResourceAliases",
        ALIAS,
        "DescribeKey",
        call.aliases(True),
        call.aliases(False),
        "ForAnyValue:StringEquals",
        only_iam=True,
    ),
    is_("ResourceAliases", "true", "DescribeKey", call.aliases(False), call.aliases(True), "Null", only_iam=True),
    is_(
        "RotationPeriodInDays",
        "180",
        "EnableKeyRotation",
        ROTATE(RotationPeriodInDays=90),
        ROTATE(RotationPeriodInDays=181),
        "NumericLessThanEquals",
    ),
    is_(
        "ScheduleKeyDeletionPendingWindowInDays",
        "10",
        "ScheduleKeyDeletion",
        DELETE(PendingWindowInDays=30),
        DELETE(PendingWindowInDays=9),
        "NumericGreaterThanEquals",
    ),
    is_(
        "SigningAlgorithm",
        "ECDSA_SHA_256",
        "Sign",
        call.sign("ECC_NIST_P256", "ECDSA_SHA_256"),
        call.sign("ECC_NIST_P384", "ECDSA_SHA_384"),
    ),
    is_(
        "TrailingDaysWithoutKeyUsage", "90", "DisableKey", call.unused(90), call.unused(89), "NumericGreaterThanEquals"
    ),
    is_(
        "WrappingAlgorithm",
        "RSAES_OAEP_*",
        "GetParametersForImport",
        WRAP(call.external, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"),
        WRAP(call.external, WrappingAlgorithm="RSA_AES_KEY_WRAP_SHA_256", WrappingKeySpec="RSA_2048"),
        "StringLike",
    ),
    is_(
        "WrappingKeySpec",
        "RSA_4096",
        "GetParametersForImport",
        WRAP(call.external, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_4096"),
        WRAP(call.external, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"),
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_condition_on_each_key_tells_calls_apart(aws_world, owner, row):
    lab = Lab(owner, row.condition, row.action, row.only_iam)
    lab.clock = aws_world.clock
    aws_world.clock.move_to("2029-10-01")
    for name, user in lab.users.items():
        if row.only_iam and name == "named":
            continue
        lab.user, client = user, user.client("kms")
        if row.wrong is not None:
            ask = row.wrong(lab, client)
            with pytest.raises(client.exceptions.ClientError) as refusal:
                ask()
            error = refusal.value.response["Error"]
            assert error["Code"] == "AccessDeniedException"
            reason = f"because no identity-based policy allows the {row.action} action"
            assert error["Message"].startswith(f"User: {user.arn} is not authorized to perform: {row.action} on ")
            assert error["Message"].endswith(reason)
        assert row.right(lab, client)(), name
