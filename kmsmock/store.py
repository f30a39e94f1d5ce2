"""Everything that one world remembers: flat stores keyed by ARN, and what falls due when."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal

from kmsmock.call import Caller, Directory
from kmsmock.iam import Decision
from kmsmock.model.alias import Alias
from kmsmock.model.grant import Grant
from kmsmock.model.key import Key, KeyMaterial

Enforce = Literal["strict", "audit", "off"]


@dataclass(slots=True)
class Store:
    """The state of a world. Handlers change it; nothing else in the package keeps any."""

    directory: Directory
    enforce: Enforce = "strict"
    keys: dict[str, Key] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    key_by_material: dict[bytes, list[str]] = field(default_factory=dict)
    deleted_materials: dict[bytes, str] = field(default_factory=dict)
    """Which key made a ciphertext that nothing can open any more."""
    grant_tokens: dict[str, Grant] = field(default_factory=dict)
    credentials: dict[str, Caller] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    """The trail's records, some of them not written out yet: read them by ``trail.events``."""
    services: dict[str, Any] = field(default_factory=dict)
    """What integrated services keep beside moto, by service: each has its own record type there."""
    request_context: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    agenda: list[tuple[datetime, int, str, str]] = field(default_factory=list)
    _sequence: Iterator[int] = field(default_factory=count)

    def add_key(self, key: Key) -> None:
        self.keys[key.arn] = key
        for material in key.materials:
            self.add_material(key, material)

    def add_material(self, key: Key, material: KeyMaterial) -> None:
        if material not in key.materials:
            key.materials.append(material)
        self.key_by_material.setdefault(material.id, []).append(key.arn)

    def remove_key(self, arn: str) -> None:
        """Delete a key for good: its materials, aliases and grants go with it."""
        key = self.keys.pop(arn)
        for material in key.materials:
            self.key_by_material[material.id].remove(arn)
            self.deleted_materials[material.id] = arn
        for alias_arn in key.aliases:
            del self.aliases[alias_arn]
        for token in [token for token, grant in self.grant_tokens.items() if grant.key_arn == arn]:
            del self.grant_tokens[token]

    def schedule(self, when: datetime, event: str, arn: str) -> None:
        """Put something on the agenda; ``lifecycle.DUE`` says what it does when time has come."""
        heapq.heappush(self.agenda, (when, next(self._sequence), event, arn))
