"""The section of a failed test's report that explains what the world refused it.

A denial that the test expected, by ``pytest.raises`` or ``assertRaises``, adds nothing to it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

import pytest

from conftest_plugin.worlds import Seen

if TYPE_CHECKING:
    from kmsmock.iam import Decision
    from kmsmock.world import World

TITLE = "kmsmock: refused, and why"
SCOPE_TITLE = "kmsmock: a world for more than one test"
AT_MOST = 10
"""Explanations in one report; the first refusals are most likely the cause of all others."""


_FOREIGN = {"botocore", "boto3", "kmsmock"}
"""The packages whose frames are no one's own line."""


def folded(excinfo: pytest.ExceptionInfo[BaseException]) -> pytest.ExceptionInfo[BaseException]:
    """An exception without the frames of botocore, so that its traceback, and a debugger, end at one's own line."""
    frames, trace = [], excinfo.value.__traceback__
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    own = [each for each in frames if each.tb_frame.f_globals.get("__name__", "").partition(".")[0] not in _FOREIGN]
    shorter: TracebackType | None = None
    for each in reversed(own or frames):
        shorter = TracebackType(shorter, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return pytest.ExceptionInfo.from_exception(excinfo.value.with_traceback(shorter))


def add_explanations(item: pytest.Item, report: pytest.TestReport, worlds: Sequence[Seen]) -> None:
    """Add the section to the report of a test that failed while it had worlds, and a property for JUnit XML."""
    if not report.failed:
        return
    text = "\n\n".join(filter(None, map(_explanations, worlds)))
    if text:
        add = getattr(report.longrepr, "addsection", None)
        if item.config.getoption("usepdb", False) and add is not None:
            add(TITLE, text)  # the debugger shows no other
        else:
            report.sections.append((TITLE, text))
        item.user_properties.append(("kmsmock_refused", text))


_SCOPE = re.compile(r"ScopeMismatch: .*?(aws_world|aws_clock)", re.DOTALL)


def explain_scope(report: pytest.TestReport) -> None:
    """Add to the report of a fixture of a wider scope that asked for a world what to write instead."""
    found = _SCOPE.search(report.longreprtext)
    if found is not None:
        text = (
            f"{found[1]} is made anew for each test; in a fixture of a wider scope write: "
            "with kmsmock.World() as world: yield world"
        )
        report.sections.append((SCOPE_TITLE, text))


def explanations(world: World) -> str:
    """Every refusal of a world that was not expected, once, in the order in which they came."""
    return _explanations(Seen(world.store))


def _explanations(seen: Seen) -> str:
    from kmsmock.model.turns import turn

    with turn:
        told = list(_unexpected(seen))
        counted = Counter(what for what, _ in told)
        first: dict[tuple[str, ...], Callable[[], str]] = {}
        for what, text in told:
            first.setdefault(what, text)
        shown = [_text(text(), counted[what]) for what, text in list(first.items())[:AT_MOST]]
    if len(first) > AT_MOST:
        shown.append(f"... and {len(first) - AT_MOST} more: see world.{_where(told)}")
    return "\n\n".join(shown)


Told = tuple[tuple[str, ...], Callable[[], str]]
"""What tells an explanation from others, and the explanation."""


def _unexpected(seen: Seen) -> Iterator[Told]:
    """Denials by what they are about, and refusals that are none; last, what audit mode let pass."""
    from kmsmock.refusals import Refusal

    store, known = seen.store, set[int]()
    for made in store.refusals[seen.refusals :]:
        behind = (made, *made.within)
        denials = list({id(each): each for one in behind for each in one.denials}.values())
        known.update(map(id, denials))
        if made.request_id and made.request_id in store.expected:
            continue
        yield from ((_what(each), each.explain) for each in denials)
        refusal = Refusal(store, made)
        if not (denials and refusal.cause.startswith("IAM-")):
            yield (refusal.cause, refusal.principal, refusal.operation, refusal.key), refusal.explain
    for each in store.decisions[seen.decisions :]:
        if not each.allowed and id(each) not in known:
            yield _what(each), each.explain


def _where(told: Sequence[Told]) -> str:
    return "decisions" if all(what[0] == _DENIAL for what, _ in told) else "refusals"


_DENIAL = "denial"


def _what(decision: Decision) -> tuple[str, ...]:
    return _DENIAL, decision.caller, decision.action, decision.resource, decision.reason


def _text(text: str, times: int) -> str:
    return text + (f"\n  ({times} times)" if times > 1 else "")
