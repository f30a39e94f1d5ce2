"""A KMS key with its materials, aliases, grants and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Literal

from kmsmock.crypto.asymmetric import KeyPair
from kmsmock.iam import Policy
from kmsmock.model.grant import Grant, GrantIndex

KeyState = Literal[
    "Enabled",
    "Disabled",
    "PendingDeletion",
    "PendingReplicaDeletion",
    "PendingImport",
    "Unavailable",
    "Creating",
    "Updating",
]

PENDING_DELETION = ("PendingDeletion", "PendingReplicaDeletion")
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True)
class KeyMaterial:
    """One generation of cryptographic material, in one Region.

    ``id`` names it inside every ciphertext that it made. ``secret`` is None while imported material is missing: not
    yet imported into this Region, deleted, or expired. ``expires`` and ``description`` exist for imported material.
    """

    id: bytes
    secret: bytes | KeyPair | None
    created: datetime
    rotated: datetime | None = None
    rotation_type: str = ""
    expires: datetime | None = None
    description: str = ""
    imported: bool = False
    """True once it has been imported into this Region, even if it has expired since."""


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """The policy named ``default``: the text as KMS renders it, and its compiled form."""

    text: str
    compiled: Policy
    bound: Mapping[str, str] = field(default_factory=lambda: _NONE)
    """The users and roles that the text names, and the unique ids that they had when it was written."""


@dataclass(slots=True)
class Rotation:
    """The rotation of a key, shared by all Regions of a multi-Region key. ``period`` is None while it is off."""

    period: int | None = None
    due: datetime | None = None
    started: datetime | None = None
    """When an on-demand rotation was asked for that has not ended yet."""
    on_demand: int = 0


@dataclass(slots=True)
class Family:
    """The related keys of a multi-Region key by Region, and the Region of the primary."""

    primary: str
    keys: dict[str, Key] = field(default_factory=dict)


@dataclass(slots=True)
class Key:
    """A KMS key in one Region. Changed only by handlers and by the lifecycle."""

    arn: str
    id: str
    account: str
    region: str
    created: datetime
    description: str
    spec: str
    usage: str
    origin: str
    manager: str
    policy: KeyPolicy
    materials: list[KeyMaterial]
    """Oldest first; the last one is current. Material that waits for its rotation is ``pending``."""
    state: KeyState = "Enabled"
    pending: KeyMaterial | None = None
    rotation: Rotation | None = None
    family: Family | None = None
    key_store: str | None = None
    xks_key_id: str | None = None
    resumes: KeyState = "Enabled"
    """The state to which an unavailable or updating key comes back."""
    tags: Mapping[str, str] = field(default_factory=lambda: _NONE)
    aliases: frozenset[str] = frozenset()
    grants: GrantIndex | None = None
    deletion_date: datetime | None = None
    pending_window: int | None = None
    last_used: Any = None
    """The trail's record of the last successful cryptographic operation."""

    @property
    def current(self) -> KeyMaterial:
        return self.materials[-1]

    @property
    def symmetric(self) -> bool:
        return self.spec == "SYMMETRIC_DEFAULT"

    @property
    def multi_region(self) -> bool:
        return self.family is not None

    @property
    def multi_region_type(self) -> str | None:
        """PRIMARY or REPLICA; None for a single-Region key."""
        if self.family is None:
            return None
        return "PRIMARY" if self.family.primary == self.region else "REPLICA"

    @property
    def related(self) -> list[Key]:
        """This key in every Region that has it, itself included."""
        return [self] if self.family is None else list(self.family.keys.values())

    @property
    def materials_missing(self) -> bool:
        """True while any material that this key ever used is not there: then the whole key is PendingImport."""
        return not self.materials or any(material.secret is None for material in self.materials)

    def material(self, material_id: bytes) -> KeyMaterial | None:
        """The generation that a ciphertext names, if this key ever had it."""
        for material in reversed(self.materials):
            if material.id == material_id:
                return material
        return None

    def add_grant(self, grant: Grant) -> None:
        if self.grants is None:
            self.grants = GrantIndex()
        self.grants.add(grant)

    def grant(self, grant_id: str) -> Grant | None:
        return None if self.grants is None else self.grants.by_id.get(grant_id)


DEFAULT_PERIOD = 365


def rotation_of(key: Key) -> Rotation:
    """The rotation of a key, made when it is first touched and shared with its related keys."""
    if key.rotation is None:
        shared = Rotation()
        for related in key.related:
            related.rotation = shared
    assert key.rotation is not None
    return key.rotation


def start_yearly(key: Key) -> None:
    """An AWS managed key rotates every year."""
    rotation = rotation_of(key)
    rotation.period = DEFAULT_PERIOD
    rotation.due = key.created + timedelta(days=DEFAULT_PERIOD)
