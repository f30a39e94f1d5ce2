"""Service-linked roles: made when a service first needs one, with the name and the policy that AWS gives it.

"Services that work with IAM" in the IAM user guide, and the guides of the services.
"""

from __future__ import annotations

import json
from typing import Any

from kmsmock.errors import AwsError
from kmsmock.records import iam

_ROLES: dict[str, tuple[str, str]] = {
    "autoscaling": ("AutoScaling", "AutoScalingServiceRolePolicy"),
    "backup": ("Backup", "AWSBackupServiceLinkedRolePolicyForBackup"),
    "batch": ("Batch", "BatchServiceRolePolicy"),
    "cks.kms": (
        "KeyManagementServiceCustomKeyStores",
        "AWSKeyManagementServiceCustomKeyStoresServiceRolePolicy",
    ),
    "cloudtrail": ("CloudTrail", "CloudTrailServiceRolePolicy"),
    "config": ("Config", "AWSConfigServiceRolePolicy"),
    "docdb-elastic": ("DocDB-Elastic", "AmazonDocDB-ElasticServiceRolePolicy"),
    "ec2fleet": ("EC2Fleet", "AWSEC2FleetServiceRolePolicy"),
    "ecr": ("ECRTemplate", "ECRTemplateServiceRolePolicy"),
    "ecs": ("ECS", "AmazonECSServiceRolePolicy"),
    "eks": ("AmazonEKS", "AmazonEKSServiceRolePolicy"),
    "eks-fargate": ("AmazonEKSForFargate", "AmazonEKSForFargateServiceRolePolicy"),
    "eks-nodegroup": ("AmazonEKSNodegroup", "AWSServiceRoleForAmazonEKSNodegroup"),
    "elasticache": ("ElastiCache", "ElastiCacheServiceRolePolicy"),
    "elasticfilesystem": ("AmazonElasticFileSystem", "AmazonElasticFileSystemServiceRolePolicy"),
    "elasticmapreduce": ("EMRCleanup", "AmazonEMRCleanupPolicy"),
    "elasticloadbalancing": ("ElasticLoadBalancing", "AWSElasticLoadBalancingServiceRolePolicy"),
    "kafka": ("Kafka", "KafkaServiceRolePolicy"),
    "lakeformation": ("LakeFormationDataAccess", "LakeFormationDataAccessServiceRolePolicy"),
    "memorydb": ("MemoryDB", "MemoryDBServiceRolePolicy"),
    "mq": ("AmazonMQ", "AmazonMQServiceRolePolicy"),
    "mrk.kms": ("KeyManagementServiceMultiRegionKeys", "AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy"),
    "opensearchservice": ("AmazonOpenSearchService", "AmazonOpenSearchServiceRolePolicy"),
    "organizations": ("Organizations", "AWSOrganizationsServiceTrustPolicy"),
    "pullthroughcache.ecr": ("ECRPullThroughCache", "AWSECRPullThroughCache_ServiceRolePolicy"),
    "rds": ("RDS", "AmazonRDSServiceRolePolicy"),
    "redshift": ("Redshift", "AmazonRedshiftServiceLinkedRolePolicy"),
    "replication.ecr": ("ECRReplication", "ECRReplicationServiceRolePolicy"),
    "ses": ("AmazonSES", "AmazonSESServiceRolePolicy"),
    "spot": ("EC2Spot", "AWSEC2SpotServiceRolePolicy"),
    "spotfleet": ("EC2SpotFleet", "AWSEC2SpotFleetServiceRolePolicy"),
    "ssm": ("AmazonSSM", "AmazonSSMServiceRolePolicy"),
}
"""A service, without ``.amazonaws.com`` -> what its role is called after ``AWSServiceRoleFor``, and its policy."""
_PREFIX = "AWSServiceRoleFor"

_TAKE_SUFFIX = frozenset({"autoscaling"})


def find_or_make(account: str, partition: str, service: str) -> Any:
    """moto's record of the role of a service with a name of its own (``autoscaling.amazonaws.com``), made if there is
    none. A role with a suffix is another one, which somebody asked for.
    """
    name = name_of(service)
    plain = next((role for role in iam.roles(account, partition) if role.name == name), None)
    return plain if plain is not None else make(account, partition, service)


def name_of(service: str) -> str | None:
    """The name of a service's role; None for services that moto finds a name for."""
    known = _ROLES.get(service.removesuffix(".amazonaws.com"))
    return None if known is None else f"{_PREFIX}{known[0]}"


def make(account: str, partition: str, service: str, suffix: str = "", description: str = "") -> Any:
    """Make the role of a service with a name of its own ("CreateServiceLinkedRole" in the IAM API reference).

    Raises InvalidInput for a suffix that the service does not take, and for a role that is there already.
    """
    backend, label = iam.iam_of(account, partition), service.removesuffix(".amazonaws.com")
    named, policy = _ROLES[label]
    name = f"{_PREFIX}{named}_{suffix}" if suffix else f"{_PREFIX}{named}"
    if suffix and label not in _TAKE_SUFFIX:
        raise AwsError("InvalidInput", f"Custom suffix is not allowed for {service}")
    if any(role.name == name for role in iam.roles(account, partition)):
        text = f"Service role name {name} has been taken in this account, please try a different suffix."
        raise AwsError("InvalidInput", text)
    role = backend.create_role(
        name,
        json.dumps(_trust(service)),
        f"/aws-service-role/{service}/",
        permissions_boundary=None,
        description=description,
        tags=[],
        max_session_duration="3600",
        linked_service=service,
    )
    backend.attach_role_policy(iam.add_aws_policy(account, partition, policy), name)
    return role


def _trust(service: str) -> dict[str, Any]:
    statement = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]}}
    return {"Version": "2012-10-17", "Statement": [statement]}
