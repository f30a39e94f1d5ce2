"""``--kmsmock-mutate``: what could be wrong in the suite's policies without any of its tests failing.

The decisions of the tests are decided again under each mutant; of those mutants that change some, the tests are run
once more. On a worker of xdist this is done with the tests that ran there, and put together by whoever asked.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from _pytest import timing

from conftest_plugin.collected import Collected
from conftest_plugin.policy_options import Least, number, reports
from conftest_plugin.repeating import can_be_repeated, outcomes_of
from kmsmock.telling import entered

if TYPE_CHECKING:
    from kmsmock.coverage import plain
    from kmsmock.coverage.policies import Policy
    from kmsmock.mutation.cases import Case
    from kmsmock.mutation.mutants import Mutant
    from kmsmock.mutation.verdicts import Verdict
    from kmsmock.store import Store

_SENT = "kmsmock_mutants"
SECONDS = 60.0


class Asked(NamedTuple):
    """What was asked for."""

    reports: tuple[tuple[str, str], ...]
    """Kinds of reports, with the file of each that has one."""
    seconds: float
    least: Least


def configure(config: pytest.Config, collecting: Collected) -> None:
    """Try mutants when the tests have run. Raises UsageError for a report that there is not, and for no number."""
    seconds, under = (number(config, f"kmsmock_mutate_{each}") for each in ("seconds", "fail_under"))
    told = reports(config, "mutate", ("term",), {"json": "kmsmock-mutants.json"})
    asked = Asked(told, SECONDS if seconds is None else seconds, Least(under, "score", "mutants"))
    mutating = Mutating(config, asked, collecting)
    config.pluginmanager.register(mutating, "kmsmock-policy-mutation")


class Mutating:
    """A plugin of each process that runs tests, and of whoever puts the run together."""

    def __init__(self, config: pytest.Config, asked: Asked, collecting: Collected) -> None:
        from kmsmock.mutation.cases import Cases

        self._config, self._asked, self._collecting = config, asked, collecting
        self._is_worker = hasattr(config, "workerinput")
        self._stop: Callable[[], None] = lambda: None
        self._cases = Cases()
        self._open: dict[int, tuple[Store, int]] = {}
        self._items: dict[str, pytest.Item] = {}
        self._outcomes: dict[str, list[str]] = {}
        self._seconds: dict[str, float] = {}
        self._once: dict[str, bool] = {}
        self._verdicts: list[Verdict] = []

    # --- while tests run ----------------------------------------------------------------------------------------------

    def pytest_sessionstart(self) -> None:
        """Hear of worlds."""
        self._stop = entered.listen(self._begins, self._ends)

    def pytest_unconfigure(self) -> None:
        """Hear of no world any more."""
        self._stop()

    def _begins(self, store: Store) -> None:
        from kmsmock.model.turns import turn

        with turn:
            self._cases.watch(store)
            self._open[id(store)] = store, len(store.written)  # of one that was put back it was looked at before

    def _ends(self, store: Store) -> None:
        found = self._open.pop(id(store), None)
        if found is not None:
            self._look(*found)

    def _look(self, store: Store, written: int) -> int:
        from kmsmock.model.turns import turn

        with turn:
            return self._cases.end(store, written)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self._cases.begin(nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Remember the test, for another time."""
        self._items[item.nodeid] = item

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """How it ends, and what was written in worlds that go on."""
        if report.when == "setup":  # of several attempts the last counts
            self._outcomes[report.nodeid] = []
        self._outcomes.setdefault(report.nodeid, []).append(report.outcome)
        self._seconds[report.nodeid] = self._seconds.get(report.nodeid, 0) + report.duration
        if report.when == "teardown":
            self._open = {at: (store, self._look(store, done)) for at, (store, done) in self._open.items()}

    # --- when they have run -------------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Try the mutants of the policies that were used here."""
        done = yield
        self._stop()
        self._collecting.stop()
        if self._items:
            self._verdicts = self._judged()
        return done

    def _judged(self) -> list[Verdict]:
        """A verdict on each mutant, one after the other: what was tried when the time is over is no choice of ours."""
        from conftest_plugin.progress import Progress

        ends = timing.perf_counter() + self._asked.seconds
        by_policy = self._cases.by_policy()
        verdicts: list[Verdict] = []
        with Progress.of(self._config, not self._is_worker) as progress:
            mutants = self._mutants(self._collecting.policies_so_far(), by_policy)
            progress.begin(len(mutants))
            for mutant in mutants:
                verdicts.append(self._verdict(mutant, by_policy.get(mutant.policy, ()), ends))
                progress.advance()
        return verdicts

    def _verdict(self, mutant: Mutant, cases: Sequence[Case], ends: float) -> Verdict:
        """Decide again what was decided; run the tests once more if some of that changes."""
        from kmsmock.mutation.replaying import Replay
        from kmsmock.mutation.verdicts import Verdict

        if timing.perf_counter() > ends:
            return Verdict(mutant, "not tried")
        replay = Replay(self._cases, mutant)
        changed = Counter(case.test for case in cases if replay.changes(case))
        return self._tried(mutant, changed, ends) if changed else Verdict(mutant, "unnoticed")

    def _mutants(self, policies: Iterable[plain.Policy], by_policy: dict[str, list[Case]]) -> list[Mutant]:
        """Those that leave something out first: what is left out is what tests should notice before all else."""
        from kmsmock.coverage.shapes import statements_of
        from kmsmock.mutation import mutants, replaying

        found: list[Mutant] = []
        for each in policies:
            used = replaying.first_use(self._cases, by_policy.get(each.policy, []), each.policy)
            if each.what == "grant":
                found += mutants.of_grant(each.policy, each.document)
            else:
                # what a wildcard covered first is only known of all tests where they ran in one process
                nothing = (lambda path: None) if self._is_worker else used
                found += mutants.of(each.policy, statements_of(each.document), nothing)
        return sorted(found, key=lambda mutant: mutant.how != "dropped")

    def _tried(self, mutant: Mutant, changed: Counter[str], ends: float) -> Verdict:
        """Run the tests whose decisions change, the quick ones first, until one notices."""
        from kmsmock.mutation.replaying import trying
        from kmsmock.mutation.verdicts import Verdict

        decisions, asked = sum(changed.values()), False
        for test in sorted(filter(self._passed, changed), key=lambda test: self._seconds[test]):
            if timing.perf_counter() > ends:
                return Verdict(mutant, "not tried", decisions)
            with trying(mutant):
                outcomes = outcomes_of(self._items[test])
            if list(outcomes) == self._outcomes[test]:
                asked = True
            elif self._can_pass_again(test):
                return Verdict(mutant, "noticed", decisions, test)
        return Verdict(mutant, "unnoticed" if asked else "not tried", decisions)

    def _passed(self, test: str) -> bool:
        item, outcomes = self._items.get(test), self._outcomes.get(test)
        return item is not None and can_be_repeated(item) and outcomes == ["passed"] * 3

    def _can_pass_again(self, test: str) -> bool:
        """Whether a test that failed under a mutant passes without one: some tests pass but once."""
        if test not in self._once:
            self._once[test] = list(outcomes_of(self._items[test])) == self._outcomes[test]
        return self._once[test]

    # --- where the run is put together --------------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of xdist has ended."""
        from kmsmock.mutation.verdicts import Verdict

        self._verdicts += map(Verdict.of, getattr(node, "workeroutput", {}).get(_SENT, ()))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send what was found, or fail the run if tests notice too little."""
        from kmsmock.mutation.verdicts import as_dict, merged

        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_SENT] = [each.as_list() for each in self._verdicts]
            return
        self._verdicts = merged(self._verdicts)
        for _, file in self._asked.reports:
            if file:
                told = as_dict(self._verdicts, {key: each.title for key, each in self._policies().items()})
                path = self._config.invocation_params.dir / file
                path.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        self._asked.least.fail(session, self._score)

    def _policies(self) -> dict[str, Policy]:
        """The policies of the run, by their keys."""
        from kmsmock.coverage import plain, policies

        merged = self._collecting.merged
        return {} if merged is None else dict(policies.with_keys(plain.merged(merged.all_of(plain.Policy))))

    @property
    def _score(self) -> float:
        from kmsmock.mutation.verdicts import score

        found = score(self._verdicts)
        return 100 if found is None else found

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The mutants that no test notices, the score, and whether it is enough."""
        from kmsmock.mutation.text import lines

        if self._collecting.merged is None:
            return
        terminalreporter.section("kmsmock: policy mutants", bold=True)
        for kind, file in self._asked.reports:
            told = [f"Mutants as {kind.upper()} written to {file}"] if file else lines(self._verdicts, self._policies())
            for line in told:
                terminalreporter.write_line(line)
        self._asked.least.tell(terminalreporter, self._score)
