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
from kmsmock.iam import Decision, Policy, Source
from kmsmock.iam.places import Places
from kmsmock.iam.places import of as of_file
from kmsmock.iam.request import applicable
from kmsmock.model.written import OURS, Written
from kmsmock.telling.own_lines import Line

Counts = dict[str, list[int]]
"""By the path of a statement, how often it matched and how often it did not; by that of a part, how often it took part
in a match and how often the statement did not match because of it."""


class Place(NamedTuple):
    """Where a document was written: a line, or of one that came from a file, where it stands there."""

    line: Line | None
    file: str = ""
    element: str = ""
    template: str = ""


class Counted:
    """One policy, or all that are one, with what was counted. ``places`` are the lines that wrote it."""

    def __init__(self, shape: Shape, kind: str, whose: str) -> None:
        self.shape, self.kind, self.whose = shape, kind, whose
        self.written: set[Place] = set()
        self.counts: Counts = {path: [0, 0] for path in shape.paths}

    def add(self, path: str, index: int, times: int) -> None:
        """Count; of documents that are one by their name, a path may be in another only."""
        self.counts.setdefault(path, [0, 0])[index] += times


class Counting:
    """Counts decisions policy by policy. What AWS made is left out, unless ``aws_made``."""

    def __init__(self, *, aws_made: bool = False) -> None:
        self.policies: dict[str, Counted] = {}
        self._aws_made = aws_made

    def add(self, decisions: Sequence[Decision], written: Iterable[Written], places: Places) -> None:
        """Count the decisions of a world, and whatever was written in it; ``places`` says what came from files."""
        grants: dict[str, Counted] = {}
        known, ours = set(), set()
        for each in written:
            if each.element == OURS and not self._aws_made:
                shape = shapes.of_text(each.text)
                ours.update([] if shape is None else [shape.key])
                continue
            counted = self._of_written(each, places)
            if counted is not None and each.grant is not None:
                grants[each.grant[0]] = counted
            elif counted is not None:
                known.add(counted.shape.key)
        found: dict[int, _Known | None] = {}
        for same in _alike(decisions):
            first = same[0]
            bounded = first.policies.boundary is not None
            for source in sources_of(first):
                policy = source.policy
                if id(policy) not in found:
                    found[id(policy)] = self._known(source, known, ours)
                views = found[id(policy)]
                if views is not None:
                    for view in views.views:
                        _count(views.counted, view, same, bounded)
            if grants:
                _count_grants(grants, same)

    def _of_written(self, written: Written, places: Places) -> Counted | None:
        shape = shapes.of_text(written.text) if written.grant is None else shapes.of_grant(written.grant[1])
        if shape is None:
            return None
        counted = self.policies.get(shape.key)
        if counted is None:
            counted = self.policies[shape.key] = Counted(shape, written.kind, written.whose)
        file = ""
        if places and written.text:
            file = next(iter(of_file(places, shapes.statements_of(json.loads(written.text)))), "")
        line = written.lines[0] if written.lines else None
        counted.written.add(Place(line, file, written.element, written.template))
        return counted

    def _known(self, source: Source, written: set[str], ours: set[str]) -> _Known | None:
        """Where the statements of a policy are counted; None for what is left out."""
        if not source.policy.statements:
            return None
        shape = shapes.of_policy(source.policy)
        if shape is None or (shape.key not in written and self._is_left_out(source, shape, ours)):
            return None
        counted = self.policies.get(shape.key)
        if counted is None:
            counted = self.policies[shape.key] = Counted(shape, source.layer.value, source.name)
        return _Known(counted, looking.views(source.policy))


    def _is_left_out(self, source: Source, shape: Shape, ours: set[str]) -> bool:
        return not self._aws_made and (shape.key in ours or is_aws_made(source))


class _Known(NamedTuple):
    counted: Counted
    views: list[View]


def sources_of(decision: Decision) -> Iterator[Source]:
    """Every policy that had a say."""
    for sources in applicable(decision.request, decision.policies):
        yield from sources


def _alike(decisions: Sequence[Decision]) -> Iterable[list[Decision]]:
    """Decisions that differ in nothing but the context of the request and what came of it."""
    groups: dict[tuple[object, ...], list[Decision]] = {}
    for each in decisions:
        request, policies = each.request, each.policies
        principal = request.principal
        asked = (
            principal.arn,
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
    """Whether a grant had a part in allowing a request: by itself, or because no statement of the key's named anybody."""
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


