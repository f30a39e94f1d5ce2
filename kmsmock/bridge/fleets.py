"""Fleets: the disks that their launch specifications, launch templates and overrides ask for, which moto drops.

What an override asks for (FleetLaunchTemplateOverrides) lies over what its template says, device by device, as that of
RunInstances does.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from kmsmock.foreign.notes import Note

if TYPE_CHECKING:
    from kmsmock.active import Patches

Given = Mapping[str, Any]
Disks = Sequence[Given]
_DISKS = Note[list[Disks]]("disks")
"""On a fleet: the BlockDeviceMappings of each of its launch specifications, in their order."""


def install(patches: Patches) -> None:
    """From now on what a fleet launches has the disks that it was asked for."""
    from moto.ec2.models.fleets import Fleet
    from moto.ec2.models.spot_requests import SpotFleetRequest

    patches.replace(SpotFleetRequest, "__init__", _noting(SpotFleetRequest.__init__, _of_spot_fleet))
    patches.replace(Fleet, "__init__", _noting(Fleet.__init__, _of_fleet))
    for kind in (SpotFleetRequest, Fleet):
        patches.replace(kind, "get_launch_spec_counts", _in_turn(kind.get_launch_spec_counts))


def _of_spot_fleet(backend: Any, given: Given) -> list[Disks]:
    """moto makes one specification of a template, with the first override; overrides here have no disks."""
    configs = given.get("launch_template_config") or ()
    return [
        *(spec.get("BlockDeviceMappings", ()) for spec in given["launch_specs"] or ()),
        *(_of_template(backend, each) for config in configs if (each := _named(config))),
    ]


def _of_fleet(backend: Any, given: Given) -> list[Disks]:
    """moto makes one specification of each override."""
    disks: list[Disks] = []
    for config in given["launch_template_configs"] or ():
        named = _named(config)
        overrides: Sequence[Given] = config.get("Overrides") or ({},)
        if named is not None:
            disks += [[*_of_template(backend, named), *each.get("BlockDeviceMappings", ())] for each in overrides]
    return disks


def _named(config: Given) -> Given | None:
    """The template of a config, where it names one: moto passes over others."""
    found: Given = config["LaunchTemplateSpecification"]
    return found if found.keys() & {"LaunchTemplateId", "LaunchTemplateName"} else None


def _of_template(backend: Any, named: Given) -> Disks:
    found: Disks = backend._get_template_from_args(dict(named)).data.get("BlockDeviceMappings") or ()
    return found


def _noting(original: Callable[..., None], disks_of: Callable[[Any, Given], list[Disks]]) -> Callable[..., None]:
    signature = inspect.signature(original)

    def make(fleet: Any, *args: Any, **options: Any) -> None:
        given = signature.bind(fleet, *args, **options).arguments
        _DISKS.set(fleet, disks_of(given["ec2_backend"], given))
        original(fleet, *args, **options)
        for spec, disks in zip(fleet.launch_specs, _DISKS.written(fleet), strict=True):
            if disks:
                vars(spec)["block_device_mappings"] = list(disks)  # moto reads it for DescribeSpotFleetRequests

    return make


Counts = dict[Any, int]


def _in_turn(original: Callable[[Any, float], tuple[Counts, float]]) -> Callable[[Any, float], tuple[Counts, float]]:
    def get_launch_spec_counts(fleet: Any, weight: float) -> tuple[Counts, float]:
        counts, fulfilled = original(fleet, weight)
        return _WithDisks(counts, dict(zip(fleet.launch_specs, _DISKS.written(fleet), strict=True))), fulfilled

    return get_launch_spec_counts


class _WithDisks(Counts):
    """How many are to be launched of each specification: while moto is at one, launches have its disks."""

    def __init__(self, counts: Counts, disks: Mapping[Any, Disks]) -> None:
        super().__init__(counts)
        self._disks = disks

    def items(self) -> Iterator[tuple[Any, int]]:  # type: ignore[override]  # moto only goes through them
        from kmsmock.services.ec2 import launch_disks

        for spec, count in super().items():
            with launch_disks.with_disks(self._disks[spec]):
                yield spec, count
