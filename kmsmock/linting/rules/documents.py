"""Documents that KMS would not store, or soon not any more."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock.linting.rules.rule import DEFAULT, GUIDE, Rule, allow
from kmsmock.linting.subjects import Found, Known, Subject
from kmsmock.quotas import RESOURCES

_MOST = RESOURCES["key policy size"].limit or 0
_NEAR = _MOST * 9 // 10


def _refused(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.refused:
        yield Found(f"AWS would not store it: {subject.refused}")


REFUSED = Rule(
    "KMS001",
    "error",
    "AWS would refuse the policy",
    "A policy that is not grammatical, or has a condition that KMS does not take, is answered by "
    "MalformedPolicyDocumentException: the deployment fails, and no other rule can say anything of it.",
    "Correct what the text says",
    f"{GUIDE}key-policy-overview.html",
    (DEFAULT, {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}),
    (DEFAULT, allow({"AWS": "arn:aws:iam::111122223333:role/app"}, "kms:Decrypt")),
    _refused,
)


def _large(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind == "key" and subject.size > _NEAR:
        over = subject.size > _MOST
        yield Found(
            f"it has {subject.size:,} bytes without blanks between its elements, of {_MOST:,} that KMS takes",
            severity="error" if over else "warning",
        )


LARGE = Rule(
    "KMS013",
    "warning",
    "the key policy is near the quota of 32 KiB",
    "A key policy has at most 32,768 bytes, and that quota cannot be raised: the next principal that is added may be "
    "the one for which the deployment fails with LimitExceededException. Told above nine tenths of it, counted without "
    "blanks, and as an error above all of it.",
    "Give access by grants, by a policy of IAM (where the key policy lets the account decide), or by one condition on "
    "aws:PrincipalOrgID or aws:PrincipalTag, in place of long lists of principals",
    f"{GUIDE}resource-limits.html",
    (
        DEFAULT,
        allow({"AWS": [f"arn:aws:iam::111122223333:role/team-{number:04}" for number in range(700)]}, "kms:Decrypt"),
    ),
    (
        DEFAULT,
        allow({"AWS": [f"arn:aws:iam::111122223333:role/team-{number:04}" for number in range(600)]}, "kms:Decrypt"),
    ),
    _large,
)
