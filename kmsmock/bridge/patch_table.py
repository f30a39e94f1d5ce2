"""What is changed in moto while a world is active: a table of services, each with what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.active import Patches
from kmsmock.bridge import (
    access_logs,
    access_points,
    api_integrations,
    caches,
    default_vpcs,
    deliveries,
    disk_states,
    documents,
    event_sources,
    fleets,
    launches,
    lookups,
    messages,
    outgoing,
    partitions,
    public_images,
    rules,
    s3_bodies,
    s3_versions,
    shared_snapshots,
    state_machines,
    topics,
    waits,
)


def install_kms(patches: Patches) -> None:
    """moto's KMS backends of all accounts and Regions become views of the world."""
    from moto.kms.models import kms_backends

    from kmsmock.bridge.kms_backend import WorldKms

    patches.replace(kms_backends, "backend", WorldKms)
    kms_backends.clear()


def install_cloudformation(patches: Patches) -> None:
    """Templates make the world's keys, and a refusal fails the stack instead of the request."""
    from moto.cloudformation import parsing
    from moto.cloudformation.models import CloudFormationBackend, Stack
    from moto.s3 import models as s3

    from kmsmock.bridge.stacks import (
        change_sets,
        encrypted_resources,
        policies,
        principals,
        rollback,
        shared_policies,
        templates,
    )
    from kmsmock.bridge.stacks.kms_resources import RESOURCES

    def resource_class(resource_type: str) -> Any:
        ours = RESOURCES.get(resource_type)
        theirs = original(resource_type) if ours is None else None
        if theirs is None:
            return ours
        return policies.reading(resource_type, encrypted_resources.encrypting(resource_type, theirs))

    original = patches.replace(parsing, "resource_class_from_type", resource_class)
    read_encryption = s3.cfn_to_api_encryption

    def with_bucket_key(encryption: Any) -> Any:
        """moto drops whether a template's rule has a Bucket Key."""
        (rule,) = encryption["ServerSideEncryptionConfiguration"]
        read = read_encryption(encryption)
        read["Rule"]["BucketKeyEnabled"] = rule.get("BucketKeyEnabled", False)
        return read

    patches.replace(s3, "cfn_to_api_encryption", with_bucket_key)
    principals.install(patches)
    shared_policies.install(patches)
    templates.install(patches)
    patches.replace(CloudFormationBackend, "create_stack", rollback.failing_exports(CloudFormationBackend.create_stack))
    execute = CloudFormationBackend.execute_change_set
    patches.replace(CloudFormationBackend, "execute_change_set", change_sets.executing(execute))
    patches.replace(Stack, "create_resources", rollback.failing_creation(Stack.create_resources))
    patches.replace(Stack, "update", rollback.failing_update(Stack.update))


def install_s3(patches: Patches) -> None:
    """Bucket policies are decided before moto is asked; its own look at them knows no principals and no conditions.

    What was uploaded in parts without an ACL is its owner's, as any other object: moto leaves none, and cannot tell it.
    """
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket, FakeKey

    def get_permission(bucket: Any, action: str, resource: str) -> Any:
        found = original(bucket, action, resource)
        return PermissionResult.NEUTRAL if found is PermissionResult.DENIED else found

    def set_acl(key: Any, acl: Any) -> None:
        if acl is not None:
            original_set(key, acl)

    original = patches.replace(FakeBucket, "get_permission", get_permission)
    original_set = patches.replace(FakeKey, "set_acl", set_acl)


def show(account: str, region: str) -> None:
    """The tagging API only asks backends that are in use: a look makes ours one."""
    from moto.kms.models import kms_backends

    kms_backends[account][region]


Installer = Callable[[Patches], None]
_KEYS = (
    install_kms,
    public_images.install,
    disk_states.install,
    launches.install,
    fleets.install,
    partitions.install_ec2,
    default_vpcs.install,
    caches.install_ec2,
)

