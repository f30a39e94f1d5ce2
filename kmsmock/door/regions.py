"""Regions that do not exist: a client cannot connect to an endpoint there, and is told which one was meant."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import EndpointConnectionError

from kmsmock.store import Store
from kmsmock.wire import regions


class NoSuchRegion(EndpointConnectionError):
    """What AWS's client raises where no host has the name, with the reason."""

    fmt = (
        'Could not connect to the endpoint URL: "{endpoint_url}": there is no Region {region}; did you mean {meant}? '
        'If botocore does not know it yet, write World(extra_regions=["{region}"])'
    )


def must_exist(store: Store, region: Any, url: str) -> None:
    """Raise NoSuchRegion for a request to a Region that neither botocore nor the world knows."""
    if isinstance(region, str) and region and not regions.exists(region, store.extra_regions):
        raise NoSuchRegion(endpoint_url=url, region=region, meant=regions.nearest_to(region))
