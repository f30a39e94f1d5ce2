"""Who may hand on what he has: grants that nothing limits."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock.linting import asking
from kmsmock.linting.rules.rule import DEFAULT, GUIDE, Rule, allow, listed
from kmsmock.linting.subjects import Found, Known, Subject, allows, patterns

_GRANT, _MANAGE = "kms:CreateGrant", "kms:PutKeyPolicy"
_DIRECT: dict[str, str | tuple[str, ...]] = {
    "kms:grantisforawsresource": "false",
    "kms:granteeprincipal": f"arn:aws:iam::{asking.STRANGER}:root",
    "kms:grantoperations": ("CreateGrant", "Decrypt", "Encrypt", "GenerateDataKey", "Sign"),
}
"""A grant of all that there is, to a stranger, asked for by the caller himself."""


def _grants(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind == "key":
        yield from _in_key_policy(subject)
    if subject.kind == "identity":
        yield from _in_identity(subject)


def _in_key_policy(subject: Subject) -> Iterator[Found]:
    by: dict[int, list[str]] = {}
    for name in sorted({each for one in allows(subject) if one.principals for each in one.principals.aws}):
        who = asking.named(name)
        if who is None or who.kind == "root":
            continue
        context = {**asking.context_of(who, subject), **_DIRECT}
        made = asking.asked(subject, who, _GRANT, context, own=True, delegated=False)
        if made.allowed and not asking.asked(subject, who, _MANAGE, context, own=True, delegated=False).allowed:
            by.setdefault(made.matched[0][1].index, []).append(name)
    for index, names in by.items():
        yield Found(_told(names), subject.policy.statements[index], "Condition", ", ".join(names))


def _in_identity(subject: Subject) -> Iterator[Found]:
    key = asking.some_key("000000000000")
    by = asking.allowed_by_identity(subject, _GRANT, _DIRECT, key)
    if by is None or asking.allowed_by_identity(subject, _MANAGE, _DIRECT, key) is not None:
        return
    if any(each.lower().startswith("kms:") for each in patterns(by)):
        yield Found(
            _told(list(subject.holders) or ["whoever has the policy"]), by, "Condition", ", ".join(subject.holders)
        )


def _told(names: list[str]) -> str:
    return f"{listed(names)} may give anybody a grant for anything that the key can do"


GRANTS = Rule(
    "KMS006",
    "warning",
    "grants without kms:GrantIsForAWSResource",
    "kms:CreateGrant lets a user of the key hand on all of it, to any account, where no policy shows it. Services that "
    "encrypt need it of their users (EBS, RDS, Redshift, …), and for them there is a condition. Tried is a call by the "
    "principal himself, for a grant of all operations to a stranger. Who may write the key policy anyway, and "
    "accounts (whose own policies decide on), are not found; of policies of IAM those that are about every key.",
    'Add the condition {"Bool": {"kms:GrantIsForAWSResource": "true"}}, or limit kms:GrantOperations or '
    "kms:GranteePrincipal",
    f"{GUIDE}key-policy-default.html#key-policy-service-integration",
    (DEFAULT, allow({"AWS": "arn:aws:iam::111122223333:role/app"}, ["kms:CreateGrant", "kms:ListGrants"])),
    (
        DEFAULT,
        allow(
            {"AWS": "arn:aws:iam::111122223333:role/app"},
            ["kms:CreateGrant", "kms:ListGrants"],
            Condition={"Bool": {"kms:GrantIsForAWSResource": "true"}},
        ),
    ),
    _grants,
)
