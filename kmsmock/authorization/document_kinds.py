"""The kinds of policy documents: the grammar of each, and the words in which its service refuses one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kmsmock.iam import grammar
from kmsmock.iam.grammar import Grammar

_LEGACY = "The policy failed legacy parsing"
_IAM: Mapping[str, str] = {
    "": "Syntax errors in policy.",
    "old-version": "Policy document must be version 2012-10-17 or greater.",
    "effect-case": _LEGACY,
    "condition-value": _LEGACY,
    "legacy": _LEGACY,
    "sids": "Statement IDs (SID) in a single policy must be unique.",
    "sid-letters": (
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    ),
    "no-action": "Policy statement must contain actions.",
    "no-resource": "Policy statement must contain resources.",
    "resource": 'Resource {what} must be in ARN format or "*".',
    "partition": "Partition {what}.",
    "vendor": "Resource vendor must be fully qualified and cannot contain regexes.",
    "iam-region": "IAM resource {what} cannot contain region information.",
    "s3-region": "Resource {what} can not contain region information.",
    "iam-path": 'IAM resource path must either be "*" or start with {what}.',
    "action-prefix": "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    "action-colons": "Actions/Condition can contain only one colon.",
    "action-vendor": "Vendor {what} is not valid",
    "prohibited-principal": "Policy document should not specify a principal.",
}
_PARSED: Mapping[str, str] = {
    "": "Syntax error in policy.",
    "json": "This policy contains invalid Json",
    "unknown": "Unknown field {what}",
    "version": "The policy must contain a valid version string",
    "no-statement": "Missing required field Statement",
    "empty": "Could not parse the policy: Statement is empty!",
    "sids": "The Statement Ids in the policy are not unique",
    "no-effect": "Missing required field Effect",
    "effect": "Invalid effect: {what}",
    "effect-case": "Invalid effect: {what}",
    "no-principal": "Missing required field Principal",
    "empty-principal": "Missing required field Principal cannot be empty!",
    "principal": "Invalid principal in policy: {what}",
    "no-action": "Missing required field Action",
    "no-resource": "Missing required field Resource",
    "prohibited": "Has prohibited field {what}",
}
"""What trust policies and bucket policies are told; the words of the last reasons differ."""
_OURS_TO_TELL: Mapping[str, str] = {"": "The policy document is not valid."}
_FIRST_BYTE = "Policies must be valid JSON and the first byte must be '{'"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its grammar, and the code and words of the refusal, by reason (``""`` for all others)."""

    grammar: Grammar
    code: str
    words: Mapping[str, str]
    status: int = 400


KINDS: Mapping[str, Kind] = {
    "inline": Kind(grammar.IDENTITY, "MalformedPolicyDocument", _IAM),
    "managed": Kind(grammar.MANAGED, "MalformedPolicyDocument", _IAM),
    "session": Kind(grammar.SESSION, "MalformedPolicyDocument", _IAM),
    "trust": Kind(
        grammar.TRUST,
        "MalformedPolicyDocument",
        {**_PARSED, "action": "AssumeRole policy may only specify STS AssumeRole actions."},
    ),
    "bucket": Kind(
        grammar.RESOURCE,
        "MalformedPolicy",
        {
            **_PARSED,
            "": "Invalid policy syntax.",
            "json": _FIRST_BYTE,
            "object": _FIRST_BYTE,
            "principal": "Invalid principal in policy",
            "nobody": "Invalid principal in policy",
            "action": "Policy has invalid action",
            "resource": "Policy has invalid resource",
            "mismatch": "Action does not apply to any resource(s) in statement",
        },
    ),
    "queue": Kind(grammar.RESOURCE, "InvalidAttributeValue", {"": "Invalid value for the parameter Policy."}),
    "topic": Kind(
        grammar.RESOURCE,
        "InvalidParameter",
        {
            "": "Invalid parameter: Policy Error: null",
            "action": "Invalid parameter: Policy statement action out of service scope!",
        },
    ),
    "secret": Kind(
        grammar.RESOURCE,
        "MalformedPolicyDocumentException",
        {
            "": "This policy has invalid syntax.",
            "nobody": "This resource policy contains an unsupported principal.",
        },
    ),
    "endpoint": Kind(grammar.RESOURCE, "InvalidPolicyDocument", {"": "The Policy Document is not valid."}),
    "table": Kind(
        grammar.RESOURCE,
        "ValidationException",
        {
            "": "One or more parameter values were invalid: Invalid policy document",
            "action": (
                "One or more parameter values were invalid: Invalid policy document: The following action names are "
                'invalid: "{what}"'
            ),
        },
    ),
    "repository": Kind(
        grammar.NAMELESS,
        "InvalidParameterException",
        {
            "": "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
            "nobody": "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'",
        },
    ),
    "registry": Kind(
        grammar.REGISTRY,
        "InvalidParameterException",
        {
            "": "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'",
            "nobody": "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Principal not found'",
        },
    ),
    "log": Kind(grammar.RESOURCE, "InvalidParameterException", {"": "Could not convert to persistable policy."}),
    # boto/boto3#305, hashicorp/terraform-provider-aws#11 and many others; the status is that of the model
    "domain": Kind(grammar.RESOURCE, "InvalidTypeException", {"": "Error setting policy: [{document}]"}, 409),
    "REST API": Kind(
        grammar.RESOURCE,
        "BadRequestException",
        {"": "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."},
    ),
    # Unverified: the codes are those that botocore's models declare, the texts are ours.
    "access point": Kind(grammar.RESOURCE, "MalformedPolicy", {"": "Invalid policy syntax."}),
    "catalog": Kind(grammar.RESOURCE, "InvalidInputException", _OURS_TO_TELL),
    "certificate authority": Kind(grammar.RESOURCE, "InvalidPolicyException", _OURS_TO_TELL),
    "cluster": Kind(grammar.RESOURCE, "BadRequestException", _OURS_TO_TELL),
    "delivery destination": Kind(grammar.RESOURCE, "ValidationException", _OURS_TO_TELL),
    "event bus": Kind(grammar.RESOURCE, "ValidationException", _OURS_TO_TELL),
    "file system": Kind(grammar.NAMELESS, "InvalidPolicyException", _OURS_TO_TELL),
    "identity": Kind(grammar.RESOURCE, "BadRequestException", _OURS_TO_TELL),
    "stream": Kind(grammar.RESOURCE, "InvalidArgumentException", _OURS_TO_TELL),
    "vector bucket": Kind(grammar.RESOURCE, "ValidationException", _OURS_TO_TELL),
    "SERVICE_CONTROL_POLICY": Kind(
        grammar.SERVICE_CONTROL,
        "MalformedPolicyDocumentException",
        {"": "The provided policy document does not meet the requirements of the specified policy type."},
    ),
    "RESOURCE_CONTROL_POLICY": Kind(
        grammar.RESOURCE_CONTROL,
        "MalformedPolicyDocumentException",
        {"": "The provided policy document does not meet the requirements of the specified policy type."},
    ),
}
