"""Requests that moto answers: the client's own, and those that a service's file makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

from kmsmock.active import Patches, current
from kmsmock.bridge import api_integrations, failures, handlers, installed, normal_requests, object_requests, switches
from kmsmock.call import Caller
from kmsmock.records import iam, serving
from kmsmock.services import Moto
from kmsmock.store import Store
from kmsmock.wire import answers, models
from kmsmock.wire.answers import Answer
from kmsmock.wire.decoding.request import body_of
from kmsmock.wire.models import OperationModel
from kmsmock.wire.refused import NotSent, refused
from kmsmock.wire.regions import partition_by_name
from kmsmock.wire.requests import AWSPreparedRequest, prepare

_AWS_POLICY = b"iam%3A%3Aaws%3Apolicy%2F"
"""The ARN of AWS's own policies, in a form."""
_FORM = "application/x-www-form-urlencoded; charset=utf-8"
_ACCOUNT_HEADER = "x-moto-account-id"
_STREAMS_OF_ACCOUNT = re.compile(r"^(https?://)\d{12}\.streams-ddb\.")
"""An account's own endpoint, where clients send what names a stream by its ARN; moto knows the others only."""


@dataclass(slots=True)
class Request(Moto):
    """moto for one request of a client."""

    store: Store
    request: AWSPreparedRequest
    operation: OperationModel
    caller: Caller
    region: str
    account: str | None = None
    """Whose resources the request is about; None: the caller's."""
    _own: Answer | None = field(default=None)

    def own_answer(self, headers: Mapping[str, str] | None = None) -> Answer:
        """moto's answer to the client's own request, asked for at most once."""
        if self._own is None:
            for name, value in (headers or {}).items():
                self.request.headers[name] = value
                if name == "Range":  # instead of the part that was asked for: moto knows parts by other numbers
                    self.request.url = re.sub(r"(?<=[?&])partNumber=[^&]*&?", "", self.request.url)
            if self.operation.service_model.resolved_protocol in ("query", "ec2"):
                self.request.headers["Content-Type"] = _FORM  # it is read as one, whatever it says of itself
            with switches.asked_by(self.caller):
                place = f"{self.operation.service_model.endpoint_prefix}.{self.region}.amazonaws.com"
                asked = answer(self.store, self.request, self.caller, self.service, self.region, self.account, place)
            self._own = answers.readable(self.operation, answers.with_its_status(self.operation, asked))
        return self._own

    @property
    def service(self) -> str:
        return self.operation.service_model.service_id.hyphenize()

    def own(self) -> dict[str, Any]:
        return answers.parse(self.operation, self.own_answer())

    def run(
        self, service: str | None, operation: str, region: str | None, params: dict[str, Any], account: str | None
    ) -> dict[str, Any]:
        # not the client's own model: clients of S3 take the bucket out of its URIs
        service = service or models.name_of(self.operation.service_model) or self.service
        return run(self.store, self.caller, service, operation, region or self.region, params, account or self.account)


def run(
    store: Store,
    caller: Caller,
    service: str,
    operation: str,
    region: str,
    params: dict[str, Any],
    account: str | None = None,
) -> dict[str, Any]:
    """Run an operation in moto; ``service`` is botocore's name. Raises the AwsError that moto answers."""
    model = models.service_model(service).operation_model(operation)
    prepared, name = prepare(model, params, region), model.service_model.service_id.hyphenize()
    answered = answer(store, prepared, caller, name, region, account)
    return answers.parse(model, answers.readable(model, answers.with_its_status(model, answered)))


serving.runs_by(lambda store, caller: partial(run, store, caller))


def answer(
    store: Store,
    request: AWSPreparedRequest,
    caller: Caller,
    service: str,
    region: str,
    account: str | None = None,
    place: str | None = None,
) -> Answer:
    """Let moto answer, for the account of the caller. Refuse what moto would let through to the network.

    ``place`` is the host that moto knows the service by, if the request was sent to another of its hosts.
    """
    store.directory.forget()
    if service == "cloudformation" and _AWS_POLICY in body_of(request):
        iam.load_aws_policies(account or caller.account, partition_by_name(region))
    request.url = _STREAMS_OF_ACCOUNT.sub(r"\1streams.dynamodb.", request.url)
    request.headers[_ACCOUNT_HEADER] = account or caller.account or store.account_id
    try:
        with installed.moto_serves(service, store, caller, region, partial(run, store, caller)):
            answered = _asked(service, request)
            if _unserved(answered) and place is not None:  # FIPS, dual stack, VPC endpoints
                request.url = urlsplit(request.url)._replace(netloc=place).geturl()
                answered = _asked(service, request)
    finally:
        del request.headers[_ACCOUNT_HEADER]
        store.directory.forget()
    if _unserved(answered):
        answered = api_integrations.not_deployed(request.url)
    if answered is None:
        raise NotSent(refused(request.method, request.url))
    status, headers, body = answered
    sent = body.encode(errors="replace") if isinstance(body, str) else body  # of a form it is a text
    return int(status), dict(headers), sent  # of an HTTPException headers are a list


def _asked(service: str, request: AWSPreparedRequest) -> Any:
    """moto's answer. A fault of moto's is said to be one, with what it raised as the cause."""
    try:
        return _process(service, request)
    except Exception as error:
        if not failures.is_motos(error):
            raise
        raise failures.failed(service, f"{request.method} {request.url.split('?')[0]}", error) from error


