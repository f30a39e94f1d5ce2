"""Parts of moto that look into its KMS backend find the world's keys there."""

import json

from tests.support.claims import OTHER, OWNER, allow, refused


def test_the_default_key_of_dynamodb_is_the_managed_key_of_the_world(owner, kms):
    made = owner.client("dynamodb").create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "a", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "a", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
    )
    managed = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert managed["KeyManager"] == "AWS"
    assert made["TableDescription"]["SSEDescription"]["KMSMasterKeyArn"] == managed["Arn"]


def test_the_default_key_of_ebs_can_be_any_key_of_the_world(owner, kms, key):
    ec2 = owner.client("ec2")
    kms.create_alias(AliasName="alias/disks", TargetKeyId=key)
    assert ec2.modify_ebs_default_kms_key_id(KmsKeyId="alias/disks")["KmsKeyId"] == key
    managed = ec2.modify_ebs_default_kms_key_id(KmsKeyId="alias/aws/ebs")["KmsKeyId"]
    assert kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"] == managed


def test_ses_knows_the_keys_of_the_world(owner, key):
    ses = owner.client("ses")
    ses.create_receipt_rule_set(RuleSetName="rules")
    owner.client("s3").create_bucket(Bucket="mail")
    action = {"S3Action": {"BucketName": "mail", "KmsKeyArn": key}}
    ses.create_receipt_rule(RuleSetName="rules", Rule={"Name": "keep", "Actions": [action]})
    action["S3Action"]["KmsKeyArn"] = key[:-4] + "0000"
    with refused("InvalidS3Configuration", f"Unable to use AWS KMS key: {key[:-4]}0000"):
        ses.create_receipt_rule(RuleSetName="rules", Rule={"Name": "lose", "Actions": [action]})


def test_the_tagging_api_sees_the_tags_of_keys_and_changes_them(owner, kms, key):
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "team", "TagValue": "a"}])
    kms.create_key()
    tagging = owner.client("resourcegroupstaggingapi")
    wanted = [{"ResourceARN": key, "Tags": [{"Key": "team", "Value": "a"}]}]
    assert tagging.get_resources(ResourceTypeFilters=["kms:key"])["ResourceTagMappingList"] == wanted
    tagging.tag_resources(ResourceARNList=[key], Tags={"cost": "1"})
    tagging.untag_resources(ResourceARNList=[key], TagKeys=["team"])
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "cost", "TagValue": "1"}]


def test_tagging_through_the_tagging_api_needs_permission_on_the_key(owner, key):
    tagger = owner.user("tagger", [allow("tag:*")])
    with refused(
        "AccessDeniedException",
        f"User: {tagger.arn} is not authorized to perform: kms:TagResource on resource: {key} "
        "because no identity-based policy allows the kms:TagResource action",
    ):
        tagger.client("resourcegroupstaggingapi").tag_resources(ResourceARNList=[key], Tags={"cost": "1"})


def test_tags_of_another_accounts_keys_are_not_seen(other, kms, key):
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "team", "TagValue": "a"}])
    assert other.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"] == []


def test_every_service_of_moto_that_reaches_into_kms_is_known():
    """If moto gains another, the bridge must hear of it."""
    from pathlib import Path

    import moto

    from kmsmock.bridge.patch_table import INSTALLERS, install_kms

    root = Path(moto.__file__).parent
    users = {
        path.relative_to(root).parts[0]
        for path in root.rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in ("kms_backends", "moto.kms", "KmsBackend"))
    } - {"kms", "backends.py"}
    # by the tagging mixin, moto's rds, and its ec2
    others = {"resource-groups-tagging-api", "neptune", "docdb"}
    through_ec2 = {"auto-scaling", "batch", "ebs", "emr"}
    assert users | others == {name for name, row in INSTALLERS.items() if install_kms in row} - through_ec2


def test_managed_keys_have_the_policy_that_aws_gives_them(kms):
    policy = json.loads(
        kms.get_key_policy(KeyId=kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"])["Policy"]
    )
    assert policy["Id"] == "auto-s3-2"
    assert policy["Statement"][0]["Condition"]["StringEquals"] == {
        "kms:CallerAccount": OWNER,
        "kms:ViaService": "s3.us-east-1.amazonaws.com",
    }
    assert OTHER not in json.dumps(policy)
