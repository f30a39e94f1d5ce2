"""The record of a call that changes something: its parameters, and what of the answer is told."""

import json
from datetime import timedelta

import pytest

from tests.support.claims import OWNER, policy
from tests.support.key_stores import HSM, XKS
from tests.support.policies import make_key, use
from tests.support.trail import (
    AWAY,
    CONTEXT,
    EXPIRES,
    HOME,
    KMS,
    SYMMETRIC,
    about,
    about_key,
    bare,
    last,
    lower,
    named,
    recorded,
    the_one,
    written,
)

pytestmark = pytest.mark.evidence(
    "documented", 'examples of events in "Logging AWS KMS API calls with AWS CloudTrail" (developer guide)'
)

ACCOUNT = f"arn:aws:iam::{OWNER}:root"

# --- calls that change something ------------------------------------------------------------------------------------------

ANSWERED, SILENT = {"keyId": "$key"}, "either"
TAG = {"TagKey": "Department", "TagValue": "IT"}
CHANGES = [
    ("DisableKey", {"KeyId": "$key"}, {"keyId": "$key"}, ANSWERED, ["$key"]),
    ("EnableKey", {"KeyId": "$disabled"}, {"keyId": "$disabled"}, {"keyId": "$disabled"}, ["$disabled"]),
    (
        "EnableKeyRotation",
        {"KeyId": "$key", "RotationPeriodInDays": 180},
        {"keyId": "$key", "rotationPeriodInDays": 180},
        ANSWERED,
        ["$key"],
    ),
    ("DisableKeyRotation", {"KeyId": "$key"}, {"keyId": "$key"}, SILENT, ["$key"]),
    ("RotateKeyOnDemand", {"KeyId": "$key"}, {"keyId": "$key"}, ANSWERED, ["$key"]),
    (
        "TagResource",
        {"KeyId": "$key", "Tags": [TAG]},
        {"keyId": "$key", "tags": [{"tagKey": "Department", "tagValue": "IT"}]},
        ANSWERED,
        ["$key"],
    ),
    (
        "UntagResource",
        {"KeyId": "$tagged", "TagKeys": ["Department"]},
        {"keyId": "$tagged", "tagKeys": ["Department"]},
        {"keyId": "$tagged"},
        ["$tagged"],
    ),
    (
        "UpdateKeyDescription",
        {"KeyId": "$key", "Description": "orders"},
        {"keyId": "$key", "description": "orders"},
        SILENT,
        ["$key"],
    ),
    ("CancelKeyDeletion", {"KeyId": "$doomed"}, {"keyId": "$doomed"}, {"keyId": "$doomed"}, ["$doomed"]),
    (
        "RevokeGrant",
        {"KeyId": "$key", "GrantId": "$grant"},
        {"keyId": "$key", "grantId": "$grant"},
        SILENT,
        ["$key"],
    ),
    (
        "CreateAlias",
        {"AliasName": "alias/new", "TargetKeyId": "$key"},
        {"aliasName": "alias/new", "targetKeyId": "$key"},
        ANSWERED,
        None,
    ),
    (
        "UpdateAlias",
        {"AliasName": "$alias", "TargetKeyId": "$another"},
        {"aliasName": "alias/app", "targetKeyId": "$another"},
        {"keyId": "$another"},
        None,
    ),
    ("DeleteAlias", {"AliasName": "$alias"}, {"aliasName": "alias/app"}, ANSWERED, None),
]


@pytest.mark.parametrize(
    ("operation", "parameters", "sent", "answered", "resources"), CHANGES, ids=[row[0] for row in CHANGES]
)
def test_what_changes_something_tells_its_parameters_and_the_key(
    aws_world, stage, operation, parameters, sent, answered, resources
):
    stage.fill(parameters)
    with recorded(aws_world) as records:
        stage.call(operation, parameters)
    record = next(each for each in records if each["eventName"] == operation)
    assert record["requestParameters"] == stage.fill(sent)
    assert record["readOnly"] is False
    if answered is SILENT:
        assert record["responseElements"] in (None, {"keyId": stage.key})
    else:
        assert record["responseElements"] == stage.fill(answered)
    if resources is not None:
        assert record["resources"] == [about_key(arn) for arn in stage.fill(resources)]


