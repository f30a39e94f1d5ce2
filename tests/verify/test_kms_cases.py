"""Cases for an account of AWS: the words of KMS's errors, the order of its checks, and what states forbid.

``pytest tests/verify --kmsmock-verify-aws`` runs them there as well; without it, they are tests like others.
"""

import json

import pytest

from tests.support.claims import refused

ABSENT = "1234abcd-12ab-34cd-56ef-1234567890ab"
reading = pytest.mark.verify_aws(reads=True)
making_a_key = pytest.mark.verify_aws(makes=["key"])


@pytest.fixture
def kms(aws_case):
    return aws_case.client("kms")


@pytest.fixture
def key(kms):
    return kms.create_key()["KeyMetadata"]["Arn"]


@reading
def test_a_key_that_does_not_exist_is_named_in_full(aws_case, kms):
    arn = f"arn:aws:kms:{aws_case.region}:{aws_case.account_id}:key/{ABSENT}"
    with refused("NotFoundException", f"Key '{arn}' does not exist"):
        kms.describe_key(KeyId=ABSENT)


@reading
def test_an_alias_that_does_not_exist_is_named_in_full(aws_case, kms):
    name = f"alias/{aws_case.name('absent')}"
    arn = f"arn:aws:kms:{aws_case.region}:{aws_case.account_id}:{name}"
    with refused("NotFoundException", f"Alias {arn} is not found."):
        kms.encrypt(KeyId=name, Plaintext=b"text")


@reading
def test_what_is_no_ciphertext_is_refused_without_a_word(kms):
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=b"no ciphertext")


@reading
def test_a_key_id_in_no_form_is_refused(kms):
    with refused("NotFoundException", "Invalid keyId 'nonsense'"):
        kms.describe_key(KeyId="nonsense")


@making_a_key
def test_a_key_encrypts_and_decrypts(kms, key):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"text", EncryptionContext={"tenant": "a"})["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"tenant": "a"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"text", key)


@making_a_key
def test_another_encryption_context_opens_nothing(kms, key):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"text", EncryptionContext={"tenant": "a"})["CiphertextBlob"]
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"tenant": "b"})


@making_a_key
def test_a_disabled_key_says_so(aws_case, kms, key):
    kms.disable_key(KeyId=key)
    aws_case.settle()
    with refused("DisabledException", f"{key} is disabled."):
        kms.encrypt(KeyId=key, Plaintext=b"text")


@making_a_key
def test_a_key_that_waits_for_its_deletion_says_so(aws_case, kms, key):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_case.settle()
    with refused("KMSInvalidStateException", f"{key} is pending deletion."):
        kms.encrypt(KeyId=key, Plaintext=b"text")


@making_a_key
def test_a_disabled_key_is_told_before_what_its_kind_forbids(aws_case, kms):
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=key)
    aws_case.settle()
    with refused("DisabledException", f"{key} is disabled."):
        kms.generate_mac(KeyId=key, Message=b"text", MacAlgorithm="HMAC_SHA_256")


@making_a_key
def test_a_key_for_macs_does_not_encrypt(kms):
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    with refused("InvalidKeyUsageException", f"{key} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt."):
        kms.encrypt(KeyId=key, Plaintext=b"text")


@making_a_key
def test_a_policy_that_locks_everybody_out_is_refused(kms, key):
    statement = {"Effect": "Deny", "Principal": "*", "Action": "kms:PutKeyPolicy", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    text = "The new key policy will not allow you to update the key policy in the future."
    with refused("MalformedPolicyDocumentException", text):
        kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy)


@making_a_key
def test_the_default_key_policy_is_printed_as_kms_prints_it(kms, key):
    assert '"Sid" : "Enable IAM User Permissions"' in kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]


@pytest.mark.verify_aws(makes=["key", "alias"])
def test_an_alias_moves_to_another_key(aws_case, kms, key):
    name = f"alias/{aws_case.name('moving')}"
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=name, TargetKeyId=key)
    kms.update_alias(AliasName=name, TargetKeyId=other)
    aws_case.settle()
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"] == other


@pytest.mark.verify_aws(makes=["key", "alias"])
def test_the_names_of_aws_are_its_own(kms, key):
    with refused("NotAuthorizedException", ""):
        kms.create_alias(AliasName="alias/aws/mine", TargetKeyId=key)


@pytest.mark.verify_aws(makes=["key", "grant"])
def test_a_grant_is_listed_until_it_is_revoked(aws_case, kms, key):
    root = f"arn:aws:iam::{aws_case.account_id}:root"
    grant = kms.create_grant(KeyId=key, GranteePrincipal=root, Operations=["Decrypt"])["GrantId"]
    assert [each["GrantId"] for each in kms.list_grants(KeyId=key)["Grants"]] == [grant]
    kms.revoke_grant(KeyId=key, GrantId=grant)
    aws_case.settle()
    assert kms.list_grants(KeyId=key)["Grants"] == []


@pytest.mark.verify_aws(makes=["key", "grant"])
def test_a_grant_of_nothing_but_createGrant_is_refused(aws_case, kms, key):
    root = f"arn:aws:iam::{aws_case.account_id}:root"
    with refused("ValidationException", "Grants must not contain only the CreateGrant operation."):
        kms.create_grant(KeyId=key, GranteePrincipal=root, Operations=["CreateGrant"])
