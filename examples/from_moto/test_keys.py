"""The shop's keys: what moto lets pass, AWS would not always."""

import json

import boto3
import pytest
from moto import mock_aws
from shop import keys

ROLES = [f"arn:aws:iam::123456789012:role/{name}" for name in ("orders", "billing", "support", "reports")]
USER = "arn:aws:iam::123456789012:user/clerk"
PARTNER = "arn:aws:iam::999999999999:root"


@pytest.mark.parametrize("role", ROLES)
def test_a_key_is_for_a_role(aws, role):
    key = keys.key_for([role])
    assert role in boto3.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]


@pytest.mark.parametrize("users", [[USER], [*ROLES[:2], USER], [PARTNER]], ids=["user", "several", "partner"])
def test_a_key_is_for_others(aws, users):
    assert boto3.client("kms").describe_key(KeyId=keys.key_for(users))["KeyMetadata"]["Enabled"]


@pytest.mark.parametrize("admin", [PARTNER, "999999999999"], ids=["root", "account"])
def test_a_partner_administrates_a_key(aws, admin):
    assert keys.key_for([], admins=[admin]).startswith("arn:aws:kms:us-east-1:123456789012:key/")


@pytest.mark.parametrize("text", ["my policy", "{}", '{"Statement": []}'], ids=["words", "empty", "nothing"])
def test_a_policy_is_kept_as_it_is(aws, text):
    key = boto3.client("kms").create_key(Policy=text)["KeyMetadata"]["KeyId"]
    assert boto3.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"] == text


@mock_aws
def test_a_policy_is_put_for_a_role():
    kms, key = boto3.client("kms"), keys.plain_key()
    put = keys.policy(keys.statement(keys.ROOT), keys.statement(ROLES[0], "kms:Decrypt"))
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=put)
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == json.loads(put)


@mock_aws
def test_a_policy_is_taken_back_to_the_default():
    kms, key = boto3.client("kms"), keys.plain_key()
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=keys.policy(keys.statement(keys.ROOT)))
    assert keys.unseal(keys.seal(key, "order")) == "order"


@pytest.mark.parametrize("role", ROLES)
def test_a_key_is_lent(aws, role):
    key = keys.plain_key()
    grant = keys.lend(key, role, "Decrypt", "DescribeKey")
    assert [each["GrantId"] for each in boto3.client("kms").list_grants(KeyId=key)["Grants"]] == [grant]


@mock_aws
def test_a_key_is_lent_to_a_role_that_is_there():
    trust = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "123456789012"}}}
    trust["Statement"]["Action"] = "sts:AssumeRole"
    role = boto3.client("iam").create_role(RoleName="packer", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    assert keys.lend(keys.plain_key(), role, "Encrypt")


@pytest.mark.parametrize("text", ["order", "ä", "x" * 4096])
@pytest.mark.parametrize("context", [{}, {"shop": "north"}], ids=["bare", "context"])
def test_what_is_sealed_is_unsealed(aws, text, context):
    assert keys.unseal(keys.seal(keys.plain_key(), text[:2048], **context), **context) == text[:2048]


@mock_aws
def test_an_alias_names_a_key():
    keys.plain_key("orders")
    assert keys.unseal(keys.seal("alias/orders", "order")) == "order"


@mock_aws
def test_a_paused_key_still_opens_what_is_there():
    key = keys.plain_key()
    blob = keys.seal(key, "order")
    keys.pause(key)
    assert keys.unseal(blob) == "order"


@mock_aws
def test_a_paused_key_seals():
    key = keys.plain_key()
    keys.pause(key)
    assert keys.seal(key, "order")


@pytest.mark.parametrize("days", [7, 30])
def test_a_retired_key_still_opens_what_is_there(aws, days):
    key = keys.plain_key()
    blob = keys.seal(key, "order")
    keys.retire(key, days)
    assert keys.unseal(blob) == "order"


@mock_aws
def test_a_retired_key_is_told():
    key = keys.plain_key()
    keys.retire(key)
    assert boto3.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


class TestVault:
    """Tests of one class that share a mock and a key."""

    def test_it_seals(self, vault):
        assert keys.seal(vault, "order")

    def test_it_opens(self, vault):
        assert keys.unseal(keys.seal(vault, "order", shop="north"), shop="north") == "order"

    def test_it_is_lent(self, vault):
        assert keys.lend(vault, ROLES[3], "Decrypt")

    def test_it_is_the_only_one(self, vault):
        assert [each["KeyArn"] for each in boto3.client("kms").list_keys()["Keys"]] == [vault]
