"""The decisions of a suite, test by test, kept so that they can be decided again without the worlds they come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from kmsmock.coverage import shapes
from kmsmock.coverage.counting import sources_of
from kmsmock.iam import Decision, Decisions, Policies, Policy, Request
from kmsmock.store import Store

_VARIABLE = re.compile(r"\$\{([^},]+)")


class Case(NamedTuple):
    """One question that a test asked; of the context, what the policies look at."""

    test: str
    request: Request
    policies: Policies


class Kept(Decisions):
    """The decisions of a world, of which somebody is told as they are made: what the context says is true then."""

    def __init__(self, keep: Callable[[Decision], None]) -> None:
        super().__init__()
        self._keep = keep

    def append(self, decision: Decision) -> None:
        """Remember a decision."""
        super().append(decision)
        self._keep(decision)


class Cases:
    """All that was decided in the tests of a process."""

    def __init__(self) -> None:
        self.test = ""
        """The test that runs."""
        self.all: list[Case] = []
        self.grants: dict[str, str] = {}
        """The key of the shape of each grant, by its id."""
        self._seen: set[object] = set()
        self._policies: dict[int, tuple[Policy, str, frozenset[str]]] = {}

    def begin(self, test: str) -> None:
        """A test begins."""
        self.test = test
        self._seen.clear()

    def watch(self, store: Store) -> None:
        """Hear of each decision of a world from now on."""
        kept = Kept(self.keep)
        kept.extend(store.decisions)
        store.decisions = kept

    def end(self, store: Store, written: int = 0) -> int:
        """A test or a world ends: what was checked before policies were stored counts, too. Returns where to go on."""
        for each in store.written[written:]:
            if each.check is not None:
                self.keep(each.check)
            if each.grant is not None:
                self.grants[each.grant[0]] = shapes.key_of_grant(each.grant[1])
        return len(store.written)

    def keep(self, decision: Decision) -> None:
        """Keep what was asked, once in a test."""
        request, policies = decision.request, decision.policies
        names = {name for source in sources_of(request, policies) for name in self._about(source.policy)[2]}
        context = {name: value for name in names if (value := request.context.get(name)) is not None}
        principal = request.principal
        seen = (
            *(principal.arn, principal.unique_id, principal.parent, request.action, request.resource),
            frozenset(context.items()),
            tuple(id(source.policy) for source in sources_of(request, policies)),
            policies.grants,
            policies.missed,
        )
        if seen not in self._seen:
            self._seen.add(seen)
            self.all.append(Case(self.test, request._replace(context=context), policies))

    def key_of(self, policy: Policy) -> str:
        """The key of the shape of a policy."""
        return self._about(policy)[1]

    def _about(self, policy: Policy) -> tuple[Policy, str, frozenset[str]]:
        found = self._policies.get(id(policy))
        if found is None:
            shape = shapes.of_policy(policy) if policy.statements else None
            names = {each.key for statement in policy.statements for each in statement.conditions}
            names.update(name.lower() for name in _VARIABLE.findall(policy.text or str(_raws(policy))))
            found = policy, "" if shape is None else shape.key, frozenset(names)
            self._policies[id(policy)] = found
        return found

    def by_policy(self) -> dict[str, list[Case]]:
        """The cases in which each policy, and each grant, had a say."""
        found: dict[str, list[Case]] = {}
        for case in self.all:
            for key in dict.fromkeys(self._keys(case)):
                found.setdefault(key, []).append(case)
        return found

    def _keys(self, case: Case) -> Iterable[str]:
        yield from map(self.key_of, policies_of(case))
        named = (*(view.id for view in case.policies.grants), *(missed.id for missed in case.policies.missed))
        yield from (self.grants[each] for each in named if each in self.grants)


def policies_of(case: Case) -> Iterator[Policy]:
    """The policies that had a say."""
    return (source.policy for source in sources_of(case.request, case.policies))


def _raws(policy: Policy) -> list[object]:
    return [each.raw for each in policy.statements]