def test_the_resources_of_an_alias_are_it_and_its_key(aws_world, stage):
    assert stage.alias
    alias, key = about(stage.alias_arn, "AWS::KMS::Alias"), about_key(stage.key)
    assert the_one(aws_world, "CreateAlias")["resources"] == [key, alias]
    stage.kms.update_alias(AliasName=stage.alias, TargetKeyId=stage.another)
    assert the_one(aws_world, "UpdateAlias")["resources"] == [alias, about_key(stage.another)]
    stage.kms.delete_alias(AliasName=stage.alias)
    assert the_one(aws_world, "DeleteAlias")["resources"] == [alias, about_key(stage.another)]


def in_the_trail(metadata):
    """The metadata of a key as the trail tells them."""
    if isinstance(metadata, dict):
        return {lower(name): in_the_trail(value) for name, value in metadata.items()}
    if isinstance(metadata, list):
        return [in_the_trail(each) for each in metadata]
    return written(metadata) if hasattr(metadata, "hour") else metadata


DEFAULTS = {
    "description": "",
    "origin": "AWS_KMS",
    "keySpec": SYMMETRIC,
    "customerMasterKeySpec": SYMMETRIC,
    "keyUsage": "ENCRYPT_DECRYPT",
    "bypassPolicyLockoutSafetyCheck": False,
    "multiRegion": False,
}
NEW_KEYS = [
    ({}, {}),
    (
        {"Description": "orders", "KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"},
        {
            "description": "orders",
            "keySpec": "RSA_2048",
            "customerMasterKeySpec": "RSA_2048",
            "keyUsage": "SIGN_VERIFY",
        },
    ),
    ({"Origin": "EXTERNAL"}, {"origin": "EXTERNAL"}),
    ({"MultiRegion": True}, {"multiRegion": True}),
    ({"Tags": [TAG]}, {"tags": [{"tagKey": "Department", "tagValue": "IT"}]}),
]


def test_a_new_key_is_told_with_defaults_filled_in_and_its_metadata(aws_world, kms):
    for options, sent in NEW_KEYS:
        made = kms.create_key(**options)["KeyMetadata"]
        record = last(aws_world, "CreateKey")
        parameters = {name: value for name, value in record["requestParameters"].items() if value not in (None, [])}
        parameters.pop("policy", None)
        assert parameters == DEFAULTS | sent
        assert record["responseElements"] == {"keyMetadata": in_the_trail(made)}
        assert record["resources"] == [about_key(made["Arn"])]
        assert record["readOnly"] is False


def test_a_policy_is_told_in_full(aws_world, kms):
    key = make_key(kms, use("*", "kms:DescribeKey"))
    sent = the_one(aws_world, "CreateKey")["requestParameters"]["policy"]
    assert json.loads(sent)["Statement"][1]["Action"] == "kms:DescribeKey"
    document = json.dumps(policy({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}))
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)
    record = the_one(aws_world, "PutKeyPolicy")
    assert record["requestParameters"] == {
        "keyId": key,
        "policyName": "default",
        "policy": document,
        "bypassPolicyLockoutSafetyCheck": False,
    }
    assert record["responseElements"] in (None, {"keyId": key})


@pytest.mark.parametrize("days", [7, None])
def test_a_scheduled_deletion_tells_its_date_and_state(aws_world, clock, kms, key, days):
    kms.schedule_key_deletion(KeyId=key, **({"PendingWindowInDays": days} if days else {}))
    record = the_one(aws_world, "ScheduleKeyDeletion")
    assert record["requestParameters"].get("pendingWindowInDays", 30) == (days or 30)
    assert record["requestParameters"]["keyId"] == key
    answered = dict(record["responseElements"])
    assert answered.pop("pendingWindowInDays", days or 30) == (days or 30)
    date = written(clock.now() + timedelta(days=days or 30))
    assert answered == {"keyId": key, "keyState": "PendingDeletion", "deletionDate": date}


