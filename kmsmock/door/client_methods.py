"""The methods of clients, one for each operation: all that one knows is the name of its operation.

botocore writes a function and its documentation anew for each operation of each client. While a world is active a
function is written once in a process, and each client gets copies of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from botocore import xform_name
from botocore.client import ClientCreator
from botocore.docs.docstring import LazyLoadedDocstring
from botocore.model import ServiceModel

from kmsmock.active import Patches
from kmsmock.wire import sessions

_create_method: Callable[..., Any] = vars(ClientCreator)["_create_api_method"]
_written: dict[tuple[str, str], FunctionType] = {}
_named: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}
"""Operations -> the names of their methods, and their own."""


def install(patches: Patches) -> None:
    """From now on methods are copied; before the door is, which has its own part in making them."""
    if vars(ClientCreator)["_create_api_method"] is not _create_method:
        return  # somebody makes methods of his own
    patches.replace(ClientCreator, "_create_api_method", create_method)
    patches.replace(ClientCreator, "_create_methods", _making(vars(ClientCreator)["_create_methods"]))
    patches.replace(ClientCreator, "_create_name_mapping", create_name_mapping)


class _Docstring(LazyLoadedDocstring):
    """The documentation of a method, by the model and the handlers of its session, made when somebody reads it."""

    def __init__(self, creator: Any, names: tuple[str, str], model: ServiceModel) -> None:
        self._docstring = None  # all that its base would do; there is one for each method of each client
        self._of = creator, names, model

    def _create_docstring(self) -> str:
        creator, names, model = self._of
        return str(_create_method(creator, *names, model).__doc__)


def create_method(creator: Any, py_operation_name: str, operation_name: str, service_model: ServiceModel) -> Any:
    """ClientCreator._create_api_method while a world is active."""
    return _method(creator, (py_operation_name, operation_name), service_model)


def _method(creator: Any, names: tuple[str, str], model: ServiceModel) -> FunctionType:
    known = _written.get(names)
    if known is None:
        known = _written[names] = _create_method(creator, *names, model)
        known.__doc__ = None
    method = FunctionType(known.__code__, known.__globals__, names[0], None, known.__closure__)
    method.__qualname__ = known.__qualname__
    method.__doc__ = _Docstring(creator, names, model)
    return method


def _names_of(model: ServiceModel) -> tuple[tuple[str, str], ...]:
    operations = tuple(model.operation_names)
    if operations not in _named:
        _named[operations] = tuple((xform_name(each), each) for each in operations)
    return _named[operations]


def create_name_mapping(creator: Any, service_model: ServiceModel) -> dict[str, str]:
    """ClientCreator._create_name_mapping while a world is active."""
    return dict(_names_of(service_model))


def _making(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_methods(self: Any, service_model: ServiceModel) -> Any:
        """ClientCreator._create_methods while a world is active: clients of principals have the same methods."""
        if type(self)._create_api_method is not create_method:
            return original(self, service_model)
        made = sessions.methods_made(self._event_emitter)
        place = (service_model.service_name, service_model.api_version)
        if made is not None and place in made:
            return dict(made[place])
        methods = {names[0]: _method(self, names, service_model) for names in _names_of(service_model)}
        if made is not None:
            made[place] = methods
        return dict(methods)

    return create_methods
