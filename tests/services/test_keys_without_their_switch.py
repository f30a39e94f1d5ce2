"""A key that is named while the switch beside it is off: refused, and nothing is made.

Each operation of the services that both botocore and moto know, whose request has a key beside such a switch.
"""

from typing import NamedTuple

import pytest

from tests.support.claims import refused
from tests.support.shared_disks import ZONE, image, snapshot

pytestmark = pytest.mark.evidence(
    "reported", "public reports and recordings, named at each test; botocore's documentation of the parameter"
)

NEEDS_ENCRYPTED = "The parameter KmsKeyId requires the parameter Encrypted to be set."
DISK = "/dev/xvda"
LOGIN = {"MasterUsername": "admin", "MasterUserPassword": "password"}
MANAGED = {"MasterUsername": "admin", "ManageMasterUserPassword": True}
INSTANCE = {"DBInstanceIdentifier": "database", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20}
CLUSTER = {"DBClusterIdentifier": "database", "Engine": "aurora-postgresql"}


def mapping(**ebs):
    return [{"DeviceName": DISK, "Ebs": ebs}]


@pytest.fixture
def ec2(owner):
    return owner.client("ec2")


@pytest.fixture
def rds(owner):
    return owner.client("rds")


# --- EC2 ------------------------------------------------------------------------------------------------------------

off = pytest.mark.parametrize("switch", [{}, {"Encrypted": False}], ids=["absent", "false"])


@pytest.mark.evidence("recorded", "the text of CreateVolume; botocore says the rule")
@off
def test_create_volume(ec2, key, switch):
    # botocore's CreateVolume: "If KmsKeyId is specified, the encrypted state must be true"; recorded text
    with refused("InvalidParameterDependency", NEEDS_ENCRYPTED):
        ec2.create_volume(AvailabilityZone=ZONE, Size=3, KmsKeyId=key, **switch)
    assert ec2.describe_volumes()["Volumes"] == []


@off
def test_run_instances(ec2, key, switch):
    # keithvassallomt/parsec-aws-automation#12, 2021
    disks = mapping(KmsKeyId=key, **switch)
    with refused("InvalidParameterDependency", NEEDS_ENCRYPTED):
        ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, BlockDeviceMappings=disks)
    assert ec2.describe_instances()["Reservations"] == []


def test_run_instances_over_an_image_that_is_encrypted(owner, ec2, key):
    disks = mapping(KmsKeyId=key)
    with refused("InvalidParameterDependency", NEEDS_ENCRYPTED):
        ec2.run_instances(ImageId=image(owner, key=key), MinCount=1, MaxCount=1, BlockDeviceMappings=disks)


def test_run_instances_where_encryption_is_on_by_default(ec2, key):
    # as CreateVolume: the parameter is what is asked for
    ec2.enable_ebs_encryption_by_default()
    with refused("InvalidParameterDependency", NEEDS_ENCRYPTED):
        ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, BlockDeviceMappings=mapping(KmsKeyId=key))


def test_run_instances_with_the_switch_on(ec2, key):
    disks = mapping(KmsKeyId=key, Encrypted=True)
    made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, BlockDeviceMappings=disks)
    assert made["Instances"][0]["State"]["Name"] == "pending"
    assert key in [each.get("KmsKeyId") for each in ec2.describe_volumes()["Volumes"]]


def template(ec2, disks, **more):
    data = {"ImageId": "ami-12c6146b", "InstanceType": "t3.micro", "BlockDeviceMappings": disks, **more}
    return ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=data)


def test_a_template_is_made_with_a_warning_and_cannot_be_launched(ec2, key):
    # botocore's CreateLaunchTemplate, Warning: "If the launch template contains parameters or parameter combinations
    # that are not valid, an error code and an error message are returned for each issue that's found"
    expected = {"Errors": [{"Code": "InvalidParameterDependency", "Message": NEEDS_ENCRYPTED}]}
    assert template(ec2, mapping(KmsKeyId=key))["Warning"] == expected
    with refused("InvalidParameterDependency", NEEDS_ENCRYPTED):
        ec2.run_instances(LaunchTemplate={"LaunchTemplateName": "template"}, MinCount=1, MaxCount=1)
    assert ec2.describe_instances()["Reservations"] == []


