"""What the page is made of: the results of a run, as compact lists of numbers into tables of what they share.

``page/data.js`` reads it. Worlds in which the same happened have one body; instants are seconds since the world began.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from kmsmock.coverage import making, plain, spans
from kmsmock.report.strings import Names, Table
from kmsmock.results import kinds
from kmsmock.results.kinds import Record
from kmsmock.results.merging import Attempt, Results, WorldSeen

AT_MOST = (400, 100, 40, 15, 7, 3, 1)
"""Lines of a kind that a world has in the page: fewer, the larger the page becomes."""
BYTES = 900_000
"""How large the data may be, for up to two thousand tests."""
_TESTS = 2_000


def packed(results: Results) -> dict[str, Any]:
    """The data of the page: all of it, or as much of each world as there is room for."""
    room = BYTES * max(1.0, len(results.tests) / _TESTS)
    longest = max((len(world.records) for test in results.tests for world in test.worlds), default=0)
    for at_most in (AT_MOST[0], *(each for each in AT_MOST[1:] if each < longest)):
        found = Packed(results, at_most).as_dict()
        if len(json.dumps(found, separators=(",", ":"))) <= room:
            break
    return found


def seconds(when: str) -> int:
    """An instant of the results in seconds since 1970."""
    return int(datetime.fromisoformat(when.replace("Z", "+00:00")).timestamp())


class Packed:
    """The tables, and the tests that point into them."""

    def __init__(self, results: Results, at_most: int) -> None:
        self._at_most = at_most
        self._policies = policies(results)[: at_most * 5]
        self._strings, self._shapes, self._bodies = Table(), Table(), Table()
        self._runs = list({each.run: each for each in reversed(results.runs)})
        self._tests = [self._test(each) for each in results.tests]
        self._whole = results

    def as_dict(self) -> dict[str, Any]:
        """All of it, for JSON."""
        return {
            "version": 1,
            "runs": [self._run(name) for name in self._runs],
            "strings": self._strings.values,
            "shapes": self._shapes.values,
            "bodies": self._bodies.values,
            "tests": self._tests,
            "policies": self._policies,
        }

    def _run(self, name: str) -> dict[str, Any]:
        processes = [each for each in self._whole.runs if each.run == name]
        first = min(processes, key=lambda each: each.started)
        workers = sorted(each.worker for each in processes if each.worker)
        told = {"run": name, "kmsmock": first.kmsmock, "python": first.python, "mode": first.mode}
        return {**told, "started": int(first.started), "workers": workers}

    def _text(self, text: str) -> int:
        return self._strings.number(text)

    def _shape(self, *parts: str) -> int:
        return self._shapes.number(parts, lambda: [self._text(each) for each in parts])

    def _test(self, seen: Attempt) -> list[Any]:
        file, _, name = seen.test.test.partition("::")
        head = [self._text(file), name, self._text(seen.test.outcome), seen.test.attempt, seen.test.seconds]
        return [*head, self._runs.index(seen.run.run), [self._world(each) for each in seen.worlds]]

    def _world(self, seen: WorldSeen) -> list[Any]:
        world, begun = seen.world, seconds(seen.world.begun)
        keys = [each for each in seen.records if isinstance(each, kinds.Key)]
        names = Names([each.arn for each in keys])
        body, left_out = self._body(seen.records, names, begun)
        return [
            self._shape(world.account, world.region, world.enforce),
            begun,
            seconds(world.ended) - begun,
            [world.calls, world.decisions, world.denied, world.refused, world.throttled],
            int(world.over),
            world.world,
            self._bodies.number(json.dumps(body), lambda: body),
            [each.arn.rpartition("/")[2] for each in keys],
            *([left_out] if any(left_out) else []),
        ]

    def _body(self, records: Sequence[Record], names: Names, begun: int) -> tuple[list[Any], list[int]]:
        """What happened, by kind, and how much of each was left out."""
        body, left_out = [], []
        for kind, pack in _PACKS:
            found = [each for each in records if isinstance(each, kind)]
            body.append([pack(self, each, names, begun) for each in found[: self._at_most]])
            left_out.append(max(0, len(found) - self._at_most))
        return body, left_out

    def key(self, key: kinds.Key, names: Names, begun: int) -> list[Any]:
        """A key: where it is, what it is, its aliases, states, rotations, and when it is deleted."""
        what = self._shape(key.spec, key.usage, key.origin, key.manager, key.multi_region)
        states = [part for when, state in key.states for part in (seconds(when) - begun, self._text(state))]
        rotations = [seconds(each) - begun for each in key.rotations]
        deletion = [seconds(key.deletion) - begun] if key.deletion else []
        place = self._text(f"{key.arn.rpartition('/')[0]}/")
        return [place, what, [self._text(each) for each in key.aliases], states, rotations, *deletion]

    def decision(self, made: kinds.Decision, names: Names, begun: int) -> list[Any]:
        """A decision, its resource (a key's number, or below zero a text), and how often."""
        shape = self._shape(
            made.caller, made.action, made.effect, made.reason, made.owner, made.via, names.local(made.by)
        )
        return _short([shape, self._resource(made.resource, names), made.times], 1)

    def _resource(self, arn: str, names: Names) -> int:
        number = names.key(arn)
        return number if number >= 0 else -self._text(names.local(arn)) - 1

    def event(self, event: kinds.Event, names: Names, begun: int) -> list[Any]:
        """An event, its keys, its instant, how often, and how much later the last time was."""
        shape = self._shape(
            event.name,
            event.source,
            event.account,
            event.region,
            event.who,
            event.via,
            event.error,
            event.address,
        )
        keys = [self._resource(each, names) for each in event.keys]
        when = seconds(event.when)
        more = [] if event.times == 1 else [event.times, seconds(event.until or event.when) - when]
        return [shape, keys[0] if len(keys) == 1 else keys, when - begun, *more]

    def refusal(self, refusal: kinds.Refusal, names: Names, begun: int) -> list[Any]:
        """A refusal: its instant, whether it was let pass (1) and expected (2), its explanation."""
        shape = self._shape(
            refusal.cause,
            refusal.general,
            names.local(refusal.why),
            refusal.service,
            refusal.operation,
            refusal.asked,
            refusal.code,
            names.local(refusal.message),
            refusal.principal,
            refusal.via,
            refusal.at,
        )
        told = [self._text(names.local(refusal.explanation))] if refusal.explanation else []
        about = self._resource(refusal.key, names) if refusal.key else None
        flags = refusal.passed + 2 * refusal.expected
        return [shape, about, seconds(refusal.when) - begun, flags, refusal.times, *told]

    def bill(self, bill: kinds.Bill, names: Names, begun: int) -> list[Any]:
        """A line of the bill: quantity, amount and what of it was free."""
        shape = self._shape(bill.year, bill.account, bill.region, bill.item, bill.via)
        return _short([shape, bill.quantity, bill.amount, bill.free], 0)

    def link(self, link: kinds.Link, names: Names, begun: int) -> list[Any]:
        """What goes from one place to another, and of which key."""
        shape = self._shape(link.what, link.account, link.region, link.to_account, link.to_region)
        key = self._resource(link.key, names) if link.key else None
        return [shape, self._text(names.local(link.about)), self._text(names.local(link.why)), key]


_PACKS: tuple[tuple[type[Any], Callable[[Packed, Any, Names, int], list[Any]]], ...] = (
    (kinds.Key, Packed.key),
    (kinds.Decision, Packed.decision),
    (kinds.Event, Packed.event),
    (kinds.Refusal, Packed.refusal),
    (kinds.Bill, Packed.bill),
    (kinds.Link, Packed.link),
)
"""The kinds of lines of a world, in the order in which its body has them, and how each is packed."""


def _short(values: list[Any], usual: Any) -> list[Any]:
    return values[:-1] if values[-1] == usual else values


def policies(results: Results) -> list[dict[str, Any]]:
    """The policies of the suite, with their texts cut into pieces that know whether a test needed them."""
    found = making.of_plain(results.all_of(plain.Policy))
    return [
        {
            "name": each.title,
            "kind": each.kind,
            "about": [*each.places[1:], *each.whose],
            "statements": [each.exercised, len(each.statements)],
            "missing": list(each.missing),
            "spans": [list(span) for span in spans.spans(each)],
        }
        for each in found
    ]
