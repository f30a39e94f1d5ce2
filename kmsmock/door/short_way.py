"""The short way: a call is answered where botocore has serialized it, and before it would sign and send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any, NamedTuple

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.client import BaseClient
from botocore.endpoint import convert_to_response_dict
from botocore.httpchecksum import handle_checksum_body
from botocore.model import OperationModel

from kmsmock.active import Patches, here
from kmsmock.bridge import serializing, switches
from kmsmock.call import Signature
from kmsmock.door import signers, unsigned, ways
from kmsmock.door.regions import must_exist
from kmsmock.door.route import route
from kmsmock.model.turns import turn
from kmsmock.wire import answers, models, results
from kmsmock.wire.answers import Answer
from kmsmock.wire.refused import NotSent


class _Headers(HeadersDict):
    """The headers of a request, which hardly any policy asks for."""

    def __init__(self, tell: Callable[[], Mapping[str, Any]]) -> None:
        self._tell = tell

    @cached_property
    def _dict(self) -> Any:
        told: Any = HeadersDict(self._tell())
        return told._dict


class Read(NamedTuple):
    """What botocore makes of a call: the response, and what the client's caller is given."""

    response: AWSResponse
    given: dict[str, Any]


def install(patches: Patches) -> None:
    """From now on calls that nobody could tell apart are answered before botocore would send them."""
    client: Any = BaseClient
    patches.replace(client, "_make_request", _shortly(client._make_request))


def _shortly(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Any, operation_model: OperationModel, request_dict: Any, request_context: Any) -> Any:
        """BaseClient._make_request while a world is active."""
        store = here()
        if store is None:
            return original(self, operation_model, request_dict, request_context)
        service = operation_model.service_model
        ask = ways.Ask(store, self, operation_model, request_dict, models.hyphenated(service.service_id))
        with turn:
            reason = ways.why_long(ask)
        signature = None if reason else signature_of(ask)
        if signature is None or switches.lets_through(request_dict["url"], service.service_name):
            return original(self, operation_model, request_dict, request_context)
        must_exist(store, request_context.get("client_region"), request_dict["url"])
        try:
            return answer(ask, signature)
        except NotSent as carrier:
            raise carrier.refusal from None

    return make_request


def signature_of(ask: ways.Ask) -> Signature | None:
    """What the signature of a request would say; None for a client without credentials."""
    signer: Any = ask.client._request_signer
    signing = ask.context.get("signing", {})
    credentials = signing.get("request_credentials") or signer._credentials
    frozen: Any = None if credentials is None else credentials.get_frozen_credentials()
    access_key, secret, token = (signers.instead_of(frozen, ask.request["url"]) or frozen or ("", "", None))[:3]
    if not (access_key and secret):
        return None
    return Signature(access_key, signing.get("region") or signer._region_name, 4, token or "", secret)


def answer(ask: ways.Ask, signature: Signature, first: Read | None = None) -> Read:
    """The answer to a call, asked for again as long as botocore would retry it. There may be a first one."""
    endpoint: Any = ask.client._endpoint
    once = _of_kms if ask.service == "kms" else _of_others
    attempts = 1
    answered = first or once(ask, signature)
    while _is_looked_at(answered) and endpoint._needs_retry(
        attempts, ask.operation, ask.request, tuple(answered), None
    ):
        attempts += 1
        _as_prepared(ask).reset_stream()
        answered = once(ask, signature_of(ask) or signature)  # S3 may have said that it is another Region
    answered.given["ResponseMetadata"]["RetryAttempts"] = attempts - 1
    return answered


def _as_prepared(ask: ways.Ask) -> AWSPreparedRequest:
    """What botocore would have prepared, for its own way to begin a body again."""
    headers: Any = {}
    return AWSPreparedRequest(ask.request["method"], ask.request["url"], headers, ask.request["body"], False)


def _is_looked_at(answered: Read) -> bool:
    """Whether a handler of needs-retry has anything to look at: errors, those of S3 that come as a 200, checksums."""
    status = max(answered.response.status_code, answered.given["ResponseMetadata"]["HTTPStatusCode"])
    return status >= 300 or "x-amz-crc32" in answered.response.headers


def _of_kms(ask: ways.Ask, signature: Signature) -> Read:
    answered = result(ask, signature, lambda: ask.request["headers"])
    return answered if isinstance(answered, Read) else read_off(ask, ask.request["url"], answered)


def result(
    ask: ways.Ask,
    signature: Signature,
    headers: Callable[[], Mapping[str, Any]],
    params: dict[str, Any] | None = None,
) -> Read | Answer:
    """What becomes of a call of KMS. ``params`` are its parameters where no body says them."""
    url = ask.request["url"]
    lazy: Any = _Headers(headers)
    request = AWSPreparedRequest(ask.request["method"], url, lazy, ask.request["body"], False)
    return route(ask.store, request, ask.operation, partial(_read, url), signature, params)


def _read(url: str, operation: OperationModel, given: Mapping[str, Any], request_id: str) -> Read | Answer:
    """A result as botocore would have read it, or the answer for botocore to read."""
    try:
        parsed = results.as_parsed(operation, given, request_id)
    except results.NotPlain:
        return serializing.encode(operation, given, request_id)
    write = partial(serializing.encode, operation, given, request_id)
    return Read(answers.Unsent(url, partial(results.headers, operation, request_id), write), parsed)


def _of_others(ask: ways.Ask, signature: Signature) -> Read:
    """The answer of a service that reads the wire: the request is the one that botocore would send."""
    streams = ask.operation.has_streaming_output or ask.operation.has_event_stream_output
    request = unsigned.prepared(ask.request, signature, ask.service, ask.client._request_signer, streams=streams)
    write = partial(_read, request.url) if ways.parses_as_ever(ask.client._endpoint) else serializing.encode
    answered = route(ask.store, request, ask.operation, write, signature)
    return answered if isinstance(answered, Read) else read_off(ask, request.url, answered)


def read_off(ask: ways.Ask, url: str, answer: Answer) -> Read:
    """An answer that botocore's own parser reads, after whoever is asked before it does."""
    endpoint: Any = ask.client._endpoint
    response: Any = answers.response(url, answer)
    told = convert_to_response_dict(response, ask.operation)
    handle_checksum_body(response, told, ask.context, ask.operation)
    customized: dict[str, Any] = {}
    endpoint._event_emitter.emit(
        f"before-parse.{ask.service}.{ask.operation.name}",
        operation_model=ask.operation,
        response_dict=told,
        customized_response_dict=customized,
    )
    makes = answers.PARSERS if ways.parses_as_ever(endpoint) else endpoint._response_parser_factory
    parser = makes.create_parser(ask.operation.service_model.resolved_protocol)
    given = parser.parse(told, models.common(ask.operation).output_shape)
    given.update(customized)
    if response.status_code >= 300:
        endpoint._add_modeled_error_fields(told, given, ask.operation, parser)
    return Read(response, given)
