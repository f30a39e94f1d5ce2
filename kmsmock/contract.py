"""What is taken from another library without its promise: each name with its reason, found or told to be gone.

A name is a module, a colon, and a path of attributes: ``moto.s3.models:FakeKey._value_buffer``. The last of them may be
an attribute that instances get when they are made.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib import import_module, metadata
from importlib.machinery import PathFinder
from types import FunctionType, ModuleType
from typing import Any

from kmsmock.errors import KmsMockError

_ABSENT = object()


class Contract:
    """The names of one library: ``names`` with their reasons, and the versions in which all of them are there."""

    def __init__(self, library: str, works_with: str, names: Mapping[str, str]) -> None:
        self.library = library
        self.works_with = works_with
        self.names = names
        self._checked: set[str] = set()
        self._on_disk: set[str] = set()

    def find(self, name: str) -> Any:
        """The object of a listed name; None while nobody has imported its module. Raises KmsMockError.

        The first look at a module also looks at every other listed name of its part of the library, so that no record
        is read that has come to look different.
        """
        module_name, _, path = name.partition(":")
        module = sys.modules.get(module_name) or self._not_loaded(name)
        if module is None:
            return None
        self.check(part_of(module_name))
        return self._at(module, path, name)

    def get(self, name: str) -> Any:
        """The object of a listed name, its module imported if need be. Raises KmsMockError."""
        module_name, _, path = name.partition(":")
        self.check(part_of(module_name))
        return self._at(sys.modules[module_name], path, name)

    def check(self, *parts: str) -> None:
        """Look once in a process whether all that is listed of parts of the library (``moto.s3``) is there, and import
        it. Raises KmsMockError for the first name that is not."""
        for part in parts:
            if part not in self._checked:
                for name in self.names:
                    if part_of(name.partition(":")[0]) == part:
                        self.require(name)
                self._checked.add(part)

    def require(self, name: str) -> None:
        """Raise KmsMockError if a name is not there; its module is imported."""
        module_name, _, path = name.partition(":")
        try:
            module = import_module(module_name)
        except ModuleNotFoundError as missing:
            if missing.name is not None and not module_name.startswith(missing.name):
                raise  # a library that the module needs
            raise self.gone(name) from None
        owner, _, last = path.rpartition(".")
        holder = self._at(module, owner, name)
        if last and not has(holder, last):
            raise self.gone(name)

    def gone(self, name: str) -> KmsMockError:
        """What is raised for a name that is not there."""
        reason = self.names.get(name) or next(iter(self._reasons_under(name)), "no reason is listed")
        try:
            version = metadata.version(self.library)
        except metadata.PackageNotFoundError:
            version = "of unknown version"
        return KmsMockError(
            f"{self.library} {version} has no {name.replace(':', '.')}, which kmsmock needs: {reason}. "
            f"Known to work: {self.library} {self.works_with}."
        )

    def _reasons_under(self, name: str) -> Iterable[str]:
        return (reason for each, reason in self.names.items() if each.startswith((f"{name}:", f"{name}.")))

    def _at(self, module: ModuleType, path: str, name: str) -> Any:
        found: Any = module
        for attribute in path.split(".") if path else ():
            found = getattr(found, attribute, _ABSENT)
            if found is _ABSENT:
                raise self.gone(name)
        return found

    def _not_loaded(self, name: str) -> ModuleType | None:
        """None for a module that may still be imported. One that cannot be, or that is not where it was, is gone."""
        module_name = name.partition(":")[0]
        package, _, last = module_name.rpartition(".")
        parent = sys.modules.get(package)
        if module_name in sys.modules or (parent is not None and hasattr(parent, last)):
            raise self.gone(name)
        if parent is None:
            if module_name not in self._on_disk and self.library in sys.modules:
                if not _is_on_disk(module_name):
                    raise self.gone(name)
                self._on_disk.add(module_name)
            return None
        try:  # another thread may be in the midst of it
            return import_module(module_name)
        except ModuleNotFoundError:
            raise self.gone(name) from None


def part_of(module_name: str) -> str:
    """The part of a library that a module belongs to: ``moto.s3`` for ``moto.s3.models``."""
    return ".".join(module_name.split(".")[:2])


def _is_on_disk(module_name: str) -> bool:
    """Whether a module of a package that is loaded could be imported, without importing anything."""
    top, *parts = module_name.split(".")
    path: Any = sys.modules[top].__path__
    for count in range(len(parts)):
        if path is None:
            return False
        spec = PathFinder.find_spec(".".join([top, *parts[: count + 1]]), path)
        if spec is None:
            return False
        path = spec.submodule_search_locations
    return True


def has(holder: Any, attribute: str) -> bool:
    """Whether an object has an attribute, or a class gives it to its instances: by a field, or by setting it."""
    if hasattr(holder, attribute):
        return True
    kinds = holder.__mro__ if isinstance(holder, type) else ()
    return any(
        attribute in vars(kind).get("__annotations__", ())
        or any(isinstance(each, FunctionType) and attribute in each.__code__.co_names for each in vars(kind).values())
        for kind in kinds
    )
