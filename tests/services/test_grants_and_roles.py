"""What becomes of a service's use of a key when a role is deleted and another one of its name is made.

A grant to a role is to that one role ("Grants in AWS KMS": the grantee principal is a unique id), so what runs by such a
grant stops: functions (hashicorp/terraform-provider-aws#6352), groups of instances whose service-linked role was deleted
("Required KMS key policy for use with encrypted volumes": create the grant again), clusters. Grants that a service has for
itself outlive whoever had them made: volumes, databases, tables, repositories, file systems, delivery streams.
"""

import json

import pytest

from tests.support.claims import OWNER, allow, policy
from tests.support.functions import make_role

pytestmark = pytest.mark.evidence(
    "documented",
    '"Grants in AWS KMS" (developer guide): a grantee is a unique id; hashicorp/terraform-provider-aws#6352',
)

MAKER = "maker"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture
def maker(owner):
    """A session's clients of a role that may do everything, and that is gone once ``forget`` is called."""
    return owner.role(MAKER, [allow("*")], trust=policy(
        {"Effect": "Allow", "Principal": {"AWS": owner.root.arn}, "Action": "sts:AssumeRole"}
    ))  # fmt: skip


def recreate(account, name=MAKER):
    """Delete a role and make another one of its name, which may do nothing."""
    iam = account.client("iam")
    for each in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=each["PolicyArn"])
    iam.delete_role(RoleName=name)
    return make_role(account, name)


def test_a_volume_goes_on_without_the_role_that_made_it(owner, key, maker):
    made = maker.client("ec2").create_volume(AvailabilityZone="us-east-1a", Size=1, Encrypted=True, KmsKeyId=key)
    recreate(owner)
    ec2 = owner.client("ec2")
    snapshot = ec2.create_snapshot(VolumeId=made["VolumeId"])["SnapshotId"]
    assert ec2.describe_snapshots(SnapshotIds=[snapshot])["Snapshots"][0]["State"] == "completed"


def test_a_table_goes_on_without_the_role_that_made_it(owner, key, maker):
    maker.client("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
    )
    recreate(owner)
    tables = owner.client("dynamodb")
    tables.put_item(TableName="table", Item={"id": {"S": "one"}})
    assert tables.describe_table(TableName="table")["Table"]["TableStatus"] == "ACTIVE"


def test_a_database_goes_on_without_the_role_that_made_it(owner, key, maker):
    maker.client("rds").create_db_instance(
        DBInstanceIdentifier="database",
        DBInstanceClass="db.m5.large",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="master",
        MasterUserPassword="password",
        StorageEncrypted=True,
        KmsKeyId=key,
    )
    recreate(owner)
    (shown,) = owner.client("rds").describe_db_instances()["DBInstances"]
    assert shown["DBInstanceStatus"] == "available"


def test_a_repository_goes_on_without_the_role_that_made_it(owner, key, maker):
    maker.client("ecr").create_repository(
        repositoryName="repository", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key}
    )
    recreate(owner)
    manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": [], "config": {}})
    image = owner.client("ecr").put_image(repositoryName="repository", imageManifest=manifest, imageTag="one")
    assert image["image"]["imageId"]["imageTag"] == "one"


def test_a_delivery_stream_goes_on_without_the_role_that_made_it(owner, key, maker):
    maker.client("firehose").create_delivery_stream(
        DeliveryStreamName="stream",
        DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key},
        HttpEndpointDestinationConfiguration={
            "EndpointConfiguration": {"Url": "https://example.com"},
            "S3Configuration": {"RoleARN": f"arn:aws:iam::{OWNER}:role/none", "BucketARN": "arn:aws:s3:::bucket"},
        },
    )
    recreate(owner)
    (grant,) = owner.client("kms").list_grants(KeyId=key)["Grants"]
    assert grant["GranteePrincipal"] == "firehose.us-east-1.amazonaws.com"


def test_the_grant_of_a_cluster_is_lost_with_its_role(owner, kms, key):
    role = make_role(owner, "cluster-role", "eks.amazonaws.com")
    owner.client("eks").create_cluster(
        name="cluster",
        roleArn=role,
        resourcesVpcConfig={"subnetIds": ["subnet-1"]},
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": key}}],
    )
    recreate(owner, "cluster-role")
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    assert grant["GranteePrincipal"].startswith("AROA")


def test_a_grant_to_a_role_is_not_one_to_its_namesake(owner, kms, key):
    role = make_role(owner, "reader")
    kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
    recreate(owner, "reader")
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    assert grant["GranteePrincipal"] != role
    assert kms.list_grants(KeyId=key, GranteePrincipal=role)["Grants"] == []