INSTALLERS: Mapping[str, tuple[Installer, ...]] = {
    "api-gateway": (api_integrations.install, outgoing.install_integrations),
    "auto-scaling": (*_KEYS, launches.install_groups),
    "batch": (*_KEYS, launches.install_environments),
    "cloudformation": (
        *_KEYS,
        launches.install_groups,
        install_cloudformation,
        messages.install,
        documents.install,
    ),
    "cloudtrail": (install_s3, s3_bodies.install, s3_versions.install),
    "docdb": (*_KEYS, caches.install_rds),
    "dynamodb": _KEYS,
    "ebs": _KEYS,
    "ec2": _KEYS,
    "emr": (*_KEYS, launches.install_clusters, caches.install_emr),
    "eventbridge": (messages.install, rules.install, outgoing.install_events, outgoing.install_sns),
    "firehose": (deliveries.install, outgoing.install_firehose),
    "iam": (partitions.install_iam, documents.install),
    "lambda": (waits.install_functions, event_sources.install),
    "neptune": (*_KEYS, shared_snapshots.install, caches.install_rds),
    "rds": (*_KEYS, shared_snapshots.install, caches.install_rds),
    "resource-groups-tagging-api": _KEYS,
    "s3": (
        install_s3,
        lookups.install_s3,
        s3_bodies.install,
        s3_versions.install,
        access_logs.install,
        messages.install_notifications,
        outgoing.install_sns,
    ),
    "s3-control": (access_points.install,),
    "ses": _KEYS,
    "sfn": (state_machines.install,),
    "sns": (messages.install, topics.install, outgoing.install_sns, caches.install_sns),
    "sqs": (messages.install, waits.install_queues),
    "swf": (waits.install_workflows,),
}
"""botocore's hyphenated service id -> what is changed in moto before the service is first asked: because its code looks
into moto's KMS backend, launches instances, stores bodies, puts messages into queues, calls other services, or waits
for another thread."""

_KEYS_ARE_IN = ("moto.kms", "moto.ec2", "moto.utilities")
PARTS: Mapping[str, tuple[str, ...]] = {
    "api-gateway": ("moto.apigateway",),
    "auto-scaling": (*_KEYS_ARE_IN, "moto.autoscaling"),
    "batch": (*_KEYS_ARE_IN, "moto.batch"),
    "cloudformation": (
        *_KEYS_ARE_IN,
        "moto.autoscaling",
        "moto.cloudformation",
        "moto.iam",
        "moto.s3",
        "moto.sqs",
    ),
    "cloudtrail": ("moto.iam", "moto.s3"),
    "cloudwatch-logs": ("moto.logs",),
    "docdb": _KEYS_ARE_IN,
    "dynamodb": (*_KEYS_ARE_IN, "moto.dynamodb"),
    "ebs": _KEYS_ARE_IN,
    "ec2": _KEYS_ARE_IN,
    "ecr": ("moto.ecr",),
    "efs": ("moto.efs",),
    "emr": (*_KEYS_ARE_IN, "moto.emr"),
    "eventbridge": ("moto.events", "moto.sns", "moto.sqs"),
    "firehose": ("moto.firehose",),
    "iam": ("moto.iam",),
    "kinesis": ("moto.kinesis",),
    "lambda": ("moto.awslambda",),
    "neptune": (*_KEYS_ARE_IN, "moto.rds"),
    "organizations": ("moto.organizations",),
    "rds": (*_KEYS_ARE_IN, "moto.rds"),
    "resource-groups-tagging-api": _KEYS_ARE_IN,
    "s3": ("moto.iam", "moto.moto_api", "moto.s3", "moto.sns", "moto.utilities"),
    "s3-control": ("moto.s3control",),
    "secrets-manager": ("moto.secretsmanager",),
    "ses": _KEYS_ARE_IN,
    "sfn": ("moto.stepfunctions",),
    "sns": ("moto.sns", "moto.sqs"),
    "sqs": ("moto.sqs",),
    "swf": ("moto.swf",),
    "sts": ("moto.iam",),
}
"""botocore's hyphenated service id -> the parts of moto that are read or changed for it, looked at before that."""
