"""What EC2 remembers beside moto: the key of each disk, its owner, its shares, and how its creation ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kmsmock.envelopes import Envelope
from kmsmock.errors import AwsError
from kmsmock.store import Store


@dataclass(slots=True)
class Volume:
    """``envelope`` is None for an unencrypted volume."""

    id: str
    account: str
    region: str
    envelope: Envelope | None


@dataclass(slots=True)
class Snapshot:
    """``state`` is what DescribeSnapshots shows; the call that made it still answered ``pending``."""

    id: str
    account: str
    region: str
    size: int
    envelope: Envelope | None
    volume_id: str | None = None
    state: str = "completed"
    message: str = ""
    shared_with: set[str] = field(default_factory=set)
    public: bool = False

    def visible_to(self, account: str) -> bool:
        return self.account == account or self.public or account in self.shared_with


@dataclass(slots=True)
class Image:
    """``mappings`` is the BlockDeviceMappings that DescribeImages shows, each over a snapshot recorded here."""

    id: str
    account: str
    region: str
    mappings: list[dict[str, Any]]
    state: str = "available"
    reason: str = ""
    permissions: list[dict[str, str]] = field(default_factory=list)

    def visible_to(self, account: str) -> bool:
        return self.account == account or {"Group": "all"} in self.permissions or self.shared_with(account)

    def shared_with(self, account: str) -> bool:
        return {"UserId": account} in self.permissions

    def snapshot_ids(self) -> list[str]:
        return [mapping["Ebs"]["SnapshotId"] for mapping in self.mappings if "SnapshotId" in mapping.get("Ebs", {})]


@dataclass(slots=True)
class Disks:
    """Every record of a world, by resource id."""

    volumes: dict[str, Volume] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    failed_launches: dict[str, AwsError] = field(default_factory=dict)
    """Instance id -> why it was terminated right after its launch, as EC2 words it."""
    default_keys: dict[tuple[str, str], str] = field(default_factory=dict)
    """Account and Region -> the ARN of the key that its new disks are under."""
    encrypting: set[tuple[str, str]] = field(default_factory=set)
    """The accounts and Regions that encrypt every new disk."""
    hidden_snapshots: set[str] = field(default_factory=set)
    """What moto makes for each image; AWS does not."""

    def snapshot(self, snapshot_id: str, region: str, account: str) -> Snapshot | None:
        """A snapshot that the account can see in that Region."""
        found = self.snapshots.get(snapshot_id)
        if found is None or found.region != region or not found.visible_to(account):
            return None
        return found

    def image(self, image_id: str, region: str, account: str) -> Image | None:
        """An image that the account can see in that Region."""
        found = self.images.get(image_id)
        return found if found is not None and found.region == region and found.visible_to(account) else None


def disks(store: Store) -> Disks:
    """The records of this world, made on first use."""
    found = store.services.setdefault("ec2", Disks())
    assert isinstance(found, Disks)
    return found


def check_dry_run(params: dict[str, Any]) -> None:
    """Raise EC2's DryRunOperation where the call would have gone on."""
    if params.get("DryRun"):
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
