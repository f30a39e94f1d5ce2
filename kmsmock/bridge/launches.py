"""Instances that moto launches by itself: for groups, Spot requests, fleets, clusters of EMR, Batch, and stacks.

What launches for a customer does so as a service-linked role of his account, which needs the keys then; a stack does as
whoever made it ("Required KMS key policy for use with encrypted volumes", Amazon EC2 Auto Scaling).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kmsmock.call import Call, Caller
from kmsmock.identity import service_linked_roles, sessions
from kmsmock.kms import gate
from kmsmock.records import ec2, iam, serving
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire.regions import partition_by_name

if TYPE_CHECKING:
    from kmsmock.active import Patches
    from kmsmock.services.autoscaling import Groups


@dataclass(frozen=True, slots=True)
class Launcher:
    """Who launches, for which service, and what moto does not hand on of the launch template."""

    caller: Caller
    service: str
    template: Mapping[str, Any]


_launcher: ContextVar[Launcher | None] = ContextVar("kmsmock_launcher", default=None)


def install(patches: Patches) -> None:
    """From now on what moto launches needs its keys."""
    from moto.ec2.models.fleets import Fleet
    from moto.ec2.models.instances import InstanceBackend
    from moto.ec2.models.spot_requests import SpotInstanceRequest

    patches.replace(InstanceBackend, "run_instances", _with_keys(InstanceBackend.run_instances))
    spot = _as_role(_service_of_request, SpotInstanceRequest.launch_instance)
    patches.replace(SpotInstanceRequest, "launch_instance", spot)
    fleet = _as_role(lambda _: "ec2fleet.amazonaws.com", Fleet.create_on_demand_requests)
    patches.replace(Fleet, "create_on_demand_requests", fleet)


def install_groups(patches: Patches) -> None:
    """Auto Scaling groups likewise, which also keep account of what they launched."""
    from moto.autoscaling.models import FakeAutoScalingGroup

    original = FakeAutoScalingGroup.replace_autoscaling_group_instances

    def replace(group: Any, count_needed: int, propagated_tags: dict[str, str]) -> None:
        from kmsmock.services import autoscaling

        groups = serving.current().store.records(autoscaling.Groups)
        before = len(group.instance_states)
        role = groups.roles.get((group.account_id, group.region, group.name))
        with _launching("autoscaling.amazonaws.com", group.account_id, group.region, role, _template_of(group)):
            original(group, count_needed, propagated_tags)
        _keep_launched(group, before, groups)

    patches.replace(FakeAutoScalingGroup, "replace_autoscaling_group_instances", replace)


def install_clusters(patches: Patches) -> None:
    """EMR launches its clusters as the role that they were given ("Service role for Amazon EMR")."""
    from moto.emr.models import ElasticMapReduceBackend

    def run_instances(backend: Any, cluster_id: str, instances: dict[str, Any], instance_group: Any) -> None:
        named = backend.clusters[cluster_id].service_role
        arn = next(
            (
                str(role.arn)
                for role in iam.roles(backend.account_id, partition_by_name(backend.region_name))
                if named in (role.name, role.arn)
            ),
            None,
        )
        with _launching("elasticmapreduce.amazonaws.com", backend.account_id, backend.region_name, arn):
            original(backend, cluster_id, instances, instance_group)

    original = patches.replace(ElasticMapReduceBackend, "run_instances", run_instances)


def install_environments(patches: Patches) -> None:
    """Managed environments of Batch are Auto Scaling groups ("Using encrypted AMIs", AWS Batch)."""
    from moto.batch.models import BatchBackend

    def create(backend: Any, *args: Any, **given: Any) -> Any:
        with _launching("autoscaling.amazonaws.com", backend.account_id, backend.region_name):
            return original(backend, *args, **given)

    original = patches.replace(BatchBackend, "create_compute_environment", create)


def _template_of(group: Any) -> Mapping[str, Any]:
    """The version of the launch template that a group names; moto launches from the default one."""
    return {"Version": group.launch_template_version} if group.ec2_launch_template else {}


def _keep_launched(group: Any, before: int, groups: Groups) -> None:
    """Take what could not be launched out of a group, and write down each activity."""
    kept, launched = group.instance_states[:before], group.instance_states[before:]
    for state in launched:
        if groups.launched(group, state.instance.id, len(kept)):
            kept.append(state)
    group.instance_states = kept


def _service_of_request(request: Any) -> str:
    """Spot Fleet and EC2 Fleet launch their Spot Instances themselves ("Grant access to customer managed keys …")."""
    fleet = str(request.spot_fleet_id or "")
    name = "spotfleet" if fleet.startswith("sfr-") else "ec2fleet" if fleet else "spot"
    return f"{name}.amazonaws.com"


def _as_role(service_of: Callable[[Any], str], original: Callable[..., Any]) -> Callable[..., Any]:
    def launch(request: Any, *args: Any, **options: Any) -> Any:
        with _launching(service_of(request), request.ec2_backend.account_id, request.ec2_backend.region_name):
            return original(request, *args, **options)

    return launch


@contextmanager
def _launching(
    service: str, account: str, region: str, role_arn: str | None = None, template: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """What is launched meanwhile is launched by the service's role in the account, made if there is none yet."""
    role = None if role_arn is None else iam.find_role(role_arn)
    if role is None:
        role = service_linked_roles.find_or_make(account, partition_by_name(region), service)
    caller = sessions.of_role(role, _SESSIONS[service])
    token = _launcher.set(Launcher(caller, service, template or {}))
    try:
        yield
    finally:
        _launcher.reset(token)


