"""Which way a client's call takes, and why: the short one, unless somebody could see a difference."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import botocore
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.history import get_global_history_recorder
from botocore.hooks import EventAliaser, HierarchicalEmitter
from botocore.model import OperationModel
from botocore.parsers import ResponseParserFactory
from botocore.signers import RequestSigner

from kmsmock.active import patches
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
"""The events of botocore that the short way does not emit, but for needs-retry after an error.

Services on moto are asked for the signer, and before an answer is parsed.
"""

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
_PLACES = tuple((owner, vars(owner), name) for owner, names in _SENDS for name in names)
"""The same, one by one, with the view of each class that every call looks into."""


_BOTOCORE = logging.getLogger("botocore")
_HISTORY: Any = get_global_history_recorder()


class Ask(NamedTuple):
    """A call that a client is about to send."""

    store: Store
    client: Any
    operation: OperationModel
    request: Mapping[str, Any]
    service: str

    @property
    def context(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.request["context"]
        return found

    @property
    def events(self) -> Any:
        return self.client.meta.events


def is_watched(events: Any, service: str, operation: str) -> bool:
    """Whether a user or a library listens to what a client sends, or is answered.

    What was found is kept among what botocore itself forgets whenever the client's handlers change.
    """
    emitter: Any = getattr(events, "_emitter", None)
    if (type(events), type(emitter)) != (EventAliaser, HierarchicalEmitter):
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


def _parses_as_ever(endpoint: Any) -> bool:
    """Whether an answer is read as botocore reads it: the AWS CLI leaves blobs as they come, and times too."""
    factory: Any = endpoint._response_parser_factory
    own: Any = type(factory) is not ResponseParserFactory
    return not (own or factory._defaults)


def _name(handler: Any) -> str:
    function = getattr(handler, "__func__", handler)
    if hasattr(function, "__qualname__"):
        return f"{function.__module__}:{function.__qualname__}"
    return f"{type(handler).__module__}:{type(handler).__qualname__}.__call__"


LONG: tuple[tuple[str, Callable[[Ask], bool]], ...] = (
    ("an endpoint that is somebody's own", lambda ask: type(ask.client._endpoint) is not Endpoint),
    ("a signer that is somebody's own", lambda ask: type(ask.client._request_signer) is not RequestSigner),
    ("an operation that is not signed as others are", lambda ask: ask.context.get("auth_type") not in (None, "v4")),
    ("a client that does not sign as others do", lambda ask: _version(ask) != _versions_of(ask.service)),
    ("a parser that is somebody's own", lambda ask: ask.service == "kms" and not _parses_as_ever(ask.client._endpoint)),
    ("a prefix to the host", lambda ask: bool(ask.request.get("host_prefix"))),
    ("a host that is not AWS's", lambda ask: not hosts.is_aws(hosts.host_of(ask.request["url"]))),
    ("handlers of a user or a library", lambda ask: is_watched(ask.events, ask.service, ask.operation.name)),
    ("a recorder of history", lambda _: bool(_HISTORY._enabled)),
    ("a log of what botocore does", lambda _: _BOTOCORE.isEnabledFor(logging.DEBUG)),
    ("somebody's patch of botocore", lambda _: _sends() != _known),
    ("moto's simulation of IAM, which looks at signatures", lambda _: switches.simulates()),
    ("a signer that is chosen for the call", lambda ask: ask.service != "kms" and not _is_signed_as_ever(ask)),
    ("a network that may be used", lambda ask: not ask.store.enforce_network),
    ("a recording of moto", lambda ask: ask.service != "kms" and requests.is_recorded()),
)
"""Why a call takes the long way."""


def _versions_of(service: str) -> str:
    return "s3v4" if service == "s3" else "v4"


def _version(ask: Ask) -> Any:
    return ask.client.meta.config.signature_version


def _is_signed_as_ever(ask: Ask) -> bool:
    chosen = ask.client._request_signer._choose_signer(ask.operation.name, "standard", ask.context)
    return bool(chosen == _versions_of(ask.service))


_known: list[Any] = []
_HOMES = (str(Path(botocore.__file__).parent), str(Path(__file__).parent))
"""botocore's files, and those of the door: a patch of a test that ended after its world has put one of ours back."""


def _sends() -> list[Any]:
    return [there[name] for _, there, name in _PLACES]


def ready() -> None:
    """Called when all patches of the door are in place: what else replaces these functions wants to see calls."""
    before = [patches.found(owner, name) for owner, _, name in _PLACES]
    _known[:] = _sends() if all(map(_is_botocores, before)) else []


def _is_botocores(function: Any) -> bool:
    """Whether a function stands in botocore's files or ours, whatever it says of itself."""
    code = getattr(function, "__code__", None)
    return code is not None and str(code.co_filename).startswith(_HOMES)


def why_long(ask: Ask) -> str | None:
    """Why a call takes the long way; None for the short one."""
    if ask.store.faults:  # here and not in the table, where nobody could tell that it is looked at in the turn
        return "faults, which botocore retries"
    if ask.store.quotas is not None:
        return "quotas, which botocore backs off from"
    for reason, applies in LONG:
        if applies(ask):
            return reason
    return None
