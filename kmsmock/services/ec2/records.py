"""What EC2 remembers beside moto: the key of each disk, its owner, its shares, and how its creation ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kmsmock import clock
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.services.ec2.content import Content
from kmsmock.services.kms.grants import ServiceGrant
from kmsmock.store import Store

AccountRegion = tuple[str, str] | None
"""The organization of an account, and its path there."""


@dataclass(slots=True)
class Volume:
    """``envelope`` is None for an unencrypted volume."""

    id: str
    account: str
    region: str
    envelope: Envelope | None
    content: Content = field(default_factory=Content)
    snapshot_id: str = ""
    """The snapshot that it was made from."""
    instance: str | None = None
    """The instance that it is attached to."""
    grant: ServiceGrant | None = None
    """The grant that the instance's infrastructure holds while it runs."""

    @property
    def place(self) -> tuple[str, str]:
        """Account and Region."""
        return self.account, self.region


@dataclass(slots=True)
class Writing:
    """A snapshot that was started by the EBS direct APIs: how long it waits for a block, and which it was given."""

    timeout: timedelta
    written: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Snapshot:
    """``outcome`` is the state that it ends up in, ``message`` why that is ``error``; until ``due`` it is pending.

    The call that made it answered ``pending`` in any case.
    """

    id: str
    account: str
    region: str
    size: int
    envelope: Envelope | None
    volume_id: str = ""
    content: Content = field(default_factory=Content)
    outcome: str = "completed"
    message: str = ""
    due: datetime | None = None
    writing: Writing | None = None
    shared_with: set[str] = field(default_factory=set)
    public: bool = False
    copy_of: str = ""
    """The snapshot that it was made from."""

    @property
    def place(self) -> tuple[str, str]:
        """Account and Region."""
        return self.account, self.region

    @property
    def state(self) -> str:
        """What DescribeSnapshots shows."""
        return self.outcome if _is_over(self.due) else "pending"


def _is_over(due: datetime | None) -> bool:
    return due is None or due <= clock.now()


@dataclass(slots=True)
class Image:
    """``mappings`` is the BlockDeviceMappings that DescribeImages shows, each over a snapshot recorded here.

    ``outcome``, ``reason`` and ``due`` are as those of a snapshot.
    """

    id: str
    account: str
    region: str
    mappings: list[dict[str, Any]]
    root_device: str = ""
    deprecates: datetime | None = None
    """When others stop to come across it."""
    outcome: str = "available"
    reason: str = ""
    due: datetime | None = None
    permissions: list[dict[str, str]] = field(default_factory=list)

    @property
    def place(self) -> tuple[str, str]:
        """Account and Region."""
        return self.account, self.region

    @property
    def state(self) -> str:
        """What DescribeImages shows."""
        return self.outcome if _is_over(self.due) else "pending"

    @property
    def deprecated(self) -> bool:
        return self.deprecates is not None and _is_over(self.deprecates)

    @property
    def public(self) -> bool:
        return {"Group": "all"} in self.permissions

    def names(self, account: str) -> bool:
        """True if the account itself may launch the image."""
        return {"UserId": account} in self.permissions

    def names_organization(self, place: AccountRegion) -> bool:
        """True if an organization or unit may that has an account at this place."""
        if place is None:
            return False
        organization, path = place
        return any(
            each.get("OrganizationArn", "").endswith(f"/{organization}")
            or (unit and f"/{unit.rpartition('/')[2]}/" in path)
            for each in self.permissions
            for unit in [each.get("OrganizationalUnitArn", "")]
        )

    def snapshot_ids(self) -> list[str]:
        return [mapping["Ebs"]["SnapshotId"] for mapping in self.mappings if "SnapshotId" in mapping.get("Ebs", {})]


