"""botocore's own way out, led to the route while a world is active."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import ClientCreator
from botocore.credentials import Credentials
from botocore.endpoint import Endpoint
from botocore.model import OperationModel, ServiceModel
from botocore.signers import RequestSigner

from kmsmock.active import Patches, active, patches
from kmsmock.bridge import requests
from kmsmock.door import aiobotocore_clients
from kmsmock.door.route import route
from kmsmock.foreign.notes import Note
from kmsmock.wire import answers, client_models

_DOOR = "kmsmock"
_NOTE = Note[Callable[..., Any]]("door")
"""On the endpoint of a client: the door that it has."""


@dataclass(frozen=True, slots=True)
class _Door:
    """A client's ``before-send`` handler. It stays on the client, and does nothing while no world is active."""

    service: ServiceModel

    def __call__(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        store = active()
        if store is None:
            return None
        operation = self.service.operation_model(event_name.rsplit(".", 1)[1])
        return answers.response(request.url, route(store, request, operation))


def install(patches: Patches) -> None:
    """From now on every client asks the door before it sends, and nothing gets to a socket."""
    patches.replace(Endpoint, "make_request", _asking_first(Endpoint.make_request))
    patches.replace(Endpoint, "_send", _send)
    patches.replace(RequestSigner, "get_auth_instance", _signing(RequestSigner.get_auth_instance))
    patches.replace(ClientCreator, "_create_methods", _sharing_methods(vars(ClientCreator)["_create_methods"]))


def _asking_first(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Any, operation_model: OperationModel, request_dict: Any) -> Any:
        """Endpoint.make_request while a world is active: sees to it that the client has our door before it sends."""
        if _NOTE.get(self) is None:
            door: Any = _Door(operation_model.service_model)
            if aiobotocore_clients.is_async(self):
                aiobotocore_clients.install(patches)
                door = aiobotocore_clients.door(lambda: active() is not None, door)
            _NOTE.set(self, door)
            self._event_emitter.register_last("before-send", door, unique_id=_DOOR)
        return original(self, operation_model, request_dict)

    return make_request


def _send(self: Any, request: AWSPreparedRequest) -> Any:
    """Endpoint._send while a world is active: the last line; nothing gets here unless a handler was taken away."""
    raise requests.refused(request.method, request.url)


def _signing(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_auth_instance(self: Any, *args: Any, **options: Any) -> Any:
        """RequestSigner.get_auth_instance while a world is active: a client that was made where no credentials could
        be found signs with the ones that everybody's mocks use."""
        if self._credentials is None and len(args) < 4:
            options["request_credentials"] = options.get("request_credentials") or Credentials("testing", "testing")
        return original(self, *args, **options)

    return get_auth_instance


def _sharing_methods(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_methods(self: Any, service_model: ServiceModel) -> dict[str, Any]:
        """ClientCreator._create_methods while a world is active: those of principals' clients are made once."""
        make: Callable[[], dict[str, Any]] = partial(original, self, service_model)
        shared = isinstance(self._loader, client_models.Models)
        return self._loader.methods(service_model, make) if shared else make()

    return create_methods
