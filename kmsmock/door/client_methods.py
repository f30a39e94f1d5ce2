"""The methods of clients, one for each operation: all that one knows is the name of its operation.

botocore writes a function and its documentation anew for each operation of each client. While a world is active they
are written once in a process, for all clients whose model is as it ships, unless somebody looks at the classes of
clients that are made.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from botocore import xform_name
from botocore.client import ClientCreator
from botocore.docs.docstring import LazyLoadedDocstring
from botocore.model import ServiceModel
from botocore.session import get_session

from kmsmock.active import Patches
from kmsmock.door import listeners, shared_handlers
from kmsmock.wire.own_copies import is_copy

_create_method: Callable[..., Any] = vars(ClientCreator)["_create_api_method"]
_written: dict[tuple[object, ...], dict[str, Any]] = {}
"""By service, version of its API and operations."""
_named: dict[tuple[str, ...], dict[str, str]] = {}
"""Operations -> the names of their methods, and their own."""


def install(patches: Patches) -> None:
    """From now on methods are shared; before the door is, which has its own part in making them."""
    patches.replace(ClientCreator, "_create_methods", _making_once(vars(ClientCreator)["_create_methods"]))
    patches.replace(ClientCreator, "_create_name_mapping", create_name_mapping)


class _Docstring(LazyLoadedDocstring):
    """The documentation of a method, made when somebody reads it: of a service, a version of its API, and its names."""

    def _create_docstring(self) -> str:
        service, version, names = vars(self)["_gen_args"]
        session = get_session()
        creator = SimpleNamespace(_event_emitter=session.get_component("event_emitter"))  # all that is asked of it
        return str(_create_method(creator, *names, session.get_service_model(service, version)).__doc__)


def _names_of(model: ServiceModel) -> dict[str, str]:
    operations = tuple(model.operation_names)
    if operations not in _named:
        _named[operations] = {xform_name(each): each for each in operations}
    return _named[operations]


def create_name_mapping(creator: Any, service_model: ServiceModel) -> dict[str, str]:
    """ClientCreator._create_name_mapping while a world is active."""
    return dict(_names_of(service_model))


def _are_its_own(creator: Any, model: ServiceModel) -> bool:
    """Whether a session's methods could be told from others': by its model, its documentation, or who changes them."""
    events = creator._event_emitter
    return (
        type(creator)._create_api_method is not _create_method
        or not is_copy(vars(model)["_service_description"])
        or not shared_handlers.are_as_shipped(events, "docs")
        or listeners.are_others(events, f"creating-client-class.{model.service_id.hyphenize()}")
    )


def _making_once(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_methods(self: Any, service_model: ServiceModel) -> Any:
        """ClientCreator._create_methods while a world is active."""
        if _are_its_own(self, service_model):
            return original(self, service_model)
        place = service_model.service_name, service_model.api_version, *service_model.operation_names
        if place not in _written:
            made = original(self, service_model)
            for name, operation in _names_of(service_model).items():
                made[name].__doc__ = _Docstring(
                    service_model.service_name, service_model.api_version, (name, operation)
                )
            _written[place] = made
        return dict(_written[place])

    return create_methods
