"""Entering and leaving a world: what stands in other people's modules meanwhile, and how it is put back."""

from __future__ import annotations

import os
from dataclasses import dataclass

from kmsmock import active
from kmsmock.active import patches
from kmsmock.bridge import installed, moto_state, requests
from kmsmock.door import aiobotocore_clients, botocore_clients, clientless, sleeping, urllib3_clients
from kmsmock.store import Store
from kmsmock.wire.contract import BOTOCORE, URLLIB3


@dataclass(slots=True)
class Session:
    """What was there before a world became active, to be put back when it ends."""

    moto: moto_state.Before
    moto_account: str | None


def enter(store: Store) -> Session:
    """Make a world the active one: moto starts with empty backends and answers only when the world asks it."""
    moto_state.check()
    BOTOCORE.check()
    URLLIB3.check()
    account = os.environ.pop("MOTO_ACCOUNT_ID", None)
    session = Session(moto_state.begin(), account)
    if active.enter(store):
        moto_state.answer_by(patches, clientless.process_request)
        botocore_clients.install(patches)
        urllib3_clients.install(patches, clientless.process_plain)
        requests.remember(patches)
        sleeping.install(patches)
    aiobotocore_clients.install(patches)
    return session


def leave(store: Store, session: Session) -> None:
    """Put botocore, moto and the environment back as ``enter`` found them."""
    if active.leave(store):
        patches.undo()
        installed.forget()
    moto_state.end(session.moto)
    if session.moto_account is not None:
        os.environ["MOTO_ACCOUNT_ID"] = session.moto_account