def test_a_new_version_of_a_template_has_the_warning(ec2, key):
    assert "Warning" not in template(ec2, mapping(KmsKeyId=key, Encrypted=True))
    data = {"BlockDeviceMappings": mapping(KmsKeyId=key)}
    made = ec2.create_launch_template_version(LaunchTemplateName="template", LaunchTemplateData=data)
    assert made["Warning"]["Errors"][0]["Code"] == "InvalidParameterDependency"


def test_a_group_takes_no_such_template(owner, ec2, key):
    template(ec2, mapping(KmsKeyId=key))
    groups = owner.client("autoscaling")
    # "You must use a valid fully-formed launch template." and EC2's text is how Auto Scaling words what a template
    # lacks; EC2's code is not told
    with refused("ValidationError", f"You must use a valid fully-formed launch template. {NEEDS_ENCRYPTED}"):
        groups.create_auto_scaling_group(
            AutoScalingGroupName="group",
            MinSize=1,
            MaxSize=1,
            AvailabilityZones=[ZONE],
            LaunchTemplate={"LaunchTemplateName": "template"},
        )
    assert groups.describe_auto_scaling_groups()["AutoScalingGroups"] == []


def test_request_spot_instances(ec2, key):
    specification = {"ImageId": "ami-12c6146b", "BlockDeviceMappings": mapping(KmsKeyId=key)}
    with refused("InvalidParameterDependency", NEEDS_ENCRYPTED):
        ec2.request_spot_instances(LaunchSpecification=specification)
    assert ec2.describe_spot_instance_requests()["SpotInstanceRequests"] == []


@pytest.mark.evidence("assumed", "code and text are those of CreateVolume")
@off
def test_copy_image(owner, ec2, key, switch):
    # botocore's CopyImage: "If you specify a KMS key, you must also set the encrypted state to true"; the code and the
    # text are those of CreateVolume, unverified
    source = image(owner)
    with refused("InvalidParameterDependency", NEEDS_ENCRYPTED):
        ec2.copy_image(Name="copy", SourceImageId=source, SourceRegion="us-east-1", KmsKeyId=key, **switch)


@pytest.mark.evidence("recorded", '"KmsKeyId without Encrypted: accepted, result encrypted"')
def test_copy_snapshot_takes_the_key_as_the_switch(owner, ec2, key):
    # recorded: "KmsKeyId without Encrypted: accepted, result encrypted", though the documentation demands the switch
    made = ec2.copy_snapshot(SourceSnapshotId=snapshot(owner), SourceRegion="us-east-1", KmsKeyId=key)
    (copy,) = ec2.describe_snapshots(SnapshotIds=[made["SnapshotId"]])["Snapshots"]
    assert (copy["Encrypted"], copy["KmsKeyId"]) == (True, key)


def test_register_image_knows_no_key(owner, ec2, key):
    # botocore's EbsBlockDevice, KmsKeyId: "only supported on ... RunInstances, RequestSpotFleet, and
    # RequestSpotInstances"; hashicorp/packer#6212
    with refused("UnknownParameter", "The parameter KmsKeyId is not recognized"):
        ec2.register_image(
            Name="image",
            RootDeviceName=DISK,
            BlockDeviceMappings=mapping(SnapshotId=snapshot(owner), KmsKeyId=key),
        )


def test_create_image_knows_no_key(ec2, key):
    made = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    with refused("UnknownParameter", "The parameter KmsKeyId is not recognized"):
        ec2.create_image(
            InstanceId=made, Name="image", BlockDeviceMappings=mapping(VolumeSize=8, Encrypted=True, KmsKeyId=key)
        )


# --- RDS ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["mariadb", "mysql", "postgres"])
@pytest.mark.parametrize("switch", [{}, {"StorageEncrypted": False}], ids=["absent", "false"])
def test_create_db_instance(rds, key, engine, switch):
    # observed for mariadb, from where the text is
    text = f"You must enable StorageEncrypted when you specify KmsKeyId for DB engine {engine}"
    with refused("InvalidParameterCombination", text):
        rds.create_db_instance(**INSTANCE, **LOGIN, Engine=engine, KmsKeyId=key, **switch)
    assert rds.describe_db_instances()["DBInstances"] == []


