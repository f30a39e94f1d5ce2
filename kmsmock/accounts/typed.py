"""What type checkers see of ``client()`` and ``resource()``: boto3-stubs' own types, where these are installed.

One overload for each service of the model; ``tests/structure/test_types.py`` holds them against the table. Where a
service's stubs are not installed its client is ``Any``, and nobody is told of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, overload

if TYPE_CHECKING:
    from boto3.resources.base import ServiceResource
    from botocore.client import BaseClient
    from mypy_boto3_autoscaling.client import AutoScalingClient
    from mypy_boto3_backup.client import BackupClient
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_cloudformation.service_resource import CloudFormationServiceResource
    from mypy_boto3_cloudtrail.client import CloudTrailClient
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_cloudwatch.service_resource import CloudWatchServiceResource
    from mypy_boto3_dynamodb.client import DynamoDBClient
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource
    from mypy_boto3_dynamodbstreams.client import DynamoDBStreamsClient
    from mypy_boto3_ebs.client import EBSClient
    from mypy_boto3_ec2.client import EC2Client
    from mypy_boto3_ec2.service_resource import EC2ServiceResource
    from mypy_boto3_ecr.client import ECRClient
    from mypy_boto3_efs.client import EFSClient
    from mypy_boto3_eks.client import EKSClient
    from mypy_boto3_events.client import EventBridgeClient
    from mypy_boto3_firehose.client import FirehoseClient
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_iam.service_resource import IAMServiceResource
    from mypy_boto3_kinesis.client import KinesisClient
    from mypy_boto3_kms.client import KMSClient
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_logs.client import CloudWatchLogsClient
    from mypy_boto3_neptune.client import NeptuneClient
    from mypy_boto3_organizations.client import OrganizationsClient
    from mypy_boto3_rbin.client import RecycleBinClient
    from mypy_boto3_rds.client import RDSClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.service_resource import S3ServiceResource
    from mypy_boto3_s3control.client import S3ControlClient
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sns.client import SNSClient
    from mypy_boto3_sns.service_resource import SNSServiceResource
    from mypy_boto3_sqs.client import SQSClient
    from mypy_boto3_sqs.service_resource import SQSServiceResource
    from mypy_boto3_ssm.client import SSMClient
    from mypy_boto3_stepfunctions.client import SFNClient
    from mypy_boto3_sts.client import STSClient

    class OtherClient(BaseClient):
        """A client of a service that the model does not have: any method of it may be an operation."""

        def __getattr__(self, name: str) -> Any: ...

    class OtherResource(ServiceResource):
        """The same of a resource."""

        def __getattr__(self, name: str) -> Any: ...


class Clients(Protocol):
    """How ``client()`` is called, and what it gives."""

    @overload
    def __call__(
        self, service: Literal["autoscaling"], region_name: str | None = None, **options: Any
    ) -> AutoScalingClient: ...
    @overload
    def __call__(self, service: Literal["backup"], region_name: str | None = None, **options: Any) -> BackupClient: ...
    @overload
    def __call__(
        self, service: Literal["cloudformation"], region_name: str | None = None, **options: Any
    ) -> CloudFormationClient: ...
    @overload
    def __call__(
        self, service: Literal["cloudtrail"], region_name: str | None = None, **options: Any
    ) -> CloudTrailClient: ...
    @overload
    def __call__(
        self, service: Literal["cloudwatch"], region_name: str | None = None, **options: Any
    ) -> CloudWatchClient: ...
    @overload
    def __call__(
        self, service: Literal["dynamodb"], region_name: str | None = None, **options: Any
    ) -> DynamoDBClient: ...
    @overload
    def __call__(
        self, service: Literal["dynamodbstreams"], region_name: str | None = None, **options: Any
    ) -> DynamoDBStreamsClient: ...
    @overload
    def __call__(self, service: Literal["ebs"], region_name: str | None = None, **options: Any) -> EBSClient: ...
    @overload
    def __call__(self, service: Literal["ec2"], region_name: str | None = None, **options: Any) -> EC2Client: ...
    @overload
    def __call__(self, service: Literal["ecr"], region_name: str | None = None, **options: Any) -> ECRClient: ...
    @overload
    def __call__(self, service: Literal["efs"], region_name: str | None = None, **options: Any) -> EFSClient: ...
    @overload
    def __call__(self, service: Literal["eks"], region_name: str | None = None, **options: Any) -> EKSClient: ...
    @overload
    def __call__(
        self, service: Literal["events"], region_name: str | None = None, **options: Any
    ) -> EventBridgeClient: ...
    @overload
    def __call__(
        self, service: Literal["firehose"], region_name: str | None = None, **options: Any
    ) -> FirehoseClient: ...
    @overload
    def __call__(self, service: Literal["iam"], region_name: str | None = None, **options: Any) -> IAMClient: ...
    @overload
    def __call__(
        self, service: Literal["kinesis"], region_name: str | None = None, **options: Any
    ) -> KinesisClient: ...
    @overload
    def __call__(self, service: Literal["kms"], region_name: str | None = None, **options: Any) -> KMSClient: ...
    @overload
    def __call__(self, service: Literal["lambda"], region_name: str | None = None, **options: Any) -> LambdaClient: ...
    @overload
    def __call__(
        self, service: Literal["logs"], region_name: str | None = None, **options: Any
    ) -> CloudWatchLogsClient: ...
    @overload
    def __call__(
        self, service: Literal["neptune"], region_name: str | None = None, **options: Any
    ) -> NeptuneClient: ...
    @overload
    def __call__(
        self, service: Literal["organizations"], region_name: str | None = None, **options: Any
    ) -> OrganizationsClient: ...
    @overload
    def __call__(
        self, service: Literal["rbin"], region_name: str | None = None, **options: Any
    ) -> RecycleBinClient: ...
    @overload
    def __call__(self, service: Literal["rds"], region_name: str | None = None, **options: Any) -> RDSClient: ...
    @overload
    def __call__(self, service: Literal["s3"], region_name: str | None = None, **options: Any) -> S3Client: ...
    @overload
    def __call__(
        self, service: Literal["s3control"], region_name: str | None = None, **options: Any
    ) -> S3ControlClient: ...
    @overload
    def __call__(
        self, service: Literal["secretsmanager"], region_name: str | None = None, **options: Any
    ) -> SecretsManagerClient: ...
    @overload
    def __call__(self, service: Literal["sns"], region_name: str | None = None, **options: Any) -> SNSClient: ...
    @overload
    def __call__(self, service: Literal["sqs"], region_name: str | None = None, **options: Any) -> SQSClient: ...
    @overload
    def __call__(self, service: Literal["ssm"], region_name: str | None = None, **options: Any) -> SSMClient: ...
    @overload
    def __call__(
        self, service: Literal["stepfunctions"], region_name: str | None = None, **options: Any
    ) -> SFNClient: ...
    @overload
    def __call__(self, service: Literal["sts"], region_name: str | None = None, **options: Any) -> STSClient: ...
    @overload
    def __call__(self, service: str, region_name: str | None = None, **options: Any) -> OtherClient: ...


class Resources(Protocol):
    """How ``resource()`` is called, and what it gives."""

    @overload
    def __call__(
        self, service: Literal["cloudformation"], region_name: str | None = None, **options: Any
    ) -> CloudFormationServiceResource: ...
    @overload
    def __call__(
        self, service: Literal["cloudwatch"], region_name: str | None = None, **options: Any
    ) -> CloudWatchServiceResource: ...
    @overload
    def __call__(
        self, service: Literal["dynamodb"], region_name: str | None = None, **options: Any
    ) -> DynamoDBServiceResource: ...
    @overload
    def __call__(
        self, service: Literal["ec2"], region_name: str | None = None, **options: Any
    ) -> EC2ServiceResource: ...
    @overload
    def __call__(
        self, service: Literal["iam"], region_name: str | None = None, **options: Any
    ) -> IAMServiceResource: ...
    @overload
    def __call__(self, service: Literal["s3"], region_name: str | None = None, **options: Any) -> S3ServiceResource: ...
    @overload
    def __call__(
        self, service: Literal["sns"], region_name: str | None = None, **options: Any
    ) -> SNSServiceResource: ...
    @overload
    def __call__(
        self, service: Literal["sqs"], region_name: str | None = None, **options: Any
    ) -> SQSServiceResource: ...
    @overload
    def __call__(self, service: str, region_name: str | None = None, **options: Any) -> OtherResource: ...


def as_clients(method: Callable[..., Any]) -> Clients:
    """The method, as type checkers are to see it."""
    return cast("Clients", method)


def as_resources(method: Callable[..., Any]) -> Resources:
    """The method, as type checkers are to see it."""
    return cast("Resources", method)
