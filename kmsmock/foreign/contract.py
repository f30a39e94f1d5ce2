"""What is taken from another library without its promise: each name with its reason, found or told to be gone.

A name is a module, a colon, and a path of attributes: ``moto.s3.models:FakeKey._value_buffer``. The last of them may be
an attribute that instances get when they are made.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dis import get_instructions
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from kmsmock.errors import KmsMockError
from kmsmock.foreign.versions import installed, table

_ABSENT = object()


class _Name(NamedTuple):
    """A listed name, taken apart. ``part`` is the part of the library that it is looked at with."""

    module: str
    path: tuple[str, ...]
    part: str


class Contract:
    """The names of one library, with their reasons. All are there in the versions of ``versions.json``.

    ``library`` is the name under which it is installed, or ``Python`` for what comes with Python. Without a name that
    is ``optional`` everything works, if slower: whoever uses it looks whether it is there.
    """

    def __init__(
        self,
        library: str,
        names: Mapping[str, str],
        optional: frozenset[str] = frozenset(),
        works_with: str | None = None,
    ) -> None:
        self.library = library
        self._works_with = works_with
        self.names = names
        self.optional = optional
        self._parsed = {name: _parse(name) for name in names}
        self._checked: set[str] = set()
        self._on_disk: set[str] = set()

    @property
    def works_with(self) -> str:
        """The versions that are known to work, as a text."""
        return self._works_with or str(table()[self.library])

    def find(self, name: str) -> Any:
        """The object of a listed name; None while nobody has imported its module. Raises KmsMockError.

        The first look at a module also looks at every other listed name of its part of the library, so that no record
        is read that has come to look different.
        """
        module_name, path, part = self._parsed[name]
        module = sys.modules.get(module_name)
        if module is None and name not in self.optional:
            module = self._not_loaded(name)
        if module is None:
            return None
        if part not in self._checked:
            self.check(part)
        return self._at(module, path, name)

    def get(self, name: str) -> Any:
        """The object of a listed name, its module imported if need be. Raises KmsMockError."""
        module_name, path, part = self._parsed[name]
        if part not in self._checked:
            self.check(part)
        module = sys.modules.get(module_name)
        return self._at(self._import(name) if module is None else module, path, name)

    def holder(self, name: str) -> tuple[Any, str]:
        """What has a listed name, a module or a class, and the last part of the name there. Raises KmsMockError."""
        self.get(name)
        module_name, path, _ = self._parsed[name]
        return self._at(sys.modules[module_name], path[:-1], name), path[-1]

    def first(self, *names: str) -> Any:
        """As ``find``, of several optional names the first that is there: what had another name in earlier versions."""
        for name in names:
            module_name, path, _ = self._parsed[name]
            module = sys.modules.get(module_name) or self._not_loaded(name)
            if module is None:
                return None
            if has(module, path[0]):
                return self._at(module, path, name)
        raise self.gone(names[0])

    def check(self, *parts: str) -> None:
        """Look once in a process whether all that is listed of parts of the library (``moto.s3``; without any: of the
        whole) is there, and import it. Raises KmsMockError for the first name that is not."""
        for part in parts or dict.fromkeys(each.part for each in self._parsed.values()):
            if part not in self._checked:
                for name, each in self._parsed.items():
                    if each.part == part and name not in self.optional:
                        self.require(name)
                self._checked.add(part)

    def require(self, name: str) -> None:
        """Raise KmsMockError if a listed name is not there; its module is imported."""
        path = self._parsed[name].path
        module = self._import(name)
        if path and not has(self._at(module, path[:-1], name), path[-1]):
            raise self.gone(name)

    def gone(self, name: str) -> KmsMockError:
        """What is raised for a listed name that is not there."""
        found, path = f"{self.library} {installed(self.library)}", name.replace(":", ".").rstrip(".")
        return KmsMockError(
            f"{found} has no {path}, which kmsmock needs: {self.names[name]}. "
            f"Known to work: {self.library} {self.works_with}."
        )

    def _at(self, module: ModuleType, path: Iterable[str], name: str) -> Any:
        found: Any = module
        for attribute in path:
            found = getattr(found, attribute, _ABSENT)
            if found is _ABSENT:
                raise self.gone(name)
        return found

    def _import(self, name: str) -> ModuleType:
        module_name = self._parsed[name].module
        try:
            return import_module(module_name)
        except ModuleNotFoundError as missing:
            if missing.name is not None and module_name.startswith(missing.name):
                raise self.gone(name) from None
            raise  # another library, which the module needs

    def _not_loaded(self, name: str) -> ModuleType | None:
        """None for a module that may still be imported. One that cannot be, or that is not where it was, is gone."""
        module_name = self._parsed[name].module
        package, _, last = module_name.rpartition(".")
        parent = sys.modules.get(package)
        if module_name in sys.modules or (parent is not None and hasattr(parent, last)):
            raise self.gone(name)
        if parent is not None:
            return self._import(name)  # another thread may be in the midst of it
        if module_name not in self._on_disk and module_name.partition(".")[0] in sys.modules:
            if not _is_on_disk(module_name):
                raise self.gone(name)
            self._on_disk.add(module_name)
        return None


def imported() -> Mapping[str, ModuleType]:
    """The modules that somebody has imported."""
    return sys.modules


def importers(package: str, name: str, value: object) -> list[ModuleType]:
    """The modules of a package that have an object under a name: where it is made, and who imported it so far."""
    loaded = [module for path, module in list(sys.modules.items()) if path.startswith(f"{package}.")]
    return [module for module in loaded if vars(module).get(name) is value]


def _parse(name: str) -> _Name:
    module, _, path = name.partition(":")
    return _Name(module, tuple(path.split(".")) if path else (), ".".join(module.split(".")[:2]))


def _is_on_disk(module_name: str) -> bool:
    """Whether a module of a package that is loaded could be imported, without importing anything."""
    top, *parts = module_name.split(".")
    path: Any = sys.modules[top].__path__
    for count in range(len(parts)):
        spec = None if path is None else PathFinder.find_spec(".".join([top, *parts[: count + 1]]), path)
        if spec is None:
            return False
        path = spec.submodule_search_locations
    return True


def has(holder: Any, attribute: str) -> bool:
    """Whether an object has an attribute, or a class gives it to its instances: by a field, or by setting it.

    A function has the attributes that it sets.
    """
    if hasattr(holder, attribute):
        return True
    if isinstance(holder, FunctionType):
        return attribute in _set_in(holder)
    kinds = holder.__mro__ if isinstance(holder, type) else ()
    return any(
        attribute in vars(kind).get("__annotations__", ())
        or any(attribute in _set_in(each) for each in _functions(kind))
        for kind in kinds
    )


def _functions(kind: type) -> Iterator[FunctionType]:
    """The methods of a class and those of its properties, the likeliest to set an attribute first."""
    for each in sorted(vars(kind).values(), key=lambda each: getattr(each, "__name__", "") != "__init__"):
        for function in (each.fget, each.fset) if isinstance(each, property) else (each,):
            if isinstance(function, FunctionType):
                yield function


@cache
def _set_in(function: FunctionType) -> frozenset[str]:
    return frozenset(each.argval for each in get_instructions(function) if each.opname == "STORE_ATTR")
