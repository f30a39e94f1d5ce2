"""moto's mock and its data, as a world begins and ends: each world has its own, and what was there comes back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter

from kmsmock.bridge import caches
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


def keep_mock() -> Callable[[], None]:
    """Remember which mocks are open; returns what ends those that are started meanwhile, that of ``start`` included."""
    from moto.core import models

    kind = models.MockAWS
    before, active, user_config = kind._nested_count, kind._mocks_active, dict(models.default_user_config)
    methods, send = models.RESPONSES_METHODS, requests_send()

    def end_mocks() -> None:
        kind._nested_count = min(before, kind._nested_count)
        if before == 0:
            kind._mocks_active = active
            models.default_user_config.clear()
            models.default_user_config.update(user_config)
            models.RESPONSES_METHODS = methods
            _let_go_of_requests(models, send)
            caches.let_go()

    return end_mocks


def start() -> None:
    """What ``mock_aws().start()`` does for requests, without a reset and without its credentials in the environment."""
    from moto.core import models

    mock, kind = models.MockAWS(), models.MockAWS
    if kind._nested_count == 0:  # else a mock of outside does that, and takes it with it if it ends before
        kind._nested_count, kind._mocks_active = 1, True  # mocks inside leave boto3's default session alone
        _catch_requests(models, mock)


def keep_ids() -> Callable[[], None]:
    """Remember where moto's ids come from; returns what lets them go on as before."""
    from moto.moto_api._internal import mock_random

    return partial(mock_random.setstate, mock_random.getstate())


def follow(seed: str) -> None:
    """moto's ids follow from a seed from now on."""
    from moto.moto_api._internal import mock_random

    mock_random.seed(seed)


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


def requests_send() -> Any:
    """The way out of ``requests``, as it is now."""
    return vars(HTTPAdapter)["send"]


def _let_go_of_requests(models: Any, send: Any) -> None:
    models.botocore_stubber.enabled = False
    models.responses_mock.stop()
    if requests_send() is not send and requests_send().__module__ == "responses":
        HTTPAdapter.send = send  # type: ignore[method-assign]  # it was interrupted, and does not know that it is there
    models.reset_model_data()
    models.responses_mock._registry = type(models.responses_mock._registry)()  # the reset empties it; ours is kept
    models.reset_responses_mock(models.responses_mock)


def look() -> list[Taken]:
    """What moto holds, for the world or the ``mock_aws`` outside of one that begins."""
    from moto.core.base_backend import BackendDict

    return [(backend, dict(backend.items()), _side_tables(backend)) for backend in BackendDict._instances]


def set_aside(taken: list[Taken]) -> None:
    """moto holds nothing any more."""
    from moto.core.base_backend import BackendDict

    for backend, _, _ in taken:
        backend.clear()
        _empty(backend)
    BackendDict._instances.clear()


Tracked = dict[Any, list[Any]]


def look_at_records() -> Tracked:
    """moto's lists of all records that it made, by their class: by those of S3 it closes files, and not the world's."""
    from moto.core.model_instances import model_data

    return {model: model.instances_tracked for models in list(model_data.values()) for model in list(models.values())}


def track(records: Tracked) -> None:
    """moto's lists are these; those of other classes are empty, and hold nothing of a world that ended."""
    for model in look_at_records():
        model.instances_tracked = records.get(model, [])


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
    """What ``look`` found."""
    for backend, data, tables in taken:
        backend.update(data)
        for name, table in tables.items():
            vars(backend)[name].update(table)
        if not any(each is backend for each in type(backend)._instances):
            type(backend)._instances.append(backend)


# --- snapshots ------------------------------------------------------------------------------------------------------


LISTS = "moto's lists"


def roots() -> dict[str, Any]:
    """Everything that moto holds, by what it is called."""
    from moto.core.base_backend import BackendDict

    tables = {f"moto's {each.service_name}": each for each in BackendDict._instances}
    return {**tables, "moto's tables": BackendDict._instances, LISTS: look_at_records()}


def let_go_of_what_came(known: Callable[[Any], bool]) -> None:
    """Empty the backends that are not known, and close what records hold that are not: a snapshot is put back."""
    from moto.core.base_backend import BackendDict, BaseBackend

    with ExitStack() as closing:
        for backend in BackendDict._instances:
            if not known(backend):
                closing.callback(_empty, backend)
                closing.callback(backend.clear)
            for of_account in backend.values():
                for regional in of_account.values():
                    if not known(regional) and type(regional).reset is not BaseBackend.reset:
                        closing.callback(regional.reset)
        for model, records in look_at_records().items():
            came = [each for each in records if not known(each)]
            for each in came:
                if hasattr(each, "dispose"):
                    closing.callback(each.dispose)
            if not known(records):
                closing.callback(setattr, model, "instances_tracked", [])
