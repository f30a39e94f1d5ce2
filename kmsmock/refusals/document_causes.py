"""What is wrong with a policy document that a service does not store: one row for each kind of mistake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kmsmock.refusals.causes import Cause, cause


class Row(NamedTuple):
    """The element at fault, what is said of it, and the cause; ``{what}`` is the piece of the document that is wrong,
    ``{written}`` the element as it stands there."""

    element: str
    words: str
    cause: Cause


_ELEMENTS = cause(
    "POLICY-ELEMENT",
    "The document has an element that such a policy does not have, or one of the wrong type.",
    "Write Version and Statement, and in a statement Sid, Effect, Principal, Action, Resource, Condition, or one of "
    "the Not... instead of its like; texts, or lists of texts.",
)
_JSON = cause(
    "POLICY-JSON",
    "The text is no JSON object that AWS reads.",
    "Correct it at the place that is named here; json.dumps of a dict writes no such text.",
)
_STATEMENT = cause(
    "POLICY-STATEMENT",
    "The document has no statement, or one that is no object.",
    'Write "Statement": [{...}] with at least one statement.',
)
_VERSION = cause(
    "POLICY-VERSION",
    "The Version is not one of the language of policies.",
    'Write "Version": "2012-10-17"; it is no date of yours.',
)
_EFFECT = cause(
    "POLICY-EFFECT",
    "A statement has no Effect that such a policy may have.",
    'Write "Allow" or "Deny"; resource control policies have "Deny" alone.',
)
_SID = cause("POLICY-SID", "A Sid stands twice, or has characters that none may have.", "Give it another Sid, or none.")
_ACTION = cause(
    "POLICY-ACTION",
    "A statement names no action, or one that such a policy may not name.",
    "Write the action as service:Name, of the service whose policy it is.",
)
_RESOURCE = cause(
    "POLICY-RESOURCE",
    "A statement names no resource, or one that such a policy may not name.",
    "Write the ARN of a resource whose policy it is, of a kind that the actions are for.",
)
_PRINCIPAL = cause(
    "POLICY-PRINCIPAL",
    "A statement names no principal, or one that is written wrongly.",
    'Write "Principal": {"AWS": ARN or account id}, {"Service": "NAME.amazonaws.com"}, or "*"; wildcards in ARNs go '
    "into a Condition on aws:PrincipalArn.",
)
_NOBODY = cause(
    "POLICY-PRINCIPAL-ABSENT",
    "The policy names somebody who does not exist.",
    "Create the user or role before the policy, or correct the ARN.",
)
_CONDITION = cause(
    "POLICY-CONDITION",
    "A Condition has an operator or a value that AWS does not read.",
    'Write {"Operator": {"key": "value"}}, with a value of the operator\'s type.',
)
_NO_PRINCIPAL = cause(
    "POLICY-PRINCIPAL",
    "Policies of IAM and organizations are about whom they are attached to.",
    "Leave Principal out, or put the statement into the policy of the resource.",
)
_NO_RESOURCE = cause(
    "POLICY-RESOURCE", "A trust policy is about the role that it is of.", "Leave Resource and NotResource out."
)
_FOR_EVERYBODY = cause(
    "POLICY-PRINCIPAL",
    "A resource control policy is about everybody.",
    'Write "Principal": "*", and narrow it in the Condition.',
)

BY_REASON: Mapping[str, Row] = {
    "json": Row("", "{what}", _JSON),
    "object": Row("", "the text is JSON, but no object", _JSON),
    "unknown": Row("{what}", "no such policy has this element", _ELEMENTS),
    "no-statement": Row("Statement", "it is missing", _STATEMENT),
    "empty": Row("Statement", "there is none", _STATEMENT),
    "statement": Row("", "it is no object", _STATEMENT),
    "version": Row("Version", '"{what}"', _VERSION),
    "old-version": Row("Version", "it is missing, or the older one", _VERSION),
    "id": Row("Id", "it is no text", _ELEMENTS),
    "sid": Row("Sid", "it is no text", _ELEMENTS),
    "both": Row("{what}", "Not{what} stands beside it", _ELEMENTS),
    "type": Row("{what}", "{written} holds what is no text", _ELEMENTS),
    "no-effect": Row("Effect", "it is missing", _EFFECT),
    "effect": Row("Effect", '"{what}"', _EFFECT),
    "effect-case": Row("Effect", '"{what}" is not spelled so', _EFFECT),
    "sids": Row("Sid", "{what}", _SID),
    "sid-letters": Row("Sid", '"{what}" has other characters than letters and digits', _SID),
    "no-action": Row("Action", "it is missing", _ACTION),
    "action": Row("Action", '"{what}"', _ACTION),
    "action-prefix": Row("Action", '"{what}" has no service before it', _ACTION),
    "action-colons": Row("Action", '"{what}" has several colons', _ACTION),
    "action-vendor": Row("Action", '"{what}" is no service', _ACTION),
    "no-resource": Row("Resource", "it is missing", _RESOURCE),
    "resource": Row("Resource", '"{what}"', _RESOURCE),
    "mismatch": Row("Resource", "{written} has nothing that {what} is for", _RESOURCE),
    "partition": Row("Resource", "the partition {what}", _RESOURCE),
    "vendor": Row("Resource", '"{what}" has no service', _RESOURCE),
    "iam-region": Row("Resource", '"{what}" has a Region, and IAM has none', _RESOURCE),
    "s3-region": Row("Resource", '"{what}" has a Region, and buckets have none', _RESOURCE),
    "iam-path": Row("Resource", "in {written}, what IAM has begins with one of {what}", _RESOURCE),
    "legacy": Row("Resource", '"{what}" lacks a part', _RESOURCE),
    "prohibited": Row("{what}", "{written}", _NO_RESOURCE),
    "prohibited-principal": Row("{what}", "{written}", _NO_PRINCIPAL),
    "no-principal": Row("Principal", "it is missing", _PRINCIPAL),
    "empty-principal": Row("Principal", "it is empty", _PRINCIPAL),
    "principal": Row("Principal", "{what}", _PRINCIPAL),
    "nobody": Row("Principal", "{what} does not exist", _NOBODY),
    "condition": Row("Condition", "{what}", _CONDITION),
    "condition-value": Row("Condition", "{what} cannot read its value in {written}", _CONDITION),
}
"""The reasons of ``iam.grammar``, and those of what services look at beside it."""
_BY_KIND: Mapping[tuple[str, str], Row] = {
    ("RESOURCE_CONTROL_POLICY", "principal"): Row("Principal", "{written}", _FOR_EVERYBODY),
}
"""Where a kind of document means something else by a reason."""
TOO_LONG = cause(
    "POLICY-SIZE",
    "The document is longer than {service} takes.",
    "Join statements, use wildcards, or put some of them into another policy.",
)


def row(kind: str, reason: str) -> Row:
    """What there is to say of a mistake in a kind of document."""
    return _BY_KIND.get((kind, reason), BY_REASON[reason])
