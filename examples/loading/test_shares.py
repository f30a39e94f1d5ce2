"""A plan of Terraform and an app of CDK under test before anything is deployed."""

from pathlib import Path

import pytest

import kmsmock

HERE = Path(__file__).parent
READER = "arn:aws:iam::222222222222:role/reader"


@pytest.mark.kmsmock(load="plan.json")
def test_the_app_of_the_plan_may_decrypt(aws_world):
    key = aws_world.loaded["aws_kms_key.data"]
    assert "arn:aws:iam::111111111111:role/app" in {each.principal for each in aws_world.who_can("kms:Decrypt", key)}


@pytest.mark.kmsmock(load="cdk.out")
def test_the_reader_of_the_other_account_is_let_in_by_the_key_and_not_by_its_own_policy(aws_world):
    """The share is broken: the role of the other account may encrypt, where it has to decrypt."""
    owner = aws_world.account("111111111111").client("kms", "eu-west-1")
    key = aws_world.loaded["Owner.DataKey"]
    blob = owner.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    reader = aws_world.account("222222222222").get_role("reader").client("kms", "eu-west-1")
    kmsmock.assert_denied(lambda: reader.decrypt(CiphertextBlob=blob))
    assert READER not in {each.principal for each in aws_world.who_can("kms:Decrypt", key)}
