"""Mutants for the terminal: a table of policies, and below each what could be wrong in it and no test would fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kmsmock.coverage.policies import Policy
from kmsmock.mutation.verdicts import Verdict, score

_COLUMNS = ("mutants", "noticed", "unnoticed", "score")


_NOTHING = "No policies were used, so that there is nothing that could be wrong in them."
_NOT_TRIED = (
    "{} not tried: the time was over (--kmsmock-mutate-seconds=S gives more), or only tests could notice them that did "
    "not pass or that pass but once"
)
_ELSEWHERE = "No mutants were tried: the run was stopped, or the tests ran in processes of their own."


def lines(verdicts: Sequence[Verdict], policies: Mapping[str, Policy]) -> Iterator[str]:
    """The table, by the keys of the policies; one line where there are no mutants."""
    if not verdicts:
        yield _ELSEWHERE if policies else _NOTHING
        return
    by_policy: dict[str, list[Verdict]] = {}
    for each in verdicts:
        by_policy.setdefault(each.mutant.policy, []).append(each)
    titles = {key: policies[key].title for key in by_policy}
    first = max(len(title) for title in (*titles.values(), "policy", "TOTAL"))
    head = _row("policy", _COLUMNS, first)
    yield head
    yield "-" * len(head)
    for key, found in sorted(by_policy.items(), key=lambda item: titles[item[0]]):
        yield _row(titles[key], _numbers(found), first)
        yield from (f"    {line}" for line in _unnoticed(found, policies[key]))
    yield "-" * len(head)
    yield _row("TOTAL", _numbers(verdicts), first)
    left = sum(each.outcome == "not tried" for each in verdicts)
    if left:
        yield _NOT_TRIED.format(left)


def _unnoticed(found: Sequence[Verdict], policy: Policy) -> Iterator[str]:
    for each in sorted(found, key=lambda verdict: (verdict.mutant.statement, verdict.mutant.path)):
        if each.outcome == "unnoticed":
            statement = policy.statements[each.mutant.statement].label
            also = f", though decisions change: {each.decisions}" if each.decisions else ""
            yield f"{statement}: {each.mutant.told}{also}"


def _numbers(found: Sequence[Verdict]) -> tuple[str, ...]:
    outcomes, percent = Counter(each.outcome for each in found), score(found)
    told = "-" if percent is None else f"{percent:.0f}%"
    return (str(len(found)), str(outcomes["noticed"]), str(outcomes["unnoticed"]), told)


def _row(title: str, cells: Sequence[str], first: int) -> str:
    columns = zip(cells, _COLUMNS, strict=True)
    return title.ljust(first) + "".join(f"  {each:>{len(column)}}" for each, column in columns)
