"""What moto would answer, without what it would change: for calls that something else refuses."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

_KEPT_BY = {"es": "opensearch"}
"""moto's services whose records another of its services has."""


@contextmanager
def undone(services: Collection[str], account: str) -> Iterator[bool]:
    """In the block moto may change services (by whichever names they go) in an account; afterwards it has not.

    Gives False where that cannot be promised, because moto keeps something there that cannot be copied. What the
    service does to others meanwhile, such as making a role, stays.
    """
    backends = _backends(services, account)
    everything = {id(each): each for each in _all_backends()}
    try:
        before = [(each, copy.deepcopy(vars(each), dict(everything))) for each in backends]
    except Exception:
        yield False
        return
    names = {id(each) for each in backends}
    try:
        yield True
    finally:
        for backend, state in before:
            vars(backend).clear()
            vars(backend).update(state)
        for each in _backends(services, account):
            if id(each) not in names:  # made meanwhile
                each.reset()


def _backends(services: Collection[str], account: str) -> list[Any]:
    """moto's backends of services in an account, of all Regions."""
    from moto.core.base_backend import BackendDict

    names = {*services, *(_KEPT_BY[each] for each in services if each in _KEPT_BY)}
    found = [each for each in BackendDict._instances if each.service_name in names and account in each]
    return [backend for each in found for backend in each[account].values()]


def _all_backends() -> Iterator[Any]:
    from moto.core.base_backend import BackendDict

    for of_service in BackendDict._instances:
        for of_account in of_service.values():
            yield from of_account.values()
