"""Public reports on tables and databases under keys: creating, copying, sharing, and losing the key."""

import json
import re

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OTHER, OWNER, allow, refused
from tests.support.policies import everything_but_kms, lacking, root, use
from tests.support.reports import WEST, bare, make_key, managed

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

TAIL = r" \(Service: .*\)"
TABLE = {
    "TableName": "table",
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
DATABASE = {"Engine": "mysql", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20, "MasterUsername": "root"}
ITEM = {"TableName": "table", "Item": {"k": {"S": "a"}}}
WRITING = ["kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant"]


def under(key):
    return {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}}


def denied(action, caller, key):
    before = "KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: "
    return re.compile(re.escape(before + lacking(caller, action, key)) + TAIL)


def test_writing_to_a_table_needs_decrypt_on_its_key(owner):
    # aws/aws-cdk issue 10010, aws-samples/aws-secure-environment-accelerator pull request 919
    key = make_key(owner)
    owner.client("dynamodb").create_table(**TABLE, **under(key))
    writer = owner.user("writer", [everything_but_kms(*WRITING)])
    with refused("AccessDeniedException", denied("kms:Decrypt", writer, key)):
        writer.client("dynamodb").put_item(**ITEM)
    enough = owner.user("enough", [everything_but_kms("kms:Decrypt")])
    enough.client("dynamodb").put_item(**ITEM)
    assert owner.client("dynamodb").get_item(TableName="table", Key=ITEM["Item"])["Item"] == ITEM["Item"]


def test_creating_a_table_needs_create_grant_on_the_key(owner):
    # aws/aws-cdk issue 18616, cloudcomponents/cdk-constructs pull request 99
    key = make_key(owner)
    lacks = owner.user("lacks", [everything_but_kms(*WRITING[:-1], "kms:Decrypt")])
    with refused("AccessDeniedException", denied("kms:CreateGrant", lacks, key)):
        lacks.client("dynamodb").create_table(**TABLE, **under(key))
    assert owner.client("dynamodb").list_tables()["TableNames"] == []
    enough = owner.user("enough", [everything_but_kms(*WRITING, "kms:Decrypt")])
    made = enough.client("dynamodb").create_table(**TABLE, **under(key))["TableDescription"]
    assert made["SSEDescription"]["KMSMasterKeyArn"] == key


def test_a_table_without_its_key_is_inaccessible_and_archived_after_seven_days(aws_clock, owner, kms):
    # defenseunicorns/delivery-aws-iac issue 111 quotes the mail of AWS
    key = make_key(owner)
    dynamodb = owner.client("dynamodb")
    dynamodb.create_table(**TABLE, **under(key))
    kms.disable_key(KeyId=key)
    aws_clock.advance(hours=1)

    def status():
        return dynamodb.describe_table(TableName="table")["Table"]["TableStatus"]

    assert status() == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    kms.enable_key(KeyId=key)
    aws_clock.advance(hours=1)
    assert status() == "ACTIVE"
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    aws_clock.advance(hours=1)
    assert status() == "INACCESSIBLE_ENCRYPTION_CREDENTIALS"
    aws_clock.advance(days=8)
    assert status() == "ARCHIVED"


@pytest.fixture
def rds(owner):
    return owner.client("rds")


def snapshot_of(rds, key=None):
    """The ARN of a snapshot of an encrypted database."""
    more = {"KmsKeyId": key} if key else {}
    rds.create_db_instance(
        DBInstanceIdentifier="db", MasterUserPassword="password", StorageEncrypted=True, **DATABASE, **more
    )
    made = rds.create_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier="snap")["DBSnapshot"]
    return made["DBSnapshotArn"]


def share(rds, name="snap"):
    rds.modify_db_snapshot_attribute(DBSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=[OTHER])


def inaccessible(key):
    return f"The source snapshot KMS key [{key}] does not exist, is not enabled or you do not have permissions to access it."


def test_copying_a_shared_snapshot_needs_create_grant_on_its_key(owner, other, rds):
    # awslabs/aurora-snapshot-tool issue 29: the guide's list of actions lacked it, "*" worked
    listed = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    key = make_key(owner, use(root(OTHER), listed))
    source = snapshot_of(rds, key)
    share(rds)
    theirs = other.user("backup", [allow("*")]).client("rds")
    own = make_key(other)

    def copy():
        return theirs.copy_db_snapshot(
            SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier="copy", KmsKeyId=own
        )["DBSnapshot"]

    with refused("KMSKeyNotAccessibleFault", inaccessible(key)):
        copy()
    owner.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=policy_for(root(OTHER)))
    assert copy()["KmsKeyId"] == own


def policy_for(*more):
    return json.dumps({"Version": "2012-10-17", "Statement": [use(root(OWNER)), *(use(each) for each in more)]})


def test_a_copy_is_under_the_key_that_it_was_asked_for(owner, rds):
    # awslabs/rds-snapshot-tool issue 60: the tool had passed the key of the source
    here, there = make_key(owner), make_key(owner)
    source = snapshot_of(rds, here)
    for name, key in {"kept": here, "moved": there}.items():
        made = rds.copy_db_snapshot(SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier=name, KmsKeyId=key)
        assert made["DBSnapshot"]["KmsKeyId"] == key


def test_a_restored_database_has_the_key_of_its_snapshot(owner, rds):
    # hashicorp/terraform issue 18984, hashicorp/terraform-provider-aws issue 15390, aws/aws-sdk-go-v2 issue 2678
    key = make_key(owner)
    snapshot_of(rds, key)
    made = rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="restored", DBSnapshotIdentifier="snap")
    assert (made["DBInstance"]["StorageEncrypted"], made["DBInstance"]["KmsKeyId"]) == (True, key)


