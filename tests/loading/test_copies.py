"""Worlds that begin as a loaded one: each finds everything as it was loaded, whatever the one before did to it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kmsmock
from kmsmock.snapshots import Graph
from tests.support.claims import OWNER, allow

ROLE, POLICY = f"arn:aws:iam::{OWNER}:role/app", f"arn:aws:iam::{OWNER}:policy/use"
KEY = f"arn:aws:kms:eu-west-1:{OWNER}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def snapshot(tmp_path):
    """Of a world with a key, a role that may use it by its managed policy, and a grant."""
    version = {"IsDefaultVersion": True, "VersionId": "v3", "Document": allow("kms:Encrypt", KEY)}
    trust = {"Version": "2012-10-17", "Statement": []}
    attached = {"AttachedManagedPolicies": [{"PolicyArn": POLICY}]}
    outputs = {
        "get-account-authorization-details": {
            "RoleDetailList": [{"RoleName": "app", "Arn": ROLE, "AssumeRolePolicyDocument": trust, **attached}],
            "Policies": [{"PolicyName": "use", "Arn": POLICY, "PolicyVersionList": [version]}],
        },
        "describe-key": {"KeyMetadata": {"Arn": KEY, "KeyId": KEY.rpartition("/")[2], "Enabled": True}},
        "list-grants": {
            "Grants": [{"KeyId": KEY, "GrantId": "ab" * 32, "GranteePrincipal": ROLE, "Operations": ["Decrypt"]}]
        },
    }
    for name, output in outputs.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(output))
    with kmsmock.load(tmp_path, account_id=OWNER, region_name="eu-west-1") as world:
        return world.snapshot()


def test_each_copy_has_the_policies_and_grants_as_they_were_loaded(snapshot):
    for _ in range(3):
        with kmsmock.World(from_snapshot=snapshot) as world:
            account = world.account(OWNER)
            iam, kms = account.client("iam"), account.client("kms", "eu-west-1")
            versions = iam.list_policy_versions(PolicyArn=POLICY)["Versions"]
            assert [(each["VersionId"], each["IsDefaultVersion"]) for each in versions] == [("v3", True)]
            assert iam.get_policy(PolicyArn=POLICY)["Policy"]["AttachmentCount"] == 1
            app = account.get_role("app").client("kms", "eu-west-1")
            blob = app.encrypt(KeyId=KEY, Plaintext=b"x")["CiphertextBlob"]
            assert app.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
            nothing = json.dumps(allow("kms:ListKeys", "*"))
            iam.create_policy_version(PolicyArn=POLICY, PolicyDocument=nothing, SetAsDefault=True)
            iam.tag_policy(PolicyArn=POLICY, Tags=[{"Key": "a", "Value": "b"}])
            kms.revoke_grant(KeyId=KEY, GrantId="ab" * 32)
            kmsmock.assert_denied(lambda: app.encrypt(KeyId=KEY, Plaintext=b"x"))  # noqa: B023 - called at once
            kmsmock.assert_denied(lambda: app.decrypt(CiphertextBlob=blob))  # noqa: B023 - called at once


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sets(st.integers(0, 2999), max_size=9), min_size=1, max_size=5))
def test_of_thousands_of_objects_those_that_changed_are_put_back_each_time(rounds):
    full, empty = [{"a": each} for each in range(1500)], [list[int]() for _ in range(1500)]
    graph = Graph({"full": full, "empty": empty})
    for changed in rounds:
        for each in changed:
            if each < 1500:
                full[each]["a"] = -1
            else:
                empty[each - 1500].append(7)
        assert graph.is_same is not bool(changed)
        graph.put_back()
        assert full == [{"a": each} for each in range(1500)]
        assert not any(empty)
