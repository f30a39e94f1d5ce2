"""botocore's service models, each loaded once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

from kmsmock.wire import client_models


@cache
def service_model(name: str) -> ServiceModel:
    """botocore's model of a service, loaded once in a process."""
    return client_models.session().get_service_model(name)


def error_codes(name: str) -> frozenset[str]:
    """The error codes that botocore's model of a service knows."""
    shapes: Iterable[Any] = service_model(name).error_shapes
    return frozenset(shape.error_code for shape in shapes)


@cache
def all_operations() -> frozenset[str]:
    """The operations of all services of botocore: some seconds of reading, for names that hardly anybody uses."""
    loader: Any = Loader()
    names: set[str] = set()
    for service in loader.list_available_services("service-2"):
        names.update(loader.load_service_model(service, "service-2")["operations"])
    return frozenset(names)