def _unserved(answered: Any) -> bool:
    return answered is None or answered[2] == "Not yet implemented"


def _process(service: str, request: AWSPreparedRequest) -> Any:
    """moto's ``process_request``, which looks through the URLs of all services for each request."""
    from moto.core.models import botocore_stubber

    of_s3 = service == "s3"
    handler = _handler_of_s3(request.url.split("?", 1)[0]) if of_s3 else handlers.find(request.url)
    if handler is None:
        return type(botocore_stubber).process_request(botocore_stubber, request)
    from moto.core.exceptions import HTTPException

    try:
        whole = is_recorded() or switches.simulates() or not of_s3
        found = None if whole else object_requests.answer(request)
        return _processed(handler, request, of_s3 and request.method != "POST") if found is None else found
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


def _processed(handler: Any, request: AWSPreparedRequest, has_no_form: bool) -> Any:
    from moto.moto_api import recorder

    normal = normal_requests.normal(request)
    if has_no_form:
        normal_requests.keep_body(normal)
    recorder._record_request(normal)
    return handler(normal, normal.raw_url, normal.headers)


def is_recorded() -> bool:
    """Whether moto writes down what it is asked."""
    from moto.moto_api import recorder

    return bool(recorder._user_enabled)


def s3_custom_endpoints() -> tuple[str, ...]:
    """The endpoints that a suite named to moto as S3's (MOTO_S3_CUSTOM_ENDPOINTS)."""
    from moto import settings

    return tuple(settings.get_s3_custom_endpoints())


def _handler_of_s3(url: str) -> Any:
    """moto's handler of a URL of S3; None for a URL that it does not take for one."""
    asked = s3_custom_endpoints()
    if asked not in _s3_urls:
        from moto.s3.models import S3Backend

        urls: Any = S3Backend("us-east-1", "123456789012").urls
        _s3_urls[asked] = [(re.compile(url), handler) for url, handler in urls.items()]
    return next((handler for pattern, handler in _s3_urls[asked] if pattern.match(url)), None)


_s3_urls: dict[tuple[str, ...], list[tuple[re.Pattern[str], Any]]] = {}


# --- what moto looks up at every request -------------------------------------------------------------------------

_urls: dict[tuple[object, ...], Any] = {}


def catch(patches: Patches, process: Callable[[Any], Any]) -> None:
    """What moto's patch of ``requests`` catches goes to ``process``; clients of botocore meet the door alone."""
    from moto.core.models import botocore_stubber

    patches.replace(botocore_stubber, "process_request", process)
    patches.replace(type(botocore_stubber), "__call__", leave_to_the_door)


def is_of_moto(handler: Any) -> bool:
    """Whether a handler of botocore's events is moto's own."""
    from moto.core.models import botocore_stubber

    return handler is botocore_stubber


def leave_to_the_door(stubber: Any, event_name: str, request: Any, **_: Any) -> None:
    """moto's own ``before-send`` handler while a world is active: the door answers, and each request is met once."""


def remember(patches: Patches) -> None:
    """Let moto find its URLs and the methods that answer once for each service."""
    from moto import settings
    from moto.core import responses
    from moto.core.base_backend import BaseBackend

    original: Any = BaseBackend.__dict__["urls"]

    def urls(backend: Any) -> Any:
        asked = (type(backend), *settings.get_s3_custom_endpoints(), settings.enable_iso_regions())
        if asked not in _urls:
            _urls[asked] = original.fget(backend)
        return _urls[asked]

    patches.replace(BaseBackend, "urls", property(urls))
    patches.replace(responses, "method_names_from_class", _method_names)
    patches.replace(responses.BaseResponse, "get_current_account", _account)
    patches.replace(responses, "parse_qsl", _pairs_of_forms(responses.parse_qsl))


def _pairs_of_forms(original: Callable[..., list[tuple[str, str]]]) -> Callable[..., list[tuple[str, str]]]:
    def parse_qsl(body: str, **options: Any) -> list[tuple[str, str]]:
        """moto takes any body for a form: what a value of a document says after ``&Action=`` would be done."""
        return [(body, "")] if body.lstrip()[:1] in ("{", "[", "<") else original(body, **options)

    return parse_qsl


def _account(response: Any) -> str:
    """The account that the world says, whatever stands in MOTO_ACCOUNT_ID: that is looked at when a world is made."""
    said: str | None = response.headers.get(_ACCOUNT_HEADER)
    return current().account_id if said is None else said


def answer_all(patches: Patches) -> None:
    """Let ``requests`` reach what moto has no URL for, such as hosts of FIPS, and take the length of what HEAD tells
    for that of an object, and not of a body that is to come: moto's stand-in does not say which method was asked."""
    from moto.core.custom_responses_mock import CallbackResponse, not_implemented_callback
    from moto.core.models import botocore_stubber

    original: Any = CallbackResponse.get_response

    def serve(request: Any) -> Any:
        return botocore_stubber.process_prepared_request(request) or not_implemented_callback(request)

    def get_response(stub: Any, request: Any) -> Any:
        if stub.callback is not_implemented_callback:
            stub = copy(stub)
            stub.callback = serve
        response = original(stub, request)
        if request.method == "HEAD":
            response.length_remaining = 0
        return response

    patches.replace(CallbackResponse, "get_response", get_response)


@cache
def _method_names(answering: type) -> frozenset[str]:
    from moto.core.utils import method_names_from_class

    return frozenset(method_names_from_class(answering))
