"""What moto remembers of its records in caches of methods, which hold the records for as long as the process lives.

While a world is active such a method remembers on the record itself, and what it knows goes with it; what was cached
before a service's own changes were made is let go with the outermost world.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmsmock.active import Patches, current
from kmsmock.foreign.notes import Note
from kmsmock.records.contract import MOTO

_REGIONS = "moto.core.base_backend:AccountSpecificBackend._generate_regions"
_ADDRESSES = "moto.ec2.models.subnets:Subnet._base_avail_ip_iterator"
_TYPES = "moto.emr.models:ElasticMapReduceBackend._get_instance_type_names"
_ENGINES = "moto.rds.models:RDSBackend.db_cluster_options"
_SIGNING_KEYS = "moto.sns.models:Subscription.private_key"
CACHED = (_REGIONS, _ADDRESSES, _TYPES, _ENGINES, _SIGNING_KEYS)
"""moto's methods with a cache that holds ``self``: through a subnet all of EC2 in an account and Region."""
_REFERENCES = (
    "moto.ec2.models.transit_gateway_attachments:TransitGatewayAttachmentBackend.backend_refs",
    "moto.ec2.models.vpc_peering_connections:VPCPeeringConnectionBackend.vpc_pcx_refs",
    "moto.ec2.models.vpcs:VPCBackend.vpc_refs",
)
"""Where moto notes each backend of EC2 that it makes: weakly, but the note stays when the backend has gone."""

_REMEMBERED = Note[dict[tuple[Any, ...], Any]]("remembered")


def _remember_on_the_record(patches: Patches, name: str) -> None:
    """A mock outside of the world goes on with its records, and with what its own caches know of them."""
    if current().shares_mock:
        return
    owner, method = MOTO.holder(name)
    original: Callable[..., Any] = vars(owner)[method].__wrapped__

    def remembering(record: Any, *args: Any) -> Any:
        known = _REMEMBERED.get(record)
        if known is None:
            known = {}
            _REMEMBERED.set(record, known)
        if (method, args) not in known:
            known[method, args] = original(record, *args)
        return known[method, args]

    patches.replace(owner, method, remembering)


def install_core(patches: Patches) -> None:
    """The Regions of a service, with its backends in an account."""
    _remember_on_the_record(patches, _REGIONS)


def install_ec2(patches: Patches) -> None:
    """The addresses of a subnet that are free."""
    _remember_on_the_record(patches, _ADDRESSES)


def install_emr(patches: Patches) -> None:
    """The types of instances that a release has."""
    _remember_on_the_record(patches, _TYPES)


def install_rds(patches: Patches) -> None:
    """The options of an engine."""
    _remember_on_the_record(patches, _ENGINES)


def install_sns(patches: Patches) -> None:
    """The key with which a subscription's messages are signed."""
    _remember_on_the_record(patches, _SIGNING_KEYS)


def let_go() -> None:
    """The outermost world has ended, and nobody goes on with what moto knows."""
    for name in CACHED:
        method = MOTO.find(name)
        if hasattr(method, "cache_clear"):
            method.cache_clear()
    for name in _REFERENCES:
        for references in (MOTO.find(name) or {}).values():
            references -= {each for each in references if each() is None}
