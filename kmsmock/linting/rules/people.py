"""Principals that do not exist."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock.authorization import vocabulary
from kmsmock.iam.document import Statement
from kmsmock.linting.rules.rule import DEFAULT, IAM_GUIDE, Rule, allow
from kmsmock.linting.subjects import Found, Known, Subject
from kmsmock.loading.things import has_unknown


def _nobody(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind != "key":
        return
    for statement in subject.policy.statements:
        for name in sorted(_named(statement)):
            why = _missing(name, subject, known)
            if why:
                yield Found(f"{name} does not exist{why}", statement, "Principal", name)


def _named(statement: Statement) -> frozenset[str]:
    sets = [each for each in (statement.principals, statement.not_principals) if each is not None]
    return frozenset().union(*(each.names() for each in sets))


def _missing(name: str, subject: Subject, known: Known) -> str:
    """What is to be said of a principal that does not exist; empty for one that does, or may."""
    if has_unknown(name):
        return ""
    if not name.startswith(("arn:", "AIDA", "AROA")) and not name.isdigit():
        unknown = vocabulary.unknown_service_principal(name)
        return "" if unknown is None else f"; did you mean {unknown.meant}?"
    stored = subject.bound.get(name, name)
    if not known.is_gone(stored):
        return ""
    if stored != name or not name.startswith("arn:"):
        return " any more: who was meant is deleted, and another one of that name will not be he"
    return " in its account"


NOBODY = Rule(
    "KMS012",
    "warning",
    "a principal does not exist",
    "A user or role that is deleted stays in the key policy as its unique id (AIDA…, AROA…), and one that is made "
    "again under that name is another one. Also found are users and roles that are not in an account of which all "
    "are loaded (get-account-authorization-details), and services that are spelled nearly as one that exists. Of "
    "accounts that are not loaded nothing is said.",
    "Take the principal away, or name the one who took its place",
    f"{IAM_GUIDE}reference_policies_elements_principal.html",
    (DEFAULT, allow({"Service": "clodtrail.amazonaws.com"}, "kms:DescribeKey")),
    (DEFAULT, allow({"Service": "cloudtrail.amazonaws.com"}, "kms:DescribeKey")),
    _nobody,
)
