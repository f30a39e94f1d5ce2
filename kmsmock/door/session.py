"""Entering and leaving a world: what stands in other people's modules meanwhile, and how it is put back.

Leaving unwinds one stack, the last first, and goes on when a step fails: whatever a test did to the environment, to
time, to moto and to other people's modules, the next test finds everything as the one before this found it.
"""

from __future__ import annotations

import os
from functools import partial

from kmsmock import active, entropy
from kmsmock.active import patches
from kmsmock.bridge import (
    caches,
    installed,
    lookups,
    mock_outside,
    moto_state,
    partitions,
    regions,
    requests,
    serializing,
    switches,
    xml_bodies,
)
from kmsmock.bridge import chance as moto_chance
from kmsmock.door import (
    aiobotocore_clients,
    botocore_clients,
    chance,
    children,
    client_methods,
    clientless,
    credential_providers,
    environment,
    frozen_clocks,
    notes,
    shared_data,
    shared_handlers,
    short_way,
    shortest_way,
    sleeping,
    sockets,
    threads,
    urllib3_clients,
    ways,
)
from kmsmock.door.freezers import freezers
from kmsmock.door.unwinding import Unwinding
from kmsmock.foreign import versions
from kmsmock.foreign.contract import imported
from kmsmock.identity import acting
from kmsmock.store import Store
from kmsmock.wire import sessions
from kmsmock.wire.contract import BOTOCORE, URLLIB3


def enter(store: Store, region_name: str | None, seed: str | None, undo: Unwinding) -> None:
    """Make a world the active one; ``undo`` is closed when it ends, or if this fails.

    ``region_name`` is for the environment; ``seed`` is what all that looks random in the world follows from.
    """
    versions.tell_once(imported())
    moto_state.check()
    BOTOCORE.check()
    URLLIB3.check()
    frozen_clocks.neutralise()
    undo.add(environment.keep(moto_state.is_of_ended_mock))
    children.open_again()
    _keep_default_session(undo)
    sessions.forget_models()
    if region_name is not None:
        os.environ[environment.REGION] = region_name
    store.shares_mock = _enter_moto(undo)
    if seed is not None and not store.shares_mock:  # two worlds of one mock must not make the same ids
        undo.add(entropy.keep())
        entropy.follow(seed)
        undo.add(moto_state.keep_ids())
        moto_state.follow(seed)
    if store.shares_mock:
        undo.add(mock_outside.share(store))
    undo.add(partial(_leave, store))
    if active.enter(store):
        _install()
    aiobotocore_clients.install(patches)
    freezers.install(patches)
    undo.add(frozen_clocks.heal)
    undo.add(freezers.keep())
    undo.add(store.clock.release)
    undo.add(partial(acting.end, store))


def _install() -> None:
    client_methods.install(patches)
    botocore_clients.install(patches)
    clientless.install(patches)
    urllib3_clients.install(patches, clientless.process_plain)
    sockets.install(patches, clientless.process_plain)
    children.install(patches)
    credential_providers.install(patches)
    requests.remember(patches)
    requests.answer_all(patches)
    caches.install_core(patches)
    lookups.install_core(patches)
    serializing.install(patches)
    xml_bodies.install(patches)
    partitions.install(patches)
    switches.install(patches)
    regions.install(patches)
    shared_data.install(patches)
    shared_handlers.install(patches)
    sleeping.install(patches)
    chance.install(patches)
    moto_chance.install_core(patches)
    threads.install(patches)
    short_way.install(patches)
    shortest_way.install(patches)
    notes.install(patches)
    ways.ready()


def _leave(store: Store) -> None:
    if active.leave(store):
        patches.undo()
        installed.forget()
        children.end_servers()


def _enter_moto(undo: Unwinding) -> bool:
    """moto answers only when the world asks it. It starts with empty backends, unless a mock of a wider scope is there:
    True if it is, for the world shares its data."""
    shared = moto_state.mocked_outside() and active.active() is None
    undo.add(moto_state.keep_interception())
    if not shared:
        taken, records = moto_state.look(), moto_state.look_at_records()
        undo.add(partial(moto_state.track, records))
        undo.add(partial(moto_state.put_back, taken))
        moto_state.set_aside(taken)
        moto_state.track({})
    undo.add(moto_state.keep_mock())
    moto_state.start()
    if not shared:
        undo.add(moto_state.drop)
    moto_state.intercept()
    return shared


def _keep_default_session(undo: Unwinding) -> None:
    """A default session of before is set aside, as moto does it, unless moto's configuration says that it stays, and so
    does one that is made meanwhile."""
    import boto3

    if not moto_state.resets_default_session():
        return
    before, mocked = boto3.DEFAULT_SESSION, moto_state.mocked_outside()

    def restore() -> None:
        if not mocked or moto_state.mocked_outside():  # else the mock has put back what was there before itself
            boto3.DEFAULT_SESSION = before

    undo.add(restore)
    boto3.DEFAULT_SESSION = None
