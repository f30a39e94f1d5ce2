"""Public reports on secrets and secure parameters: whose key it is that opens them."""

import json
import re

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import everything_but_kms, lacking, use
from tests.support.reports import WEST, make_key

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

NOT_ALLOWED = "Access to KMS is not allowed"


def secret_of(account, key=None, name="secret"):
    """The ARN of a secret."""
    under = {"KmsKeyId": key} if key else {}
    return account.client("secretsmanager").create_secret(Name=name, SecretString="s", **under)["ARN"]


def test_a_rotation_function_needs_decrypt_on_the_key_of_the_secret(owner):
    # aws-samples/aws-secrets-manager-rotation-lambdas issue 53, andresriancho/aws-backup issue 5
    key = make_key(owner)
    secret = secret_of(owner, key)
    rotator = owner.user("rotator", [everything_but_kms("kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey")])
    with refused("AccessDeniedException", NOT_ALLOWED):
        rotator.client("secretsmanager").get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")
    enough = owner.user("enough", [everything_but_kms("kms:Decrypt", resource=key)])
    assert enough.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"] == "s"


def test_the_same_reader_gets_a_secret_under_the_default_key(owner):
    # external-secrets/kubernetes-external-secrets issue 838
    reader = owner.user("reader", [allow("secretsmanager:GetSecretValue")]).client("secretsmanager")
    secret = secret_of(owner)
    assert reader.get_secret_value(SecretId=secret)["SecretString"] == "s"
    owner.client("secretsmanager").update_secret(SecretId=secret, KmsKeyId=make_key(owner))
    with refused("AccessDeniedException", NOT_ALLOWED):
        reader.get_secret_value(SecretId=secret)


def test_a_key_policy_may_open_the_key_to_all_who_come_through_secrets_manager(owner):
    # mongodb/mongodbatlas-cloudformation-resources issue 982: the answer quotes the policy of the guide
    condition = {
        "StringEquals": {"kms:CallerAccount": OWNER, "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
    }
    using = [
        "kms:Encrypt",
        "kms:Decrypt",
        "kms:ReEncrypt*",
        "kms:CreateGrant",
        "kms:DescribeKey",
        "kms:GenerateDataKey*",
    ]
    key = make_key(owner, use({"AWS": ["*"]}, using, Condition=condition))
    secret = secret_of(owner, key)
    reader = owner.user("reader", [allow("secretsmanager:GetSecretValue")])
    assert reader.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"] == "s"
    with refused("AccessDeniedException", lacking(reader, "kms:Encrypt", key)):
        reader.client("kms").encrypt(KeyId=key, Plaintext=b"x")


def test_a_secret_of_another_account_is_asked_for_by_its_arn(owner, other):
    # external-secrets/external-secrets issue 2685: by name the reader's own account is meant
    reader = other.role("reader", policies=[allow(["secretsmanager:GetSecretValue", "kms:Decrypt"])])
    key = make_key(owner, use(reader.arn, "kms:Decrypt"))
    secret = secret_of(owner, key, "appsecret/test/new-test")
    document = policy(
        {
            "Effect": "Allow",
            "Principal": {"AWS": reader.arn},
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
        }
    )
    owner.client("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=json.dumps(document))
    client = reader.client("secretsmanager")
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="can't find the specified secret"):
        client.get_secret_value(SecretId="appsecret/test/new-test")
    assert client.get_secret_value(SecretId=secret)["SecretString"] == "s"
    assert OTHER in reader.arn


def test_a_secret_that_got_a_new_key_does_not_need_the_old_one(owner, kms):
    # infrahouse/terraform-aws-secret issue 51: the old key is deleted after the change, the versions are re-encrypted by it
    old, new = make_key(owner), make_key(owner)
    secret = secret_of(owner, old)
    client = owner.client("secretsmanager")
    client.put_secret_value(SecretId=secret, SecretString="t")
    client.update_secret(SecretId=secret, KmsKeyId=new)
    kms.schedule_key_deletion(KeyId=old)
    assert client.get_secret_value(SecretId=secret)["SecretString"] == "t"
    assert client.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")["SecretString"] == "s"


def test_a_parameter_that_is_copied_to_another_region_cannot_keep_its_key(owner):
    # binxio/aws-ssm-copy issue 10
    key = make_key(owner)
    there = owner.client("ssm", WEST)
    missing = key.replace("us-east-1", WEST)
    text = re.escape(f"Key '{missing}' does not exist") + (
        r" \(Service: AWSKMS; Status Code: 400; Error Code: NotFoundException; Request ID: [0-9a-f-]{36}; Proxy: null\)"
    )
    with refused("InvalidKeyId", re.compile(text)):
        there.put_parameter(Name="/sera/pr", Value="v", Type="SecureString", KeyId=missing)
    there.put_parameter(Name="/sera/pr", Value="v", Type="SecureString")
    assert there.get_parameter(Name="/sera/pr", WithDecryption=True)["Parameter"]["Value"] == "v"


def test_get_parameter_alone_reads_a_secure_string_under_the_managed_key(owner):
    # KensioSoftware/yulin issues 1156 and 226, which quote the setup page of Parameter Store
    ssm = owner.client("ssm")
    ssm.put_parameter(Name="managed", Value="v", Type="SecureString")
    key = make_key(owner)
    ssm.put_parameter(Name="customer", Value="v", Type="SecureString", KeyId=key)
    reader = owner.user("reader", [allow("ssm:GetParameter")])
    client = reader.client("ssm")
    assert client.get_parameter(Name="managed", WithDecryption=True)["Parameter"]["Value"] == "v"
    text = re.escape(lacking(reader, "kms:Decrypt", key)) + r" \(Service: .*\)"
    with refused("AccessDeniedException", re.compile(text)):
        client.get_parameter(Name="customer", WithDecryption=True)
    # KensioSoftware/yulin issue 214: without WithDecryption the ciphertext comes, and nobody asks KMS
    assert client.get_parameter(Name="customer")["Parameter"]["Value"] != "v"


def test_a_replica_with_a_key_that_its_region_does_not_have_fails_without_an_error(owner):
    # aws-cloudformation/cloudformation-coverage-roadmap issue 1459: the secret is made, the replica shows that it failed
    client = owner.client("secretsmanager")
    wrong = make_key(owner).replace("us-east-1", WEST)
    made = client.create_secret(
        Name="secret", SecretString="s", AddReplicaRegions=[{"Region": WEST, "KmsKeyId": wrong}]
    )
    assert client.get_secret_value(SecretId=made["ARN"])["SecretString"] == "s"
    (replica,) = client.describe_secret(SecretId=made["ARN"])["ReplicationStatus"]
    assert (replica["Region"], replica["Status"]) == (WEST, "Failed")
    there = owner.client("secretsmanager", WEST)
    with pytest.raises(there.exceptions.ResourceNotFoundException):
        there.get_secret_value(SecretId="secret")


def test_a_replica_without_a_key_is_under_the_default_key_of_its_region(owner):
    # lgallard/terraform-aws-secrets-manager pull request 36, external-secrets/external-secrets pull request 6451
    client = owner.client("secretsmanager")
    secret_of(owner, make_key(owner))
    client.replicate_secret_to_regions(SecretId="secret", AddReplicaRegions=[{"Region": WEST}])
    reader = owner.user("reader", [allow("secretsmanager:GetSecretValue")])
    assert reader.client("secretsmanager", region_name=WEST).get_secret_value(SecretId="secret")["SecretString"] == "s"
    with refused("AccessDeniedException", NOT_ALLOWED):
        reader.client("secretsmanager").get_secret_value(SecretId="secret")
