"""Two pictures of who may do what, compared: the evaluator asked on both sides, under all conditions that either has.

Keys are the same by their ARN, by what the files call them, or by an alias; principals by their ARN.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from kmsmock.access import boxes, keys_of_calls
from kmsmock.access.boxes import Cell
from kmsmock.access.conditions import space
from kmsmock.access.difference import AccessDiff, Change
from kmsmock.access.picture import Access, OneKey
from kmsmock.access.sides import Side, side
from kmsmock.iam import Decision
from kmsmock.iam.arn import Arn, root
from kmsmock.iam.matching import Value
from kmsmock.radius import outsiders
from kmsmock.radius.permitted import allowed_by


def compare(old: Access, new: Access) -> AccessDiff:
    """What is new and what is gone."""
    notes: dict[str, None] = {}
    found: list[Change] = []
    for before, after in _pairs(old.keys, new.keys):
        for name in _names(old, new, (before, after)):
            found += _of_person(old, new, name, before, after, notes)
    return AccessDiff(found, notes=tuple(notes))


def _pairs(old: Mapping[str, OneKey], new: Mapping[str, OneKey]) -> Iterator[tuple[OneKey | None, OneKey | None]]:
    """The keys of both sides, those together that are the same."""
    left = {arn: key for arn, key in old.items() if arn not in new}
    names = {(key.account, key.region, name): key for key in left.values() for name in key.names}
    matched = set()
    for arn, key in new.items():
        before = old.get(arn)
        if before is None:
            same = (names.get((key.account, key.region, name)) for name in key.names)
            before = next((each for each in same if each is not None and each.arn not in matched), None)
        if before is not None:
            matched.add(before.arn)
        yield before, key
    yield from ((key, None) for arn, key in left.items() if arn not in matched)


def _names(old: Access, new: Access, keys: tuple[OneKey | None, OneKey | None]) -> Iterator[str]:
    """Everybody who may have a say: accounts, whoever is there, whoever is named, and anyone."""
    partition = next(Arn.of(key.arn).partition for key in keys if key is not None)
    accounts = {*old.accounts, *new.accounts, *(key.account for key in keys if key is not None)}
    yield from (root(partition, account) for account in sorted(accounts) if account.isdigit())
    yield from sorted({*old.people, *new.people, *old.named, *new.named})
    yield from sorted({*old.services, *new.services})
    yield "*"


def _of_person(
    old: Access, new: Access, name: str, before: OneKey | None, after: OneKey | None, notes: dict[str, None]
) -> Iterator[Change]:
    there, here = old.people.get(name), new.people.get(name)
    if before is not None and after is not None and before.says == after.says:
        same = there is here or (there is not None and here is not None and there.says == here.says)
        if same:
            return
    was, now = side(old, name, before, new), side(new, name, after, old)
    sides = [each for each in (was, now) if each is not None]
    if not sides:
        return
    changes = [each for group in _groups(sides) for each in _of_actions(was, now, group, notes)]
    changes.sort(key=lambda each: (each.change == "gone", each.conditions, each.by, each.against))
    for _, alike in groupby(changes, key=lambda each: (each.change, each.conditions, each.by, each.against)):
        yield _joined(list(alike), sides)


def _joined(alike: Sequence[Change], sides: Sequence[Side]) -> Change:
    """One change of those that differ in their actions only."""
    actions = tuple(sorted(action for each in alike for action in each.actions))
    every = {f"kms:{action}" for each in sides for action in each.key.actions}
    first = alike[0]
    return replace(first, actions=actions, others=tuple(sorted(every - set(actions))))


def _groups(sides: Sequence[Side]) -> Iterator[list[str]]:
    """Actions about which the same statements and grants speak, under the same condition keys."""
    found: dict[object, list[str]] = {}
    for action in sorted({action for each in sides for action in each.key.actions}):
        statements = tuple(tuple(map(id, each.concerned(action))) for each in sides)
        grants = tuple(tuple(grant.id for grant in each.granting(action)) for each in sides)
        written = {condition.key for each in sides for one in each.concerned(action) for condition in one.conditions}
        if any(grants):
            written.add(keys_of_calls.PAIR_NAMES)
        can_have = frozenset(key for key in written if keys_of_calls.can_have(key, action, sides[0].person.who))
        constrained = bool(any(grants)) and action in ("DescribeKey", "GetPublicKey", "CreateGrant")
        here = tuple(action in each.key.actions for each in sides)
        found.setdefault((statements, grants, can_have, constrained, here), []).append(action)
    yield from found.values()


def _of_actions(was: Side | None, now: Side | None, actions: list[str], notes: dict[str, None]) -> Iterator[Change]:
    """What differs in actions of which one stands for all."""
    sides = [each for each in (was, now) if each is not None]
    action = actions[0]
    found = space(sides, action)
    looked_at, every = boxes.cells(found.dimensions)
    inside: dict[str, list[Cell]] = {"new": [], "gone": []}
    letting: dict[Cell, tuple[Decision, Decision | None]] = {}
    for cell in looked_at:
        keys, pairs = found.call(each.choices[number] for each, number in zip(found.dimensions, cell, strict=True))
        before, after = _decide(was, action, keys, pairs), _decide(now, action, keys, pairs)
        could, can = before is not None and before.allowed, after is not None and after.allowed
        if after is not None and can and not could:
            inside["new"].append(cell)
            letting[cell] = after, before
        elif before is not None and could and not can:
            inside["gone"].append(cell)
            letting[cell] = before, after
    if not (every and found.whole):
        notes[_not_all(sides[0], actions)] = None
    shown = sides[-1]
    for change, cells in inside.items():
        deciding = sides[0] if change == "gone" else shown
        for box in boxes.boxes(cells, looked_at, found.dimensions):
            decided = next(letting[cell] for cell in cells if boxes.holds(box, cell))
            yield _change(change, deciding, shown, actions, boxes.words(box, found.dimensions), *decided)


def _decide(side: Side | None, action: str, keys: Mapping[str, Value], pairs: Mapping[str, str]) -> Decision | None:
    return None if side is None or action not in side.key.actions else side.decide(action, keys, pairs)


def _not_all(side: Side, actions: Iterable[str]) -> str:
    named = ", ".join(f"kms:{action}" for action in actions)
    return (
        f"{side.person.name} has more combinations of conditions for {named} on {side.key.arn} than were "
        f"looked at ({boxes.MOST} at most): there may be differences beside those that are told"
    )


def _change(
    change: str,
    deciding: Side,
    shown: Side,
    actions: Sequence[str],
    conditions: tuple[str, ...],
    letting: Decision,
    keeping: Decision | None,
) -> Change:
    """``letting`` is the decision of the side that lets in, ``keeping`` that of the other, if it has both of them."""
    person, key = deciding.person, shown.key
    assumed = outsiders.assumed(person.kind, person.who, deciding.key.account) if person.named_only else ""
    denied = keeping is not None and keeping.effect == "explicitDeny"
    return Change(
        change=change,
        principal=person.name,
        kind=person.kind,
        key=key.arn,
        called=key.names,
        actions=tuple(f"kms:{action}" for action in actions),
        conditions=conditions,
        by=_without(deciding, shown, allowed_by(letting)),
        against=_without(deciding, shown, allowed_by(keeping)) if keeping is not None and denied else (),
        assumed=assumed,
    )


def _without(deciding: Side, shown: Side, told: Iterable[str]) -> tuple[str, ...]:
    """What decided, with the key as it is called in all that is told."""
    return tuple(each.replace(deciding.key.arn, shown.key.arn) for each in told)
