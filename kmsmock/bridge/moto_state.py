"""moto's mock and its data, as a world begins and ends: each world has its own, and what was there comes back."""

from __future__ import annotations

import sys
from typing import Any

Taken = tuple[Any, dict[str, Any], dict[str, dict[str, Any]]]
"""A service's table of backends, what was in it, and what was in the tables beside it."""

_registry: list[Any] = []
"""moto's table of URLs for ``responses``, kept from one world to the next: making it is most of ``mock_aws``' cost."""


def knows(account: str) -> bool:
    """Whether anything was made in an account, or asked of it."""
    from moto.core.base_backend import BackendDict

    return any(account in backend for backend in BackendDict._instances)


def start(mock: Any) -> None:
    """mock_aws().start() without the reset, and with the table of URLs of an earlier start."""
    from moto.core import models

    if type(mock)._nested_count or not _registry:
        mock.start(reset=False)
        _registry[:] = [models.responses_mock._registry]
        return
    methods = models.RESPONSES_METHODS
    models.RESPONSES_METHODS = []
    try:
        mock.start(reset=False)
    finally:
        models.RESPONSES_METHODS = methods
    models.responses_mock._registry = _registry[0]


def stop(mock: Any) -> None:
    """The end of ``start``."""
    from moto.core.models import reset_model_data, reset_responses_mock, responses_mock

    mock.stop(remove_data=False)
    if not type(mock)._mocks_active:
        reset_model_data()
        responses_mock._registry = type(responses_mock._registry)()  # the reset empties it, and ours is to be kept
        reset_responses_mock(responses_mock)


def take() -> list[Taken]:
    """Set aside what moto holds, for the world or the ``mock_aws`` outside this one."""
    from moto.core.base_backend import BackendDict

    taken = [(backend, dict(backend.items()), _side_tables(backend)) for backend in BackendDict._instances]
    for backend, _, _ in taken:
        backend.clear()
        _empty(backend)
    BackendDict._instances.clear()
    return taken


def take_bodies() -> list[tuple[list[Any], list[Any]]]:
    """Set aside moto's lists of the S3 objects that it will close: those of the world outside are not ours to close."""
    module: Any = sys.modules.get("moto.s3.models")
    if module is None:
        return []
    lists = [module.FakeKey.instances_tracked, module.FakeMultipart.instances_tracked]
    taken = [(each, list(each)) for each in lists]
    for each in lists:
        each.clear()
    return taken


def put_bodies_back(taken: list[tuple[list[Any], list[Any]]]) -> None:
    """What ``take_bodies`` set aside."""
    for tracked, objects in taken:
        tracked.extend(objects)


def _side_tables(backend: Any) -> dict[str, dict[str, Any]]:
    """What moto keeps beside the backends of a service, such as who owns which bucket name."""
    return {name: dict(table) for name, table in vars(backend).items() if isinstance(table, dict)}


def _empty(backend: Any) -> None:
    for table in vars(backend).values():
        if isinstance(table, dict):
            table.clear()


def drop() -> None:
    """Empty everything that moto holds.

    A backend that has something to close does so. Others are let go as they are: a reset would fill them anew, EC2's
    with all public images.
    """
    from moto.core.base_backend import BackendDict, BaseBackend

    for backend in BackendDict._instances:
        for of_account in backend.values():
            for regional in of_account.values():
                if type(regional).reset is not BaseBackend.reset:
                    regional.reset()
        backend.clear()
        _empty(backend)
    BackendDict._instances.clear()


def put_back(taken: list[Taken]) -> None:
    """What ``take`` set aside."""
    for backend, data, tables in taken:
        backend.update(data)
        for name, table in tables.items():
            vars(backend)[name].update(table)
        type(backend)._instances.append(backend)
