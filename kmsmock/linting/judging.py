"""The rules, run over policies; what was asked for of what they found, and what was accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kmsmock.errors import did_you_mean
from kmsmock.linting import accepting
from kmsmock.linting.accepting import Accepted
from kmsmock.linting.findings import SEVERITIES, Finding, Findings, Severity, checked_severity
from kmsmock.linting.rules.rule import Rule
from kmsmock.linting.rules.table import RULES
from kmsmock.linting.subjects import Found, Known, Subject

Looked = tuple[Subject, Known]


class Asked(NamedTuple):
    """The least severe that is told, the rules that are run, and what was agreed to."""

    severity: Severity
    codes: tuple[str, ...]
    accepted: tuple[Accepted, ...]


def asked(
    severity: str = "warning",
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    accept: Iterable[Mapping[str, Any]] | str | Path = (),
) -> Asked:
    """The options of lint. Raises ValueError and TypeError for a severity, code or agreement that is none."""
    return Asked(checked_severity(severity), _codes(select, ignore), accepting.read(accept))


def judge(looked: Sequence[Looked], wanted: Asked, not_read: Iterable[str] = ()) -> Findings:
    """What the rules find in policies; ``not_read`` is told beside it."""
    least = SEVERITIES.index(wanted.severity)
    found = [each for subject, known in looked for each in _in(subject, known, wanted.codes)]
    told, accepted, used, below = list[Finding](), [], set[Accepted](), 0
    for each in found:
        by = next((one for one in wanted.accepted if one.meets(each)), None)
        if by is not None:
            used.add(by)
            accepted.append((each, by.reason))
        elif SEVERITIES.index(each.severity) < least:
            below += 1
        else:
            told.append(each)
    unused = [str(each) for each in wanted.accepted if each not in used and each.code in wanted.codes]
    unknown = [f"{each.where or each.name}: only an apply will tell it" for each, _ in looked if each.unknown]
    return Findings(
        told,
        accepted=accepted,
        unused=unused,
        below=below,
        looked_at=len(looked) - len(unknown),
        not_judged=unknown,
        not_read=not_read,
    )


def _codes(select: Iterable[str], ignore: Iterable[str]) -> tuple[str, ...]:
    """The rules that are run, in the order of the table."""
    run, left = _checked("select", select), _checked("ignore", ignore)
    return tuple(code for code in RULES if (not run or code in run) and code not in left)


def _checked(option: str, given: Iterable[str]) -> tuple[str, ...]:
    """Codes of rules. Raises ValueError for one that there is not, TypeError for what is no list of them."""
    if isinstance(given, str):
        raise TypeError(f"{option} is a list of codes; put {given!r} in a list")
    codes = tuple(given)
    for each in codes:
        if each not in RULES:
            hint = did_you_mean(str(each), RULES, f"give some of {', '.join(RULES)}")
            raise ValueError(f"{option}: there is no rule {each!r}; {hint}")
    return codes


def _in(subject: Subject, known: Known, codes: Iterable[str]) -> Iterator[Finding]:
    """In the order of the statements, and of the rules for each."""
    found = [(RULES[code], each) for code in codes for each in RULES[code].look(subject, known)]
    found.sort(key=lambda pair: -1 if pair[1].statement is None else pair[1].statement.index)
    yield from (_finding(subject, rule, each) for rule, each in found)


def _finding(subject: Subject, rule: Rule, found: Found) -> Finding:
    severity: Severity = found.severity or rule.severity
    statement = found.statement
    label = "" if statement is None else statement.sid or str(statement.index + 1)
    elements = [] if statement is None else ["Statement", str(statement.index + 1), found.element]
    return Finding(
        code=rule.code,
        severity=severity,
        title=rule.title,
        what=found.what,
        fix=found.fix or rule.fix,
        page=rule.page,
        policy=subject.name,
        where=subject.where,
        path="/".join(filter(None, elements)),
        statement=label,
        principal=found.principal,
        line=0 if statement is None or statement.index >= len(subject.lines) else subject.lines[statement.index],
    )
