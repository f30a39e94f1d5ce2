"""moto's mock and its data, as a world begins and ends: each world has its own, and what was there comes back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from kmsmock.records.contract import MOTO

Taken = tuple[Any, dict[str, Any], dict[str, dict[str, Any]]]
"""A service's table of backends, what was in it, and what was in the tables beside it."""

_CREDENTIALS_OF_MOCKS = ("FOOBARKEY", "FOOBARSECRET")

_registry: list[Any] = []
"""moto's table of URLs for ``responses``, kept from one world to the next: making it is most of ``mock_aws``' cost."""


def knows(account: str) -> bool:
    """Whether anything was made in an account, or asked of it."""
    from moto.core.base_backend import BackendDict

    return any(account in backend for backend in BackendDict._instances)


def mocked_outside() -> bool:
    """Whether a mock of moto's own is active."""
    from moto.core.models import MockAWS

    return bool(MockAWS._nested_count)


def is_of_ended_mock(value: str) -> bool:
    """Whether a variable holds credentials that a mock of moto's put there which is over."""
    return value in _CREDENTIALS_OF_MOCKS and not mocked_outside()


def check() -> None:
    """Raise KmsMockError, before anything is changed, if moto's core is not what it was."""
    MOTO.check("moto.core", "moto.settings")


def start() -> Callable[[], None]:
    """What ``mock_aws().start()`` does for requests, without a reset and without its credentials in the environment.

    Returns what ends it, and with it all mocks that were started meanwhile and left open.
    """
    from moto.core import models

    mock, kind = models.MockAWS(), models.MockAWS
    before, active, user_config = kind._nested_count, kind._mocks_active, dict(models.default_user_config)
    if before == 0:  # else a mock of outside does all that, and takes it with it if it ends before the world
        kind._nested_count, kind._mocks_active = 1, True  # mocks inside leave boto3's default session alone
        _catch_requests(models, mock)

    def stop() -> None:
        kind._nested_count = min(before, kind._nested_count)
        if before == 0:
            kind._mocks_active = active
            models.default_user_config.clear()
            models.default_user_config.update(user_config)
            _let_go_of_requests(models)

    return stop


def follow(seed: str) -> Callable[[], None]:
    """moto's ids follow from a seed from now on; returns what lets them go on as before."""
    from moto.moto_api._internal import mock_random

    before = mock_random.getstate()
    mock_random.seed(seed)
    return partial(mock_random.setstate, before)


def keep_interception() -> Callable[[], None]:
    """Remember whether moto looks at what clients send; returns what puts it back."""
    from moto.core.models import botocore_stubber

    before = botocore_stubber.enabled

    def put_back_interception() -> None:
        botocore_stubber.enabled = before

    return put_back_interception


def intercept() -> None:
    """Tell moto's services that what they call themselves is intercepted."""
    from moto.core.models import botocore_stubber

    botocore_stubber.enabled = True


def resets_default_session() -> bool:
    """Whether moto's configuration lets a mock set boto3's default session aside."""
    from moto.core.config import default_user_config

    return bool(default_user_config.get("core", {}).get("reset_boto3_session", True))


def _catch_requests(models: Any, mock: Any) -> None:
    methods = models.RESPONSES_METHODS
    models.RESPONSES_METHODS = [] if _registry else methods
    try:
        mock._enable_patching(reset=False)
    finally:
        models.RESPONSES_METHODS = methods
    if _registry:
        models.responses_mock._registry = _registry[0]
    else:
        _registry[:] = [models.responses_mock._registry]


def _let_go_of_requests(models: Any) -> None:
    models.botocore_stubber.enabled = False
    models.responses_mock.stop()
    models.reset_model_data()
    models.responses_mock._registry = type(models.responses_mock._registry)()  # the reset empties it; ours is kept
    models.reset_responses_mock(models.responses_mock)


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

    with ExitStack() as closing:
        for backend in BackendDict._instances:
            closing.callback(_empty, backend)
            closing.callback(backend.clear)
            for of_account in backend.values():
                for regional in of_account.values():
                    if type(regional).reset is not BaseBackend.reset:
                        closing.callback(regional.reset)
    BackendDict._instances.clear()


def put_back(taken: list[Taken]) -> None:
    """What ``take`` set aside."""
    for backend, data, tables in taken:
        backend.update(data)
        for name, table in tables.items():
            vars(backend)[name].update(table)
        type(backend)._instances.append(backend)
