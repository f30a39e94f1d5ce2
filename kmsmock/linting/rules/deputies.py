"""Services that could be sent by a stranger: the confused deputy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kmsmock.iam.document import Statement
from kmsmock.linting import asking
from kmsmock.linting.rules.rule import DEFAULT, IAM_GUIDE, Rule, allow, listed
from kmsmock.linting.subjects import Found, Known, Subject, allows

SPARED: Mapping[str, str] = {
    "events": "EventBridge sends neither key when it uses the key of an SNS topic",
    "dnssec-route53": "Route 53's own key policy for DNSSEC has no condition, which makes it optional",
}
"""Services, by the first label of their names, that AWS's documentation lets in without a condition, and why."""
_USING = (
    *("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey"),
    *("kms:GenerateDataKeyWithoutPlaintext", "kms:Sign", "kms:GenerateMac", "kms:DeriveSharedSecret"),
)


def _deputies(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind != "key":
        return
    by: dict[int, dict[str, list[str]]] = {}
    for name in sorted({each for one in allows(subject) if one.principals for each in one.principals.services}):
        label = name.partition(".")[0]
        if label in SPARED:
            continue
        who = asking.service(name)
        context = {
            **asking.context_of(who, subject),
            "aws:sourceaccount": asking.STRANGER,
            "aws:sourcearn": f"arn:aws:{label}:us-east-1:{asking.STRANGER}:something/of-a-stranger",
        }
        for action in _USING:
            decision = asking.asked(subject, who, action, context)
            if decision.allowed and name in _services(decision.matched[0][1]):
                by.setdefault(decision.matched[0][1].index, {}).setdefault(name, []).append(action)
    for index, names in by.items():
        actions = list(dict.fromkeys(each for found in names.values() for each in found))
        told = f"{listed(list(names))} may {listed(actions, 3)} for a resource of any account"
        yield Found(told, subject.policy.statements[index], "Condition", ", ".join(names))


def _services(statement: Statement) -> frozenset[str]:
    """The services that a statement names; everybody is another rule's."""
    return frozenset() if statement.principals is None else statement.principals.services


DEPUTIES = Rule(
    "KMS007",
    "warning",
    "a service may use the key for anybody",
    "A service that is named as the principal asks for itself, for whichever customer: a stranger who knows the ARN of "
    "the key can have it used for a resource of his. Tried is the service asking for a resource of an account that is "
    "nobody's; conditions on aws:SourceAccount, aws:SourceArn, aws:SourceOrgID or the encryption context stop that. "
    "What only reads about the key (kms:DescribeKey) is not looked at, nor are services that AWS's documentation "
    "lets in without a condition: " + "; ".join(f"{label} ({why})" for label, why in SPARED.items()) + ".",
    "Add a condition on aws:SourceAccount (your account), and on aws:SourceArn where the resource is known",
    f"{IAM_GUIDE}confused-deputy.html",
    (DEFAULT, allow({"Service": "sns.amazonaws.com"}, ["kms:Decrypt", "kms:GenerateDataKey*"])),
    (
        DEFAULT,
        allow(
            {"Service": "sns.amazonaws.com"},
            ["kms:Decrypt", "kms:GenerateDataKey*"],
            Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}},
        ),
    ),
    _deputies,
)
