"""What becomes of a request to a host, AWS's or another."""

from __future__ import annotations

from typing import Any

from kmsmock.active import active
from kmsmock.bridge.requests import s3_custom_endpoints
from kmsmock.door import served
from kmsmock.options import CustomEndpoints
from kmsmock.store import Store
from kmsmock.wire.hosts import host_of, is_aws, is_loopback
from kmsmock.wire.refused import NotSent, refused

__all__ = ["host_of", "is_aws", "is_loopback", "must_be_let_out", "of_moto", "treatment"]


def treatment(store: Store, url: str) -> CustomEndpoints:
    """What becomes of a request: the world answers it, it passes by the world, or it is refused."""
    host = host_of(url)
    if is_aws(host) or host in of_moto():
        return "answer"
    if served.is_there(url):
        return "pass"
    return store.custom_endpoints


def must_be_let_out(request: Any) -> None:
    """Raises NotSent for a request that came past all doors and is not to reach the network."""
    store = active()
    if store is not None and store.enforce_network and treatment(store, request.url) != "pass":
        raise NotSent(refused(request.method, request.url))


def of_moto() -> set[str | None]:
    """The hosts that a suite named to moto as S3's."""
    return {host_of(endpoint) for endpoint in s3_custom_endpoints()}
