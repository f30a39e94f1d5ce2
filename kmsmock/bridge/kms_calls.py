"""What moto asks of KMS while it works on a request: the world's keys as they are now, and calls through the gate."""

from __future__ import annotations

from typing import Any

from kmsmock import clock
from kmsmock.call import Call
from kmsmock.kms import gate, lifecycle
from kmsmock.records import serving
from kmsmock.store import Store


def up_to_date() -> Store:
    """The world's state, with everything done that fell due."""
    store = serving.current().store
    lifecycle.catch_up(store, clock.now())
    return store


def call(operation: str, region: str, **params: Any) -> dict[str, Any]:
    """One KMS call in the name of whoever asked moto. Raises the AwsError of KMS."""
    request = serving.current()
    given = {name: value for name, value in params.items() if value is not None}
    return gate.answer(request.store, Call("kms", operation, given, request.caller, region, via=request.via))
