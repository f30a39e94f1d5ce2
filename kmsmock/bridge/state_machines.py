"""Tasks of state machines that moto executes: their clients sign as the role of the state machine, or as another one.

moto's clients sign with made-up keys, and for its own server while it thinks that nobody intercepts them ("Accessing
resources in other AWS accounts", Step Functions developer guide).
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any

from kmsmock.active import Patches
from kmsmock.bridge import role_sessions
from kmsmock.foreign.contract import importers
from kmsmock.foreign.notes import Note
from kmsmock.identity.credentials import SECRET
from kmsmock.records.contract import MOTO

_CLIENTS = "moto.stepfunctions.parser.asl.utils.boto_client:boto_client_for"
_CREDENTIALS = "moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials:Credentials"
_ASSUMED_BY = Note[str]("assumed_by")
"""On what moto computes of a task's Credentials: the role of the state machine."""
_SESSION = "kmsmock"
"""What a session is called that one role assumes another for."""


def install(patches: Patches) -> None:
    """moto's parser of state machines is changed when it is first used: not every suite has what it needs."""
    from moto.stepfunctions import responses

    original = responses.get_backend

    def get_backend(account: str, region: str) -> Any:
        backend = original(account, region)
        make = MOTO.find(_CLIENTS)
        if make is not None and not any(each.name == "boto_client_for" for each in patches):
            _change(patches, make)
        return backend

    patches.replace(responses, "get_backend", get_backend)


def _change(patches: Patches, original: Callable[..., Any]) -> None:
    ours = _signing_as_roles(original)
    for module in importers("moto.stepfunctions.parser", "boto_client_for", original):
        patches.replace(module, "boto_client_for", ours)
    credentials: Any = MOTO.get(_CREDENTIALS)
    patches.replace(credentials, "_eval_body", _remembering_who_assumes(credentials._eval_body))


def _remembering_who_assumes(original: Callable[..., None]) -> Callable[..., None]:
    """The role that a task names is assumed by that of the state machine."""

    def eval_body(credentials: Any, env: Any) -> None:
        original(credentials, env)
        _ASSUMED_BY.set(env.stack[-1], env.aws_execution_details.role_arn)

    return eval_body


def _signing_as_roles(original: Callable[..., Any]) -> Callable[..., Any]:
    def boto_client_for(region: str, service: str, state_credentials: Any = None) -> Any:
        client = original(region, service, state_credentials)
        client.meta.events.register("after-call", _as_a_state_sees_it)
        if state_credentials is not None:
            _sign(original, client, region, state_credentials)
        return client

    return boto_client_for


def _as_a_state_sees_it(parsed: dict[str, Any], **_: Any) -> None:
    """Answers are JSON to a state machine: binary values are base64 texts, and times are texts; moto fails on both."""
    parsed.update({name: _plain(value) for name, value in parsed.items() if name != "ResponseMetadata"})


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _sign(original: Callable[..., Any], client: Any, region: str, state_credentials: Any) -> None:
    wanted = state_credentials.role_arn
    first = _ASSUMED_BY.get(state_credentials) or wanted
    _set(client, role_sessions.access_key(first), SECRET, None)
    if first == wanted:
        return
    sts = original(region, "sts", state_credentials)
    _set(sts, role_sessions.access_key(first), SECRET, None)
    given = sts.assume_role(RoleArn=wanted, RoleSessionName=_SESSION)["Credentials"]
    _set(client, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def _set(client: Any, access_key: str, secret: str, token: str | None) -> None:
    signer = client._request_signer._credentials
    signer.access_key, signer.secret_key, signer.token = access_key, secret, token
