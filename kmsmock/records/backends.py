"""moto's backends: one for each account and Region of a service, or one for each account of a global service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kmsmock.records.contract import MOTO

_TABLES = {
    "apigateway": "moto.apigateway.models:apigateway_backends",
    "autoscaling": "moto.autoscaling.models:autoscaling_backends",
    "cloudformation": "moto.cloudformation.models:cloudformation_backends",
    "dynamodb": "moto.dynamodb.models:dynamodb_backends",
    "ec2": "moto.ec2.models:ec2_backends",
    "ecr": "moto.ecr.models:ecr_backends",
    "eks": "moto.eks.models:eks_backends",
    "elasticfilesystem": "moto.efs.models:efs_backends",
    "events": "moto.events.models:events_backends",
    "firehose": "moto.firehose.models:firehose_backends",
    "iam": "moto.iam.models:iam_backends",
    "kinesis": "moto.kinesis.models:kinesis_backends",
    "lambda": "moto.awslambda.models:lambda_backends",
    "lambda_simple": "moto.awslambda_simple.models:lambda_simple_backends",
    "logs": "moto.logs.models:logs_backends",
    "organizations": "moto.organizations.models:organizations_backends",
    "rds": "moto.rds.models:rds_backends",
    "s3": "moto.s3.models:s3_backends",
    "s3control": "moto.s3control.models:s3control_backends",
    "secretsmanager": "moto.secretsmanager.models:secretsmanager_backends",
    "sns": "moto.sns.models:sns_backends",
    "sqs": "moto.sqs.models:sqs_backends",
    "ssm": "moto.ssm.models:ssm_backends",
    "states": "moto.stepfunctions.models:stepfunctions_backends",
}
"""moto's table of each service, by the service's name in ARNs; Lambda has two."""


def table(service: str) -> Any:
    """moto's table of a service's backends; None while the service was never used. Raises KmsMockError."""
    return MOTO.find(_TABLES[service])


def existing(service: str, account: str, region: str) -> Any:
    """The backend of an account and Region (a global service: partition); None where there is none yet."""
    accounts: Mapping[str, Mapping[str, Any]] = table(service) or {}
    return accounts.get(account, {}).get(region)  # moto makes one at accounts[account][region], and says it is `in` it


def made(service: str, account: str, region: str) -> Any:
    """The backend of an account and Region (a global service: partition), made if need be. Raises KmsMockError."""
    return MOTO.get(_TABLES[service])[account][region]
