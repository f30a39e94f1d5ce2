"""moto's databases and clusters, named by ids of their own, and what their snapshots tell of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from kmsmock.iam.arn import Arn
from kmsmock.records import backends

Stored = Literal["databases", "clusters"]
"""Where moto keeps instances, and clusters."""


def amend(kind: Stored, arn: str, **attributes: Any) -> None:
    """Set attributes of a database that moto made; it gives all instances the same resource id."""
    found = Arn.of(arn)
    database = getattr(backends.made("rds", found.account, found.region), kind)[found.name]
    for attribute, value in attributes.items():
        setattr(database, attribute, value)


def cluster_of(arn: str) -> str | None:
    """The ARN of the cluster that an instance is in; None for one that is in none, or not there."""
    place = Arn.of(arn)
    backend = backends.existing("rds", place.account, place.region)
    instance = None if backend is None else backend.databases.get(place.name)
    cluster = getattr(instance, "db_cluster_identifier", None)
    return str(place._replace(resource=f"cluster:{cluster}")) if cluster else None


# --- snapshots ------------------------------------------------------------------------------------------------------


def details(kind: Stored, arn: str) -> dict[str, Any]:
    """What AWS tells of a snapshot and moto does not, from the copy of the database that moto keeps in it.

    Empty for a snapshot that is not there.
    """
    place = Arn.of(arn)
    backend = backends.existing("rds", place.account, place.region)
    if backend is None:
        return {}
    snapshots = backend.database_snapshots if kind == "databases" else backend.cluster_snapshots
    snapshot = snapshots.get(place.name)
    if snapshot is None:
        return {}
    found = _READERS[kind](snapshot)
    return {name: value for name, value in found.items() if value is not None}


def _of_instance(snapshot: Any) -> dict[str, Any]:
    instance = snapshot.database
    group = getattr(instance, "db_subnet_group", None)
    return {
        "AvailabilityZone": instance.availability_zone,
        "Iops": None if instance.iops is None else int(instance.iops),
        "LicenseModel": instance.license_model,
        "OptionGroupName": instance.option_group_name,
        "PercentProgress": 100,
        "StorageType": instance.storage_type,
        "VpcId": getattr(group, "vpc_id", None) or _default_vpc(snapshot),
    }


_LICENSES = {
    "aurora-postgresql": "postgresql-license",
    "mysql": "general-public-license",
    "neptune": "amazon-license",
    "postgres": "postgresql-license",
}
"""Engines of clusters whose license is not named as they are; those of Aurora are in AWS's examples."""


def _of_cluster(snapshot: Any) -> dict[str, Any]:
    cluster = snapshot.cluster
    return {
        "AvailabilityZones": cluster.availability_zones,
        "DbClusterResourceId": cluster.db_cluster_resource_id,
        "EngineMode": cluster.engine_mode,
        "IAMDatabaseAuthenticationEnabled": bool(cluster.iam_database_authentication_enabled),
        "LicenseModel": _LICENSES.get(cluster.engine, cluster.engine),
        "VpcId": _default_vpc(snapshot),
    }


def _default_vpc(snapshot: Any) -> str | None:
    """moto puts whatever names no subnets into the default VPC."""
    found = backends.made("ec2", snapshot.account_id, snapshot.region).default_vpc
    return None if found is None else str(found.id)


_READERS: Mapping[Stored, Callable[[Any], dict[str, Any]]] = {"databases": _of_instance, "clusters": _of_cluster}
