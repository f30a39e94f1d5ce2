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

from kmsmock.active import Patches, active, current, patches
from kmsmock.bridge import requests, switches
from kmsmock.door import aiobotocore_clients
from kmsmock.door.regions import must_exist
from kmsmock.door.route import route
from kmsmock.wire import answers, client_models

_DOOR = "kmsmock"
_FOR_OTHERS = ("-query", "-presign-post")
"""How the signature versions end of what is signed for others to send."""


@dataclass(frozen=True, slots=True)
class _Door:
    """A client's ``before-send`` handler. It stays on the client, and does nothing while no world is active."""

    service: ServiceModel

    def __call__(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        store = active()
        if store is None:
            return None
        if _leaves(self.service.service_name, request):
            return None
        operation = self.service.operation_model(event_name.rsplit(".", 1)[1])
        return answers.response(request.url, route(store, request, operation))


def _leaves(service: str, request: AWSPreparedRequest) -> bool:
    """Whether moto is told to let this request, or all of its service, leave the process."""
    return switches.lets_through(request.url) or switches.lets_service_through(service)


def install(patches: Patches) -> None:
    """From now on every client asks the door before it sends, and nothing gets to a socket."""
    patches.replace(Endpoint, "make_request", _asking_first(Endpoint.make_request))
    patches.replace(Endpoint, "_send", _sending(vars(Endpoint)["_send"]))
    patches.replace(RequestSigner, "get_auth_instance", _signing(RequestSigner.get_auth_instance))
    patches.replace(ClientCreator, "_create_methods", _sharing_methods(vars(ClientCreator)["_create_methods"]))


def leave_to_the_door(stubber: Any, event_name: str, request: AWSPreparedRequest, **_: Any) -> None:
    """moto's own ``before-send`` handler while a world is active: the door answers, and each request is met once."""


def _asking_first(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Any, operation_model: OperationModel, request_dict: Any) -> Any:
        """Endpoint.make_request while a world is active: sees to it that the client has our door before it sends."""
        if not hasattr(self, "_kmsmock_door"):
            door: Any = _Door(operation_model.service_model)
            if aiobotocore_clients.is_async(self):
                aiobotocore_clients.install(patches)
                door = aiobotocore_clients.door(lambda: active() is not None, door)
            self._kmsmock_door = door
            self._event_emitter.register_last("before-send", self._kmsmock_door, unique_id=_DOOR)
        must_exist(current(), request_dict.get("context", {}).get("client_region"), request_dict["url"])
        return original(self, operation_model, request_dict)

    return make_request


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    def _send(self: Any, request: AWSPreparedRequest) -> Any:
        """Endpoint._send while a world is active: the last line. What moto lets through gets here, and nothing else
        unless a handler was taken away."""
        door = getattr(self, "_kmsmock_door", None)
        if isinstance(door, _Door) and _leaves(door.service.service_name, request):
            return original(self, request)
        raise requests.refused(request.method, request.url)

    return _send


def _signing(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_auth_instance(self: Any, *args: Any, **options: Any) -> Any:
        """RequestSigner.get_auth_instance while a world is active: a client that was made where no credentials could
        be found signs with the ones that everybody's mocks use."""
        if self._credentials is None and len(args) < 4:
            options["request_credentials"] = options.get("request_credentials") or Credentials("testing", "testing")
        if str(options.get("signature_version")).endswith(_FOR_OTHERS):
            _remember_signer(options.get("request_credentials") or self._credentials)
        return original(self, *args, **options)

    return get_auth_instance


def _remember_signer(signer: Any) -> None:
    """What is presigned comes back without the client, and is looked at then."""
    store, frozen = active(), signer.get_frozen_credentials()
    if store is not None:
        store.directory.signs(frozen.access_key, frozen.secret_key)


def _sharing_methods(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_methods(self: Any, service_model: ServiceModel) -> dict[str, Any]:
        """ClientCreator._create_methods while a world is active: those of principals' clients are made once."""
        make: Callable[[], dict[str, Any]] = partial(original, self, service_model)
        shared = isinstance(self._loader, client_models.Models)
        return self._loader.methods(service_model, make) if shared else make()

    return create_methods
