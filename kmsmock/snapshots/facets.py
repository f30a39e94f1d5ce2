"""The parts of which an object's state consists: entries, items, attributes, slots, the content of a file.

Each is kept as the list of what it holds, and put back into the object that it was taken from.
"""

from __future__ import annotations

import io
import operator
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from types import MemberDescriptorType
from typing import Any, NamedTuple

State = Sequence[Any]


class Facet(NamedTuple):
    """``look`` gives what an object holds, ``put_back`` has it hold that again: nothing of what never changes."""

    look: Callable[[Any], State]
    put_back: Callable[[Any, State], None] | None = None
    sizes: Callable[[Sequence[Any]], Iterable[int]] | None = None
    """How much each of several objects holds, and ``all_of`` what: at the speed of C, to find those that changed."""
    all_of: Callable[[Sequence[Any]], Iterable[Any]] | None = None
    is_content: bool = False
    """Whether it is a content that is read anew each time, and no objects that stay what they are."""

    def is_same(self, each: Any, state: State) -> bool:
        """Whether an object holds the very same things; equal ones are not enough, unless they are its content."""
        now = self.look(each)
        if self.is_content:
            return now == state
        return len(now) == len(state) and all(map(operator.is_, now, state))


_EMPTY = object()
"""What a slot holds that nothing was written into."""


# --- entries --------------------------------------------------------------------------------------------------------


def _entries(each: dict[Any, Any]) -> State:
    return [*dict.keys(each), *dict.values(each)]


def _pairs(state: State) -> Iterable[tuple[Any, Any]]:
    half = len(state) // 2
    return zip(state[:half], state[half:], strict=True)


def _set_entries(each: dict[Any, Any], state: State) -> None:
    dict.clear(each)
    dict.update(each, _pairs(state))


def _set_ordered(each: OrderedDict[Any, Any], state: State) -> None:
    OrderedDict.clear(each)
    for name, value in _pairs(state):
        OrderedDict.__setitem__(each, name, value)


def _all_entries(several: Sequence[dict[Any, Any]]) -> Iterable[Any]:
    return chain(
        chain.from_iterable(map(dict.keys, several)),
        chain.from_iterable(map(dict.values, several)),
    )


ENTRIES = Facet(_entries, _set_entries, partial(map, dict.__len__), _all_entries)
ORDERED = Facet(_entries, _set_ordered, partial(map, dict.__len__), _all_entries)


# --- items ----------------------------------------------------------------------------------------------------------


def _set_items(each: list[Any], state: State) -> None:
    list.__setitem__(each, slice(None), state)


def _set_members(each: set[Any], state: State) -> None:
    set.clear(each)
    set.update(each, state)


def _set_queue(each: deque[Any], state: State) -> None:
    each.clear()
    each.extend(state)


ITEMS = Facet(
    list.copy,
    _set_items,
    partial(map, list.__len__),
    lambda several: chain.from_iterable(map(list.__iter__, several)),
)
MEMBERS = Facet(
    lambda each: list(set.__iter__(each)),
    _set_members,
    partial(map, set.__len__),
    lambda several: chain.from_iterable(map(set.__iter__, several)),
)
QUEUE = Facet(list, _set_queue)
WITHIN = Facet(list)


# --- attributes -----------------------------------------------------------------------------------------------------

_attributes = operator.attrgetter("__dict__")


def _set_attributes(each: Any, state: State) -> None:
    now = each.__dict__
    now.clear()
    now.update(_pairs(state))


ATTRIBUTES = Facet(
    lambda each: _entries(each.__dict__),
    _set_attributes,
    lambda several: map(len, map(_attributes, several)),
    lambda several: chain.from_iterable(map(dict.values, map(_attributes, several))),  # nobody renames attributes
)


def slots_of(kind: type) -> Facet | None:
    """The slots of a type, those that it inherits included. Those of a frozen dataclass are not written again."""
    slots = [
        value
        for each in kind.__mro__
        for value in vars(each).values()
        if isinstance(value, MemberDescriptorType) and each.__module__ != "builtins"
    ]
    if not slots:
        return None
    frozen = getattr(getattr(kind, "__dataclass_params__", None), "frozen", False)
    names = [slot.__name__ for slot in slots]
    get = operator.attrgetter(*names, names[0])  # of one name it would give no tuple

    def look(each: Any) -> State:
        try:
            return get(each)
        except AttributeError:
            found = [getattr(each, name, _EMPTY) for name in names]
            return [*found, found[0]]

    if frozen:
        return Facet(look)
    return Facet(
        look, partial(_set_slots, slots), lambda _: (), lambda several: chain.from_iterable(map(look, several))
    )


def _set_slots(slots: Sequence[Any], each: Any, state: State) -> None:
    for slot, value in zip(slots, state, strict=False):
        if value is not _EMPTY:
            slot.__set__(each, value)
        elif hasattr(each, slot.__name__):
            slot.__delete__(each)


# --- contents -------------------------------------------------------------------------------------------------------


def _content(each: Any) -> State:
    """What a file holds, and where it is read; nothing of one that is closed."""
    if each.closed:
        return []
    place = each.tell()
    each.seek(0)
    content = each.read()
    each.seek(place)
    return [content, place]


def _write(each: Any, state: State) -> None:
    """moto closes the body of an object of S3 that is deleted, or written anew: it is opened again."""
    if not state:
        each.close()
        return
    content, place = state
    if each.closed and isinstance(each, (io.BytesIO, io.StringIO)):
        each.__init__(content)  # type: ignore[misc]  # which opens it
    elif each.closed:
        each.__init__()
    each.seek(0)
    each.truncate()
    each.write(content)
    each.seek(place)


def _set_bytes(each: bytearray, state: State) -> None:
    each[:] = state[0]


BYTES = Facet(lambda each: [bytes(each)], _set_bytes, is_content=True)
FILE = Facet(_content, _write, is_content=True)