_SESSIONS = {
    "autoscaling.amazonaws.com": "AutoScaling",
    "ec2fleet.amazonaws.com": "EC2Fleet",
    "elasticmapreduce.amazonaws.com": "CCSSession",
    "spot.amazonaws.com": "AmazonEC2Spot",
    "spotfleet.amazonaws.com": "AmazonEC2SpotFleet",
}
"""The names of the sessions; those of Auto Scaling and EMR are in published trails, the others are a guess."""


def _with_keys(original: Callable[..., Any]) -> Callable[..., Any]:
    def run_instances(
        backend: Any, image_id: str, count: int, user_data: Any, security_group_names: Any, **given: Any
    ) -> Any:
        asking, launcher = serving.current(), _launcher.get()
        if launcher is None and not asking.via:  # RunInstances itself: its own file looks after the keys
            return original(backend, image_id, count, user_data, security_group_names, **given)
        from kmsmock.services.ec2 import instances, records

        caller, via = (asking.caller, asking.via) if launcher is None else (launcher.caller, (launcher.service,))
        call = Call("ec2", "RunInstances", {}, caller, backend.region_name, via=via)
        kms = ServiceKms(asking.store, call, gate.answer, "ec2.amazonaws.com")
        if launcher is not None and given.get("launch_template"):
            given["launch_template"] = {**given["launch_template"], **launcher.template}
        mappings = instances.planned(kms, image_id, _asked(backend, given))
        image = asking.store.records(records.Disks).images.get(image_id)
        if image is None and not instances.planning(mappings):
            return original(backend, image_id, count, user_data, security_group_names, **given)
        if mappings:
            given["block_device_mappings"] = instances.blank(mappings)
        created = original(backend, image_id, count, user_data, security_group_names, **given)
        if mappings:
            failed = asking.store.records(records.Disks).failed_launches
            for instance in created.instances:
                if image is not None:
                    instance.root_device_name = image.root_device
                reason = instances.opened(kms, instance.id, ec2.devices(instance), mappings)
                if reason is not None:
                    failed[instance.id] = reason
                    instance._fleet_id = instance._spot_fleet_id = None  # it never came to be one of a fleet's
                    instance.terminate()
        return created

    return run_instances


def _asked(backend: Any, given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The block device mappings of a launch, its template or its launch configuration."""
    if given.get("block_device_mappings"):
        found = given["block_device_mappings"]
    elif given.get("launch_template"):
        found = backend._get_template_from_args(given["launch_template"]).data.get("BlockDeviceMappings")
    elif given.get("launch_config"):
        found = given["launch_config"].block_device_mapping_dict
    else:
        from kmsmock.services.ec2 import launch_disks

        found = launch_disks.current()
    return list(found or ())
