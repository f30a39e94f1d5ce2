"""What botocore draws by itself follows from the seed of a world: idempotency tokens, and how long it backs off."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any

import botocore.handlers
import botocore.retries.standard
import botocore.retryhandler

from kmsmock import entropy
from kmsmock.active import Patches


class _WorldUuids:
    """Stands in for the module ``uuid`` there; all but ``uuid4`` is the module's own."""

    @staticmethod
    def uuid4() -> uuid.UUID:
        return uuid.UUID(entropy.uuid())

    def __getattr__(self, name: str) -> Any:
        return getattr(uuid, name)


class _WorldChance:
    """Stands in for the module ``random`` there; all but ``random`` is the module's own."""

    @staticmethod
    def random() -> float:
        return entropy.fraction()

    def __getattr__(self, name: str) -> Any:
        return getattr(random, name)


def _seeded(original: Callable[..., None]) -> Callable[..., None]:
    """The back-off of the standard mode has its source of chance as the default of an argument."""

    def init(self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        if self._random == random.random:
            self._random = entropy.fraction

    return init


def install(patches: Patches) -> None:
    """CreateSecret's VersionId is a token of botocore's, and a back-off moves the clock of the world."""
    patches.replace(botocore.handlers, "uuid", _WorldUuids())
    patches.replace(botocore.retryhandler, "random", _WorldChance())
    backoff = botocore.retries.standard.ExponentialBackoff
    patches.replace(backoff, "__init__", _seeded(vars(backoff)["__init__"]))
