"""Every resource of a kind that moto keeps, in all accounts and Regions, and the key that it names as it was named.

Nothing here makes a moto backend by asking: what was never used has nothing to tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from kmsmock.model.sealed import Sealed
from kmsmock.records import backends, s3_objects
from kmsmock.records.buckets import rule_of


class Named(NamedTuple):
    """A resource, and the key that it names: an id, an ARN or an alias of its account and Region; None for none."""

    arn: str
    account: str
    region: str
    key: str | None


class Stored(NamedTuple):
    """A version of an object, or an upload (``version`` is then its id). ``newest``: a reader gets it by the name."""

    name: str
    version: str
    newest: bool
    sealed: Sealed | None


def _backends(service: str) -> Iterator[tuple[str, str, Any]]:
    """Account, Region (a global service: partition) and backend, of all that there are."""
    for account, regions in list((backends.table(service) or {}).items()):
        for region, backend in list(regions.items()):
            yield str(account), str(region), backend


# --- S3 -------------------------------------------------------------------------------------------------------------


def buckets() -> Iterator[tuple[Named, Any]]:
    """The buckets with the keys of their default encryption, and moto's records of them."""
    for account, _, backend in _backends("s3"):
        for bucket in list(backend.buckets.values()):
            rule = rule_of(bucket)
            key = rule.key_id or "alias/aws/s3" if rule.mode.startswith("aws:kms") else None
            yield Named(str(bucket.arn), account, str(bucket.region_name), key), bucket


def objects(bucket: Any) -> Iterator[Stored]:
    """All versions of all objects of one of moto's buckets; delete markers are none."""
    for name in list(bucket.keys):
        versions = bucket.keys.getlist(name, [])
        for each in versions:
            if hasattr(each, "_value_buffer"):
                version = "" if each.version_id is None or str(each.version_id) == "null" else str(each.version_id)
                yield Stored(str(name), version, each is versions[-1], s3_objects.sealed_of(each))


def uploads(bucket: Any) -> Iterator[Stored]:
    """The multipart uploads that are under way."""
    for id_, upload in list(bucket.multiparts.items()):
        yield Stored(str(upload.key_name), str(id_), False, s3_objects.sealed_of(upload))


# --- messages -------------------------------------------------------------------------------------------------------


def queues() -> Iterator[tuple[Named, list[str]]]:
    """The queues, and the ids of the messages in them."""
    for account, region, backend in _backends("sqs"):
        for queue in list(backend.queues.values()):
            ids = [str(each.id) for each in queue._messages]
            yield Named(str(queue.queue_arn), account, region, queue.kms_master_key_id or None), ids


def topics() -> Iterator[Named]:
    """The topics."""
    for account, region, backend in _backends("sns"):
        for arn, topic in list(backend.topics.items()):
            yield Named(str(arn), account, region, topic.kms_master_key_id or None)


def streams() -> Iterator[Named]:
    """The streams of Kinesis."""
    for account, region, backend in _backends("kinesis"):
        for stream in list(backend.streams.values()):
            key = stream.key_id if stream.encryption_type == "KMS" else None
            yield Named(str(stream.arn), account, region, key)


# --- what is launched -----------------------------------------------------------------------------------------------


class Template(NamedTuple):
    """A version of a launch template; ``asked_as`` are all the names of the version: its number, $Default, $Latest."""

    id: str
    account: str
    region: str
    version: str
    asked_as: frozenset[str]
    data: Mapping[str, Any]


def launch_templates() -> Iterator[Template]:
    """Every version of every launch template."""
    for account, region, backend in _backends("ec2"):
        for template in list(backend.launch_templates.values()):
            for version in template.versions:
                names = {str(version.number)}
                names |= {"$Default"} if template.is_default(version) else set()
                names |= {"$Latest"} if version is template.versions[-1] else set()
                yield Template(str(template.id), account, region, str(version.number), frozenset(names), version.data)


class Launched(NamedTuple):
    """An instance that is not terminated, and the image that it was launched from."""

    id: str
    account: str
    region: str
    image: str


def instances() -> Iterator[Launched]:
    """The instances of all accounts and Regions."""
    for account, region, backend in _backends("ec2"):
        for reservation in list(backend.reservations.values()):
            for each in reservation.instances:
                if each._state.name != "terminated":
                    yield Launched(str(each.id), account, region, str(each.image_id))


class Group(NamedTuple):
    """An Auto Scaling group: the id of its template and the version that it names, or the data of its configuration."""

    arn: str
    account: str
    region: str
    template: str
    version: str
    data: Mapping[str, Any]


def groups() -> Iterator[Group]:
    """The Auto Scaling groups that launch from a template or a launch configuration."""
    for account, region, backend in _backends("autoscaling"):
        for group in list(backend.autoscaling_groups.values()):
            template, config = group.ec2_launch_template, group.launch_config
            if template is not None:
                asked = str(group.launch_template_version or "$Default")
                yield Group(str(group.arn), account, region, str(template.id), asked, {})
            elif config is not None:
                data = {"ImageId": config.image_id, "BlockDeviceMappings": config.block_device_mapping_dict}
                yield Group(str(group.arn), account, region, "", "", data)


# --- others ---------------------------------------------------------------------------------------------------------


def file_systems() -> Iterator[Named]:
    """The file systems of EFS that are encrypted."""
    for account, region, backend in _backends("elasticfilesystem"):
        for found in list(backend.file_systems_by_id.values()):
            yield Named(str(found.file_system_arn), account, region, found.kms_key_id or None)


def clusters() -> Iterator[Named]:
    """The clusters of EKS, once for each key that encrypts their secrets."""
    for account, region, backend in _backends("eks"):
        for cluster in list(backend.clusters.values()):
            for each in cluster.encryption_config or ():
                yield Named(str(cluster.arn), account, region, (each.get("provider") or {}).get("keyArn"))


def database_instances() -> Iterator[tuple[Named, str]]:
    """The database instances that are in a cluster, and its name."""
    for account, region, backend in _backends("rds"):
        for database in list(backend.databases.values()):
            cluster = getattr(database, "db_cluster_identifier", None)
            if cluster:
                yield Named(str(database.db_instance_arn), account, region, None), str(cluster)


def state_machines() -> frozenset[str]:
    """The ARNs of the state machines and activities that there are."""
    return frozenset(
        str(arn)
        for _, _, backend in _backends("states")
        for arn in (*(each.arn for each in backend.state_machines), *backend.activities)
    )


def parameter_versions(account: str, region: str, name: str) -> list[int]:
    """The versions of a parameter that there are, oldest first."""
    backend = backends.existing("ssm", account, region)
    return [] if backend is None else [int(each.version) for each in backend._parameters.get(name, ())]


def stacks() -> Iterator[tuple[Named, list[str]]]:
    """The stacks, and the physical ids of their resources."""
    for account, region, backend in _backends("cloudformation"):
        for stack in list(backend.stacks.values()):
            made = list(stack.resource_map._parsed_resources.values())
            ids = [str(each.physical_resource_id) for each in made if hasattr(each, "physical_resource_id")]
            yield Named(str(stack.stack_id), account, region, None), ids
