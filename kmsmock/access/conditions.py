"""The conditions that two sides distinguish: dimensions, each with the kinds of values that decide differently."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from kmsmock.access import keys_of_calls
from kmsmock.access.keys_of_calls import PAIR, PAIR_NAMES, VIA
from kmsmock.access.patterns import FRESH, Pattern, texts
from kmsmock.access.sides import Side, is_free
from kmsmock.access.values import ABSENT, Kind, Simple, kinds, simple
from kmsmock.iam.arn import Arn
from kmsmock.iam.conditions import Condition
from kmsmock.iam.matching import Value, has_variable, substitute

Chosen = Mapping[str, Value]


class Choice(NamedTuple):
    """Kinds of values between which nothing distinguishes, and the condition keys of a call that has one of them."""

    kinds: tuple[Kind, ...]
    keys: Chosen


@dataclass(frozen=True, slots=True, eq=False)
class Dimension:
    """A condition key, or some that go together; ``name`` is as policies write it."""

    name: str
    choices: tuple[Choice, ...]


@dataclass(slots=True, eq=False)
class Space:
    """All conditions that somebody's calls of an action can meet. ``pairs`` are the names of the encryption context."""

    dimensions: list[Dimension]
    pairs: dict[str, str]
    whole: bool = True

    def call(self, chosen: Iterable[Choice]) -> tuple[dict[str, Value], dict[str, str]]:
        """The condition keys and the encryption context of a call."""
        keys: dict[str, Value] = {}
        for each in chosen:
            keys.update(each.keys)
        pairs = {name: str(keys[f"{PAIR}{lower}"]) for lower, name in self.pairs.items() if f"{PAIR}{lower}" in keys}
        if keys.pop(_OTHERS, None):
            pairs[FRESH] = FRESH
        if pairs:
            keys[PAIR_NAMES] = tuple(pairs)
        return keys, pairs


_OTHERS = "other pairs"
_VARIABLE = re.compile(r"\$\{\s*([^},]*?)\s*[,}]")


_NOTHING: Chosen = {}


class _Written(NamedTuple):
    """A condition, and the side that has it."""

    condition: Condition
    side: Side

    def wanted(self, more: Chosen = _NOTHING) -> Iterator[str]:
        context = {**self.side.given, **more}
        for text in self.condition.wanted:
            filled = substitute(text, context) if self.condition.variables else text
            if filled is not None:
                yield filled

    def holds(self, chosen: Chosen) -> bool:
        return self.condition.holds({**self.side.given, **chosen})


def space(sides: Sequence[Side], action: str) -> Space:
    """The conditions that statements and grants of any side distinguish for an action."""
    written = [
        _Written(condition, side)
        for side in sides
        for statement in side.concerned(action)
        for condition in statement.conditions
    ]
    found = Space([], {})
    by_key: dict[str, list[_Written]] = {}
    for each in written:
        by_key.setdefault(each.condition.key, []).append(each)
    for key in _referred(sides, action, written):
        by_key.setdefault(key, [])
        found.whole = found.whole and not _open(sides, action, key)
    sources = [grant.source_arn for side in sides for grant in side.granting(action) if grant.source_arn is not None]
    if sources and sides[0].person.who.kind == "service":
        by_key.setdefault("aws:sourcearn", [])
    open_ = {key: each for key, each in by_key.items() if _open(sides, action, key)}
    via = {key: each for key, each in open_.items() if key in VIA}
    if via:
        found.dimensions.append(_via(via, sides[0], action))
    _add_pairs(found, sides, action, open_)
    for key in sorted(set(open_) - VIA):
        if not key.startswith(PAIR) and key != PAIR_NAMES:
            extra = [Simple("StringEquals", each) for each in sources] if key == "aws:sourcearn" else []
            _add(found, sides, action, key, open_[key], extra)
    return found


def _open(sides: Sequence[Side], action: str, key: str) -> bool:
    """Whether calls of the action may have one or another value."""
    return any(is_free(side, key) for side in sides) and keys_of_calls.can_have(key, action, sides[0].person.who)


