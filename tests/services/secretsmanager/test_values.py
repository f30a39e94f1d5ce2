"""Secrets under a KMS key, through boto3."""

import json

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.secrets import failing

pytestmark = pytest.mark.evidence(
    "documented",
    '"Secret encryption and decryption" (Secrets Manager user guide); errors are known from public reports',
)

READ = allow(["secretsmanager:GetSecretValue", "kms:Decrypt"])


@pytest.fixture
def secret(secrets, key):
    return secrets.create_secret(Name="db", SecretString="hunter2", KmsKeyId=key)["ARN"]


def value(client):
    return client.get_secret_value(SecretId="db")["SecretString"]


def test_kms_sees_the_secret_and_its_version_and_the_way(aws_world, secrets, secret):
    version = secrets.put_secret_value(SecretId="db", SecretString="new")["VersionId"]
    assert value(secrets) == "new"
    decision = aws_world.decisions[-1]
    assert (decision.action, decision.request.context.get("kms:viaservice")) == (
        "kms:Decrypt",
        "secretsmanager.us-east-1.amazonaws.com",
    )
    seen = [decision.request.context.get(f"kms:encryptioncontext:{name}") for name in ("secretarn", "secretversionid")]
    assert seen == [secret, version]


def test_without_a_key_the_managed_one_is_used_and_works_for_everybody_in_the_account(owner, kms, secrets):
    secrets.create_secret(Name="db", SecretString="hunter2")
    assert kms.describe_key(KeyId="alias/aws/secretsmanager")["KeyMetadata"]["KeyManager"] == "AWS"
    assert value(owner.user("reader", [allow("secretsmanager:GetSecretValue")]).client("secretsmanager")) == "hunter2"


def test_reading_needs_both_permissions(owner, secret):
    nobody, half = owner.user("nobody"), owner.user("half", [allow("secretsmanager:*")])
    message = (
        f"User: {nobody.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: {secret} "
        "because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )
    with refused("AccessDeniedException", message):
        value(nobody.client("secretsmanager"))
    with refused("AccessDeniedException", "Access to KMS is not allowed"):
        value(half.client("secretsmanager"))
    assert value(owner.user("reader", [READ]).client("secretsmanager")) == "hunter2"


def test_the_resource_policy_of_a_secret_has_a_say(owner, secrets, secret):
    reader = owner.user("reader", [READ])
    deny = {"Effect": "Deny", "Principal": {"AWS": reader.arn}, "Action": "secretsmanager:*", "Resource": "*"}
    secrets.put_resource_policy(SecretId="db", ResourcePolicy=json.dumps(policy(deny)))
    with refused("AccessDeniedException"):
        value(reader.client("secretsmanager"))


def test_a_disabled_key_fails_reading_and_writing_and_changes_nothing(kms, key, secrets, secret):
    kms.disable_key(KeyId=key)
    with failing("DecryptionFailure", f"{key} is disabled."):
        value(secrets)
    with failing("EncryptionFailure", f"{key} is disabled."):
        secrets.put_secret_value(SecretId="db", SecretString="new")
    kms.enable_key(KeyId=key)
    assert value(secrets) == "hunter2"


def test_a_secret_is_dead_once_its_key_is_gone(aws_clock, kms, key, secrets, secret):
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with failing("DecryptionFailure", f"{key} is pending deletion."):
        value(secrets)
    aws_clock.advance(days=8)
    with failing("DecryptionFailure", f"Key '{key}' does not exist"):
        value(secrets)


def test_a_key_that_refuses_makes_no_secret(secrets):
    ghost = f"arn:aws:kms:us-east-1:{OWNER}:key/12345678-1234-1234-1234-123456789012"
    with failing("EncryptionFailure", f"Key '{ghost}' does not exist"):
        secrets.create_secret(Name="db", SecretString="x", KmsKeyId=ghost)
    assert secrets.list_secrets()["SecretList"] == []


def test_another_key_encrypts_the_versions_anew(kms, key, secrets, secret):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    secrets.update_secret(SecretId="db", KmsKeyId=other)
    kms.disable_key(KeyId=key)
    assert value(secrets) == "hunter2"
    kms.disable_key(KeyId=other)
    with failing("DecryptionFailure", f"{other} is disabled."):
        value(secrets)


def test_a_batch_tells_what_it_could_not_decrypt(kms, key, secrets, secret):
    secrets.create_secret(Name="other", SecretString="x")
    kms.disable_key(KeyId=key)
    answer = secrets.batch_get_secret_value(SecretIdList=["db", "other"])
    assert [each["Name"] for each in answer["SecretValues"]] == ["other"]
    assert [(each["SecretId"], each["ErrorCode"]) for each in answer["Errors"]] == [(secret, "DecryptionFailure")]


def test_what_is_refused_leaves_the_key_of_a_secret_as_it_was(kms, key, secrets, secret):
    other = kms.create_key()["KeyMetadata"]["Arn"]
    taken = secrets.get_secret_value(SecretId="db")["VersionId"]
    with pytest.raises(secrets.exceptions.ResourceExistsException, match="already in use for a version of secret"):
        secrets.update_secret(SecretId="db", KmsKeyId=other, SecretString="new", ClientRequestToken=taken)
    with pytest.raises(secrets.exceptions.ResourceExistsException, match="already in use for a version of secret"):
        secrets.put_secret_value(SecretId="db", SecretString="new", ClientRequestToken=taken)
    kms.disable_key(KeyId=key)
    with failing("DecryptionFailure", f"{key} is disabled."):
        value(secrets)
    kms.enable_key(KeyId=key)
    assert value(secrets) == "hunter2"
