"""Which way a client's call takes, and why: the short one, unless somebody could see a difference."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.history import get_global_history_recorder
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.model import OperationModel
from botocore.signers import RequestSigner

from kmsmock.door import hosts
from kmsmock.store import Store

SKIPPED = (
    "request-created",
    "choose-signer",
    "before-sign",
    "before-send",
    "before-parse",
    "response-received",
    "needs-retry",
    "after-call-error",
)
"""The events of botocore that the short way does not emit, but for needs-retry after an error."""

_NOBODYS: Mapping[str, str] = {
    "botocore.handlers:_set_auth_scheme_preference_signer": "nothing is signed",
    "botocore.handlers:add_retry_headers": "the header tells AWS of attempts, and KMS has no use for it",
    "botocore.handlers:set_operation_specific_signer": "nothing is signed",
    "botocore.retries.standard:MaxAttemptsSeeder.seed_max_attempts": "for the header of attempts",
    "botocore.retries.standard:RetryHandler.needs_retry": "asked after an error; a success is not sent again",
    "botocore.retryhandler:RetryHandler.__call__": "likewise",
    "botocore.signers:RequestSigner.handler": "nothing is signed",
    "botocore.useragent:UserAgentString.rebuild_and_replace_user_agent_handler": "says again what the request says",
    "kmsmock.door.botocore_clients:_Door.__call__": "the long way into the world",
    "kmsmock.identity.outside:refuse": "for clients without a world",
    "moto.core.botocore_stubber:BotocoreStubber.__call__": "the door answers before moto",
}
"""The handlers of those events that every client has, and why they may be left out."""

_SENDS = (
    (BaseClient, ("_make_request",)),
    (
        Endpoint,
        (
            "make_request",
            "_send_request",
            "create_request",
            "prepare_request",
            "_get_response",
            "_do_get_response",
            "_needs_retry",
            "_send",
        ),
    ),
    (RequestSigner, ("handler", "sign", "get_auth_instance")),
)
"""What stands between a client and the wire."""


_BOTOCORE = logging.getLogger("botocore")
_HISTORY: Any = get_global_history_recorder()


class Ask(NamedTuple):
    """A call that a client is about to send."""

    store: Store
    client: Any
    operation: OperationModel
    request: Mapping[str, Any]

    @property
    def context(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.request["context"]
        return found


def _has_handlers(ask: Ask) -> bool:
    service = ask.operation.service_model.service_id.hyphenize()
    emitter: Any = ask.client.meta.events._emitter
    handlers = (
        each for event in SKIPPED for each in emitter._handlers.prefix_search(f"{event}.{service}.{ask.operation.name}")
    )
    return any(_name(each) not in _NOBODYS for each in handlers)


def _name(handler: Any) -> str:
    function = getattr(handler, "__func__", handler)
    if hasattr(function, "__qualname__"):
        return f"{function.__module__}:{function.__qualname__}"
    return f"{type(handler).__module__}:{type(handler).__qualname__}.__call__"


OF_CLIENT: tuple[tuple[str, Callable[[Ask], bool]], ...] = (
    ("services on moto need the wire", lambda ask: ask.operation.service_model.service_id != "KMS"),
    ("an endpoint that is somebody's own", lambda ask: type(ask.client._endpoint) is not Endpoint),
    ("a signer that is somebody's own", lambda ask: type(ask.client._request_signer) is not RequestSigner),
    ("an operation that is not signed as KMS's are", lambda ask: ask.context.get("auth_type") not in (None, "v4")),
    ("a client that does not sign as KMS's do", lambda ask: ask.client.meta.config.signature_version != "v4"),
    ("handlers of a user or a library", _has_handlers),
)
"""Why all calls of an operation by a client take the long way, until the client's handlers change."""

OF_CALL: tuple[tuple[str, Callable[[Ask], bool]], ...] = (
    ("faults, which botocore retries", lambda ask: bool(ask.store.faults)),
    ("quotas, which botocore backs off from", lambda ask: ask.store.quotas is not None),
    ("a recorder of history", lambda ask: bool(_HISTORY._enabled)),
    ("a log of what botocore does", lambda ask: _BOTOCORE.isEnabledFor(logging.DEBUG)),
    ("a prefix to the host", lambda ask: bool(ask.request.get("host_prefix"))),
    ("a host that is not AWS's", lambda ask: not hosts.is_aws(hosts.host_of(ask.request["url"]))),
    ("somebody's patch of botocore", lambda ask: _sends() != _known),
)
"""Why a call takes the long way whatever the client."""

_known: list[Any] = []


def _sends() -> list[Any]:
    return [vars(owner)[name] for owner, names in _SENDS for name in names]


def ready() -> None:
    """Called when all patches of the door are in place: what else replaces these functions wants to see calls."""
    foreign = any(not str(each.__module__).startswith(("botocore.", "kmsmock.")) for each in _sends())
    _known[:] = [] if foreign else _sends()


def why_long(ask: Ask) -> str | None:
    """Why a call takes the long way; None for the short one."""
    reason = _of_client(ask)
    if reason is not None:
        return reason
    for reason, applies in OF_CALL:
        if applies(ask):
            return reason
    return None


def _of_client(ask: Ask) -> str | None:
    """The reason of a client, kept among what botocore itself forgets whenever the client's handlers change."""
    events: Any = ask.client.meta.events
    emitter: Any = getattr(events, "_emitter", None)
    if (type(events), type(emitter)) != (EventAliaser, HierarchicalEmitter):
        return "an emitter of events that is somebody's own"
    key = ("kmsmock", ask.operation.name, ask.context.get("auth_type"))
    found: list[str | None] | None = emitter._lookup_cache.get(key)
    if found is None:
        found = [next((reason for reason, applies in OF_CLIENT if applies(ask)), None)]
        emitter._lookup_cache[key] = found
    return found[0]
