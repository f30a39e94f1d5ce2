"""Service-linked roles under the names and with the policies that AWS gives them.

"Using service-linked roles for AWS KMS" (developer guide), and those of other services in their own guides; recorded by
localstack (test_iam.snapshot.json: TestIAMServiceRoles).
"""

import pytest

from tests.support.claims import refused

pytestmark = pytest.mark.evidence(
    "recorded", "localstack (test_iam.snapshot.json, TestIAMServiceRoles); the guides of the services"
)

OWNER = "111111111111"
PREFIX = "arn:aws:iam::aws:policy/aws-service-role/"
ROLES = {
    "mrk.kms.amazonaws.com": (
        "AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
        "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy",
    ),
    "cks.kms.amazonaws.com": (
        "AWSServiceRoleForKeyManagementServiceCustomKeyStores",
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
    ),
    "autoscaling.amazonaws.com": ("AWSServiceRoleForAutoScaling", "AutoScalingServiceRolePolicy"),
    "backup.amazonaws.com": ("AWSServiceRoleForBackup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    "cloudtrail.amazonaws.com": ("AWSServiceRoleForCloudTrail", "CloudTrailServiceRolePolicy"),
    "ecs.amazonaws.com": ("AWSServiceRoleForECS", "AmazonECSServiceRolePolicy"),
    "eks.amazonaws.com": ("AWSServiceRoleForAmazonEKS", "AmazonEKSServiceRolePolicy"),
    "eks-nodegroup.amazonaws.com": ("AWSServiceRoleForAmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    "elasticache.amazonaws.com": ("AWSServiceRoleForElastiCache", "ElastiCacheServiceRolePolicy"),
    "elasticfilesystem.amazonaws.com": (
        "AWSServiceRoleForAmazonElasticFileSystem",
        "AmazonElasticFileSystemServiceRolePolicy",
    ),
    "elasticloadbalancing.amazonaws.com": (
        "AWSServiceRoleForElasticLoadBalancing",
        "AWSElasticLoadBalancingServiceRolePolicy",
    ),
    "kafka.amazonaws.com": ("AWSServiceRoleForKafka", "KafkaServiceRolePolicy"),
    "opensearchservice.amazonaws.com": (
        "AWSServiceRoleForAmazonOpenSearchService",
        "AmazonOpenSearchServiceRolePolicy",
    ),
    "rds.amazonaws.com": ("AWSServiceRoleForRDS", "AmazonRDSServiceRolePolicy"),
    "redshift.amazonaws.com": ("AWSServiceRoleForRedshift", "AmazonRedshiftServiceLinkedRolePolicy"),
    "replication.ecr.amazonaws.com": ("AWSServiceRoleForECRReplication", "ECRReplicationServiceRolePolicy"),
    "ssm.amazonaws.com": ("AWSServiceRoleForAmazonSSM", "AmazonSSMServiceRolePolicy"),
    # "AWS managed policies for service-linked roles" (AWS managed policy reference), and the guides of the services:
    "batch.amazonaws.com": ("AWSServiceRoleForBatch", "BatchServiceRolePolicy"),
    "config.amazonaws.com": ("AWSServiceRoleForConfig", "AWSConfigServiceRolePolicy"),
    "docdb-elastic.amazonaws.com": ("AWSServiceRoleForDocDB-Elastic", "AmazonDocDB-ElasticServiceRolePolicy"),
    "ec2fleet.amazonaws.com": ("AWSServiceRoleForEC2Fleet", "AWSEC2FleetServiceRolePolicy"),
    "ecr.amazonaws.com": ("AWSServiceRoleForECRTemplate", "ECRTemplateServiceRolePolicy"),
    "eks-fargate.amazonaws.com": ("AWSServiceRoleForAmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"),
    "elasticmapreduce.amazonaws.com": ("AWSServiceRoleForEMRCleanup", "AmazonEMRCleanupPolicy"),
    "lakeformation.amazonaws.com": (
        "AWSServiceRoleForLakeFormationDataAccess",
        "LakeFormationDataAccessServiceRolePolicy",
    ),
    "memorydb.amazonaws.com": ("AWSServiceRoleForMemoryDB", "MemoryDBServiceRolePolicy"),
    "mq.amazonaws.com": ("AWSServiceRoleForAmazonMQ", "AmazonMQServiceRolePolicy"),
    "organizations.amazonaws.com": ("AWSServiceRoleForOrganizations", "AWSOrganizationsServiceTrustPolicy"),
    "pullthroughcache.ecr.amazonaws.com": (
        "AWSServiceRoleForECRPullThroughCache",
        "AWSECRPullThroughCache_ServiceRolePolicy",
    ),
    "ses.amazonaws.com": ("AWSServiceRoleForAmazonSES", "AmazonSESServiceRolePolicy"),
    "spot.amazonaws.com": ("AWSServiceRoleForEC2Spot", "AWSEC2SpotServiceRolePolicy"),
    "spotfleet.amazonaws.com": ("AWSServiceRoleForEC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"),
}


@pytest.fixture
def iam(aws_world):
    return aws_world.account(OWNER).client("iam")


@pytest.mark.parametrize("service", ROLES)
def test_a_role_has_the_name_the_path_and_the_policy_of_its_service(iam, service):
    name, policy = ROLES[service]
    role = iam.create_service_linked_role(AWSServiceName=service)["Role"]
    assert (role["RoleName"], role["Path"]) == (name, f"/aws-service-role/{service}/")
    assert role["Arn"] == f"arn:aws:iam::{OWNER}:role/aws-service-role/{service}/{name}"
    (attached,) = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached == {"PolicyName": policy, "PolicyArn": PREFIX + policy}


@pytest.mark.parametrize("service", [each for each in ROLES if each != "autoscaling.amazonaws.com"])
def test_no_role_but_those_that_may_have_it_takes_a_suffix(iam, service):
    with refused("InvalidInput", f"Custom suffix is not allowed for {service}"):
        iam.create_service_linked_role(AWSServiceName=service, CustomSuffix="mine")
    assert iam.list_roles()["Roles"] == []


def test_the_role_of_auto_scaling_takes_one(iam):
    role = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="mine")["Role"]
    assert role["RoleName"] == "AWSServiceRoleForAutoScaling_mine"


@pytest.mark.parametrize("service", ["mrk.kms.amazonaws.com", "cks.kms.amazonaws.com", "rds.amazonaws.com"])
def test_a_role_is_made_once(iam, service):
    iam.create_service_linked_role(AWSServiceName=service)
    name = ROLES[service][0]
    with refused(
        "InvalidInput", f"Service role name {name} has been taken in this account, please try a different suffix."
    ):
        iam.create_service_linked_role(AWSServiceName=service)


def test_the_first_multi_region_key_makes_the_role_of_its_kind(aws_world, iam):
    """ "Multi-Region keys in AWS KMS": CreateKey makes the role, if the account does not have it yet."""
    kms = aws_world.account(OWNER).client("kms")
    kms.create_key()
    assert iam.list_roles()["Roles"] == []
    for _ in range(2):
        kms.create_key(MultiRegion=True)
    (role,) = iam.list_roles()["Roles"]
    assert role["RoleName"] == "AWSServiceRoleForKeyManagementServiceMultiRegionKeys"


def test_the_first_custom_key_store_makes_the_role_of_its_kind(aws_world, iam):
    """ "Authorizing AWS KMS to manage AWS CloudHSM and Amazon EC2 resources"."""
    kms = aws_world.account(OWNER).client("kms")
    kms.create_custom_key_store(
        CustomKeyStoreName="store",
        CloudHsmClusterId="cluster-abcdefghijk",
        TrustAnchorCertificate="certificate",
        KeyStorePassword="secret-password",
    )
    (role,) = iam.list_roles()["Roles"]
    assert role["RoleName"] == "AWSServiceRoleForKeyManagementServiceCustomKeyStores"


@pytest.mark.parametrize("service", ROLES)
def test_a_role_is_deleted_with_its_policy_and_made_again(iam, service):
    # IAM API reference, DeleteServiceLinkedRole: the role, with the policy that only its service may detach
    role = iam.create_service_linked_role(AWSServiceName=service)["Role"]
    task = iam.delete_service_linked_role(RoleName=role["RoleName"])["DeletionTaskId"]
    assert iam.get_service_linked_role_deletion_status(DeletionTaskId=task)["Status"] == "SUCCEEDED"
    with refused("NoSuchEntity", f"Role {role['RoleName']} not found", 404):
        iam.get_role(RoleName=role["RoleName"])
    again = iam.create_service_linked_role(AWSServiceName=service)["Role"]
    assert again["Arn"] == role["Arn"]
    assert again["RoleId"] != role["RoleId"]