@pytest.mark.evidence("assumed", "the words are those recorded for instances")
def test_create_db_cluster(rds, key):
    # AWS::RDS::DBCluster, StorageEncrypted: "If you specify the KmsKeyId property, then you must enable encryption";
    # the words are those of instances, unverified
    text = "You must enable StorageEncrypted when you specify KmsKeyId for DB engine aurora-postgresql"
    with refused("InvalidParameterCombination", text):
        rds.create_db_cluster(**CLUSTER, **LOGIN, KmsKeyId=key)
    assert rds.describe_db_clusters()["DBClusters"] == []


def test_clusters_of_neptune(owner, key):
    text = "You must enable StorageEncrypted when you specify KmsKeyId for DB engine neptune"
    with refused("InvalidParameterCombination", text):
        owner.client("neptune").create_db_cluster(DBClusterIdentifier="database", Engine="neptune", KmsKeyId=key)


def test_an_instance_of_a_cluster_has_no_key_of_its_own(rds, key):
    # hashicorp/terraform#7655
    rds.create_db_cluster(**CLUSTER, **LOGIN)
    text = (
        "The requested DB Instance will be a member of a DB Cluster and its storage encryption key should not be set "
        "directly."
    )
    with refused("InvalidParameterCombination", text):
        rds.create_db_instance(
            DBInstanceIdentifier="member",
            DBInstanceClass="db.t3.medium",
            Engine="aurora-postgresql",
            DBClusterIdentifier="database",
            KmsKeyId=key,
        )


PASSWORD = "A ManageMasterUserPassword value is required when MasterUserSecretKmsKeyId is specified."
INSIGHTS = "To enable Performance Insights, EnablePerformanceInsights must be set to 'true'"


class Second(NamedTuple):
    """A second key of RDS, the switch beside it, and the text without that."""

    key: str
    switch: str
    text: str


# hashicorp/terraform-provider-aws#41795 (the code is unverified), cloudposse/terraform-aws-rds-cluster#158
SECOND = [
    Second("MasterUserSecretKmsKeyId", "ManageMasterUserPassword", PASSWORD),
    Second("PerformanceInsightsKMSKeyId", "EnablePerformanceInsights", INSIGHTS),
]
second = pytest.mark.parametrize("second", SECOND, ids=lambda second: second.key)


@second
@pytest.mark.parametrize("off", [{}, False], ids=["absent", "false"])
def test_second_keys_of_an_instance(rds, key, second, off):
    switch = {} if off == {} else {second.switch: False}
    with refused("InvalidParameterCombination", second.text):
        rds.create_db_instance(**INSTANCE, **LOGIN, Engine="mysql", **{second.key: key}, **switch)
    rds.create_db_instance(**INSTANCE, **LOGIN, Engine="mysql")
    if second.switch == "ManageMasterUserPassword" or off is False:
        with refused("InvalidParameterCombination", second.text):
            rds.modify_db_instance(DBInstanceIdentifier="database", **{second.key: key}, **switch)


@second
def test_second_keys_of_a_cluster(rds, key, second):
    with refused("InvalidParameterCombination", second.text):
        rds.create_db_cluster(**CLUSTER, **LOGIN, **{second.key: key})


def test_second_keys_with_their_switches(rds, key):
    made = rds.create_db_instance(
        **INSTANCE,
        **MANAGED,
        Engine="mysql",
        MasterUserSecretKmsKeyId=key,
        EnablePerformanceInsights=True,
        PerformanceInsightsKMSKeyId=key,
    )["DBInstance"]
    assert made["MasterUserSecret"]["KmsKeyId"] == key


def test_performance_insights_that_are_on_take_a_key_later(rds, key):
    rds.create_db_instance(**INSTANCE, **LOGIN, Engine="mysql", EnablePerformanceInsights=True)
    rds.modify_db_instance(DBInstanceIdentifier="database", PerformanceInsightsKMSKeyId=key)


# --- others ---------------------------------------------------------------------------------------------------------


class Case(NamedTuple):
    """A request of another service with a key, without its switch."""

    service: str
    operation: str
    params: dict
    code: str
    text: str | None


