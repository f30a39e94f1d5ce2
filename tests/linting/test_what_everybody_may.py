"""KMS004 names what a key policy can allow, and nothing that is done on no key."""

import json

import kmsmock
from kmsmock.linting.asking import actions, actions_on_keys


def test_what_is_done_on_no_key_is_allowed_by_no_key_policy():
    assert set(actions()) - set(actions_on_keys()) == {
        *("kms:CreateKey", "kms:GenerateRandom", "kms:ListKeys", "kms:ListAliases", "kms:RetireGrant"),
        *("kms:ListRetirableGrants", "kms:CreateCustomKeyStore", "kms:ConnectCustomKeyStore"),
        *("kms:DeleteCustomKeyStore", "kms:DescribeCustomKeyStores", "kms:DisconnectCustomKeyStore"),
        "kms:UpdateCustomKeyStore",
    }


def test_what_everybody_may_begins_with_what_there_is(tmp_path):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    path = tmp_path / "policy.json"
    path.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    (found,) = [each for each in kmsmock.lint(path) if each.code == "KMS004"]
    assert "kms:CancelKeyDeletion" in str(found)
    assert "CustomKeyStore" not in str(found)
