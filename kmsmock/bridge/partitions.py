"""The partitions that moto does not know, and the Region of requests whose host does not tell it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmsmock.active import Patches
from kmsmock.wire import regions
from kmsmock.wire.requests import OWN_AGENT

_UNKNOWN = {"eu-isoe-": "aws-iso-e", "us-isof-": "aws-iso-f"}
"""What the names of Regions begin with in botocore's partitions that are not among moto's."""


def install(patches: Patches) -> None:
    """From now on moto serves every partition of botocore, each with identities and resources of its own."""
    from moto.core.base_backend import AccountSpecificBackend
    from moto.core.responses import BaseResponse
    from moto.utilities import utils

    patches.replace(utils, "REGION_PREFIX_TO_PARTITION", {**utils.REGION_PREFIX_TO_PARTITION, **_UNKNOWN})
    patches.replace(utils, "PARTITION_NAMES", [*utils.PARTITION_NAMES, *_UNKNOWN.values()])
    patches.replace(AccountSpecificBackend, "__init__", _with_all(AccountSpecificBackend.__init__))
    patches.replace(BaseResponse, "get_region_from_url", _by_signature(BaseResponse.get_region_from_url))


def install_iam(patches: Patches) -> None:
    """Policies may name resources of every partition."""
    from moto.iam import policy_validation

    patches.replace(policy_validation, "PARTITION_NAMES", [*policy_validation.PARTITION_NAMES, *_UNKNOWN.values()])


def install_ec2(patches: Patches) -> None:
    """Every Region has zones, so that default subnets can be in them; their ids are unverified."""
    from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone

    zones = {
        region: [Zone(f"{region}{letter}", region, f"{region}-az{n}") for n, letter in enumerate("abc", 1)]
        for region in regions.all_regions()
        if region not in RegionsAndZonesBackend.zones
    }
    patches.replace(RegionsAndZonesBackend, "zones", {**RegionsAndZonesBackend.zones, **zones})


def _with_all(original: Callable[..., None]) -> Callable[..., None]:
    def of_all(self: Any, *args: Any, **options: Any) -> None:
        """AccountSpecificBackend.__init__: a service that has backends by partition has them for all."""
        original(self, *args, **options)
        if "aws-cn" in self.regions:
            self.regions.extend(_UNKNOWN.values())

    return of_all


def _by_signature(original: Callable[..., str]) -> Callable[..., str]:
    def get_region_from_url(self: Any, request: Any, full_url: str) -> str:
        """BaseResponse.get_region_from_url: ``iam.us-gov.amazonaws.com`` is no Region's host, the signature has one;
        and what services of the world ask says it in so many words, which moto reads of Regions of three parts only."""
        agent: str = request.headers.get("User-Agent", "")
        if agent.startswith(OWN_AGENT):
            return agent.removeprefix(OWN_AGENT)
        found = original(self, request, full_url)
        signed = request.headers.get("Authorization", "").split(",")[0].split("/")
        return signed[2] if found == "us-gov" and len(signed) > 2 else found

    return get_region_from_url