@dataclass(slots=True)
class Task:
    """The replacement of an instance's root volume; ``told`` is what the request said of it."""

    id: str
    account: str
    region: str
    instance: str
    started: datetime
    told: dict[str, Any]
    outcome: str = "succeeded"
    due: datetime | None = None
    completed: datetime | None = None

    @property
    def place(self) -> tuple[str, str]:
        """Account and Region."""
        return self.account, self.region


@dataclass(slots=True)
class Disks:
    """Every record of a world, by resource id."""

    place_of: Callable[[str], AccountRegion]
    """The organization and path of an account."""

    volumes: dict[str, Volume] = field(default_factory=dict)
    snapshots: dict[str, Snapshot] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    deregistered: set[str] = field(default_factory=set)
    """Images that there were."""
    launches: dict[str, Mapping[str, tuple[dict[str, Any], Snapshot | None]]] = field(default_factory=dict)
    """Instance id -> what it was launched with, by device: what was asked for, and the snapshot underneath."""
    former_roots: dict[str, set[str]] = field(default_factory=dict)
    """Instance id -> the root volumes that were replaced."""
    tasks: dict[str, Task] = field(default_factory=dict)
    task_tokens: dict[tuple[str, str, str], Task] = field(default_factory=dict)
    """Account, Region and ClientToken -> the task that it stands for."""
    failed_launches: dict[str, AwsError] = field(default_factory=dict)
    """Instance id -> why it was terminated right after its launch or stopped after its start, as EC2 words it."""
    tokens: dict[tuple[str, str, str], str] = field(default_factory=dict)
    """Account, Region and ClientToken -> the volume that was made for it."""
    started: dict[tuple[str, str, str], tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    """Account, Region and ClientToken -> the StartSnapshot that it stands for, and the answer to it."""
    gone: set[str] = field(default_factory=set)
    """Volumes that were never available, since their keys refused."""
    default_keys: dict[tuple[str, str], str] = field(default_factory=dict)
    """Account and Region -> the ARN of the key that its new disks are under."""
    blocks: dict[tuple[str, str], str] = field(default_factory=dict)
    """Account and Region -> how its snapshots are kept from the public."""
    image_blocks: set[tuple[str, str]] = field(default_factory=set)
    """The accounts and Regions whose images cannot be made public."""
    encrypting: set[tuple[str, str]] = field(default_factory=set)
    """The accounts and Regions that encrypt every new disk."""

    @classmethod
    def for_world(cls, store: Store) -> Disks:
        return cls(store.directory.organization_of)

    def snapshot(self, snapshot_id: str, region: str, account: str) -> Snapshot | None:
        """A snapshot that the account can see in that Region."""
        found = self.snapshots.get(snapshot_id)
        if found is None or found.region != region or not self.sees_snapshot(account, found):
            return None
        return found

    def sees_snapshot(self, account: str, snapshot: Snapshot) -> bool:
        """Whether an account owns a snapshot or is let see it; an owner may have taken back what is public."""
        if account == snapshot.account or account in snapshot.shared_with:
            return True
        return snapshot.public and self.blocks.get((snapshot.account, snapshot.region)) != "block-all-sharing"

    def may_launch(self, account: str, image: Image) -> bool:
        """Whether an image is shared with an account by its number or its place in an organization."""
        return image.names(account) or image.names_organization(self.place_of(account))

    def image(self, image_id: str, region: str, account: str) -> Image | None:
        """An image that the account can see in that Region."""
        found = self.images.get(image_id)
        if found is None or found.region != region:
            return None
        return found if account == found.account or found.public or self.may_launch(account, found) else None


def check_dry_run(params: dict[str, Any]) -> None:
    """Raise EC2's DryRunOperation where the call would have gone on."""
    if params.get("DryRun"):
        raise AwsError("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def tags_for(params: Mapping[str, Any], kind: str) -> list[dict[str, str]]:
    """The tags that TagSpecifications have for a type of resource; a specification may have none."""
    given = [each for each in params.get("TagSpecifications", ()) if each.get("ResourceType", kind) == kind]
    return [tag for each in given for tag in each.get("Tags", ())]
