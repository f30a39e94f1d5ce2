"""What botocore draws by itself follows from the seed of a world: idempotency tokens, and how long it backs off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.handlers
import botocore.retries.standard
import botocore.retryhandler

from kmsmock import entropy
from kmsmock.active import Patches


def _seeded(original: Callable[..., None]) -> Callable[..., None]:
    """The back-off of the standard mode has its source of chance as the default of an argument."""

    def init(self: Any, *args: Any, **options: Any) -> None:
        original(self, *args, **options)
        if not (args[1:] or "random" in options):
            self._random = entropy.RANDOM.random

    return init


def install(patches: Patches) -> None:
    """CreateSecret's VersionId is a token of botocore's, and a back-off moves the clock of the world."""
    patches.replace(botocore.handlers, "uuid", entropy.UUID)
    patches.replace(botocore.retryhandler, "random", entropy.RANDOM)
    backoff = botocore.retries.standard.ExponentialBackoff
    patches.replace(backoff, "__init__", _seeded(vars(backoff)["__init__"]))