def test_the_deletion_of_a_primary_waits_for_its_replicas_and_has_no_date(aws_world, kms):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    kms.schedule_key_deletion(KeyId=primary, PendingWindowInDays=9)
    answered = the_one(aws_world, "ScheduleKeyDeletion")["responseElements"]
    assert answered == {"keyId": primary, "keyState": "PendingReplicaDeletion", "pendingWindowInDays": 9}


def test_a_grant_is_told_without_its_token(aws_world, stage):
    constraints = {"EncryptionContextSubset": CONTEXT}
    terms = {
        "GranteePrincipal": stage.grantee,
        "RetiringPrincipal": ACCOUNT,
        "Operations": ["Encrypt", "Decrypt"],
        "Constraints": constraints,
        "Name": "app",
    }
    made = stage.kms.create_grant(KeyId=stage.key, **terms)
    record = the_one(aws_world, "CreateGrant")
    assert record["requestParameters"] == {
        "keyId": stage.key,
        "granteePrincipal": stage.grantee,
        "retiringPrincipal": ACCOUNT,
        "operations": ["Encrypt", "Decrypt"],
        "constraints": {"encryptionContextSubset": CONTEXT},
        "name": "app",
    }
    assert record["responseElements"] == {"grantId": made["GrantId"], "keyId": stage.key}
    assert made["GrantToken"] not in json.dumps(list(aws_world.events))


@pytest.mark.parametrize("way", ["token", "id"])
def test_a_retired_grant_is_told_beside_the_parameters(aws_world, stage, way):
    made = stage.kms.create_grant(
        KeyId=stage.key, GranteePrincipal=stage.grantee, RetiringPrincipal=ACCOUNT, Operations=["Decrypt"]
    )
    given = {"token": {"GrantToken": made["GrantToken"]}, "id": {"KeyId": stage.key, "GrantId": made["GrantId"]}}
    stage.kms.retire_grant(**given[way])
    record = the_one(aws_world, "RetireGrant")
    assert (record["requestParameters"], record["responseElements"]) == (None, None)
    assert record["additionalEventData"] == {"grantId": made["GrantId"]}
    assert (record["resources"], record["readOnly"]) == ([about_key(stage.key)], False)


def test_grant_tokens_that_go_along_are_not_told(aws_world, stage):
    made = stage.kms.create_grant(KeyId=stage.key, GranteePrincipal=stage.grantee, Operations=["Decrypt"])
    stage.kms.encrypt(KeyId=stage.key, Plaintext=b"x", GrantTokens=[made["GrantToken"]])
    assert "grantTokens" not in the_one(aws_world, "Encrypt")["requestParameters"]
    assert made["GrantToken"] not in json.dumps(list(aws_world.events))


def test_an_import_tells_its_terms_and_the_material_but_neither_token_nor_bytes(aws_world, clock, stage):
    until = clock.now().replace(microsecond=0) + timedelta(days=30)
    made = stage.kms.import_key_material(**stage.wrapped, ValidTo=until, ExpirationModel=EXPIRES)
    record = the_one(aws_world, "ImportKeyMaterial")
    sent = dict(record["requestParameters"])
    assert sent.pop("importType", "NEW_KEY_MATERIAL") == "NEW_KEY_MATERIAL"
    assert sent == {"keyId": stage.empty, "validTo": written(until), "expirationModel": EXPIRES}
    assert record["responseElements"] == {"keyId": stage.empty, "keyMaterialId": made["KeyMaterialId"]}
    stage.kms.delete_imported_key_material(KeyId=stage.empty, KeyMaterialId=made["KeyMaterialId"])
    record = the_one(aws_world, "DeleteImportedKeyMaterial")
    both = {"keyId": stage.empty, "keyMaterialId": made["KeyMaterialId"]}
    assert (record["requestParameters"], record["responseElements"]) == (both, both)


