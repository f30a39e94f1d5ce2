"""What a run did with KMS, in a line at its end and one at its beginning; nothing where nobody used it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from conftest_plugin.switch import SWITCH
from conftest_plugin.worlds import Seen, now
from kmsmock import __version__
from kmsmock.telling import entered

if TYPE_CHECKING:
    from conftest_plugin.policy_coverage import PolicyCoverageReport
    from kmsmock.store import Store

HEADED = ("kmsmock_results", "kmsmock_report", "kmsmock_cov", "kmsmock_mutate", "kmsmock_least_privilege")
"""The options by which a run says before its first test that it is about KMS."""
_FIXTURES = {"aws_world", "aws_clock", "aws_world_module", "aws_world_session"}
_TALLY = "kmsmock_tally"
_FEW = 8


class Tally:
    """A plugin of each process; workers, and children that are forked, tell with the report of each test."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._stop: Callable[[], None] = lambda: None
        self._open: list[Seen] = []
        self._untold = Counter[str]()
        self.counts = Counter[str]()
        """All of the run: ``worlds``, ``calls``, ``refused``, ``unexpected``, ``passed``, ``throttled``, and with -v
        ``call NAME`` and ``code CODE``."""

    # --- where tests run ----------------------------------------------------------------------------------------------

    def pytest_sessionstart(self) -> None:
        """Hear of worlds."""
        self._stop = entered.listen(self._begins, self._ends)

    def pytest_unconfigure(self) -> None:
        """Hear of no world any more."""
        self._stop()

    def _begins(self, store: Store) -> None:
        seen = now(store)
        self._untold["worlds"] += not seen.events  # one that was put back is told of again
        self._open.append(seen)

    def _ends(self, store: Store) -> None:
        for each in [each for each in self._open if each.store is store]:
            self._open.remove(each)
            self._count(each)

    def _count(self, seen: Seen) -> Seen:
        from kmsmock.model.turns import turn
        from kmsmock.trail.records import call_of

        store, verbose, counts = seen.store, self._config.get_verbosity() > 0, self._untold
        with turn:
            calls = [name for made in store.events[seen.events :] if (name := call_of(made)) is not None]
            refused = store.refusals[seen.refusals :]
            counted = now(store)
            strict = [each for each in refused if not each.passed]
            unexpected = sum(each.request_id not in store.expected for each in strict)
        counts["calls"] += len(calls)
        counts["refused"] += len(strict)
        counts["unexpected"] += unexpected
        counts["passed"] += len(refused) - len(strict)
        counts["throttled"] += sum(each.error.throttles for each in refused)
        if verbose:
            counts.update(f"call {name}" for name in calls)
            counts.update(f"code {each.error.code}" for each in refused)
        return counted

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell with the last report of a test what was counted."""
        report = yield
        if report.when == "teardown" and (self._open or self._untold):
            self._open = [self._count(each) for each in self._open]
            told, self._untold = {name: count for name, count in self._untold.items() if count}, Counter()
            vars(report)[_TALLY] = told
        return report

    # --- where the run is put together --------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up what the reports tell."""
        self.counts.update(vars(report).get(_TALLY, {}))

    def pytest_report_header(self) -> str | None:
        """The version, where it is clear from the beginning that kmsmock is in use."""
        if self._config.stash[SWITCH].is_on or not any(self._config.getoption(each, None) for each in HEADED):
            return None  # a suite that is switched has a line that says how
        return f"kmsmock {__version__}"

    def pytest_report_collectionfinish(self, items: Sequence[pytest.Item]) -> str | None:
        """The same once the tests are known, if any of them asks for a world."""
        told = self._config.stash[SWITCH].is_on or self.pytest_report_header() is not None
        if told or self._config.get_verbosity() < 0 or not any(map(_asks, items)):
            return None
        return f"kmsmock {__version__}: strict"

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What the worlds did, in a line, and with -v by operation and error; where what was asked for was written."""
        for line in self._lines(self._config.get_terminal_writer().fullwidth):
            terminalreporter.write_line(line)

    def _lines(self, width: int) -> Iterator[str]:
        counts, verbosity = self.counts, self._config.get_verbosity()
        if verbosity >= 0 and (counts["calls"] or counts["refused"] or counts["passed"]):
            yield f"kmsmock: {', '.join(self._parts())}"
            for title, kind in (("calls", "call "), ("refused", "code ")) if verbosity > 0 else ():
                yield from _row(
                    title, {n.removeprefix(kind): c for n, c in counts.items() if n.startswith(kind)}, width
                )
        collecting = self._config.pluginmanager.get_plugin("kmsmock-results")
        yield from () if collecting is None else (f"kmsmock: {each}" for each in collecting.written)

    def _parts(self) -> Iterator[str]:
        from kmsmock.telling.words import counted

        counts = self.counts
        yield counted(counts["worlds"], "world")
        yield f"{counted(counts['calls'], 'call')} of KMS"
        if counts["refused"]:
            unexpected = f" ({counts['unexpected']:,} unexpected)" if counts["unexpected"] else ""
            yield f"{counts['refused']:,} refused{unexpected}"
        if counts["passed"]:
            yield f"{counts['passed']:,} let pass"
        if counts["throttled"]:
            yield f"{counts['throttled']:,} throttled"
        coverage: PolicyCoverageReport | None = self._config.pluginmanager.get_plugin("kmsmock-policy-coverage")
        if coverage is not None and coverage.found:
            yield f"{coverage.found.percent:.0f}% of the statements of policies exercised"


def _asks(item: pytest.Item) -> bool:
    return not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ())) or item.get_closest_marker("kmsmock") is not None


def _row(title: str, counts: dict[str, int], width: int) -> Iterator[str]:
    from kmsmock.telling import columns
    from kmsmock.telling.words import counted

    most = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    told = [f"{name} {count:,}" for name, count in most[:_FEW]]
    told += [f"and {counted(len(most) - _FEW, 'other kind')}"] if len(most) > _FEW else []
    if told:
        yield from columns.lines([[f"  {title:7}", ", ".join(told)]], width)