def test_a_database_under_the_default_key_moves_to_another_account_by_a_copy_under_a_customer_key(owner, other, rds):
    # ministryofjustice/cloud-platform issue 866, awslabs/rds-snapshot-tool issues 24 and 34, aurora-snapshot-tool issue 26
    source = snapshot_of(rds)
    with refused_somehow():
        share(rds)
    key = make_key(owner, use(root(OTHER)))
    rds.copy_db_snapshot(SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier="shared", KmsKeyId=key)
    share(rds, "shared")
    theirs, own = other.client("rds"), make_key(other)
    arn = f"arn:aws:rds:us-east-1:{OWNER}:snapshot:shared"
    theirs.copy_db_snapshot(SourceDBSnapshotIdentifier=arn, TargetDBSnapshotIdentifier="copy", KmsKeyId=own)
    made = theirs.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier="copy")
    assert made["DBInstance"]["KmsKeyId"] == own


def refused_somehow():
    """AWS refuses; with which words the reports do not say."""
    return pytest.raises(ClientError)


def test_the_bare_id_of_a_foreign_key_is_looked_for_at_home(owner, other):
    # awslabs/aurora-snapshot-tool issue 31: across accounts the whole ARN is needed
    key = make_key(other, use(root(OWNER)))
    rds = owner.client("rds")
    text = (
        f"Specified KMS key [{bare(key)}] does not exist, is not enabled or you do not have permissions to access it."
    )
    with refused("KMSKeyNotAccessibleFault", text):
        snapshot_of(rds, bare(key))
    assert rds.describe_db_instances()["DBInstances"] == []
    snapshot_of(rds, key)
    assert rds.describe_db_instances()["DBInstances"][0]["KmsKeyId"] == key


def test_an_encrypted_snapshot_goes_to_another_region_under_a_key_of_that_region_only(owner, rds):
    # 1Strategy/rds-oracle-cross-account-cross-region-dr issue 1
    source = snapshot_of(rds, make_key(owner))
    west = owner.client("rds", WEST)
    ask = {
        "SourceDBSnapshotIdentifier": source,
        "TargetDBSnapshotIdentifier": "dr",
        "SourceRegion": "us-east-1",
    }
    with refused("InvalidParameterValue", "Must specify new KMS key for cross region encrypted snapshot copy."):
        west.copy_db_snapshot(**ask)
    there = make_key(owner, region=WEST)
    assert west.copy_db_snapshot(**ask, KmsKeyId=there)["DBSnapshot"]["KmsKeyId"] == there


@pytest.fixture
def global_table(owner):
    """A client, and a table under a customer key whose streams are on, as replicas need them."""
    dynamodb = owner.client("dynamodb")
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    dynamodb.create_table(**TABLE, **under(make_key(owner)), StreamSpecification=stream)
    return dynamodb


def replicate(dynamodb, **more):
    return dynamodb.update_table(TableName="table", ReplicaUpdates=[{"Create": {"RegionName": WEST, **more}}])


def test_each_replica_of_a_table_under_a_customer_key_needs_a_key_of_its_region(owner, global_table):
    # hashicorp/terraform-provider-aws issue 17422 and pull request 29102, hashicorp/terraform issue 27004
    with refused(
        "ValidationException",
        "One or more parameter values were invalid: KMSMasterKeyId must be specified for each replica.",
    ):
        replicate(global_table)
    assert not global_table.describe_table(TableName="table")["Table"].get("Replicas")
    there = make_key(owner, region=WEST)
    replicate(global_table, KMSMasterKeyId=there)
    (replica,) = global_table.describe_table(TableName="table")["Table"]["Replicas"]
    assert (replica["RegionName"], replica["KMSMasterKeyId"]) == (WEST, there)


def test_the_key_of_a_global_table_is_not_changed_through_the_table(owner, global_table):
    # hashicorp/terraform-provider-aws issue 21726
    replicate(global_table, KMSMasterKeyId=make_key(owner, region=WEST))
    with refused(
        "ValidationException",
        "Invalid operation: Customer Managed CMKs on Global Table Version 2019.11.21 replicas cannot be updated through "
        "SSESpecification parameter and can only be updated through ReplicaUpdates parameter",
    ):
        global_table.update_table(TableName="table", **under(make_key(owner)))


def test_a_read_replica_in_another_region_needs_a_key_of_that_region(owner, rds):
    # terraform-aws-modules/terraform-aws-rds pull request 428, hashicorp/terraform issue 11538
    snapshot_of(rds, make_key(owner))
    west = owner.client("rds", WEST)
    ask = {
        "DBInstanceIdentifier": "replica",
        "SourceDBInstanceIdentifier": f"arn:aws:rds:us-east-1:{OWNER}:db:db",
        "SourceRegion": "us-east-1",
    }
    text = "Cannot create a cross region unencrypted read replica from encrypted source."
    with refused("InvalidParameterCombination", text):
        west.create_db_instance_read_replica(**ask)
    there = make_key(owner, region=WEST)
    assert west.create_db_instance_read_replica(**ask, KmsKeyId=there)["DBInstance"]["KmsKeyId"] == there


@pytest.mark.parametrize("how", ["disabled", "not allowed"])
def test_a_snapshot_whose_key_is_out_of_reach_is_not_copied(owner, kms, key, rds, how):
    # pbudzon/aws-maintenance issue 13: the error is about the key of the source, whatever the copy is under
    source = snapshot_of(rds, key)
    if how == "disabled":
        kms.disable_key(KeyId=key)
        client = rds
    else:
        client = owner.user("backups", [everything_but_kms("kms:*", resource=make_key(owner))]).client("rds")
    with refused("KMSKeyNotAccessibleFault", inaccessible(key)):
        client.copy_db_snapshot(
            SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier="copy", KmsKeyId=managed(owner, "rds")
        )
