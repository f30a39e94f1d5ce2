"""The values of a condition key that conditions tell apart, each with what it is called.

A condition is a row of simple tests (is "a", is like "b*", is less than 5, is in a network). Values that pass the same
tests are one and the same to every condition, so that one of them stands for all.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import combinations, pairwise
from typing import NamedTuple

from kmsmock.access import patterns
from kmsmock.access.patterns import Pattern
from kmsmock.iam.conditions import MULTIVALUED
from kmsmock.iam.matching import Value, is_wild, unprotect
from kmsmock.iam.operators import OPERATORS, instant, number

_MOST_TOGETHER = 5
"""Values that are tried in all combinations where a key has several at once."""


class Simple(NamedTuple):
    """One test that a condition makes: an operator that does not negate, and one wanted value."""

    operator: str
    wanted: str

    def passes(self, value: str) -> bool:
        found = OPERATORS[self.operator]
        return (found.readable is None or found.readable(value)) and found.fits([self.wanted])([value]) > 0

    @property
    def exact(self) -> bool:
        """Whether it is passed by one value only."""
        return "Equals" in self.operator and "Than" not in self.operator and not is_wild(self.wanted)

    @property
    def words(self) -> str:
        wanted = unprotect(self.wanted)
        return f"{_WORDS.get(self.operator, 'like')} {wanted}" if self.operator in _WORDS else f'like "{wanted}"'


_WORDS = {
    "StringEqualsIgnoreCase": "in any case",
    "IpAddress": "in",
    "NumericEquals": "=",
    "DateEquals": "=",
    **{
        f"{kind}{name}": sign
        for kind in ("Numeric", "Date")
        for name, sign in (
            ("LessThan", "<"),
            ("LessThanEquals", "<="),
            ("GreaterThan", ">"),
            ("GreaterThanEquals", ">="),
        )
    },
}
_POSITIVE = {
    name: name.replace("Not", "") if name != "NotIpAddress" else "IpAddress" for name in OPERATORS if "Not" in name
}


def simple(operator: str, wanted: Iterable[str]) -> Iterator[Simple]:
    """The simple tests of a condition, whose operator may negate them."""
    positive = _POSITIVE.get(operator, operator)
    if positive in OPERATORS:
        for each in wanted:
            plain = positive in ("StringLike", "ArnLike") and not is_wild(each)
            yield Simple(positive.replace("Like", "Equals") if plain else positive, each)


class Kind(NamedTuple):
    """One kind of value: what stands for it (None: the key is absent), what it is called, whether it is all the rest,
    and the tests that it passes, which others may pass, too."""

    value: Value | None
    words: str
    rest: bool = False
    tests: frozenset[str] = frozenset()


ABSENT = Kind(None, "absent")


class Kinds(NamedTuple):
    """All kinds of values of a key; ``whole`` is False where there may be more."""

    kinds: tuple[Kind, ...]
    whole: bool = True


def kinds(key: str, tests: Sequence[Simple], extra: Sequence[str] = (), *, boolean: bool = False) -> Kinds:
    """The kinds of values of a key that may be there; whether it may be absent is the caller's to know."""
    tests = tuple(dict.fromkeys(tests))
    if boolean or (tests and all(each.operator == "Bool" for each in tests)):
        return Kinds((Kind("true", '"true"'), Kind("false", '"false"')))
    found = _candidates(tests)
    seen: dict[tuple[bool, ...], Kind] = {}
    for value in (*found.texts, *extra):
        passed = tuple(each.passes(value) for each in tests)
        if passed not in seen:
            words = frozenset(each.words for each, yes in zip(tests, passed, strict=True) if yes)
            seen[passed] = Kind(value, _words(tests, passed), not any(passed), words)
    single = Kinds(tuple(seen.values()), found.whole)
    return _together(single) if key in MULTIVALUED else single


def _words(tests: Sequence[Simple], passed: Sequence[bool]) -> str:
    """What the values are called that pass just these tests."""
    exact = next((each for each, yes in zip(tests, passed, strict=True) if yes and each.exact), None)
    if exact is not None and exact.operator not in _WORDS:
        return f'"{unprotect(exact.wanted)}"'
    named = [each.words for each, yes in zip(tests, passed, strict=True) if yes]
    return " and ".join(dict.fromkeys(named)) or "another"


def _together(single: Kinds) -> Kinds:
    """Several values at once, as a key has that is a list."""
    count = len(single.kinds)
    sizes = range(1, count + 1) if count <= _MOST_TOGETHER else (1, 2, count)
    found = []
    for size in sizes:
        for some in combinations(single.kinds, size):
            values = tuple(str(each.value) for each in some)
            inside = ", ".join(each.words for each in some)
            found.append(Kind(values, f"[{inside}]", rest=size == 1 and some[0].rest))
    return Kinds(tuple(found), single.whole and count <= _MOST_TOGETHER)


# --- values that may be told apart ----------------------------------------------------------------------------------


def _candidates(tests: Sequence[Simple]) -> patterns.Texts:
    """A value for each combination of tests that a value can pass."""
    texts = [Pattern(each.wanted, each.operator.startswith("Arn")) for each in tests if _is_text(each)]
    found = patterns.texts(texts)
    if any(each.operator == "StringEqualsIgnoreCase" for each in tests):
        others = [unprotect(each.wanted).swapcase() for each in tests if each.operator == "StringEqualsIgnoreCase"]
        found = found._replace(texts=(*found.texts, *others))
    more = (*_numbers(tests), *_dates(tests), *_addresses(tests))
    return found._replace(texts=more) if more and not texts else found._replace(texts=(*found.texts, *more))


def _is_text(test: Simple) -> bool:
    return test.operator.startswith(("String", "Arn", "Binary", "Bool"))


def _around(points: list[Decimal]) -> Iterator[Decimal]:
    """The points, what is between them, and what is before and after them all."""
    points = sorted(set(points))
    for one, other in pairwise(points):
        yield (one + other) / 2
    if points:
        yield from (*points, points[0] - 1, points[-1] + 1)


def _numbers(tests: Sequence[Simple]) -> Iterator[str]:
    read = (number(each.wanted) for each in tests if each.operator.startswith("Numeric"))
    yield from map(str, _around([each for each in read if each is not None]))


def _dates(tests: Sequence[Simple]) -> Iterator[str]:
    """Seconds since 1970, which dates may be written as, too."""
    read = (instant(each.wanted) for each in tests if each.operator.startswith("Date"))
    yield from (str(each) for each in _around([Decimal(each) / 1000 for each in read if each is not None]))


def _addresses(tests: Sequence[Simple]) -> Iterator[str]:
    """Networks lie in each other or apart, so that each part of them begins where one begins, or after one ends."""
    networks = []
    for each in tests:
        if each.operator == "IpAddress":
            try:
                networks.append(ipaddress.ip_network(each.wanted, strict=False))
            except ValueError:
                continue
    if not networks:
        return
    yield from ("0.0.0.0", "::")  # noqa: S104 - an address that is nobody's, not one to listen on
    for network in networks:
        yield str(network[0])
        last = int(network[-1])
        if last < 2**network.max_prefixlen - 1:
            yield str(ipaddress.ip_address(last + 1) if network.version == 4 else ipaddress.IPv6Address(last + 1))
