"""Which way a client's call takes, and why: the short one, unless somebody could see a difference."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import botocore
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.history import get_global_history_recorder
from botocore.model import OperationModel
from botocore.parsers import ResponseParserFactory
from botocore.serialize import JSONSerializer
from botocore.signers import RequestSigner
from botocore.validate import ParamValidationDecorator, ParamValidator

from kmsmock.active import patches
from kmsmock.bridge import requests, switches
from kmsmock.door import hosts
from kmsmock.door.listeners import BEFORE, SKIPPED, is_watched
from kmsmock.model.turns import taking_turns
from kmsmock.store import Store
from kmsmock.wire import models

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


_STEPS = tuple(
    (BaseClient, vars(BaseClient), name)
    for name in (
        "_make_api_call",
        "_emit_api_params",
        "_resolve_endpoint_ruleset",
        "_convert_to_request_dict",
        "_make_request",
    )
)
"""What stands between a method of a client and what it sends."""
_STEP_NAMES = frozenset(name for _, _, name in _STEPS)


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


def parses_as_ever(endpoint: Any) -> bool:
    """Whether an answer is read as botocore reads it: the AWS CLI leaves blobs as they come, and times too."""
    factory: Any = endpoint._response_parser_factory
    own: Any = type(factory) is not ResponseParserFactory
    return not (own or factory._defaults)


@taking_turns
def _meets_faults(ask: Ask) -> bool:
    return bool(ask.store.faults)


_ADDED: tuple[str, ...] = (
    "auth",
    "context_parameters",
    "endpoint",
    "http_checksum",
    "http_checksum_required",
    "idempotent_members",
    "operation_context_parameters",
    "request_compression",
)
"""What a model says of operations for which botocore does more than to write their parameters down."""

Rows = tuple[tuple[str, Callable[[Ask], bool]], ...]

OF_THE_WORLD: Rows = (
    ("faults, which botocore retries", _meets_faults),
    ("quotas, which botocore backs off from", lambda ask: ask.store.quotas is not None),
    ("a recorder of history", lambda _: bool(_HISTORY._enabled)),
    ("a log of what botocore does", lambda _: _BOTOCORE.isEnabledFor(logging.DEBUG)),
    ("somebody's patch of botocore", lambda _: _sends() != _known),
    ("moto's simulation of IAM, which looks at signatures", lambda _: switches.simulates()),
    ("a network that may be used", lambda ask: not ask.store.enforce_network),
    ("a recording of moto", lambda ask: ask.service != "kms" and requests.is_recorded()),
)
"""Why a call takes the long way, whatever its client is."""

OF_THE_CLIENT: Rows = (
    ("an endpoint that is somebody's own", lambda ask: type(ask.client._endpoint) is not Endpoint),
    ("a signer that is somebody's own", lambda ask: type(ask.client._request_signer) is not RequestSigner),
    ("an operation that is not signed as others are", lambda ask: ask.context.get("auth_type") not in (None, "v4")),
    ("a client that does not sign as others do", lambda ask: _version(ask) != _versions_of(ask.service)),
    ("a parser that is somebody's own", lambda ask: ask.service == "kms" and not parses_as_ever(ask.client._endpoint)),
    ("a prefix to the host", lambda ask: bool(ask.request.get("host_prefix"))),
    ("a host that is not AWS's", lambda ask: not hosts.is_aws(hosts.host_of(ask.request["url"]))),
    ("handlers of a user or a library", lambda ask: is_watched(ask.events, ask.service, ask.operation.name, SKIPPED)),
    ("a signer that is chosen for the call", lambda ask: ask.service != "kms" and not _is_signed_as_ever(ask)),
)
"""Why it does, because of its client and what that has made of it."""

LONG: Rows = (*OF_THE_CLIENT, *OF_THE_WORLD)

SERIALIZED: Rows = (
    ("a model that does not ship with botocore", lambda ask: not models.ships(ask.operation.service_model)),
    ("handlers of what is asked or given", lambda ask: is_watched(ask.events, ask.service, ask.operation.name, BEFORE)),
    ("a serializer that is somebody's own", lambda ask: not _serializes_as_ever(ask.client)),
    ("a client that asks in a way of its own", lambda ask: not _asks_as_ever(ask.client)),
    ("an operation that botocore adds to", lambda ask: any(getattr(ask.operation, each) for each in _ADDED)),
)
"""Why a call that need not take the long way is serialized all the same."""


def _serializes_as_ever(client: Any) -> bool:
    """Whether parameters are validated and written as botocore does it."""
    serializer: Any = client._serializer
    if type(serializer) is not ParamValidationDecorator:
        return False
    inner: Any = serializer
    return (type(inner._param_validator), type(inner._serializer)) == (ParamValidator, JSONSerializer)


def _asks_as_ever(client: Any) -> bool:
    """Whether no class of a client's own stands between its methods and what it sends."""
    return all(getattr(type(client), name) is there[name] for _, there, name in _STEPS)


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


_asked: list[Any] = []


def _sends() -> list[Any]:
    return [there[name] for _, there, name in _PLACES]


def _steps() -> list[Any]:
    return [there[name] for _, there, name in _STEPS]


def ready() -> None:
    """Called when all patches of the door are in place: what else replaces these functions wants to see calls."""
    _known[:] = _sends() if _are_botocores(_PLACES) else []
    _asked[:] = _steps() if _are_botocores(_STEPS) else []


def _are_botocores(places: Any) -> bool:
    return all(_is_botocores(patches.found(owner, name)) for owner, _, name in places)


def _is_botocores(function: Any) -> bool:
    """Whether a function stands in botocore's files or ours, whatever it says of itself."""
    code = getattr(function, "__code__", None)
    return code is not None and str(code.co_filename).startswith(_HOMES)


def why_long(ask: Ask) -> str | None:
    """Why a call takes the long way; None for the short one."""
    return _why(LONG, ask)


def why_serialized(ask: Ask) -> str | None:
    """Why calls like this one take the shortest way at no time, whatever botocore makes of them; None if they may."""
    return _why(SERIALIZED, ask)


def why_of_client(ask: Ask) -> str | None:
    """Why calls like this one take the long way, as long as their client's handlers stay; None if they need not."""
    return _why(OF_THE_CLIENT, ask)


def is_looked_at(ask: Ask) -> bool:
    """Whether something else than a client and its handlers keeps a call from the shortest way just now."""
    return (
        _steps() != _asked
        or not vars(ask.client).keys().isdisjoint(_STEP_NAMES)
        or "AWS_LAMBDA_FUNCTION_NAME" in os.environ  # botocore tells who called
        or any(applies(ask) for _, applies in OF_THE_WORLD)
    )


def _why(rows: Rows, ask: Ask) -> str | None:
    for reason, applies in rows:
        if applies(ask):
            return reason
    return None
