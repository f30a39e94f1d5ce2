"""Whose request moto is working on: what moto does to keys meanwhile is done in his name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from kmsmock.call import Caller
from kmsmock.store import Store

Run = Callable[[str, str, str, dict[str, Any], "str | None"], dict[str, Any]]
"""Runs an operation of a service in moto: service, operation, Region, parameters, account (None: the caller's)."""


def _no_run(service: str, operation: str, region: str, params: dict[str, Any], account: str | None) -> dict[str, Any]:
    raise RuntimeError(f"{service} {operation}: what is written straight into moto asks it for nothing else")


_runners: list[Callable[[Store, Caller], Run]] = []


def runs_by(make: Callable[[Store, Caller], Run]) -> None:
    """The bridge says, when it is imported, how operations are run in moto in somebody's name."""
    _runners[:] = [make]


def running_as(store: Store, caller: Caller) -> Run:
    """Runs operations in moto also where no request is served: for what services do later."""
    return _runners[0](store, caller)


class MotoRequest(NamedTuple):
    """A request that moto is working on."""

    store: Store
    caller: Caller
    run: Run = _no_run
    via: tuple[str, ...] = ()


_current: ContextVar[MotoRequest] = ContextVar("kmsmock_moto_request")
_acting: ContextVar[Caller | None] = ContextVar("kmsmock_acting", default=None)


def current() -> MotoRequest:
    """The request that moto is working on."""
    return _current.get()


@contextmanager
def serve(request: MotoRequest) -> Iterator[None]:
    """In the block moto works on this request."""
    token = _current.set(request)
    try:
        yield
    finally:
        _current.reset(token)


def acting_caller() -> Caller | None:
    """In whose name moto is to work, if not in that of whoever asked."""
    return _acting.get()


@contextmanager
def acting(caller: Caller) -> Iterator[None]:
    """Whatever moto does to keys in the block is done in this name, not in that of whoever asked."""
    token = _acting.set(caller)
    try:
        yield
    finally:
        _acting.reset(token)
