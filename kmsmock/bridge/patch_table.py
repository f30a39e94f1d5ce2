"""What is changed in moto while a world is active, and how it is undone."""

from __future__ import annotations

from typing import Any

from kmsmock.records import iam
from kmsmock.records.patches import Patches


def install_kms(patches: Patches) -> None:
    """moto's KMS backends of all accounts and Regions become views of the world."""
    if patches.kms:
        return
    patches.kms = True
    from moto.kms.models import kms_backends

    from kmsmock.bridge.kms_backend import WorldKms

    patches.replace(kms_backends, "backend", WorldKms)
    kms_backends.clear()


def install_cloudformation(patches: Patches) -> None:
    """Templates make the world's keys, and a refusal fails the stack instead of the request."""
    if patches.cloudformation:
        return
    patches.cloudformation = True
    from moto.cloudformation import parsing
    from moto.cloudformation.models import CloudFormationBackend, Stack
    from moto.iam.models import Role, User
    from moto.s3 import models as s3

    from kmsmock.bridge.stacks import encrypted_resources, rollback
    from kmsmock.bridge.stacks.kms_resources import RESOURCES

    def resource_class(resource_type: str) -> Any:
        ours = RESOURCES.get(resource_type)
        theirs = original(resource_type) if ours is None else None
        return ours if theirs is None else encrypted_resources.encrypting(resource_type, theirs)

    original = patches.replace(parsing, "resource_class_from_type", resource_class)
    read_encryption = s3.cfn_to_api_encryption

    def with_bucket_key(encryption: Any) -> Any:
        """moto drops whether a template's rule has a Bucket Key."""
        (rule,) = encryption["ServerSideEncryptionConfiguration"]
        read = read_encryption(encryption)
        read["Rule"]["BucketKeyEnabled"] = rule.get("BucketKeyEnabled", False)
        return read

    patches.replace(s3, "cfn_to_api_encryption", with_bucket_key)
    patches.replace(Role, "create_from_cloudformation_json", _attaching(Role, "attach_role_policy"))
    patches.replace(User, "create_from_cloudformation_json", _attaching(User, "attach_user_policy"))
    patches.replace(CloudFormationBackend, "create_stack", rollback.failing_exports(CloudFormationBackend.create_stack))
    patches.replace(Stack, "create_resources", rollback.failing_creation(Stack.create_resources))
    patches.replace(Stack, "update", rollback.failing_update(Stack.update))


def _attaching(kind: Any, attach: str) -> Any:
    """Attach the managed policies that a template gives a role or user; moto's own creation passes over them."""
    original = kind.create_from_cloudformation_json

    def create(resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **about: Any) -> Any:
        created = original(resource_name, cloudformation_json, account_id, region_name, **about)
        backend = iam.iam_of(account_id)
        for arn in cloudformation_json["Properties"].get("ManagedPolicyArns", ()):
            if arn in backend.managed_policies and arn not in created.managed_policies:
                getattr(backend, attach)(arn, created.name)
        return created

    return staticmethod(create)


def install_ec2(patches: Patches) -> None:
    """EC2's public images are made when somebody asks for them, and what moto launches by itself needs its keys."""
    if patches.ec2:
        return
    patches.ec2 = True
    from kmsmock.bridge import launches
    from kmsmock.records import ec2, public_images

    public_images.install(patches)
    ec2.install(patches)
    launches.install(patches)


def install_groups(patches: Patches) -> None:
    """Auto Scaling groups launch as their role."""
    if patches.groups:
        return
    patches.groups = True
    from kmsmock.bridge import launches

    launches.install_groups(patches)


def install_rds(patches: Patches) -> None:
    """Snapshots are copied between accounts."""
    if patches.rds:
        return
    patches.rds = True
    from kmsmock.bridge import shared_snapshots

    shared_snapshots.install(patches)


def install_s3(patches: Patches) -> None:
    """Bucket policies are decided before moto is asked; its own look at them knows no principals and no conditions."""
    if patches.s3:
        return
    patches.s3 = True
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    from kmsmock.bridge import s3_bodies

    def get_permission(bucket: Any, action: str, resource: str) -> Any:
        found = original(bucket, action, resource)
        return PermissionResult.NEUTRAL if found is PermissionResult.DENIED else found

    original = patches.replace(FakeBucket, "get_permission", get_permission)
    s3_bodies.install(patches)


def show(account: str, region: str) -> None:
    """The tagging API only asks backends that are in use: a look makes ours one."""
    from moto.kms.models import kms_backends

    kms_backends[account][region]
