"""The public images of EC2, made when somebody asks for them.

moto makes more than a thousand, each with a snapshot, for every account and Region that touches EC2: most of what a
cross-account test would cost. Here their definitions are read once for a Region, and an image is made when it is named,
or all are when somebody lists what belongs to Amazon.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from kmsmock.records import backends
from kmsmock.records.contract import MOTO

Definitions = Mapping[str, Mapping[str, Any]]


class Catalogue(dict[str, Any]):
    """moto's images of one account and Region, some of them not made yet."""

    def __init__(self, make: Callable[[Mapping[str, Any]], Any], definitions: Definitions) -> None:
        super().__init__()
        self._make = make
        self._pending = dict(definitions)
        self.narrow = False
        """True while only images that are there already can be meant."""

    def __missing__(self, image_id: str) -> Any:
        created = self[image_id] = self._make(self._pending.pop(image_id))
        return created

    def fill(self) -> None:
        """Make every image."""
        for image_id in list(self._pending):
            self[image_id]

    def copy(self) -> dict[str, Any]:
        if not self.narrow:
            self.fill()
        return dict(super().items())

    def __contains__(self, image_id: object) -> bool:
        return super().__contains__(image_id) or image_id in self._pending

    def get(self, image_id: str, default: Any = None) -> Any:
        try:
            return self[image_id]
        except KeyError:
            return default

    def pop(self, image_id: str, *default: Any) -> Any:
        self.get(image_id)
        return super().pop(image_id, *default)

    def __iter__(self) -> Iterator[str]:
        return iter(self.copy())

    def __len__(self) -> int:
        return super().__len__() + len(self._pending)

    def keys(self) -> Any:
        return self.copy().keys()

    def values(self) -> Any:
        return self.copy().values()

    def items(self) -> Any:
        return self.copy().items()


@cache
def definitions(region: str) -> Definitions:
    """What moto loads for a Region, by image id."""
    parse_time, load_resource = (
        MOTO.get("moto.core.parse:default_timestamp_parser"),
        MOTO.get("moto.utilities.utils:load_resource"),
    )
    found = [dict(each) for each in MOTO.get("moto.ec2.models.amis:AMIS")]
    for path in ("latest_amis", "ecs/optimized_amis"):
        try:
            found += load_resource(f"ec2/resources/{path}/{region}.json")
        except FileNotFoundError:
            continue  # a Region that moto has no list for
    for each in found:
        each["owner_alias"] = "amazon"
        if isinstance(each.get("creation_date"), str):
            each["creation_date"] = parse_time(each["creation_date"])
    return {each["ami_id"]: each for each in found}


@cache
def owners_in(region: str) -> frozenset[str]:
    """Whose the public images of a Region are, by account id and alias."""
    return frozenset({"amazon", *(str(each.get("owner_id")) for each in definitions(region).values())})


def fill(account: str, region: str) -> None:
    """Make every public image of an account and Region, and the snapshots under them."""
    images = backends.made("ec2", account, region).amis
    if isinstance(images, Catalogue):
        images.fill()
