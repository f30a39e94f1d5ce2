"""The door into botocore and moto, and the only place that touches their privates.

While a world is active every botocore client asks ``route`` before it sends, whenever and however it was made;
while none is active nothing of botocore or moto is changed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import botocore.endpoint
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import ClientCreator
from botocore.credentials import Credentials
from botocore.model import OperationModel, ServiceModel
from botocore.signers import RequestSigner

from kmsmock import bridge, entropy, errors, faults, services
from kmsmock.authorization import services as access
from kmsmock.bridge import moto_state, requests
from kmsmock.call import Call, Caller, CredentialProblem
from kmsmock.door import aiobotocore_clients, sleeping, urllib3_clients
from kmsmock.errors import AwsError, KmsMockError
from kmsmock.identity import credentials
from kmsmock.identity import errors as credential_errors
from kmsmock.identity.credentials import Signature
from kmsmock.kms import gate
from kmsmock.services import generic
from kmsmock.services.kms.client import Envelopes
from kmsmock.wire import answers, client_models, regions, s3_post_forms
from kmsmock.wire.answers import Answer
from kmsmock.wire.decoding import decode

if TYPE_CHECKING:
    from kmsmock.world import World

_DOOR = "kmsmock"
_ACTION = re.compile(r"(?:^|&)Action=(\w+)")

_worlds: list[World] = []
"""The stack of active worlds: the only global state."""

_original_make_request = botocore.endpoint.Endpoint.make_request
_original_send = vars(botocore.endpoint.Endpoint)["_send"]
_original_auth = RequestSigner.get_auth_instance
_original_methods = vars(ClientCreator)["_create_methods"]


def active() -> World | None:
    """The innermost active world."""
    return _worlds[-1] if _worlds else None


# --- every request of every client ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Door:
    """A client's ``before-send`` handler. It stays on the client, and does nothing while no world is active."""

    service: ServiceModel

    def __call__(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        world = active()
        if world is None:
            return None
        operation = self.service.operation_model(event_name.rsplit(".", 1)[1])
        return answers.response(request.url, route(world, request, operation))


def _make_request(self: Any, operation_model: OperationModel, request_dict: Any) -> Any:
    """Endpoint.make_request while a world is active: sees to it that the client has our door before it sends."""
    if not hasattr(self, "_kmsmock_door"):
        door: Any = _Door(operation_model.service_model)
        if aiobotocore_clients.is_async(self):
            aiobotocore_clients.install(_skip)
            door = aiobotocore_clients.door(lambda: active() is not None, door)
        self._kmsmock_door = door
        self._event_emitter.register_last("before-send", self._kmsmock_door, unique_id=_DOOR)
    return _original_make_request(self, operation_model, request_dict)


def _send(self: Any, request: AWSPreparedRequest) -> Any:
    """Endpoint._send while a world is active: the last line; nothing gets here unless a handler was taken away."""
    raise requests.refused(request.method, request.url)


def _get_auth_instance(self: Any, *args: Any, **options: Any) -> Any:
    """RequestSigner.get_auth_instance while a world is active: a client that was made where no credentials could be
    found signs with the ones that everybody's mocks use."""
    if self._credentials is None and len(args) < 4:
        options["request_credentials"] = options.get("request_credentials") or Credentials("testing", "testing")
    return _original_auth(self, *args, **options)


def _create_methods(self: Any, service_model: ServiceModel) -> dict[str, Any]:
    """ClientCreator._create_methods while a world is active: those of principals' clients are made once."""
    make: Callable[[], dict[str, Any]] = partial(_original_methods, self, service_model)
    shared = isinstance(self._loader, client_models.Models)
    return self._loader.methods(service_model, make) if shared else make()


def route(world: World, request: AWSPreparedRequest, operation: OperationModel) -> Answer:
    """Answer one request: KMS by the gate, an integrated operation by its service file, anything else by moto."""
    denied: list[Any] = []
    world.store.asking.denied = denied
    request_id = entropy.uuid()
    try:
        return _answer(world, request, operation, request_id)
    except AwsError as error:
        if denied:
            world.store.refused[request_id] = tuple(denied)
        return answers.encode_error(operation, error, request_id)


def _answer(world: World, request: AWSPreparedRequest, operation: OperationModel, request_id: str) -> Answer:
    """The answer to a call that is allowed; the AwsError of one that is not."""
    signature = credentials.signature_of(request)
    service = operation.service_model.service_id.hyphenize()
    try:
        unsigned = service == "s3" and signature.version is None
        caller = credentials.ANONYMOUS if unsigned else world.identities.caller(signature.access_key)
    except CredentialProblem as bad:
        raise credential_errors.worded(service, bad.problem) from None
    if service == "kms":
        result = gate.answer(world.store, _call(service, request, operation, caller, signature, request_id))
        return answers.encode(operation, result, request_id)
    if world.store.faults:
        faults.check(world.store.faults, service, operation.name)
    if service == "s3":
        _must_be_in_time(request)
    integration = services.find(service)
    enforced = service in services.ENFORCED or world.store.enforce_iam == "all"
    region = signature.region or _region_of_host(request.url)
    named = generic.paths(operation) if integration is None else generic.beside(operation)
    if integration is None and not enforced and not named:
        return requests.answer(world, request, caller, service, region)
    call = _call(service, request, operation, caller, signature, request_id)
    principal = (
        f"{operation.service_model.signing_name}.amazonaws.com" if integration is None else integration.principal
    )
    envelopes = Envelopes(world.store, call, gate.answer, principal)
    if integration is not None and integration.guard is not None:
        integration.guard(call, envelopes)
    if enforced:
        access.check(world.store, call, operation.service_model.resolved_protocol)
    if named:
        generic.check(call, envelopes, operation, named)
    advice = None if integration is None else integration.operations.get(operation.name)
    moto = requests.Request(world, request, operation, caller, region)
    answer = None if advice is None else advice(call, envelopes, moto)
    if answer is None:
        return moto.own_answer()
    return answer if isinstance(answer, tuple) else answers.encode(operation, answer, request_id)


def _must_be_in_time(request: AWSPreparedRequest) -> None:
    """Presigned URLs and forms are good for a while, and forms for what their policy says."""
    if credentials.has_expired(request):
        raise AwsError("AccessDenied", "Request has expired", 403)
    if credentials.lacks_signed_headers(request):
        raise AwsError(
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method.",
            403,
        )
    if s3_post_forms.is_form(request):
        s3_post_forms.check(s3_post_forms.read(request), decode.bucket_of(request))


def _call(
    service: str,
    request: AWSPreparedRequest,
    operation: OperationModel,
    caller: Caller,
    signature: Signature,
    request_id: str,
) -> Call:
    region = signature.region or _region_of_host(request.url)
    return Call(
        service=service,
        operation=operation.name,
        params=decode.decode(request, operation),
        caller=caller,
        region=region,
        partition=regions.partition_by_name(region),
        secure=request.url.startswith("https:"),
        headers=cast("Mapping[str, Any]", request.headers),
        signed=signature.version,
        request_id=request_id,
        url=request.url,
    )


def _region_of_host(url: str) -> str:
    parts = (urlsplit(url).hostname or "").split(".")
    return parts[-3] if len(parts) > 3 and "-" in parts[-3] else "us-east-1"


def _process_request(request: AWSPreparedRequest) -> Any:
    """moto's ``process_request`` while a world is active: what its ``requests`` patch catches takes the same route."""
    world = active()
    if world is None:  # pragma: no cover - the patch is taken away with the last world
        raise KmsMockError("no world is active")
    service = _service_of(request)
    operation = None if service is None else _operation_of(request, service)
    if operation is None and service == "kms":
        return answers.encode_error(
            answers.service_model("kms").operation_model("ListKeys"), errors.unknown_operation(), entropy.uuid()
        )
    if operation is None:
        signature = credentials.signature_of(request)
        try:
            world.identities.caller(signature.access_key)
        except CredentialProblem as bad:
            error = credential_errors.worded(service or "", bad.problem)
            return error.status, {"x-amzn-ErrorType": error.code}, f'{{"__type": "{error.code}"}}'.encode()
        caller = world.identities.caller(signature.access_key)
        return requests.answer(world, request, caller, service or "", signature.region)
    return route(world, request, operation)


def _process_plain(method: str, url: str, headers: Any, body: bytes) -> Answer:
    """The answer to a request that was made without botocore and without ``requests``."""
    from botocore.awsrequest import HeadersDict

    sent: Any = HeadersDict(headers)
    answered: Answer = _process_request(AWSPreparedRequest(method, url, sent, body, False))
    return answered


def _service_of(request: AWSPreparedRequest) -> str | None:
    from moto.backends import get_service_from_url

    url = urlsplit(request.url)
    found: str | None = get_service_from_url(f"{url.scheme}://{url.netloc}{url.path}")
    return found if found == "kms" or found in services.MODULES else None


def _operation_of(request: AWSPreparedRequest, service: str) -> OperationModel | None:
    """The operation of a request that no botocore client made, such as a presigned URL."""
    model = answers.service_model(service)
    target = decode.header(request, "X-Amz-Target")
    if target is not None:
        prefix, _, name = target.rpartition(".")
        known = prefix == model.metadata.get("targetPrefix") and name in model.operation_names
        return model.operation_model(name) if known else None
    if model.resolved_protocol in ("query", "ec2"):
        found = _ACTION.search(f"{urlsplit(request.url).query}&{decode.body_of(request).decode(errors='replace')}")
        return model.operation_model(found[1]) if found and found[1] in model.operation_names else None
    if service != "s3":
        return None
    if s3_post_forms.is_form(request):
        return model.operation_model("PutObject")
    from moto.core.request import normalize_request
    from moto.core.routing import get_service_router
    from werkzeug.exceptions import NotFound

    try:
        matched, _ = get_service_router("s3").match(normalize_request(request))
    except NotFound:
        return None
    return model.operation_model(matched.name) if matched.name in model.operation_names else None


# --- entering and leaving -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Session:
    """What was there before a world became active, to be put back when it ends."""

    mock: Any
    before: list[moto_state.Taken]
    bodies: list[tuple[list[Any], list[Any]]]
    enabled: bool
    moto_account: str | None
    undo: list[Callable[[], None]] = field(default_factory=list)


def enter(world: World) -> Session:
    """Make a world the active one: moto starts with empty backends and answers only when the world asks it."""
    from moto import mock_aws
    from moto.core.models import botocore_stubber

    account = os.environ.pop("MOTO_ACCOUNT_ID", None)
    session = Session(mock_aws(), moto_state.take(), moto_state.take_bodies(), botocore_stubber.enabled, account)
    moto_state.start(session.mock)
    botocore_stubber.enabled = False
    if not _worlds:
        vars(botocore_stubber)["process_request"] = _process_request
        botocore.endpoint.Endpoint.make_request = _make_request  # type: ignore[method-assign]  # the door, see above
        botocore.endpoint.Endpoint._send = _send  # type: ignore[attr-defined]  # private, hence not in the stubs
        RequestSigner.get_auth_instance = _get_auth_instance  # type: ignore[method-assign]  # as make_request
        ClientCreator._create_methods = _create_methods  # type: ignore[attr-defined]  # as _send
        session.undo += [urllib3_clients.catch_urllib3(_process_plain), requests.remember()]
    _worlds.append(world)
    sleeping.install(_skip)
    aiobotocore_clients.install(_skip)
    return session


def _skip(seconds: float) -> None:
    """Pass time in the innermost world."""
    _worlds[-1].clock.skip(seconds)


def leave(world: World, session: Session) -> None:
    """Put botocore, moto and the environment back as ``enter`` found them."""
    from moto.core.models import botocore_stubber

    if active() is not world:
        raise KmsMockError("worlds must be left in the reverse order of entering them")
    _worlds.pop()
    if not _worlds:
        bridge.remove()
        sleeping.remove()
        aiobotocore_clients.remove()
        vars(botocore_stubber).pop("process_request", None)
        botocore.endpoint.Endpoint.make_request = _original_make_request  # type: ignore[method-assign]  # as in enter
        botocore.endpoint.Endpoint._send = _original_send  # type: ignore[attr-defined]  # as in enter
        RequestSigner.get_auth_instance = _original_auth  # type: ignore[method-assign]  # as in enter
        ClientCreator._create_methods = _original_methods  # type: ignore[attr-defined]  # as in enter
    for undo in session.undo:
        undo()
    moto_state.drop()
    moto_state.stop(session.mock)
    moto_state.put_back(session.before)
    moto_state.put_bodies_back(session.bodies)
    botocore_stubber.enabled = session.enabled
    if session.moto_account is not None:
        os.environ["MOTO_ACCOUNT_ID"] = session.moto_account