def _referred(sides: Sequence[Side], action: str, written: Iterable[_Written]) -> Iterator[str]:
    """The condition keys that policy variables mean."""
    wanted = [text for each in written if each.condition.variables for text in each.condition.wanted]
    resources = [
        text
        for side in sides
        for statement in side.concerned(action)
        if statement.resources is not None
        for text in statement.resources.variable
    ]
    for text in (*wanted, *resources):
        yield from (name.lower() for name in _VARIABLE.findall(text) if ":" in name)


def _shown(key: str, written: Iterable[_Written]) -> str:
    """A condition key as it is written."""
    return next((each.condition.shown.partition(" ")[2] for each in written if each.condition.shown), key)


# --- keys of their own ----------------------------------------------------------------------------------------------


def _add(
    found: Space, sides: Sequence[Side], action: str, key: str, written: list[_Written], extra: Sequence[Simple]
) -> None:
    tests = [*extra, *(test for each in written for test in simple(each.condition.operator, each.wanted()))]
    for each in written:  # a variable that is open: the values of what it means are tried
        if each.condition.variables and any(map(has_variable, each.condition.wanted)):
            for other in found.dimensions:
                for choice in other.choices:
                    tests += simple(each.condition.operator, each.wanted(choice.keys))
    there = kinds(key, tests, boolean=key in keys_of_calls.BOOLEAN)
    found.whole = found.whole and there.whole
    possible = [each for each in there.kinds if _is_of(sides[0], key, each)]
    if not keys_of_calls.always_has(key):
        possible.append(ABSENT)
    plain = not any(each.condition.variables for each in written)
    merged = _merged(key, possible, written if plain and not extra else None)
    if merged:
        found.dimensions.append(Dimension(_shown(key, written), merged))


def _is_of(side: Side, key: str, kind: Kind) -> bool:
    """Whether who stands for an account can have a value: an ARN in it is of that account."""
    arn = Arn.find(str(kind.value)) if key == "aws:principalarn" else None
    account = "" if arn is None else arn.account
    return not account.isdigit() or account == side.person.who.account


def _merged(key: str, possible: Iterable[Kind], written: list[_Written] | None) -> tuple[Choice, ...]:
    """The kinds, those together between which no condition distinguishes; without ``written`` each by itself."""
    found: dict[object, list[Kind]] = {}
    for kind in possible:
        chosen = {} if kind.value is None else {key: kind.value}
        told = kind if written is None else tuple(each.holds(chosen) for each in written)
        found.setdefault(told, []).append(kind)
    return tuple(Choice(tuple(each), {} if each[0].value is None else {key: each[0].value}) for each in found.values())


# --- the services that a call came through --------------------------------------------------------------------------

_DIRECT = Choice((ABSENT,), {"aws:viaawsservice": "false"})


def _via(written: Mapping[str, list[_Written]], side: Side, action: str) -> Dimension:
    """One dimension for all keys that tell of services on the way: none, or one of those that are told apart."""
    tests = {
        key: [test for each in listed for test in simple(each.condition.operator, each.wanted())]
        for key, listed in written.items()
    }
    name = next(
        key
        for key in ("kms:viaservice", "aws:calledvialast", "aws:calledviafirst", "aws:calledvia", *VIA)
        if key in written
    )
    every = [each for listed in written.values() for each in listed]
    grants = keys_of_calls.can_have("kms:grantisforawsresource", action, side.person.who)
    found: dict[tuple[bool, ...], list[tuple[Kind, dict[str, Value]]]] = {}
    for kind, keys in (_none(grants), *_ways(tests, side.key.region, grants)):
        told = tuple(each.holds(keys) for each in every)
        found.setdefault(told, []).append((kind, keys))
    choices = tuple(Choice(tuple(kind for kind, _ in each), each[0][1]) for each in found.values())
    return Dimension(_shown(name, written[name]), choices)


def _none(grants: bool) -> tuple[Kind, dict[str, Value]]:
    keys: dict[str, Value] = {"aws:viaawsservice": "false"}
    return ABSENT, {**keys, "kms:grantisforawsresource": "false"} if grants else keys


