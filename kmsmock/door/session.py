"""Entering and leaving a world: what stands in other people's modules meanwhile, and how it is put back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from kmsmock import active
from kmsmock.active import patches
from kmsmock.bridge import installed, moto_state, partitions, regions, requests, switches
from kmsmock.door import aiobotocore_clients, botocore_clients, clientless, sleeping, urllib3_clients
from kmsmock.store import Store


@dataclass(slots=True)
class Session:
    """What was there before a world became active, to be put back when it ends."""

    mock: Any
    before: list[moto_state.Taken]
    bodies: list[tuple[list[Any], list[Any]]]
    enabled: bool
    moto_account: str | None


def enter(store: Store) -> Session:
    """Make a world the active one: moto starts with empty backends and answers only when the world asks it."""
    from moto import mock_aws
    from moto.core.models import botocore_stubber

    account = os.environ.pop("MOTO_ACCOUNT_ID", None)
    session = Session(mock_aws(), moto_state.take(), moto_state.take_bodies(), botocore_stubber.enabled, account)
    moto_state.start(session.mock)
    if active.enter(store):
        # it stays enabled, which tells moto's services that what they call themselves is intercepted
        patches.replace(type(botocore_stubber), "__call__", botocore_clients.leave_to_the_door)
        patches.replace(botocore_stubber, "process_request", clientless.process_request)
        botocore_clients.install(patches)
        urllib3_clients.install(patches, clientless.process_plain)
        requests.remember(patches)
        requests.answer_heads(patches)
        partitions.install(patches)
        switches.install(patches)
        regions.install(patches)
        sleeping.install(patches)
    aiobotocore_clients.install(patches)
    return session


def leave(store: Store, session: Session) -> None:
    """Put botocore, moto and the environment back as ``enter`` found them."""
    from moto.core.models import botocore_stubber

    if active.leave(store):
        patches.undo()
        installed.forget()
    moto_state.drop()
    moto_state.stop(session.mock)
    moto_state.put_back(session.before)
    moto_state.put_bodies_back(session.bodies)
    botocore_stubber.enabled = session.enabled
    if session.moto_account is not None:
        os.environ["MOTO_ACCOUNT_ID"] = session.moto_account
