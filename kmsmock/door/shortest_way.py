"""The shortest way: a call of KMS that nobody looks at is answered before botocore would write it down.

What botocore does to every call of a client alike, such as finding out where it goes, it does once, and what it puts
into a request for others to read, when somebody reads it. A value that is not plainly right is botocore's to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.awsrequest import prepare_request_dict
from botocore.client import BaseClient
from botocore.context import ClientContext, get_context, start_as_current_context
from botocore.hooks import EventAliaser
from botocore.model import OperationModel

from kmsmock.active import Patches, here
from kmsmock.bridge import switches
from kmsmock.call import Signature
from kmsmock.door import short_way, ways
from kmsmock.door.regions import must_exist
from kmsmock.store import Store
from kmsmock.wire import plain_params
from kmsmock.wire.answers import Answer

_KMS = "kms"


class _Plan(NamedTuple):
    """What is the same for all calls of an operation, as long as a client's handlers are."""

    operation: OperationModel
    endpoint: str
    request: Mapping[str, Any]
    """The request without parameters."""
    read: plain_params.Take


def install(patches: Patches) -> None:
    """From now on calls of KMS are answered at once where nobody could tell."""
    patches.replace(BaseClient, "_make_api_call", _at_once(vars(BaseClient)["_make_api_call"]))


def _at_once(original: Callable[..., Any]) -> Callable[..., Any]:
    def make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        """BaseClient._make_api_call while a world is active."""
        __tracebackhide__ = True  # a refused call ends in botocore, as on the other ways
        store = here()
        plan = None if store is None else _plan_of(store, self, operation_name)
        if store is None or plan is None:
            return original(self, operation_name, api_params)
        ask = ways.Ask(store, self, plan.operation, plan.request, _KMS)
        url = plan.request["url"]
        if ways.is_looked_at(ask) or switches.lets_through(url, _KMS):
            return original(self, operation_name, api_params)
        try:
            params = plan.read(api_params)
        except plain_params.NotPlain:
            return original(self, operation_name, api_params)
        signature = short_way.signature_of(ask)
        if signature is None:
            return original(self, operation_name, api_params)
        must_exist(store, self.meta.region_name, url)
        answered = short_way.result(ask, signature, _headers(ask), params)
        if not isinstance(answered, short_way.Read):
            return _refused(plan, ask, signature, api_params, answered)
        _after(ask, answered)
        return answered.given

    return make_api_call


def _plan_of(store: Store, client: Any, operation_name: str) -> _Plan | None:
    """The plan for an operation; None for a client whose calls are looked at on their way.

    It is kept among what botocore itself forgets whenever the client's handlers change.
    """
    events: Any = client.meta.events
    if not isinstance(events, EventAliaser):
        return None
    emitter: Any = vars(events)["_emitter"]
    kept: dict[Any, Any] = getattr(emitter, "_lookup_cache", {})
    key = (_KMS, operation_name)
    if key not in kept:
        kept[key] = _made(store, client, operation_name)
    plan: _Plan | None = kept[key]
    return plan


def _made(store: Store, client: Any, operation_name: str) -> _Plan | None:
    service = client.meta.service_model
    if service.service_name != _KMS or client._ruleset_resolver is None:
        return None
    operation = service.operation_model(operation_name)
    bare = ways.Ask(store, client, operation, {}, _KMS)
    if ways.why_serialized(bare):
        return None
    context = _context(client, operation)
    endpoint, headers, properties = client._resolve_endpoint_ruleset(operation, {}, context)
    request = client._serializer._serializer.serialize_to_request({}, operation)
    request["headers"].update(headers)
    prepare_request_dict(request, endpoint, context)
    if properties.keys() - {"authSchemes"} or ways.why_of_client(bare._replace(request=request)):
        return None
    return _Plan(operation, endpoint, request, plain_params.reader(operation))


def _context(client: Any, operation: OperationModel) -> dict[str, Any]:
    """The context of a call, as BaseClient._make_api_call makes it."""
    return {
        "client_region": client.meta.region_name,
        "client_config": client.meta.config,
        "has_streaming_input": operation.has_streaming_input,
        "auth_type": operation.resolved_auth_type,
        "unsigned_payload": operation.unsigned_payload,
        "auth_options": client.meta.service_model.metadata.get("auth"),
    }


def _headers(ask: ways.Ask) -> Callable[[], Mapping[str, Any]]:
    """What tells the headers that the request would have, and its agent as of now."""
    context = get_context()
    features = set() if context is None else set(context.features)
    headers, agent = ask.request["headers"], ask.client._user_agent_creator  # not the client: the trail keeps this

    def tell() -> Mapping[str, Any]:
        with start_as_current_context(ClientContext(features)):
            return {**headers, "User-Agent": agent.to_string()}

    return tell


def _refused(plan: _Plan, ask: ways.Ask, signature: Signature, api_params: Any, answer: Answer) -> Any:
    """What a client raises, or gives after all where botocore tries again."""
    __tracebackhide__ = True
    client, context = ask.client, {**plan.request["context"]}
    request = client._convert_to_request_dict(api_params, plan.operation, plan.endpoint, context)
    ask = ask._replace(request=request)
    answered = short_way.answer(ask, signature, short_way.read_off(ask, request["url"], answer))
    _after(ask, answered)
    if answered.response.status_code < 300:
        return answered.given
    code = context.get("error_code_override") or answered.given.get("Error", {}).get("Code")
    raise client.exceptions.from_code(code)(answered.given, plan.operation.name)


def _after(ask: ways.Ask, answered: short_way.Read) -> None:
    """botocore itself counts there what it may try again."""
    ask.events.emit(
        f"after-call.{ask.service}.{ask.operation.name}",
        http_response=answered.response,
        parsed=answered.given,
        model=ask.operation,
        context=ask.context,
    )
