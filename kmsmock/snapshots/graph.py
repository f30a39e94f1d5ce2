"""A graph of objects: found from its roots, kept once, and put back as often as one likes."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

from kmsmock.snapshots import kinds
from kmsmock.snapshots.facets import Facet, State
from kmsmock.snapshots.kinds import Kind, Unknown

_ATOMS = frozenset({str, bytes, int, float, bool, type(None)})
_SEVERAL, _MANY = 64, 1024
"""Objects that are looked at together: where nothing changed, that is all that happens to them."""

_known: dict[type, Kind] = {}


class NotKept(Exception):
    """An object whose state cannot be kept; the text says where it stands, and why."""


class _Several:
    """One part of several objects."""

    def __init__(self, facet: Facet, objects: Sequence[Any], states: Sequence[State]) -> None:
        self._facet, self.objects, self._states = facet, objects, states
        self._in_one = facet.sizes is not None and facet.all_of is not None
        self._sizes, self._all = self._sizes_now(), list(self._all_now())
        self._are_empty = self._in_one and not self._all and not any(self._sizes)

    def _sizes_now(self) -> list[int]:
        return [] if self._facet.sizes is None else list(self._facet.sizes(self.objects))

    def _all_now(self) -> Iterable[Any]:
        return () if self._facet.all_of is None else self._facet.all_of(self.objects)

    @property
    def is_same(self) -> bool:
        """Whether nothing changed."""
        if self._are_empty and self._facet.sizes is not None:
            return not any(self._facet.sizes(self.objects))
        if self._in_one:
            return self._sizes_now() == self._sizes and all(map(operator.is_, self._all_now(), self._all))
        return all(map(self._facet.is_same, self.objects, self._states))

    def put_back(self) -> Sequence[_Several]:
        """Give each object that changed what it held. Returns as what these are looked at from now on: what changed
        once may change again, and so is looked at by fewer."""
        if (self._in_one and self.is_same) or self._facet.put_back is None:
            return (self,)
        changed = set[int]()
        for number, (each, state) in enumerate(zip(self.objects, self._states, strict=True)):
            if not self._facet.is_same(each, state):
                self._facet.put_back(each, state)
                changed.add(number // _SEVERAL)
        return (self,) if len(self.objects) <= _SEVERAL else list(self._divided(changed))

    def _divided(self, changed: set[int]) -> Iterator[_Several]:
        """Those lots apart in which something changed; the rest stays together."""
        is_rest = [number // _SEVERAL not in changed for number in range(len(self.objects))]
        if any(is_rest):
            yield _Several(self._facet, [*compress(self.objects, is_rest)], [*compress(self._states, is_rest)])
        for each in changed:
            part = slice(each * _SEVERAL, (each + 1) * _SEVERAL)
            yield _Several(self._facet, self.objects[part], self._states[part])


def _lots(facet: Facet, objects: Sequence[Any], states: Sequence[State], size: int) -> Iterator[_Several]:
    """The objects by so many."""
    for start in range(0, len(objects), size):
        part = slice(start, start + size)
        yield _Several(facet, objects[part], states[part])


def _apart(objects: Sequence[Any], states: Sequence[State]) -> Iterator[tuple[Sequence[Any], Sequence[State]]]:
    """Those that hold nothing, of which there are many, and the others: a lot of empty ones is looked at in no time."""
    for is_full in (False, True):
        found = [each for each, state in zip(objects, states, strict=True) if bool(state) is is_full]
        yield found, [state for state in states if bool(state) is is_full]


class Graph:
    """What all objects that can be reached from some roots hold now; those of ``without`` are not looked into.

    ``put_back`` gives it to the same objects. Those that are made meanwhile are let go with whatever refers to them.
    Raises NotKept for what cannot be kept: nothing is lost unsaid.
    """

    def __init__(self, roots: Mapping[str, Any], without: Sequence[Any] = ()) -> None:
        self._roots = roots
        self._seen = set(map(id, without))
        self._alive: list[Any] = [*without]
        """What has nothing to put back, such as tuples, so that nothing else gets its id."""
        self._parts: list[_Several] = []
        found: dict[int, tuple[Facet, list[Any], list[State]]] = {}
        stack = list(roots.values())
        while stack:
            each = stack.pop()
            kind = _known.get(type(each))
            if kind is kinds.NOTHING or id(each) in self._seen:
                continue
            self._seen.add(id(each))
            try:
                kind = _kind_of(type(each)) if kind is None else kind
                for facet in kind:
                    state = facet.look(each)
                    if not facet.is_content:
                        stack += [one for one in state if type(one) not in _ATOMS]
                    if facet.put_back is None:
                        self._alive.append(each)
                    else:
                        _, objects, states = found.setdefault(id(facet), (facet, [], []))
                        objects.append(each)
                        states.append(state)
            except Unknown as why:
                raise NotKept(f"{_place(roots, each)}: {why}") from None
        for facet, objects, states in found.values():
            for alike, theirs in _apart(objects, states):
                self._parts += _lots(facet, alike, theirs, _MANY)

    def __len__(self) -> int:
        return sum(len(each.objects) for each in self._parts)

    def has(self, each: Any) -> bool:
        """Whether an object is part of it."""
        return id(each) in self._seen

    @property
    def is_same(self) -> bool:
        """Whether all objects hold what they held."""
        return all(each.is_same for each in self._parts)

    def put_back(self) -> None:
        """Give all objects what they held."""
        self._parts = [one for each in self._parts for one in each.put_back()]


def _kind_of(kind: type) -> Kind:
    if kind not in _known:
        _known[kind] = kinds.of(kind)
    return _known[kind]


# --- where something stands -----------------------------------------------------------------------------------------


def _place(roots: Mapping[str, Any], wanted: Any) -> str:
    """Where an object stands, by the names of entries and attributes on the shortest way from a root."""
    seen = set[int]()
    ways = list(roots.items())
    for way, each in ways:  # which grows meanwhile
        if each is wanted:
            return f"{way}, {type(each).__module__}.{type(each).__qualname__}"
        if id(each) not in seen:
            seen.add(id(each))
            ways += [(f"{way}{name}", one) for name, one in _named(each) if type(one) not in _ATOMS]
    return f"{type(wanted).__module__}.{type(wanted).__qualname__}"


def _named(each: Any) -> Iterator[tuple[str, Any]]:
    try:
        parts = _kind_of(type(each))
        states: Iterable[Any] = [one for facet in parts if not facet.is_content for one in facet.look(each)]
    except Unknown:
        return
    if parts and isinstance(each, dict):
        yield from ((f"[{name!r}]", value) for name, value in dict.items(each))
    if parts and isinstance(each, (list, tuple)):
        yield from ((f"[{number}]", value) for number, value in enumerate(each))
    if parts:
        yield from ((f".{name}", value) for name, value in getattr(each, "__dict__", {}).items())
    yield from ((f" of {type(each).__qualname__}", one) for one in states)
