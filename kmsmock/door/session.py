"""Entering and leaving a world: what stands in other people's modules meanwhile, and how it is put back."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import botocore.endpoint
from botocore.client import ClientCreator
from botocore.signers import RequestSigner

from kmsmock.active import _worlds, active, skip
from kmsmock.bridge import installed, moto_state, requests
from kmsmock.door import aiobotocore_clients, sleeping, urllib3_clients
from kmsmock.door.botocore_clients import (
    _create_methods,
    _get_auth_instance,
    _make_request,
    _original_auth,
    _original_make_request,
    _original_methods,
    _original_send,
    _send,
)
from kmsmock.door.clientless import _process_plain, _process_request
from kmsmock.errors import KmsMockError

if TYPE_CHECKING:
    from kmsmock.world import World


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
    sleeping.install(skip)
    aiobotocore_clients.install(skip)
    return session


def leave(world: World, session: Session) -> None:
    """Put botocore, moto and the environment back as ``enter`` found them."""
    from moto.core.models import botocore_stubber

    if active() is not world:
        raise KmsMockError("worlds must be left in the reverse order of entering them")
    _worlds.pop()
    if not _worlds:
        installed.remove()
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
