"""AMI usage reports: which other accounts have instances or launch templates of one's image ("View your AMI usage").

A report is of the moment in which it was asked for, and there at once. Nothing of it is about keys: it tells who loses
what when an image's key goes. Whose image it has to be is documented, codes and texts of refusals are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kmsmock import clock, entropy
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import everything
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2 import visible_images
from kmsmock.services.ec2.records import Disks, Image, check_dry_run, tags_for
from kmsmock.services.kms.client import ServiceKms

_KEPT = timedelta(days=30)
_VERSIONS = 20
"""How many versions of a launch template are looked at, if nothing else is said."""
_KINDS = ("ec2:Instance", "ec2:LaunchTemplate", "imagebuilder:ImageRecipe", "imagebuilder:ContainerRecipe")


@dataclass(slots=True)
class Report:
    """What was asked for, and what was found: how many of a type of resource each account has."""

    id: str
    image: str
    place: tuple[str, str]
    made: datetime
    told: dict[str, Any]
    counts: dict[tuple[str, str], int] = field(default_factory=dict)


class Reports(dict[str, Report]):
    """The reports of a world, by their ids."""


def create(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateImageUsageReport of one's own image."""
    image = _owned(call, kms)
    types = {each["ResourceType"]: each for each in call.params["ResourceTypes"]}
    for name in types:
        if name not in _KINDS:
            raise AwsError("InvalidParameterValue", f"Invalid value '{name}' for ResourceType.")
    check_dry_run(call.params)
    wanted = call.params.get("AccountIds", ())
    found = Counter[tuple[str, str]]()
    for account, kind in _users(image, types):
        if account != image.account and (not wanted or account in wanted):
            found[account, kind] += 1
    made = entropy.resource_id("amiur")
    told = {"ImageId": image.id, "ReportId": made, "ResourceTypes": list(types.values()), "AccountIds": list(wanted)}
    told["Tags"] = tags_for(call.params, "image-usage-report")
    kms.store.records(Reports)[made] = Report(made, image.id, image.place, clock.now(), told, dict(found))
    return {"ReportId": made}


def _owned(call: Call, kms: ServiceKms) -> Image:
    image = kms.store.records(Disks).images.get(call.params["ImageId"])
    if image is None or image.place != (call.account, call.region):
        raise visible_images.not_found(call.params["ImageId"])
    return image


def _users(image: Image, types: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The account and type of everything that is made from an image; there is no Image Builder here."""
    if "ec2:Instance" in types:
        for each in everything.instances():
            if (each.image, each.region) == (image.id, image.region):
                yield each.account, "ec2:Instance"
    if "ec2:LaunchTemplate" in types:
        depth = _depth(types["ec2:LaunchTemplate"])
        versions: dict[tuple[str, str], list[Any]] = {}
        for template in everything.launch_templates():
            if template.region == image.region:
                versions.setdefault((template.account, template.id), []).append(template.data)
        for (account, _), data in versions.items():
            if any(each.get("ImageId") == image.id for each in data[-depth:]):
                yield account, "ec2:LaunchTemplate"


def _depth(asked: Mapping[str, Any]) -> int:
    options = {each["OptionName"]: each["OptionValues"] for each in asked.get("ResourceTypeOptions", ())}
    return int(options.get("version-depth", [_VERSIONS])[0])


def describe(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeImageUsageReports."""
    found = [
        {**each.told, "State": "available", "CreationTime": each.made, "ExpirationTime": each.made + _KEPT}
        for each in _asked(call, kms)
    ]
    return {"ImageUsageReports": found}


def entries(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeImageUsageReportEntries: one for each account and type of resource that there is any of."""
    found = [
        {
            "ReportId": each.id,
            "ImageId": each.image,
            "AccountId": account,
            "ResourceType": kind,
            "UsageCount": count,
            "ReportCreationTime": each.made,
        }
        for each in _asked(call, kms)
        for (account, kind), count in sorted(each.counts.items())
    ]
    for asked in call.params.get("Filters", ()):
        member = {"account-id": "AccountId", "resource-type": "ResourceType"}.get(asked["Name"])
        if member is None:
            raise NotImplementedError(f"kmsmock does not model the filter {asked['Name']} of AMI usage reports")
        found = [each for each in found if each[member] in asked["Values"]]
    return {"ImageUsageReportEntries": found}


def _asked(call: Call, kms: ServiceKms) -> Iterable[Report]:
    """The caller's reports that a request means."""
    check_dry_run(call.params)
    reports, params, now = kms.store.records(Reports), call.params, clock.now()
    mine = {
        each.id: each
        for each in reports.values()
        if each.place == (call.account, call.region) and now < each.made + _KEPT
    }
    for name in params.get("ReportIds", ()):
        if name not in mine:
            raise _no_report(name)
    return [
        each
        for each in mine.values()
        if each.id in params.get("ReportIds", (each.id,)) and each.image in params.get("ImageIds", (each.image,))
    ]


def _no_report(name: str) -> AwsError:
    return AwsError("InvalidImageUsageReportId.NotFound", f"The image usage report '{name}' does not exist.")


def delete(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteImageUsageReport."""
    report = kms.store.records(Reports).get(call.params["ReportId"])
    if report is None or report.place != (call.account, call.region):
        raise _no_report(call.params["ReportId"])
    check_dry_run(call.params)
    del kms.store.records(Reports)[report.id]
    return {"Return": True}


OPERATIONS: dict[str, Advice] = {
    "CreateImageUsageReport": create,
    "DeleteImageUsageReport": delete,
    "DescribeImageUsageReportEntries": entries,
    "DescribeImageUsageReports": describe,
}
