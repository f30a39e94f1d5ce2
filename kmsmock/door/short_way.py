"""The short way: a call is answered where botocore has serialized it, and before it would sign and send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.client import BaseClient
from botocore.endpoint import convert_to_response_dict
from botocore.model import OperationModel

from kmsmock.active import Patches, here
from kmsmock.bridge import switches
from kmsmock.door import signers, ways
from kmsmock.door.regions import must_exist
from kmsmock.door.route import route
from kmsmock.identity.signature import Signature
from kmsmock.wire import answers, results


class _Headers(HeadersDict):
    """The headers of a request, which hardly any policy asks for."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given

    @cached_property
    def _dict(self) -> Any:
        given: Any = HeadersDict(self._given)
        return given._dict


class Read(NamedTuple):
    """What botocore makes of a call: the response, and what the client's caller is given."""

    response: AWSResponse
    given: dict[str, Any]


def install(patches: Patches) -> None:
    """From now on calls that nobody could tell apart are answered without the wire."""
    client: Any = BaseClient
    patches.replace(client, "_make_request", _shortly(client._make_request))


def _shortly(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_request(self: Any, operation_model: OperationModel, request_dict: Any, request_context: Any) -> Any:
        """BaseClient._make_request while a world is active."""
        store = here()
        if store is None or operation_model.service_model.service_id != "KMS":
            return original(self, operation_model, request_dict, request_context)
        ask = ways.Ask(store, self, operation_model, request_dict)
        signature = None if ways.why_long(ask) else _signature(ask)
        if signature is None or switches.lets_through(request_dict["url"], "kms"):
            return original(self, operation_model, request_dict, request_context)
        must_exist(store, request_context.get("client_region"), request_dict["url"])
        return _answer(ask, signature)

    return make_request


def _signature(ask: ways.Ask) -> Signature | None:
    """What the signature of a request would say; None for a client without credentials."""
    signer: Any = ask.client._request_signer
    signing = ask.context.get("signing", {})
    credentials = signing.get("request_credentials") or signer._credentials
    frozen: Any = None if credentials is None else credentials.get_frozen_credentials()
    access_key, secret, token = (signers.instead_of(frozen, ask.request["url"]) or frozen or ("", "", None))[:3]
    if not (access_key and secret):
        return None
    return Signature(access_key, signing.get("region") or signer._region_name, 4, token or "")


def _answer(ask: ways.Ask, signature: Signature) -> Read:
    """The answer to a call, asked for again as long as botocore would retry it."""
    endpoint: Any = ask.client._endpoint
    attempts = 1
    answered = _once(ask, signature)
    while answered.response.status_code >= 300:
        if not endpoint._needs_retry(attempts, ask.operation, ask.request, tuple(answered), None):
            answered.given["ResponseMetadata"]["RetryAttempts"] = attempts - 1
            break
        attempts += 1
        answered = _once(ask, signature)
    return answered


def _once(ask: ways.Ask, signature: Signature) -> Read:
    url = ask.request["url"]
    headers: Any = _Headers(ask.request["headers"])
    request = AWSPreparedRequest(ask.request["method"], url, headers, ask.request["body"], False)

    def read(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> Read:
        return Read(
            answers.Unsent(url, operation, result, request_id), results.as_parsed(operation, result, request_id)
        )

    answer = route(ask.store, request, ask.operation, read, signature)
    return answer if isinstance(answer, Read) else _refused(ask, answers.response(url, answer))


def _refused(ask: ways.Ask, response: AWSResponse) -> Read:
    """An error, which botocore's own parser reads."""
    endpoint: Any = ask.client._endpoint
    parser = endpoint._response_parser_factory.create_parser(ask.operation.service_model.resolved_protocol)
    told = convert_to_response_dict(response, ask.operation)
    parsed = parser.parse(told, ask.operation.output_shape)
    endpoint._add_modeled_error_fields(told, parsed, ask.operation, parser)
    return Read(response, parsed)
