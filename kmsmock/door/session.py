"""Entering and leaving a world: what stands in other people's modules meanwhile, and how it is put back.

Leaving unwinds one stack, the last first, and goes on when a step fails: whatever a test did to the environment, to
time, to moto and to other people's modules, the next test finds everything as the one before this found it.
"""

from __future__ import annotations

import os
from contextlib import ExitStack

from kmsmock import active, entropy
from kmsmock.active import patches
from kmsmock.bridge import installed, mock_outside, moto_state, partitions, regions, requests, switches
from kmsmock.door import (
    aiobotocore_clients,
    botocore_clients,
    children,
    clientless,
    credential_providers,
    environment,
    frozen_clocks,
    sleeping,
    sockets,
    threads,
    urllib3_clients,
)
from kmsmock.door.freezers import freezers
from kmsmock.foreign import versions
from kmsmock.foreign.contract import imported
from kmsmock.identity import acting
from kmsmock.store import Store
from kmsmock.wire.contract import BOTOCORE, URLLIB3


def enter(store: Store, region_name: str | None, seed: str | None) -> ExitStack:
    """Make a world the active one. Returns the stack that is to be closed.

    ``region_name`` is for the environment; ``seed`` is what all that looks random in the world follows from.
    """
    versions.tell_once(imported())
    moto_state.check()
    BOTOCORE.check()
    URLLIB3.check()
    frozen_clocks.neutralise()
    with ExitStack() as undo:
        undo.callback(environment.keep(moto_state.is_of_ended_mock))
        children.open_again()
        _keep_default_session(undo)
        if region_name is not None:
            os.environ[environment.REGION] = region_name
        store.shares_mock = _enter_moto(undo)
        if seed is not None and not store.shares_mock:  # two worlds of one mock must not make the same ids
            undo.callback(entropy.follow(seed))
            undo.callback(moto_state.follow(seed))
        if store.shares_mock:
            undo.callback(mock_outside.share(store))
        undo.callback(_leave, store)
        if active.enter(store):
            _install()
        aiobotocore_clients.install(patches)
        freezers.install(patches)
        undo.callback(frozen_clocks.heal)
        undo.callback(freezers.keep())
        undo.callback(store.clock.release)
        undo.callback(acting.end, store)
        return undo.pop_all()


def _install() -> None:
    botocore_clients.install(patches)
    clientless.install(patches)
    urllib3_clients.install(patches, clientless.process_plain)
    sockets.install(patches, clientless.process_plain)
    children.install(patches)
    credential_providers.install(patches)
    requests.remember(patches)
    requests.answer_heads(patches)
    partitions.install(patches)
    switches.install(patches)
    regions.install(patches)
    sleeping.install(patches)
    threads.install(patches)


def _leave(store: Store) -> None:
    if active.leave(store):
        patches.undo()
        installed.forget()


def _enter_moto(undo: ExitStack) -> bool:
    """moto answers only when the world asks it. It starts with empty backends, unless a mock of a wider scope is there:
    True if it is, for the world shares its data."""
    shared = moto_state.mocked_outside() and active.active() is None
    undo.callback(moto_state.keep_interception())
    if not shared:
        taken, bodies = moto_state.take(), moto_state.take_bodies()
        undo.callback(moto_state.put_bodies_back, bodies)
        undo.callback(moto_state.put_back, taken)
    undo.callback(moto_state.start())
    if not shared:
        undo.callback(moto_state.drop)
    moto_state.intercept()
    return shared


def _keep_default_session(undo: ExitStack) -> None:
    """A default session of before is set aside, as moto does it, unless moto's configuration says otherwise."""
    import boto3

    before, mocked = boto3.DEFAULT_SESSION, moto_state.mocked_outside()

    def restore() -> None:
        if not mocked or moto_state.mocked_outside():  # else the mock has put back what was there before itself
            boto3.DEFAULT_SESSION = before

    undo.callback(restore)
    if moto_state.resets_default_session():
        boto3.DEFAULT_SESSION = None