def test_replicating_is_told_where_the_primary_is_and_the_new_key_where_it_is(aws_world, alice, kms):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    made = alice.client("kms").replicate_key(KeyId=bare(primary), ReplicaRegion=AWAY)
    record = the_one(aws_world, "ReplicateKey")
    assert record["awsRegion"] == HOME
    sent = {name: value for name, value in record["requestParameters"].items() if value not in (None, [])}
    assert sent == {
        "keyId": bare(primary),
        "replicaRegion": AWAY,
        "bypassPolicyLockoutSafetyCheck": False,
        "description": "",
    }
    answered = record["responseElements"]
    assert answered["replicaKeyMetadata"] == in_the_trail(made["ReplicaKeyMetadata"])
    assert json.loads(answered["replicaPolicy"]) == json.loads(made["ReplicaPolicy"])
    assert record["resources"] == [about_key(primary)]
    (there,) = [each for each in named(aws_world, "CreateKey") if each["awsRegion"] == AWAY]
    assert there["resources"] == [about_key(made["ReplicaKeyMetadata"]["Arn"])]
    assert there["userIdentity"]["arn"] == alice.arn


def test_a_new_primary_is_told_in_both_regions(aws_world, owner, alice, kms):
    primary = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=primary, ReplicaRegion=AWAY)
    there = primary.replace(HOME, AWAY)
    alice.client("kms").update_primary_region(KeyId=bare(primary), PrimaryRegion=AWAY)
    records = {record["awsRegion"]: record for record in named(aws_world, "UpdatePrimaryRegion")}
    assert set(records) == {HOME, AWAY}
    assert records[HOME]["requestParameters"] == {"keyId": bare(primary), "primaryRegion": AWAY}
    assert records[AWAY]["requestParameters"] == {"keyId": there, "primaryRegion": AWAY}
    assert records[HOME]["responseElements"] in (None, {"keyId": primary})
    assert records[HOME]["resources"] == [about_key(primary)]
    assert "invokedBy" not in records[HOME]["userIdentity"]
    assert records[AWAY]["userIdentity"]["invokedBy"] == KMS
    assert {record["userIdentity"]["arn"] for record in records.values()} == {alice.arn}


# --- custom key stores ----------------------------------------------------------------------------------------------------


def test_a_custom_key_store_is_told_without_its_password(aws_world, kms):
    store = kms.create_custom_key_store(CustomKeyStoreName="hsm", **HSM)["CustomKeyStoreId"]
    record = the_one(aws_world, "CreateCustomKeyStore")
    assert record["requestParameters"]["customKeyStoreName"] == "hsm"
    assert record["requestParameters"]["cloudHsmClusterId"] == HSM["CloudHsmClusterId"]
    assert record["responseElements"] == {"customKeyStoreId": store}
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    record = the_one(aws_world, "ConnectCustomKeyStore")
    assert record["requestParameters"] == {"customKeyStoreId": store}
    assert record["additionalEventData"] == {"customKeyStoreName": "hsm", "clusterId": HSM["CloudHsmClusterId"]}
    assert record["readOnly"] is False
    kms.describe_custom_key_stores(CustomKeyStoreId=store)
    record = the_one(aws_world, "DescribeCustomKeyStores")
    assert (record["readOnly"], record["responseElements"]) == (True, None)
    kms.create_custom_key_store(CustomKeyStoreName="xks", **XKS)
    told = json.dumps(list(aws_world.events))
    assert HSM["KeyStorePassword"] not in told
    assert XKS["XksProxyAuthenticationCredential"]["RawSecretAccessKey"] not in told


def test_the_use_of_a_key_in_a_store_names_the_store(aws_world, kms):
    store = kms.create_custom_key_store(CustomKeyStoreName="hsm", **HSM)["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    key = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store)["KeyMetadata"]["Arn"]
    kms.encrypt(KeyId=key, Plaintext=b"x")
    assert the_one(aws_world, "Encrypt")["additionalEventData"]["customKeyStoreId"] == store


def test_events_name_a_key_store_as_it_was_called_then(aws_world, kms):
    store = kms.create_custom_key_store(CustomKeyStoreName="before", **HSM)["CustomKeyStoreId"]
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    kms.describe_custom_key_stores(CustomKeyStoreId=store)  # it is connected with the next call
    kms.update_custom_key_store(CustomKeyStoreId=store, NewCustomKeyStoreName="after")
    names = {
        each: the_one(aws_world, each)["additionalEventData"]["customKeyStoreName"]
        for each in ("ConnectCustomKeyStore", "UpdateCustomKeyStore")
    }
    assert names == {"ConnectCustomKeyStore": "before", "UpdateCustomKeyStore": "after"}
