"""Whose request moto is working on: what moto does to keys meanwhile is done in his name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from kmsmock import clock
from kmsmock.call import Call, Caller
from kmsmock.kms import gate, lifecycle
from kmsmock.store import Store

Run = Callable[[str, str, str, dict[str, Any], "str | None"], dict[str, Any]]
"""Runs an operation of a service in moto: service, operation, Region, parameters, account (None: the caller's)."""


def _no_run(service: str, operation: str, region: str, params: dict[str, Any], account: str | None) -> dict[str, Any]:
    raise RuntimeError(f"{service} {operation}: what is written straight into moto asks it for nothing else")


class MotoRequest(NamedTuple):
    """Whose request moto is working on: what moto does to keys meanwhile is done in his name."""

    store: Store
    caller: Caller
    run: Run
    via: tuple[str, ...] = ()

    def settled(self) -> Store:
        """The world's state, with everything done that fell due."""
        lifecycle.catch_up(self.store, clock.now())
        return self.store

    def kms(self, operation: str, region: str, **params: Any) -> dict[str, Any]:
        """One KMS call through the gate. Raises the AwsError of KMS."""
        given = {name: value for name, value in params.items() if value is not None}
        return gate.answer(self.store, Call("kms", operation, given, self.caller, region, via=self.via))


_asking: ContextVar[MotoRequest] = ContextVar("kmsmock_asking")


_acting: ContextVar[Caller | None] = ContextVar("kmsmock_acting", default=None)


def current() -> MotoRequest:
    """The request that moto is working on."""
    return _asking.get()


@contextmanager
def acting(caller: Caller) -> Iterator[None]:
    """Whatever moto does to keys in the block is done in this name, not in that of whoever asked."""
    token = _acting.set(caller)
    try:
        yield
    finally:
        _acting.reset(token)
