"""A KMS key with its materials, aliases, grants and policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from kmsmock.iam import Policy
from kmsmock.model.grant import Grant

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


@dataclass(frozen=True, slots=True)
class KeyMaterial:
    """One generation of cryptographic material. ``id`` names it inside every ciphertext that it made."""

    id: bytes
    secret: bytes
    created: datetime


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """The policy named ``default``: the text as KMS renders it, and its compiled form."""

    text: str
    compiled: Policy


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
    state: KeyState = "Enabled"
    multi_region: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    aliases: set[str] = field(default_factory=set)
    grants: dict[str, Grant] = field(default_factory=dict)
    grants_by_grantee: dict[str, dict[str, Grant]] = field(default_factory=dict)
    deletion_date: datetime | None = None
    pending_window: int | None = None

    @property
    def current(self) -> KeyMaterial:
        return self.materials[-1]

    @property
    def symmetric(self) -> bool:
        return self.spec == "SYMMETRIC_DEFAULT"

    def material(self, material_id: bytes) -> KeyMaterial | None:
        """The generation that a ciphertext names, if this key ever had it."""
        for material in reversed(self.materials):
            if material.id == material_id:
                return material
        return None

    def add_grant(self, grant: Grant) -> None:
        self.grants[grant.id] = grant
        self.grants_by_grantee.setdefault(grant.grantee, {})[grant.id] = grant

    def remove_grant(self, grant_id: str) -> None:
        grant = self.grants.pop(grant_id)
        del self.grants_by_grantee[grant.grantee][grant_id]
