"""The guard of clients that sign as a principal: without their world they send nothing."""

from __future__ import annotations

from typing import Any

from kmsmock.active import here
from kmsmock.identity import issued
from kmsmock.identity.signature import signature_of
from kmsmock.wire import hosts

GUARD = "kmsmock-guard"
"""The id under which the guard stands among a client's handlers, so that it stands there once."""


def refuse(request: Any, **_: Any) -> None:
    """A ``before-send`` handler: refuses what comes from a thread or task that outlives its world, and what a world's
    credentials signed while no world is active.

    While one is, its door looks at them. Credentials of a world in another process go to an address that is not AWS's:
    that world may be served there. Raises KmsMockError.
    """
    if here() is not None:
        return
    key = signature_of(request).access_key
    if key and issued.from_elsewhere(key) and (issued.find(key) or hosts.is_aws(hosts.host_of(request.url))):
        raise issued.refusal(key)
