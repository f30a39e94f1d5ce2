"""The exception that a client raises carries the explanation of the refusal, for whoever prints it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

from botocore.exceptions import ClientError

from kmsmock import refusals
from kmsmock.active import Patches, active
from kmsmock.call import Refused
from kmsmock.model.turns import taking_turns
from kmsmock.refusals.note import Note
from kmsmock.store import Store

_LATEST = 64
"""How far back the refusal of an exception is looked for: other threads may have been refused since."""


def install(patches: Patches) -> None:
    """From now on exceptions of clients say why."""
    patches.replace(ClientError, "__init__", _explaining(ClientError.__init__))
    _print_notes_everywhere()


def _print_notes_everywhere() -> None:
    """Python 3.10 prints no notes by itself; pytest brings what does it there."""
    if not hasattr(BaseException, "add_note"):
        import_module("exceptiongroup")  # which sees to tracebacks when it is imported


def _explaining(original: Callable[..., None]) -> Callable[..., None]:
    def initialize(self: Any, error_response: Any, operation_name: Any) -> None:
        """ClientError.__init__ while a world is active."""
        original(self, error_response, operation_name)
        store = active()
        if store is not None:
            _annotate(store, self, error_response)

    return initialize


@taking_turns
def _annotate(store: Store, error: Any, response: Any) -> None:
    metadata = response.get("ResponseMetadata") or {}
    made = _refused(store, metadata.get("RequestId"))
    if made is not None:
        vars(error)["__notes__"] = [Note(partial(_explained, store, made))]


def _refused(store: Store, request_id: Any) -> Refused | None:
    if not request_id:
        return None
    return next((each for each in reversed(store.refusals[-_LATEST:]) if each.request_id == request_id), None)


@taking_turns
def _explained(store: Store, made: Refused) -> str:
    return refusals.Refusal(store, made).explain()
