"""What is the same for all the clients that a process makes through principals, made once.

A boto3 session of its own reads and parses the model of each service anew, registers botocore's handlers anew and
makes a method of each operation, which is most of what a client costs; a suite with many principals makes hundreds.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import botocore.handlers
import botocore.session
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.loaders import Loader, create_loader

if TYPE_CHECKING:
    from botocore.model import ServiceModel
    from botocore.session import Session


class Models(Loader):
    """The models that principals' clients share. Those of S3 write into the URIs, so each has these to itself."""

    def __init__(self, search_paths: tuple[str, ...]) -> None:
        super().__init__(extra_search_paths=list(search_paths))
        self._methods: dict[tuple[str, str], dict[str, Any]] = {}

    def methods(self, service: ServiceModel, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The methods of a client class, as ``make`` makes them: all that they know is the names of operations."""
        version = (service.service_name, service.api_version)
        if version not in self._methods:
            self._methods[version] = make()
        return dict(self._methods[version])

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        model: Any = super().load_service_model(service_name, type_name, api_version)
        if service_name != "s3" or "operations" not in model:
            return model
        operations = model["operations"].items()
        return {**model, "operations": {name: {**each, "http": dict(each["http"])} for name, each in operations}}


@cache
def _loader(search_paths: tuple[str, ...]) -> Loader:
    return Models(search_paths)


@lru_cache(1)
def _handlers(specs: tuple[tuple[Any, ...], ...]) -> HierarchicalEmitter:
    """An emitter with botocore's own handlers, to be copied. moto's import adds one to them."""
    emitter = HierarchicalEmitter()
    events = EventAliaser(emitter)
    register = {
        botocore.handlers.REGISTER_FIRST: events.register_first,
        botocore.handlers.REGISTER_LAST: events.register_last,
    }
    for name, handler, *order in specs:
        register.get(order[0], events.register)(name, handler) if order else events.register(name, handler)
    return emitter


def session() -> Session:
    """A botocore session like any other, but for its share in what is made once."""
    handlers = _handlers(tuple(botocore.handlers.BUILTIN_HANDLERS))
    created = botocore.session.Session(event_hooks=copy(handlers), include_builtin_handlers=False)
    paths = create_loader(created.get_config_variable("data_path")).search_paths
    loader = _loader(tuple(paths))
    once = list(dict.fromkeys(loader.search_paths))  # boto3 adds its own for each session
    if len(once) < len(loader.search_paths):  # never for the first one: another thread may be about to add to the list
        loader.search_paths[:] = once
    created.register_component("data_loader", loader)
    return created
