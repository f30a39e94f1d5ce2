"""What the policies of today were good for: each statement, and what of it was used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from kmsmock.iam import Decision, Source
from kmsmock.iam import Statement as Compiled
from kmsmock.iam.document import brief
from kmsmock.iam.grammar import values_of
from kmsmock.iam.names import short
from kmsmock.iam.printable import printable
from kmsmock.privilege.basis import allowing, changeable, subject_of
from kmsmock.privilege.grants import Narrowed
from kmsmock.privilege.needs import Need
from kmsmock.privilege.statements import Document, Statement, as_of_today, resource

Kind = Literal["over-wide", "unused", "kept", "left out", "not needed"]


class Used(NamedTuple):
    """One use of a statement: what was done, to what, by whom, through which service, under which condition keys."""

    action: str
    resource: str
    whose: str
    via: str
    keys: tuple[str, ...]


@dataclass(slots=True)
class Use:
    """A statement of today, whose it is (a principal's or a key's ARN), where it stands, and how it was used."""

    subject: str
    place: str
    statement: dict[str, Any]
    used: dict[Used, None] = field(default_factory=dict)
    decided: bool = False
    """Whether a Deny has denied something."""


class Difference(NamedTuple):
    """How a statement or a grant of today differs from the least: it is ``over-wide`` or ``unused``; a Deny is
    ``kept``, ``left out``, since what it denied was allowed at another time, or ``not needed``, since nothing is left
    that it could deny. ``used`` tells in words what was used of it."""

    kind: Kind
    subject: str
    today: str
    place: str
    used: str = ""

    def __str__(self) -> str:
        told = f"{self.kind}: {self.today} in {self.place}"
        return printable(f"{told}; used: {self.used}" if self.used else told)


def of(
    examples: Iterable[tuple[Decision, Need]], denied: Iterable[Decision], fixed: frozenset[str] = frozenset()
) -> list[Use]:
    """The statements of all policies that were asked and can be changed."""
    found: dict[tuple[str, int], Use] = {}
    for decision, need in examples:
        _look(found, decision, fixed)
        for source, statement in _by(decision, need):
            use = found.get((subject_of(decision, source), id(statement)))
            if use is not None:
                named = tuple(sorted({each.lower() for each in need.keys if each != "aws:PrincipalArn"}))
                use.used[Used(need.action, need.resource, need.whose, need.via, named)] = None
    for decision in denied:
        _look(found, decision, fixed)
        for source, statement in decision.matched if decision.effect == "explicitDeny" else ():
            use = found.get((subject_of(decision, source), id(statement)))
            if use is not None:
                use.decided = True
    return merged(found.values())


def _look(found: dict[tuple[str, int], Use], decision: Decision, fixed: frozenset[str]) -> None:
    for source in changeable(decision, fixed):
        subject = subject_of(decision, source)
        for statement in source.policy.statements:
            if (subject, id(statement)) not in found:
                place = f"{source.name} ({source.place(statement)})" if source.place(statement) else source.name
                found[subject, id(statement)] = Use(subject, place, as_of_today(source.policy.version, statement.raw))


def _by(decision: Decision, need: Need) -> Iterator[tuple[Source, Compiled]]:
    """The statements that let a request pass."""
    yield from decision.matched
    if need.grant and need.identity is not None and not decision.matched:
        yield allowing(decision, decision.policies.identity)


def merged(uses: Iterable[Use]) -> list[Use]:
    """The same statements at the same places as one."""
    found: dict[tuple[str, str, str], Use] = {}
    for each in uses:
        known = found.setdefault((each.subject, each.place, brief_of(each)), each)
        if known is not each:
            known.used |= each.used
            known.decided |= each.decided
    return list(found.values())


def brief_of(use: Use) -> str:
    """A statement as a text that tells it from others."""
    return repr(sorted(use.statement.items(), key=lambda item: item[0]))


def differences(uses: Iterable[Use], documents: Iterable[Document]) -> Iterator[Difference]:
    """What to say of them beside the documents that are left; nothing of what is as narrow as can be."""
    left = [statement for each in documents for statement in each["Statement"] if statement["Effect"] == "Deny"]
    for each in uses:
        kind = _kind(each, left)
        if kind is not None:
            used = _in_words(each) if kind == "over-wide" else ""
            yield Difference(kind, each.subject, _today(each), each.place, used)


def _kind(use: Use, left: list[Statement]) -> Kind | None:
    if use.statement["Effect"] == "Deny":
        return "kept" if use.statement in left else "left out" if use.decided else "not needed"
    if not use.used:
        return "unused"
    return "over-wide" if any(_wider(use)) else None


def _wider(use: Use) -> Iterator[bool]:
    """In which elements a statement says more than was used of it."""
    statement = use.statement
    yield {each.lower() for each in values_of(statement.get("Action", "*"))} != {
        each.action.lower() for each in use.used
    }
    if "Principal" in statement or "NotPrincipal" in statement:
        named = statement.get("Principal", "*")
        names = {name for each in named.values() for name in values_of(each)} if isinstance(named, dict) else {"*"}
        yield names != {each.whose for each in use.used}
    else:
        yield set(values_of(statement.get("Resource", "*"))) != {resource(each.resource) for each in use.used}
    keys = {key.lower() for block in statement.get("Condition", {}).values() for key in block}
    yield any(set(each.keys) - keys for each in use.used)


def _today(use: Use) -> str:
    """``kms:* on *``, in a key policy ``kms:* for root of 111111111111``; a Deny as what it denies."""
    statement = use.statement
    actions, resources, principals = (_element(statement, name) for name in ("Action", "Resource", "Principal"))
    deny = "Deny " if statement["Effect"] == "Deny" else ""
    where = f" for {principals}" if principals else f" on {resources}"
    conditions = brief(statement["Condition"]) if "Condition" in statement else ""
    return f"{deny}{actions}{where}" + (f" if {conditions}" if conditions else "")


def _element(statement: dict[str, Any], name: str) -> str:
    for written, how in ((name, ""), (f"Not{name}", "all but ")):
        if written in statement:
            value = statement[written]
            values = value.values() if isinstance(value, dict) else [value]
            named = [each for one in values for each in values_of(one)]
            return how + ", ".join(short(each) if name == "Principal" else each for each in named)
    return ""


def _in_words(use: Use) -> str:
    """``Decrypt, GenerateDataKey through s3``; in a key policy by whom."""
    of_key = "Principal" in use.statement or "NotPrincipal" in use.statement
    ways: dict[tuple[str, str], set[str]] = {}
    for each in use.used:
        ways.setdefault((short(each.whose) if of_key else "", each.via), set()).add(each.action.removeprefix("kms:"))
    told = []
    for (who, via), actions in sorted(ways.items()):
        by, through = (f" by {who}" if who else "", f" through {via}" if via else "")
        told.append(", ".join(sorted(actions)) + by + through)
    return "; ".join(told)


def of_grant(grant: Narrowed) -> Difference:
    """A grant that gives more than was used of it, or that could demand the encryption context that was always sent."""
    today = grant.grant
    sent = f" with the encryption context {dict(grant.equals or grant.subset or {})}" if grant.constrained else ""
    return Difference(
        "over-wide",
        today.key_arn,
        f"{', '.join(today.operations)} for {short(today.named or today.grantee)}",
        f"grant {today.id[:8]}",
        ", ".join(grant.operations) + sent,
    )
