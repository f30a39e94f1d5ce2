"""botocore's data, parsed once in a process, as each session gets it: its own, copied where somebody looks."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_values

_ABSENT = object()
_CONTAINERS = frozenset({dict, list})
_look = dict.__getitem__

_flags: dict[tuple[int, str], tuple[Any, frozenset[str]]] = {}
"""By the identity of a shared dictionary, which is kept beside its names, and a flag."""


def own(data: Any) -> Any:
    """A copy that whoever gets it may write into. Of a dictionary, only what is looked at is copied, and then kept."""
    kind = type(data)
    if kind not in _CONTAINERS:
        return data
    if kind is list:
        return [own(each) for each in data]
    for each in data.values():
        if type(each) in _CONTAINERS:
            copied = _Copied(data)
            copied._shared = data
            return copied
    return _Own(data)


def untouched(data: Any) -> dict[str, Any] | None:
    """The shared dictionary that this one is a copy of, as long as nobody has looked into it or changed it."""
    if not isinstance(data, _Copied) or len(data) != len(data._shared):
        return None
    return data._shared if all(data._is_shared(key) for key in data._shared) else None


def is_copy(data: Any) -> bool:
    """Whether data is some session's copy of what is parsed once."""
    return isinstance(data, _Copied)


def shared(data: Any) -> dict[str, Any] | None:
    """The dictionary that this one is a copy of, whatever became of it since."""
    return data._shared if isinstance(data, _Copied) else None


def flagged(data: Mapping[str, Any], flag: str) -> list[str]:
    """The names of the entries that have a flag; those that nobody has looked at have it if the shared ones have."""
    if not isinstance(data, _Copied):
        return [name for name, each in data.items() if each.get(flag)]
    place = id(data._shared), flag
    if place not in _flags:
        _flags[place] = data._shared, frozenset(name for name, each in data._shared.items() if each.get(flag))
    known, shared = _flags[place][1], data._shared
    values = dict.items(data)  # as they lie there
    return [name for name, each in values if (name in known if each is shared.get(name) else each.get(flag))]


class _Own(dict[str, Any]):
    """A dictionary that does what botocore's do, which are of OrderedDict: those are copied ten times slower."""

    __slots__ = ()

    def popitem(self, last: bool = True) -> tuple[str, Any]:
        if last or not self:
            return super().popitem()
        first = next(iter(self))
        return first, self.pop(first)

    def move_to_end(self, key: str, last: bool = True) -> None:
        value = self.pop(key)
        others = () if last else tuple(self)
        self[key] = value
        for each in others:
            self.move_to_end(each)

    def __reduce__(self) -> Any:
        return OrderedDict, (), None, None, iter(self.items())


class _Copied(_Own):
    """A dictionary whose values are those of the shared one until they are looked at."""

    __slots__ = ("_shared",)
    _shared: dict[str, Any]

    def _is_shared(self, key: str) -> bool:
        return dict.get(self, key, _ABSENT) is self._shared.get(key)

    def __getitem__(self, key: str) -> Any:
        value = _look(self, key)
        if type(value) in _CONTAINERS and value is self._shared.get(key):
            value = self[key] = own(value)
        return value

    def __iter__(self) -> Iterator[str]:  # so that dict() and ** look at each value
        return super().__iter__()

    def _copy_all(self) -> None:
        for key in self:
            self[key]

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401  # which would be this method

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        self.get(key)
        return super().pop(key, *default)

    def popitem(self, last: bool = True) -> tuple[str, Any]:
        self._copy_all()
        return super().popitem(last)

    def values(self) -> dict_values[str, Any]:
        self._copy_all()
        return super().values()

    def items(self) -> dict_items[str, Any]:
        self._copy_all()
        return super().items()

    def copy(self) -> dict[str, Any]:
        return dict(self.items())
