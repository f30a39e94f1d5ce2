"""A freeze that starts faster: freezegun looks at all names of all modules each time; nearly all are as they were."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kmsmock.foreign.contract import imported

_times: dict[str, tuple[tuple[int, int], Any]] = {}
"""Module name -> the module's identity and the number of its names, and those of them that freezegun replaces."""
_timeless: dict[str, tuple[int, int]] = {}
"""The same of those that have none."""


class _Modules:
    """The modules; but who goes through them, as freezegun does, is not shown those that have no time."""

    def __getattr__(self, name: str) -> Any:
        return getattr(imported(), name)

    def items(self) -> list[tuple[str, Any]]:
        known, every = _timeless.get, list(imported().items())
        return [each for each in every if known(each[0]) != (id(each[1]), len(getattr(each[1], "__dict__", ())))]


class _Sys:
    """``sys`` with these modules."""

    modules = _Modules()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)


@contextmanager
def quick_scan(api: Any) -> Iterator[None]:
    """Let freezegun, whose inside is ``api``, look at modules that changed only, and at those where it found something.
    Where its inside looks different from what is known here, it goes its own way."""
    inside = vars(api)
    original = inside.get("_get_cached_module_attributes")
    if original is None or inside.get("sys") is not sys:
        yield
        return

    def attributes(module: Any) -> Any:
        name, state = module.__name__, (id(module), len(getattr(module, "__dict__", ())))
        known = _times.get(name)
        if known is None or known[0] != state:
            known = _times[name] = (state, original(module))
            _timeless[name] = (0, 0) if known[1] else state
        return known[1]

    try:
        inside.update(_get_cached_module_attributes=attributes, sys=_Sys())
        yield
    finally:
        inside.update(_get_cached_module_attributes=original, sys=sys)
