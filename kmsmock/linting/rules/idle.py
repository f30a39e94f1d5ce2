"""Statements without effect: another one says as much, or they are about another key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kmsmock.iam.arn import Arn
from kmsmock.iam.conditions import Condition
from kmsmock.iam.document import Statement
from kmsmock.iam.matching import has_variable, is_wild, match_wildcard
from kmsmock.linting import asking
from kmsmock.linting.rules.rule import DEFAULT, IAM_GUIDE, Rule, allow, listed
from kmsmock.linting.subjects import Found, Known, Subject, patterns
from kmsmock.loading.things import has_unknown


def _idle(subject: Subject, known: Known) -> Iterator[Found]:
    if subject.kind == "other":
        return
    statements = subject.policy.statements
    for statement in statements:
        if elsewhere(statement, subject):
            told = f"Resource {listed(patterns(statement, 'Resource'))} is not this key: the statement is about nothing"
            yield Found(told, statement, "Resource", severity="error", fix='Write "Resource": "*", which is this key')
            continue
        if not any(each.lower().startswith("kms:") for each in patterns(statement)):
            continue
        by = shadowing(statement, statements)
        if by is None:
            continue
        same = covers(statement, by)
        told = "says the same" if same else "says all of it"
        quiet = not same and _is_default(by)
        yield Found(
            f"statement {by.label} {told}: without it nothing changes", statement, severity="note" if quiet else None
        )


def shadowing(statement: Statement, statements: tuple[Statement, ...]) -> Statement | None:
    """The statement that makes another one needless; of two that say the same, the later is needless."""
    for other in statements:
        if other.index == statement.index or not covers(other, statement):
            continue
        if other.index < statement.index or not covers(statement, other):
            return other
    return None


def covers(wide: Statement, narrow: Statement) -> bool:
    """Whether a statement matches whatever another one does, and names the caller as well."""
    return (
        wide.effect == narrow.effect
        and _names(wide, narrow)
        and _elements(wide, narrow, "Action")
        and _elements(wide, narrow, "Resource")
        and {_said(each) for each in wide.conditions} <= {_said(each) for each in narrow.conditions}
    )


def _said(condition: Condition) -> tuple[Any, ...]:
    return (condition.operator, condition.quantifier, condition.if_exists, condition.key, frozenset(condition.wanted))


def _names(wide: Statement, narrow: Statement) -> bool:
    """An account in place of a role is no such thing: it lets policies of IAM decide. ``*`` is."""
    if wide.raw.get("Principal") == narrow.raw.get("Principal") and (
        wide.raw.get("NotPrincipal") == narrow.raw.get("NotPrincipal")
    ):
        return True
    one, other = wide.principals, narrow.principals
    if one is None or other is None or _kinds(wide) | _kinds(narrow) > {"AWS", "Service"}:
        return False
    return one.star or (not other.star and other.aws <= one.aws and other.services <= one.services)


def _kinds(statement: Statement) -> set[str]:
    written = statement.raw.get("Principal")
    return {"AWS", "Service", *(written if isinstance(written, dict) else ())}


def _elements(wide: Statement, narrow: Statement, name: str) -> bool:
    if f"Not{name}" in wide.raw or f"Not{name}" in narrow.raw:
        return wide.raw.get(name) == narrow.raw.get(name) and wide.raw.get(f"Not{name}") == narrow.raw.get(f"Not{name}")
    if name not in wide.raw or name not in narrow.raw:
        return False
    spell = str.lower if name == "Action" else str
    mine = [spell(each) for each in patterns(wide, name)]
    return all(any(_takes(one, spell(other)) for one in mine) for other in patterns(narrow, name))


def _takes(wide: str, narrow: str) -> bool:
    """Whether a pattern matches all that another one does. What ``?`` and variables match is not looked into."""
    if wide in ("*", narrow):
        return True
    if "?" in wide or has_variable(wide) or has_variable(narrow):
        return False
    if wide.count(":") >= 5 or narrow.count(":") >= 5:  # wildcards stay within the segments of an ARN
        ours, theirs = wide.split(":", 5), narrow.split(":", 5)
        return len(ours) == len(theirs) == 6 and all(map(match_wildcard, ours, theirs))
    return match_wildcard(wide, narrow)


def _is_default(statement: Statement) -> bool:
    """Whether it is the one of the default key policy, which tools write whatever else there is."""
    people = [asking.named(each) for each in (statement.principals.aws if statement.principals else ())]
    return patterns(statement) == ["kms:*"] and bool(people) and all(who and who.kind == "root" for who in people)


def elsewhere(statement: Statement, subject: Subject) -> bool:
    """Whether a statement of a key policy is about other keys only."""
    written = patterns(statement, "Resource")
    if subject.kind != "key" or not subject.arn or not written or has_unknown(written):
        return False
    if any(is_wild(each) or has_variable(each) for each in written):
        return False
    named = [found for each in written if (found := Arn.find(each)) is not None]
    mine = Arn.of(subject.arn).resource
    return len(named) == len(written) and all(each.resource != mine for each in named)


IDLE = Rule(
    "KMS011",
    "warning",
    "a statement changes nothing",
    "Another statement of the policy matches whatever this one does, with the same principals or *, no other "
    "conditions, and the same effect: whoever takes it away to take access away takes none. The account is not the "
    "same as a role in it, for it lets policies of IAM decide. What the statement of the default key policy covers "
    "is a note, for CDK writes it beside all others. An error is a statement whose Resource is another key, or an "
    "alias: in a key policy the resource is the key.",
    "Take the statement away, or the other one, if this is what is meant",
    f"{IAM_GUIDE}access-analyzer-reference-policy-checks.html",
    (
        DEFAULT,
        allow({"AWS": "arn:aws:iam::111122223333:role/app"}, ["kms:Decrypt", "kms:Encrypt"]),
        allow({"AWS": "arn:aws:iam::111122223333:role/app"}, "kms:Decrypt"),
    ),
    (
        DEFAULT,
        allow({"AWS": "arn:aws:iam::111122223333:role/app"}, "kms:Encrypt"),
        allow({"AWS": "arn:aws:iam::111122223333:role/app"}, "kms:Decrypt"),
    ),
    _idle,
)
