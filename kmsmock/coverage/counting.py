"""Decisions counted: how often each statement of a policy matched, and what part each piece of it took in that."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kmsmock.coverage import looking, shapes
from kmsmock.coverage.aws_made import is_aws_made
from kmsmock.coverage.looking import View
from kmsmock.coverage.shapes import Shape
from kmsmock.iam import Decision, Policies, Policy, Request, Source, places
from kmsmock.iam.request import applicable
from kmsmock.model.written import OURS, Written
from kmsmock.store import Store
from kmsmock.telling.own_lines import Line

Counts = dict[str, list[int]]
"""By the path of a statement, how often it matched and how often it did not; by that of a part, how often it took part
in a match and how often the statement did not match because of it."""


ASKED = frozenset(
    {
        *("key", "grant", "inline", "managed", "session", "trust", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"),
        *("bucket", "queue", "topic", "secret", "endpoint"),
    }
)
"""The kinds of documents that have a say wherever they hang. Of others nobody may ever ask, here as in many a suite:
they are told once a decision looked at them."""


class Place(NamedTuple):
    """Where a document was written: one's own line, or of one that came from a file, where it stands there."""

    own: Line | None
    file: str = ""
    element: str = ""
    template: str = ""


class Counted:
    """One policy with what was counted of it. ``written`` says where."""

    def __init__(self, shape: Shape, kind: str, whose: str) -> None:
        self.shape, self.kind, self.whose = shape, kind, whose
        self.written: set[Place] = set()
        self.counts: Counts = {}
        self.new = True
        """Whether anything happened since it was told."""
        self.begin()

    def begin(self) -> None:
        """Count anew."""
        self.counts = {path: [0, 0] for path in self.shape.paths}
        self.new = False

    def add(self, path: str, index: int, times: int) -> None:
        self.counts[path][index] += times
        self.new = True


class Counting:
    """Counts the decisions of a world policy by policy. What AWS made is left out, unless ``aws_made``."""

    def __init__(self, store: Store, *, aws_made: bool = False) -> None:
        self._store, self._aws_made = store, aws_made
        self._decisions = self._written = 0
        self._policies: dict[str, Counted] = {}
        self._grants: dict[str, Counted] = {}
        self._ours: set[str] = set()
        self._known: dict[int, tuple[Policy, _Known | None]] = {}
        """By the identity of a policy, which is held so that no other gets it."""

    def take(self) -> list[Counted]:
        """What was written and decided since the last time: only the policies that had to do with it. What they say is
        to be read before the next."""
        for told in self._policies.values():
            if told.new:
                told.begin()
        for each in self._store.written[self._written :]:
            self._of_written(each)
        for same in _alike(self._store.decisions[self._decisions :]):
            self._count(same)
        self._written, self._decisions = len(self._store.written), len(self._store.decisions)
        return [each for each in self._policies.values() if each.new]

    def _count(self, same: list[Decision]) -> None:
        first = same[0]
        bounded = first.policies.boundary is not None
        for source in sources_of(first.request, first.policies):
            known = self._views(source)
            if known is not None:
                for view in known.views:
                    _count(known.counted, view, same, bounded)
        if self._grants:
            _count_grants(self._grants, same)

    def _of_written(self, written: Written) -> None:
        shape = shapes.of_text(written.text) if written.grant is None else shapes.of_grant(written.grant[1])
        if shape is None:
            return
        if written.element == OURS and not self._aws_made:
            self._ours.add(shape.key)
            return
        counted = self._counted(shape, written.kind, written.whose)
        counted.new = counted.new or written.kind in ASKED
        counted.written.add(self._place(written))
        if written.grant is not None:
            self._grants[written.grant[0]] = counted

    def _counted(self, shape: Shape, kind: str, whose: str) -> Counted:
        found = self._policies.get(shape.key)
        if found is None:
            found = self._policies[shape.key] = Counted(shape, kind, whose)
        return found

    def _place(self, written: Written) -> Place:
        file, known = "", self._store.places
        if known and written.text:
            file = next(iter(places.of(known, shapes.statements_of(json.loads(written.text)))), "")
        line = written.lines[0] if written.lines else None
        return Place(line, file, "" if written.element == OURS else written.element, written.template)

    def _views(self, source: Source) -> _Known | None:
        """Where the statements of a policy are counted; None for what is left out."""
        policy = source.policy
        if id(policy) not in self._known:
            self._known[id(policy)] = policy, self._look(source)
        return self._known[id(policy)][1]

    def _look(self, source: Source) -> _Known | None:
        shape = shapes.of_policy(source.policy) if source.policy.statements else None
        if shape is None:
            return None
        if shape.key not in self._policies and not self._aws_made and (shape.key in self._ours or is_aws_made(source)):
            return None
        return _Known(self._counted(shape, source.layer.value, source.name), looking.views(source.policy))


class _Known(NamedTuple):
    counted: Counted
    views: list[View]


def sources_of(request: Request, policies: Policies) -> Iterator[Source]:
    """Every policy that has a say."""
    for sources in applicable(request, policies):
        yield from sources


def _alike(decisions: Sequence[Decision]) -> Iterable[list[Decision]]:
    """Decisions that differ in nothing but the context of the request and what came of it."""
    groups: dict[tuple[object, ...], list[Decision]] = {}
    for each in decisions:
        request, policies = each.request, each.policies
        principal = request.principal
        asked = (
            principal.arn,
            principal.principal_arn,  # its path says whether an SCP spares it
            principal.unique_id,
            principal.parent,
            request.action,
            request.resource,
            *map(id, (policies.identity, policies.boundary, policies.session, policies.scp, policies.vpce)),
            *(id(source.policy) for source in policies.resource),
            *(id(source.policy) for source in policies.rcp),
        )
        groups.setdefault(asked, []).append(each)
    return groups.values()


def _count(counted: Counted, view: View, same: list[Decision], bounded: bool) -> None:
    """Count what one statement said to decisions that are alike."""
    looked = view.look(same[0].request, bounded)
    if looked is None:
        found = Counter(view.look_at_context(each.request) for each in same)
    else:
        found = Counter({looked: len(same)})
    for said, times in found.items():
        counted.add(view.path, 0 if said.matched else 1, times)
        for path in said.took_part:
            counted.add(path, 0, times)
        for path in said.against:
            counted.add(path, 1, times)


# --- grants ---------------------------------------------------------------------------------------------------------


def _count_grants(grants: Mapping[str, Counted], same: list[Decision]) -> None:
    for decision in same:
        action = decision.action.partition(":")[2]
        for view in decision.policies.grants:
            counted = grants.get(view.id)
            if counted is not None:
                _count_grant(counted, action, uses(decision, view.id))
        for missed in decision.policies.missed:
            counted = grants.get(missed.id)
            if counted is not None:
                counted.add("0", 1, 1)
                if "demands" in missed.why:
                    counted.add("0/Constraints", 1, 1)


def uses(decision: Decision, grant: str) -> bool:
    """Whether a grant had a part in allowing a request: by itself, or as no statement of the key's policy named him."""
    if not decision.allowed:
        return False
    by_policy = any(source in decision.policies.resource for source, _ in decision.matched)
    return decision.grant == grant or (decision.grant is None and not by_policy)


def _count_grant(counted: Counted, action: str, used: bool) -> None:
    counted.add("0", 0 if used else 1, 1)
    if used:
        operations: list[Any] = counted.shape.document["Operations"]
        for path in counted.shape.paths[1:]:
            element, _, number = path[2:].partition("/")
            if element != "Operations" or operations[int(number)] == action:
                counted.add(path, 0, 1)