CASES = [
    # botocore's CreateFileSystem: "If you use KmsKeyId, you must set the CreateFileSystemRequest$Encrypted parameter to
    # true"; BadRequest is what it declares, the text is unverified
    Case("efs", "create_file_system", {"CreationToken": "token", "KmsKeyId": "KEY"}, "BadRequest", None),
    Case(
        "efs",
        "create_file_system",
        {"CreationToken": "token", "KmsKeyId": "KEY", "Encrypted": False},
        "BadRequest",
        None,
    ),
    # Redshift encrypts unless told not to; the code and text are unverified
    Case(
        "redshift",
        "create_cluster",
        {
            "ClusterIdentifier": "cluster",
            "NodeType": "ra3.large",
            "MasterUsername": "admin",
            "MasterUserPassword": "Password1",
            "Encrypted": False,
            "KmsKeyId": "KEY",
        },
        "InvalidParameterCombination",
        None,
    ),
    # "You can only use this parameter if ManageMasterPassword is true."
    Case(
        "redshift",
        "create_cluster",
        {
            "ClusterIdentifier": "cluster",
            "NodeType": "ra3.large",
            "MasterUsername": "admin",
            "MasterUserPassword": "Password1",
            "MasterPasswordSecretKmsKeyId": "KEY",
        },
        "InvalidParameterCombination",
        None,
    ),
    # aws_elasticache_replication_group, kms_key_id: "Can be specified only if at_rest_encryption_enabled = true"
    Case(
        "elasticache",
        "create_replication_group",
        {"ReplicationGroupId": "group", "ReplicationGroupDescription": "group", "Engine": "redis", "KmsKeyId": "KEY"},
        "InvalidParameterCombination",
        None,
    ),
    # recorded for DynamoDB
    Case(
        "dynamodb",
        "create_table",
        {
            "TableName": "table",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "SSESpecification": {"Enabled": True, "KMSMasterKeyId": "KEY"},
        },
        "ValidationException",
        "One or more parameter values were invalid: SSEType KMS is required if KMSMasterKeyId is specified",
    ),
    # "If you use the KMS encryption type, specify the KMS key": with another type it is InvalidParameterException
    Case(
        "ecr",
        "create_repository",
        {"repositoryName": "repository", "encryptionConfiguration": {"encryptionType": "AES256", "kmsKey": "KEY"}},
        "InvalidParameterException",
        None,
    ),
    # documented for S3 Vectors: allowed if and only if sseType is aws:kms
    Case(
        "s3vectors",
        "create_vector_bucket",
        {"vectorBucketName": "vectors", "encryptionConfiguration": {"sseType": "AES256", "kmsKeyArn": "KEY"}},
        "ValidationException",
        None,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.service}-{case.operation}")
def test_other_services(owner, key, case):
    with refused(case.code, case.text):
        getattr(owner.client(case.service), case.operation)(**_with_key(case.params, key))


def _with_key(given, key):
    if isinstance(given, dict):
        return {name: _with_key(value, key) for name, value in given.items()}
    return key if given == "KEY" else given


def test_redshift_encrypts_without_being_told(owner, key):
    # botocore's CreateCluster, Encrypted: "Default: true"
    made = owner.client("redshift").create_cluster(
        ClusterIdentifier="cluster",
        NodeType="ra3.large",
        MasterUsername="admin",
        MasterUserPassword="Password1",
        KmsKeyId=key,
    )["Cluster"]
    assert made["KmsKeyId"] == key


def test_valkey_is_encrypted_without_being_told(owner, key):
    # botocore's CreateReplicationGroup, AtRestEncryptionEnabled: "Default: true when using Valkey"
    made = owner.client("elasticache").create_replication_group(
        ReplicationGroupId="group", ReplicationGroupDescription="group", Engine="valkey", KmsKeyId=key
    )
    assert made["ReplicationGroup"]["ReplicationGroupId"] == "group"


def test_a_key_that_is_refused_for_its_switch_is_never_asked_for(aws_world, ec2, rds, key):
    decided = len(aws_world.decisions)
    with refused("InvalidParameterDependency"):
        ec2.create_volume(AvailabilityZone=ZONE, Size=3, KmsKeyId=key)
    with refused("InvalidParameterCombination"):
        rds.create_db_instance(**INSTANCE, **LOGIN, Engine="mysql", MasterUserSecretKmsKeyId=key)
    assert len(aws_world.decisions) == decided
