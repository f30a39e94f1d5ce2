"""Conditions that never hold, or always do, for what a statement is about."""

from __future__ import annotations

from collections.abc import Iterator

from kmsmock.authorization import vocabulary
from kmsmock.iam.conditions import Condition
from kmsmock.iam.document import Statement
from kmsmock.linting import asking
from kmsmock.linting.rules.key_operations import ALWAYS_THERE, NOT_OF_PEOPLE, NOT_OF_SERVICES, operations_of
from kmsmock.linting.rules.rule import DEFAULT, GUIDE, IAM_GUIDE, Rule, allow, listed
from kmsmock.linting.subjects import Found, Known, Subject, allows, patterns


def _never(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind == "other":
        return
    for statement in subject.policy.statements:
        if not _is_of_kms(statement):
            continue
        dead = [each for each in zip(statement.conditions, statement.tests, strict=True) if not each[1]({})]
        named = {each.key: each.shown.partition(" ")[2] for each in statement.conditions}
        for key, shown in named.items():
            unknown = vocabulary.unknown_condition_key(shown) if key.startswith(("aws:", "kms:")) else None
            if unknown is not None and (unknown.meant or key.startswith("kms:")):
                yield Found(f"{unknown}", statement, "Condition")
            elif any(condition.key == key for condition, _ in dead):
                why = _absent(key, statement, subject) or _at_topics(key, statement, subject, known)
                effect = "allows" if statement.effect == "Allow" else "denies"
                if why:
                    yield Found(f"{shown} is never there {why}: the statement {effect} nothing", statement, "Condition")


def _is_of_kms(statement: Statement) -> bool:
    """Whether all that it is about is KMS."""
    written = patterns(statement)
    return bool(written) and all(each.lower().startswith("kms:") for each in written)


def _absent(key: str, statement: Statement, subject: Subject) -> str:
    """Why no request has a condition key that a statement asks for; empty where one may have it."""
    covered = asking.covered(statement)
    having = operations_of(key)
    if covered and having is not None and not any(each.partition(":")[2] in having for each in covered):
        return f"for {listed(sorted(covered), 3)}"
    if key.startswith("kms:encryptioncontext") and subject.spec not in ("", "SYMMETRIC_DEFAULT"):
        return f"for a key of spec {subject.spec}"
    principals = statement.principals
    if principals is None or principals.star or _others(statement):
        return ""
    if not principals.aws and key.startswith(NOT_OF_SERVICES):
        return f"where {listed(sorted(principals.services))} asks"
    if not principals.services and key.startswith(NOT_OF_PEOPLE):
        return "but where a service asks for itself, which is no user and no role"
    return ""


def _at_topics(key: str, statement: Statement, subject: Subject, known: Known) -> str:
    """EventBridge sends no source when it uses the key of a topic ("Key management" in the SNS developer guide)."""
    principals = statement.principals
    if not subject.arn or not key.startswith(NOT_OF_PEOPLE) or principals is None or principals.star or principals.aws:
        return ""
    if {each.partition(".")[0] for each in principals.services} != {"events"}:
        return ""
    topics = known.topics(subject.arn)
    return f"where EventBridge sends to an encrypted topic, as {listed(topics, 1)} is" if topics else ""


def _others(statement: Statement) -> bool:
    """Whether it names principals of a kind of which nothing is said here."""
    written = statement.raw.get("Principal")
    return not isinstance(written, dict) or bool(set(written) - {"AWS", "Service"})


NEVER = Rule(
    "KMS009",
    "error",
    "a condition key is never there",
    "A condition on a key that no request for these actions has is never true: an Allow allows nothing, a Deny denies "
    "nothing. kms:EncryptionContext: is there where something is encrypted and decrypted, kms:GrantOperations in "
    "CreateGrant; aws:SourceArn where a service asks for itself (not where EventBridge sends to an encrypted topic of "
    "SNS), aws:PrincipalOrgID where it does not. Also found are "
    "names that do not exist. A statement of which any action has the key is not found, nor is one whose operator "
    "holds without it (…IfExists, StringNotEquals, Null).",
    "Use a condition key that AWS lists for the action, or take the condition away",
    f"{GUIDE}conditions-kms.html",
    (
        DEFAULT,
        allow(
            {"AWS": "arn:aws:iam::111122223333:role/app"},
            ["kms:Sign", "kms:Verify"],
            Condition={"StringEquals": {"kms:EncryptionContext:team": "red"}},
        ),
    ),
    (
        DEFAULT,
        allow(
            {"AWS": "arn:aws:iam::111122223333:role/app"},
            ["kms:Decrypt", "kms:DescribeKey"],
            Condition={"StringEquals": {"kms:EncryptionContext:team": "red"}},
        ),
    ),
    _never,
)


def _vacuous(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind == "other":
        return
    for statement in allows(subject):
        if not any(each.lower().startswith("kms:") for each in patterns(statement)):
            continue
        told = set()
        for condition in statement.conditions:
            if (
                condition.quantifier == "ForAllValues"
                and condition.key not in told
                and _holds_without(condition, statement)
            ):
                told.add(condition.key)
                yield Found(f"{condition.shown} holds where the request has no such key", statement, "Condition")


def _holds_without(condition: Condition, statement: Statement) -> bool:
    """Whether a statement takes requests without the key, of which there are some."""
    if condition.key.startswith("kms:encryptioncontext") and _is_of_a_service(statement):
        return False
    always = ALWAYS_THERE.get(condition.key, frozenset())
    if always is None or (always and {each.partition(":")[2] for each in asking.covered(statement)} <= always):
        return False
    of_key = (
        test for each, test in zip(statement.conditions, statement.tests, strict=True) if each.key == condition.key
    )
    return all(test({}) for test in of_key)


def _is_of_a_service(statement: Statement) -> bool:
    """Whether it lets in only what comes through a service, which sends its encryption context each time."""
    tested = zip(statement.conditions, statement.tests, strict=True)
    return any(each.key == "kms:viaservice" and not test({}) for each, test in tested)


VACUOUS = Rule(
    "KMS010",
    "warning",
    "ForAllValues holds where there are no values",
    "ForAllValues is true of a request that does not have the key at all: an Allow that is meant to limit lets in "
    "whoever leaves it out. Tried is the evaluator, without the key; not found is what always has it: "
    "kms:GrantOperations in CreateGrant, the encryption context where kms:ViaService says which service sends it.",
    'Add {"Null": {"<the key>": "false"}} to the statement, so that the key must be there',
    f"{IAM_GUIDE}reference_policies_condition-single-vs-multi-valued-context-keys.html",
    (
        DEFAULT,
        allow(
            {"AWS": "arn:aws:iam::111122223333:role/app"},
            "kms:Decrypt",
            Condition={"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["team"]}},
        ),
    ),
    (
        DEFAULT,
        allow(
            {"AWS": "arn:aws:iam::111122223333:role/app"},
            "kms:Decrypt",
            Condition={
                "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["team"]},
                "Null": {"kms:EncryptionContextKeys": "false"},
            },
        ),
    ),
    _vacuous,
)
