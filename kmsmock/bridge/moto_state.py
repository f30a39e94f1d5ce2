"""moto's mock and its data, as a world begins and ends: each world has its own, and what was there comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kmsmock.active import Patches
from kmsmock.records.contract import MOTO

Taken = tuple[Any, dict[str, Any], dict[str, dict[str, Any]]]
"""A service's table of backends, what was in it, and what was in the tables beside it."""

_registry: list[Any] = []
"""moto's table of URLs for ``responses``, kept from one world to the next: making it is most of ``mock_aws``' cost."""


class Before(NamedTuple):
    """What moto was before a world became active, and the mock that the world has started."""

    mock: Any
    taken: list[Taken]
    bodies: list[tuple[list[Any], list[Any]]]
    enabled: bool


def check() -> None:
    """Raise KmsMockError, before anything is changed, if moto's core is not what it was."""
    MOTO.check("moto.core", "moto.settings")


def begin() -> Before:
    """moto starts with empty backends, and does not look at what clients send by itself."""
    from moto import mock_aws
    from moto.core.models import botocore_stubber

    before = Before(mock_aws(), take(), take_bodies(), botocore_stubber.enabled)
    start(before.mock)
    botocore_stubber.enabled = False
    return before


def end(before: Before) -> None:
    """The end of ``begin``."""
    from moto.core.models import botocore_stubber

    drop()
    stop(before.mock)
    put_back(before.taken)
    put_bodies_back(before.bodies)
    botocore_stubber.enabled = before.enabled


def answer_by(patches: Patches, process: Callable[..., Any]) -> None:
    """What moto catches of ``requests`` is answered by ``process``."""
    from moto.core.models import botocore_stubber

    patches.replace(botocore_stubber, "process_request", process)


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
    names = ("moto.s3.models:FakeKey.instances_tracked", "moto.s3.models:FakeMultipart.instances_tracked")
    lists = [tracked for tracked in map(MOTO.find, names) if tracked is not None]
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
