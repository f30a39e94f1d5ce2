"""What moto draws from Python's own chance follows from the seed of a world, as what it draws from its own does."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from kmsmock import entropy
from kmsmock.active import Patches
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