def _ways(tests: Mapping[str, list[Simple]], region: str, grants: bool) -> Iterator[tuple[Kind, dict[str, Value]]]:
    """Services, each alone or, where the first and the last are told apart, with another."""
    services = kinds("kms:viaservice", tests.get("kms:viaservice", ())).kinds
    called = [
        test for key in ("aws:calledvia", "aws:calledviafirst", "aws:calledvialast") for test in tests.get(key, ())
    ]
    names = kinds("", called).kinds if called else ()
    for kind in services:
        yield kind, _through(str(kind.value), (f"{str(kind.value).partition('.')[0]}.amazonaws.com",), grants)
    for last in names:
        via = f"{str(last.value).partition('.')[0]}.{region}.amazonaws.com"
        yield last, _through(via, (str(last.value),), grants)
        for first in names:
            if first is not last:
                both = Kind((str(first.value), str(last.value)), f"[{first.words}, {last.words}]")
                yield both, _through(via, (str(first.value), str(last.value)), grants)


def _through(via_service: str, chain: tuple[str, ...], grants: bool) -> dict[str, Value]:
    keys: dict[str, Value] = {
        "aws:viaawsservice": "true",
        "aws:calledvia": chain,
        "aws:calledviafirst": chain[0],
        "aws:calledvialast": chain[-1],
    }
    if not via_service.startswith("cloudformation."):
        keys["kms:viaservice"] = via_service
    return {**keys, "kms:grantisforawsresource": "true"} if grants else keys


# --- the encryption context -----------------------------------------------------------------------------------------


def _add_pairs(found: Space, sides: Sequence[Side], action: str, open_: Mapping[str, list[_Written]]) -> None:
    """A dimension for each name that is told of, and one for whether there are others."""
    if not keys_of_calls.can_have(PAIR_NAMES, action, sides[0].person.who):
        return
    tests: dict[str, list[Simple]] = {}
    for name, test in (*_pairs_of_conditions(open_), *_pairs_of_grants(sides, action)):
        found.pairs.setdefault(name.lower(), name)
        tests.setdefault(name.lower(), []).extend(test)
    walked = texts([Pattern(text, of_arn=False) for text in _names_of_pairs(open_)])
    found.whole = found.whole and walked.whole
    for name in walked.texts:
        if name and name != FRESH:
            found.pairs.setdefault(name.lower(), name)
    for lower, name in found.pairs.items():
        there = kinds("", tests.get(lower, ()))
        found.whole = found.whole and there.whole
        merged = _merged(f"{PAIR}{lower}", (*there.kinds, ABSENT), None)
        found.dimensions.append(Dimension(f"kms:EncryptionContext:{name}", merged))
    equal = any(grant.context_equals is not None for side in sides for grant in side.granting(action))
    if PAIR_NAMES in open_ or equal:
        others = (Choice((ABSENT,), {}), Choice((Kind("", "there", rest=True),), {_OTHERS: "true"}))
        found.dimensions.append(Dimension("another pair of the encryption context", others))


def _pairs_of_conditions(open_: Mapping[str, list[_Written]]) -> Iterator[tuple[str, list[Simple]]]:
    for key, written in open_.items():
        if key.startswith(PAIR):
            tests = [test for each in written for test in simple(each.condition.operator, each.wanted())]
            yield _shown(key, written)[len(PAIR) :], tests


def _pairs_of_grants(sides: Sequence[Side], action: str) -> Iterator[tuple[str, list[Simple]]]:
    for grant in (grant for side in sides for grant in side.granting(action)):
        for name, value in (grant.context_equals or grant.context_subset or {}).items():
            yield name, [Simple("StringEquals", value)]


def _names_of_pairs(open_: Mapping[str, list[_Written]]) -> Iterator[str]:
    """Names that conditions on ``kms:EncryptionContextKeys`` ask for."""
    for each in open_.get(PAIR_NAMES, ()):
        yield from (test.wanted for test in simple(each.condition.operator, each.wanted()))
