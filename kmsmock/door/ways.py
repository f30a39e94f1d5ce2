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

from kmsmock.bridge import requests, switches
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

_NOBODYS = frozenset(
    {
        "botocore.client:ClientCreator._default_s3_presign_to_sigv2",
        "botocore.client:ClientCreator._default_signer_to_sigv4",
        "botocore.handlers:_handle_200_error",
        "botocore.handlers:_set_auth_scheme_preference_signer",
        "botocore.handlers:_set_extra_headers_for_unsigned_request",
        "botocore.handlers:_update_status_code",
        "botocore.handlers:add_retry_headers",
        "botocore.handlers:disable_signing",
        "botocore.handlers:handle_expires_header",
        "botocore.handlers:remove_arn_from_signing_path",
        "botocore.handlers:set_operation_specific_signer",
        "botocore.retries.standard:MaxAttemptsSeeder.seed_max_attempts",
        "botocore.retries.standard:RetryHandler.needs_retry",
        "botocore.retryhandler:RetryHandler.__call__",
        "botocore.signers:RequestSigner.handler",
        "botocore.useragent:UserAgentString.rebuild_and_replace_user_agent_handler",
        "botocore.utils:S3ExpressIdentityResolver.resolve_s3express_identity",
        "botocore.utils:S3RegionRedirectorv2.redirect_from_error",
        "kmsmock.door.botocore_clients:_Door.__call__",
        "kmsmock.identity.outside:refuse",
    }
)
"""The handlers of those events that clients have by themselves. The contract says why each may be left out."""

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


def is_watched(events: Any, service: str, operation: str) -> bool:
    """Whether a user or a library listens to what a client sends, or is answered.

    What was found is kept among what botocore itself forgets whenever the client's handlers change.
    """
    emitter: Any = getattr(events, "_emitter", None)
    if (events.__class__, type(emitter)) != (EventAliaser, HierarchicalEmitter):  # a signer has a proxy of it
        return True
    key = ("kmsmock", service, operation)
    found: bool | None = emitter._lookup_cache.get(key)
    if found is None:
        handlers = (
            each for event in SKIPPED for each in emitter._handlers.prefix_search(f"{event}.{service}.{operation}")
        )
        found = any(_name(each) not in _NOBODYS and not requests.is_of_moto(each) for each in handlers)
        emitter._lookup_cache[key] = found
    return found


def _name(handler: Any) -> str:
    function = getattr(handler, "__func__", handler)
    if hasattr(function, "__qualname__"):
        return f"{function.__module__}:{function.__qualname__}"
    return f"{type(handler).__module__}:{type(handler).__qualname__}.__call__"


WATCHING_ALL: Mapping[str, Callable[[], bool]] = {
    "a recorder of history": lambda: bool(_HISTORY._enabled),
    "a log of what botocore does": lambda: _BOTOCORE.isEnabledFor(logging.DEBUG),
    "somebody's patch of botocore": lambda: _sends() != _known,
    "moto's simulation of IAM, which checks signatures": switches.asks,
}
"""Who looks at what all clients send."""

LONG: tuple[tuple[str, Callable[[Ask], bool]], ...] = (
    ("an endpoint that is somebody's own", lambda ask: type(ask.client._endpoint) is not Endpoint),
    ("a signer that is somebody's own", lambda ask: type(ask.client._request_signer) is not RequestSigner),
    ("an operation that is not signed as KMS's are", lambda ask: ask.context.get("auth_type") not in (None, "v4")),
    ("a client that does not sign as KMS's do", lambda ask: ask.client.meta.config.signature_version != "v4"),
    ("a prefix to the host", lambda ask: bool(ask.request.get("host_prefix"))),
    ("a host that is not AWS's", lambda ask: not hosts.is_aws(hosts.host_of(ask.request["url"]))),
    ("handlers of a user or a library", lambda ask: is_watched(ask.client.meta.events, "kms", ask.operation.name)),
    *((reason, lambda ask, applies=applies: applies()) for reason, applies in WATCHING_ALL.items()),
)
"""Why a call of KMS takes the long way. Those of services on moto all do: moto reads the wire."""

_known: list[Any] = []


def _sends() -> list[Any]:
    return [vars(owner)[name] for owner, names in _SENDS for name in names]


def ready() -> None:
    """Called when all patches of the door are in place: what else replaces these functions wants to see calls."""
    foreign = any(not str(each.__module__).startswith(("botocore.", "kmsmock.")) for each in _sends())
    _known[:] = [] if foreign else _sends()


def why_long(ask: Ask) -> str | None:
    """Why a call of KMS takes the long way; None for the short one."""
    if ask.store.faults:
        return "faults, which botocore retries"
    if ask.store.quotas is not None:
        return "quotas, which botocore backs off from"
    for reason, applies in LONG:
        if applies(ask):
            return reason
    return None
