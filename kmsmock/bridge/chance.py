"""What moto draws from Python's own chance follows from the seed of a world, as what it draws from its own does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from threading import get_ident
from typing import Any

from kmsmock import entropy
from kmsmock.active import Patches
from kmsmock.foreign import extras
from kmsmock.records.contract.chance import BY_SERVICE

_INSTEAD: Mapping[str, Any] = {
    "os": entropy.OS,
    "random": entropy.RANDOM,
    "uuid": entropy.UUID,
    "uuid4": entropy.uuid4,
}


def install(patches: Patches, service: str) -> None:
    """Before a service (botocore's hyphenated id) is first asked."""
    for name, attributes in BY_SERVICE.get(service, {}).items():
        module = import_module(name)
        for attribute in attributes:
            if attribute in vars(module):  # versions of moto differ in it
                patches.replace(module, attribute, _INSTEAD[attribute])


_importing: list[int] = []
"""The threads that import a service of moto right now, each as often as imports are within one another."""


def install_core(patches: Patches) -> None:
    """moto imports its services when they are first asked, and draws for some of them (EKS, Textract) when it does."""
    from moto import backends
    from moto.moto_api._internal import mock_random

    def import_backend(*names: str) -> Any:
        with apart(), extras.of_moto(names[0]):
            return original(*names)

    original = patches.replace(backends, "_import_backend", import_backend)
    elsewhere = type(mock_random)()
    for name in ("random", "getrandbits"):  # whatever else there is to draw is made of these
        patches.replace(mock_random, name, _divert(getattr(mock_random, name), getattr(elsewhere, name)))


def _divert(original: Callable[..., Any], elsewhere: Callable[..., Any]) -> Callable[..., Any]:
    def draw(*args: Any) -> Any:
        return (elsewhere if _importing and get_ident() in _importing else original)(*args)

    return draw


@contextmanager
def apart() -> Iterator[None]:
    """What this thread draws from moto's chance meanwhile is not of what a world's seed gives.

    Other threads draw on: to put back a state from before would give them the same ids twice.
    """
    here = get_ident()
    _importing.append(here)
    try:
        yield
    finally:
        _importing.remove(here)
