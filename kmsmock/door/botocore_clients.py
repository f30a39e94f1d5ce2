"""botocore's own way out, led to the route while a world is active."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import ClientCreator
from botocore.credentials import Credentials
from botocore.endpoint import Endpoint
from botocore.exceptions import EndpointConnectionError
from botocore.handlers import BUILTIN_HANDLERS
from botocore.model import OperationModel, ServiceModel
from botocore.session import Session
from botocore.signers import RequestSigner

from kmsmock.active import Patches, active, here, patches
from kmsmock.bridge import serializing, switches
from kmsmock.door import aiobotocore_clients, environment, hosts, signers
from kmsmock.door.regions import must_exist
from kmsmock.door.route import aimed_at_aws, route
from kmsmock.foreign.notes import Note
from kmsmock.identity import outside
from kmsmock.model.turns import taking_turns, turn
from kmsmock.wire import answers
from kmsmock.wire.refused import ConfiguredEndpointNotReached, NotSent, refused

_DOOR = "kmsmock"
_FOR_ITSELF = "standard"
"""botocore's signing type of what a client sends itself; others are for others to send."""
_NOTE = Note[Callable[..., Any]]("door")
"""On the endpoint of a client: the door that it has."""


@dataclass(frozen=True, slots=True)
class _Door:
    """A client's ``before-send`` handler. It stays on the client; without a world it lets pass what no world signed."""

    service: ServiceModel

    def __call__(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        store = active()
        if store is None:
            outside.refuse(request)
            return None
        treatment = hosts.treatment(store, request.url)
        if treatment == "pass" or _leaves(self.service.service_name, request):
            return None
        if treatment == "refuse":
            setting = environment.setting_of(request.url)
            said = f"{setting} of the environment names this endpoint, and " if setting else ""
            raise NotSent(refused(request.method, request.url, f'{said}World(custom_endpoints="refuse") was asked for'))
        operation = self.service.operation_model(event_name.rsplit(".", 1)[1])
        try:
            answer = route(store, aimed_at_aws(request, self.service), operation, serializing.encode)
            return answers.response(request.url, answer)
        except NotSent:
            if store.enforce_network:
                raise
            return None


def _leaves(service: str, request: AWSPreparedRequest) -> bool:
    """Whether moto is told to let this request, or all of its service, leave the process."""
    return switches.lets_through(request.url, service)


def install(patches: Patches) -> None:
    """From now on every client asks the door before it sends, and nothing that aims at AWS gets to a socket."""
    if ("before-send", outside.refuse) not in BUILTIN_HANDLERS:
        BUILTIN_HANDLERS.append(("before-send", outside.refuse))  # for good: a world's credentials may be kept as long
        _guard_what_is_older()
    patches.replace(Endpoint, "make_request", _asking_first(Endpoint.make_request))
    patches.replace(Endpoint, "_send", _sending(vars(Endpoint)["_send"]))
    patches.replace(RequestSigner, "sign", _signing(RequestSigner.sign))
    patches.replace(ClientCreator, "_create_methods", _guarding(vars(ClientCreator)["_create_methods"]))


def _guard_what_is_older() -> None:
    """The clients and sessions that were made before the first world of the process have the handler as well: they may
    be used in a thread that outlives its world."""
    kinds = tuple(kind for base in (Endpoint, Session) for kind in (base, *base.__subclasses__()))
    for each in gc.get_referrers(*kinds):
        if issubclass(type(each), Endpoint):
            each._event_emitter.register("before-send", outside.refuse, unique_id=outside.GUARD)
        elif issubclass(type(each), Session):
            each.register("before-send", outside.refuse, unique_id=outside.GUARD)


def _asking_first(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Any, operation_model: OperationModel, request_dict: Any) -> Any:
        """Endpoint.make_request while a world is active: sees to it that the client has our door before it sends."""
        is_async = aiobotocore_clients.is_async(self)
        store = here()
        if _NOTE.get(self) is None and store is not None:
            _give_door(self, operation_model.service_model, is_async)
        if store is not None and hosts.treatment(store, request_dict["url"]) == "answer":
            must_exist(store, request_dict.get("context", {}).get("client_region"), request_dict["url"])
        if is_async:
            if store is not None:
                with turn:
                    aiobotocore_clients.take_conversion(patches)
            return aiobotocore_clients.unwrapped(original(self, operation_model, request_dict))
        try:
            return original(self, operation_model, request_dict)
        except NotSent as carrier:
            raise carrier.refusal from None
        except EndpointConnectionError as error:
            setting = None if active() is None else environment.setting_of(request_dict["url"])
            if setting is None:
                raise
            raise ConfiguredEndpointNotReached(endpoint_url=request_dict["url"], setting=setting) from error

    return make_request


@taking_turns
def _give_door(endpoint: Any, service: ServiceModel, is_async: bool) -> None:
    """The note comes last: threads that share a client are not to send before its door is there."""
    if _NOTE.get(endpoint) is not None:
        return
    door: Any = _Door(service)
    if is_async:
        aiobotocore_clients.install(patches)
        door = aiobotocore_clients.door(door)
    endpoint._event_emitter.register_last("before-send", door, unique_id=_DOOR)
    _NOTE.set(endpoint, door)


def _sending(original: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: Any, request: AWSPreparedRequest) -> Any:
        """Endpoint._send while a world is active: the last line. What moto lets through gets here; nothing else that
        aims at AWS does, unless a handler was taken away."""
        door = _NOTE.get(self)
        if not (isinstance(door, _Door) and _leaves(door.service.service_name, request)):
            hosts.must_be_let_out(request)
        return original(self, request)

    return send


def _signing(original: Callable[..., Any]) -> Callable[..., Any]:
    def sign(self: Any, operation_name: str, request: Any, *args: Any, **options: Any) -> Any:
        """RequestSigner.sign while a world is active: ambient credentials are those of whoever acts."""
        found = signers.given(self, request)
        chosen = signers.instead_of(found and found.get_frozen_credentials(), request.url)
        if chosen is not None:
            signers.use(request, Credentials(*chosen))
        if options.get("signing_type", args[1] if len(args) > 1 else _FOR_ITSELF) != _FOR_ITSELF:
            signers.remember(signers.given(self, request))
        original(self, operation_name, request, *args, **options)
        used = signers.given(self, request)
        signers.look_at(request, used and used.get_frozen_credentials())

    return sign


def _guarding(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_methods(self: Any, service_model: ServiceModel) -> Any:
        """ClientCreator._create_methods while a world is active: a client outlives the world, and refuses then."""
        self._event_emitter.register("before-send", outside.refuse, unique_id=outside.GUARD)
        return original(self, service_model)

    return create_methods
