"""The types of Terraform's AWS provider that are understood, one row each: the kind of thing, and the arguments that it
has by AWS's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kmsmock.loading.terraform import disk_rows
from kmsmock.loading.terraform.elements import Element
from kmsmock.loading.terraform.identities import identity
from kmsmock.loading.terraform.row import Plan, Row, each_of, simple, tags, thing
from kmsmock.loading.things import Thing

HARMLESS = frozenset(
    {
        *("arn", "id", "key_id", "unique_id", "create_date", "tags", "tags_all", "timeouts", "region", "owner_id"),
        *("name_prefix", "bucket_prefix", "force_destroy", "force_detach_policies", "deletion_window_in_days", "url"),
        *("recovery_window_in_days", "policy_id", "attachment_count", "grant_id", "grant_token", "target_key_arn"),
        *("hosted_zone_id", "bucket_domain_name", "bucket_regional_domain_name", "key_state", "expiration_model"),
        *("policy_type", "bypass_policy_lockout_safety_check", "grant_creation_tokens", "retire_on_delete"),
    }
)
"""Arguments that have no say in who may do what, and attributes that AWS makes up."""


def _role(plan: Plan, element: Element) -> Iterator[Thing]:
    made = identity(plan, element)
    inline = {each["name"]: each["policy"] for each in element.values.get("inline_policy") or [] if each.get("name")}
    yield thing(
        plan,
        element,
        "role",
        {
            "RoleName": made["name"],
            "RoleId": made["unique_id"],
            "Path": element.values.get("path"),
            "AssumeRolePolicyDocument": plan.value(element, "assume_role_policy"),
            "Policies": inline,
            "ManagedPolicyArns": element.values.get("managed_policy_arns"),
            "PermissionsBoundary": plan.value(element, "permissions_boundary"),
            "MaxSessionDuration": element.values.get("max_session_duration"),
            "Description": element.values.get("description"),
            "Tags": tags(plan, element),
        },
    )


_ROLE = "name path assume_role_policy inline_policy managed_policy_arns permissions_boundary max_session_duration"


def _encryption(plan: Plan, element: Element) -> Iterator[Thing]:
    for rule in element.values.get("rule") or []:
        for default in rule.get("apply_server_side_encryption_by_default") or []:
            given = {"Algorithm": default.get("sse_algorithm"), "KMSMasterKeyID": default.get("kms_master_key_id")}
            if not given["KMSMasterKeyID"] and element.not_known.get("rule"):
                given["KMSMasterKeyID"] = plan.referred_in(element, "kms_master_key_id", "rule", *_DEFAULT)
            bucket = plan.value(element, "bucket")
            yield thing(plan, element, "bucket encryption", {"Bucket": bucket, **given})


_DEFAULT = ("apply_server_side_encryption_by_default",)


def _grant(plan: Plan, element: Element) -> Iterator[Thing]:
    blocks = element.values.get("constraints") or []
    constraints = {}
    for block in blocks:
        for aws, own in _CONSTRAINTS.items():
            if block.get(own):
                constraints[aws] = dict(block[own])
    given = {aws: plan.value(element, own) for aws, own in _GRANT.items()}
    if element.values.get("grant_id"):
        given["GrantId"] = element.values["grant_id"]
    yield thing(plan, element, "grant", {**given, "Constraints": constraints or None})


_CONSTRAINTS = {
    "EncryptionContextEquals": "encryption_context_equals",
    "EncryptionContextSubset": "encryption_context_subset",
}
_GRANT = {
    "KeyId": "key_id",
    "Name": "name",
    "GranteePrincipal": "grantee_principal",
    "RetiringPrincipal": "retiring_principal",
    "Operations": "operations",
}


def _profile(plan: Plan, element: Element) -> Iterator[Thing]:
    role = plan.value(element, "role")
    name = identity(plan, element)["name"]
    given = {"InstanceProfileName": name, "Path": element.values.get("path"), "Roles": [role] if role else []}
    yield thing(plan, element, "instance profile", given)


_IMPORTED = {"Material": "key_material_base64", "KeyState": "key_state", "ValidTo": "valid_to"}
_KEY = {
    "KeyId": "key_id",
    "Policy": "policy",
    "Description": "description",
    "KeySpec": "customer_master_key_spec",
    "KeyUsage": "key_usage",
    "Enabled": "is_enabled",
    "EnableKeyRotation": "enable_key_rotation",
    "RotationPeriodInDays": "rotation_period_in_days",
    "MultiRegion": "multi_region",
}
_REPLICA = {"KeyId": "key_id", "Policy": "policy", "Description": "description", "Enabled": "enabled"}
_GROUP = {"GroupName": "name", "Path": "path"}

ROWS: Mapping[str, Row] = {
    **disk_rows.ROWS,
    "aws_iam_role": Row(_role, frozenset({*_ROLE.split(), "description"})),
    "aws_iam_user": simple("user", {"UserName": "name", "Path": "path", "PermissionsBoundary": "permissions_boundary"}),
    "aws_iam_group": simple("group", _GROUP),
    "aws_iam_policy": simple(
        "managed policy",
        {"PolicyName": "name", "Path": "path", "PolicyDocument": "policy", "Description": "description"},
    ),
    "aws_iam_instance_profile": Row(_profile, frozenset({"name", "path", "role"})),
    "aws_iam_role_policy": simple(
        "inline policy", {"RoleName": "role", "PolicyName": "name", "PolicyDocument": "policy"}
    ),
    "aws_iam_user_policy": simple(
        "inline policy", {"UserName": "user", "PolicyName": "name", "PolicyDocument": "policy"}
    ),
    "aws_iam_group_policy": simple(
        "inline policy", {"GroupName": "group", "PolicyName": "name", "PolicyDocument": "policy"}
    ),
    "aws_iam_role_policy_attachment": simple("attachment", {"RoleName": "role", "PolicyArn": "policy_arn"}),
    "aws_iam_user_policy_attachment": simple("attachment", {"UserName": "user", "PolicyArn": "policy_arn"}),
    "aws_iam_group_policy_attachment": simple("attachment", {"GroupName": "group", "PolicyArn": "policy_arn"}),
    "aws_iam_policy_attachment": each_of(
        "attachment",
        {"RoleName": "roles", "UserName": "users", "GroupName": "groups"},
        {"PolicyArn": "policy_arn", "AttachmentName": "name"},
    ),
    "aws_iam_group_membership": each_of(
        "membership", {"UserName": "users"}, {"GroupName": "group", "MembershipName": "name"}
    ),
    "aws_iam_user_group_membership": each_of("membership", {"GroupName": "groups"}, {"UserName": "user"}),
    "aws_kms_key": simple("key", _KEY),
    "aws_kms_external_key": simple(
        "key",
        {
            **{name: own for name, own in _KEY.items() if name in ("KeyId", "Policy", "Description", "MultiRegion")},
            **_IMPORTED,
            "Enabled": "enabled",
            "KeyUsage": "key_usage",
        },
        Origin="EXTERNAL",
    ),
    "aws_kms_replica_key": simple("key", {**_REPLICA, "PrimaryKeyArn": "primary_key_arn"}),
    "aws_kms_replica_external_key": simple(
        "key", {**_REPLICA, **_IMPORTED, "PrimaryKeyArn": "primary_key_arn"}, Origin="EXTERNAL"
    ),
    "aws_kms_key_policy": simple("key policy", {"KeyId": "key_id", "Policy": "policy"}),
    "aws_kms_alias": simple("alias", {"AliasName": "name", "TargetKeyId": "target_key_id"}),
    "aws_kms_grant": Row(_grant, frozenset({*_GRANT.values(), "grant_id", "constraints"})),
    "aws_ebs_encryption_by_default": simple("disk encryption", {"Enabled": "enabled"}),
    "aws_ebs_default_kms_key": simple("disk encryption", {"KmsKeyId": "key_arn"}),
    "aws_s3_bucket": simple("bucket", {"Bucket": "bucket"}),
    "aws_s3_bucket_policy": simple("bucket policy", {"Bucket": "bucket", "Policy": "policy"}),
    "aws_s3_bucket_server_side_encryption_configuration": Row(
        _encryption, frozenset({"bucket", "rule", "expected_bucket_owner"})
    ),
    "aws_sqs_queue": simple("queue", {"QueueName": "name", "Policy": "policy", "KmsMasterKeyId": "kms_master_key_id"}),
    "aws_sqs_queue_policy": simple("queue policy", {"QueueUrl": "queue_url", "Policy": "policy"}),
    "aws_sns_topic": simple("topic", {"Name": "name", "Policy": "policy", "KmsMasterKeyId": "kms_master_key_id"}),
    "aws_sns_topic_policy": simple("topic policy", {"TopicArn": "arn", "Policy": "policy"}),
    "aws_secretsmanager_secret": simple("secret", {"Name": "name", "KmsKeyId": "kms_key_id", "Policy": "policy"}),
    "aws_secretsmanager_secret_policy": simple("secret policy", {"SecretId": "secret_arn", "Policy": "policy"}),
}
