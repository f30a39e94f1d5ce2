"""Questions about tables and databases under keys."""

from tests.support.claims import OTHER, OWNER, allow
from tests.support.policies import everything_but_kms, root, use
from tests.support.questions import Table
from tests.support.reports import WEST, bare, make_key

QUESTIONS = Table()
TABLE = {
    "TableName": "table",
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
DATABASE = {"Engine": "mysql", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20, "MasterUsername": "root"}


def under(key):
    return {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}}


@QUESTIONS.ask(
    "PutItem into a table under a customer key is denied for a writer who may Encrypt?",
    source="https://github.com/aws/aws-cdk/issues/10010",
    fix=["to a policy of ", '"kms:Decrypt"'],
)
def writer_to_a_table(world):
    owner = world.account(OWNER)
    owner.client("dynamodb").create_table(**TABLE, **under(make_key(owner)))
    writer = owner.user("writer", [everything_but_kms("kms:Encrypt", "kms:GenerateDataKey*")]).client("dynamodb")
    return lambda: writer.put_item(TableName="table", Item={"k": {"S": "a"}})


@QUESTIONS.ask(
    "CreateTable under a customer key: KMS key access denied error?",
    source="https://github.com/aws/aws-cdk/issues/18616",
    fix=["to a policy of ", '"kms:CreateGrant"'],
)
def table_without_create_grant(world):
    owner = world.account(OWNER)
    key = make_key(owner)
    rights = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    deployer = owner.user("deployer", [everything_but_kms(*rights)]).client("dynamodb")
    return lambda: deployer.create_table(**TABLE, **under(key))


@QUESTIONS.ask(
    "KMSMasterKeyId must be specified for each replica?",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/17422",
    fix=["KMSMasterKeyId", "Region"],
)
def replica_of_a_table(world):
    owner = world.account(OWNER)
    dynamodb = owner.client("dynamodb")
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    dynamodb.create_table(**TABLE, **under(make_key(owner)), StreamSpecification=stream)

    def replicate(**more):
        dynamodb.update_table(TableName="table", ReplicaUpdates=[{"Create": {"RegionName": WEST, **more}}])

    return replicate, lambda: replicate(KMSMasterKeyId=make_key(owner, region=WEST))


def database_of(account, key=None):
    """The ARN of a snapshot of an encrypted database."""
    rds = account.client("rds")
    more = {"KmsKeyId": key} if key else {}
    rds.create_db_instance(
        DBInstanceIdentifier="db", MasterUserPassword="password", StorageEncrypted=True, **DATABASE, **more
    )
    return rds.create_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier="snap")["DBSnapshot"]["DBSnapshotArn"]


def share(account, name="snap"):
    account.client("rds").modify_db_snapshot_attribute(
        DBSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=[OTHER]
    )


@QUESTIONS.ask(
    "How can a database under aws/rds be shared with another account?",
    source="https://github.com/awslabs/rds-snapshot-tool/issues/34",
    fix=["copy", "customer managed key"],
)
def database_under_the_managed_key(world):
    owner = world.account(OWNER)
    source = database_of(owner)

    def copied_under_an_own_key():
        key = make_key(owner)
        asked = {"SourceDBSnapshotIdentifier": source, "TargetDBSnapshotIdentifier": "copy"}
        owner.client("rds").copy_db_snapshot(**asked, KmsKeyId=key)
        share(owner, "copy")

    return lambda: share(owner), copied_under_an_own_key


@QUESTIONS.ask(
    "KMSKeyNotAccessibleFault for a shared snapshot, though the key policy has the list of the guide?",
    source="https://github.com/awslabs/aurora-snapshot-tool/issues/29",
    fix=["key policy", f"arn:aws:iam::{OTHER}:user/backup", '"kms:CreateGrant"'],
)
def copy_without_create_grant(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    listed = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    source = database_of(owner, make_key(owner, use(root(OTHER), listed)))
    share(owner)
    backup, own = other.user("backup", [allow("*")]).client("rds"), make_key(other)
    asked = {"SourceDBSnapshotIdentifier": source, "TargetDBSnapshotIdentifier": "copy", "KmsKeyId": own}
    return lambda: backup.copy_db_snapshot(**asked)


@QUESTIONS.ask(
    "Must specify new KMS key for cross region encrypted snapshot copy?",
    source="https://github.com/1Strategy/rds-oracle-cross-account-cross-region-dr/issues/1",
    fix=["KmsKeyId", "Region"],
)
def copy_to_another_region(world):
    owner = world.account(OWNER)
    source, west = database_of(owner, make_key(owner)), owner.client("rds", WEST)
    asked = {"SourceDBSnapshotIdentifier": source, "TargetDBSnapshotIdentifier": "dr", "SourceRegion": "us-east-1"}
    there = make_key(owner, region=WEST)
    return lambda: west.copy_db_snapshot(**asked), lambda: west.copy_db_snapshot(**asked, KmsKeyId=there)


@QUESTIONS.ask(
    "Cannot create a cross region unencrypted read replica from encrypted source?",
    source="https://github.com/terraform-aws-modules/terraform-aws-rds/pull/428",
    fix=["KmsKeyId", "Region"],
)
def read_replica_in_another_region(world):
    owner = world.account(OWNER)
    database_of(owner, make_key(owner))
    west = owner.client("rds", WEST)
    asked = {
        "DBInstanceIdentifier": "replica",
        "SourceDBInstanceIdentifier": f"arn:aws:rds:us-east-1:{OWNER}:db:db",
        "SourceRegion": "us-east-1",
    }
    there = make_key(owner, region=WEST)

    def replicate(**more):
        west.create_db_instance_read_replica(**asked, **more)

    return replicate, lambda: replicate(KmsKeyId=there)


@QUESTIONS.ask(
    "Specified KMS key does not exist, though it does, in another account?",
    source="https://github.com/awslabs/aurora-snapshot-tool/issues/31",
    fix=["another account", f"arn:aws:kms:us-east-1:{OTHER}:key/"],
)
def bare_id_of_a_foreign_key(world):
    owner = world.account(OWNER)
    key = make_key(world.account(OTHER), use(root(OWNER)))
    return lambda: database_of(owner, bare(key)), lambda: database_of(owner, key)
