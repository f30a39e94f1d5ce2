"""Everything that one world remembers: flat stores keyed by ARN, and what falls due when."""

from __future__ import annotations

import heapq
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Literal

from kmsmock.call import Caller, Directory
from kmsmock.crypto import pool
from kmsmock.crypto.asymmetric import KeyPair
from kmsmock.faults import Fault
from kmsmock.iam import Decision
from kmsmock.model.alias import Alias
from kmsmock.model.grant import Grant
from kmsmock.model.import_token import ImportToken
from kmsmock.model.key import Key, KeyMaterial
from kmsmock.model.key_store import CustomKeyStore
from kmsmock.quotas import Quotas

Enforce = Literal["strict", "audit", "off"]
EnforceIam = Literal["model", "all", "off"]


@dataclass(slots=True)
class Store:
    """The state of a world. Handlers change it; nothing else in the package keeps any."""

    directory: Directory
    enforce: Enforce = "strict"
    enforce_iam: EnforceIam = "model"
    delays: Mapping[str, timedelta] = field(default_factory=dict)
    """How long what AWS does in the background takes, by operation; what is not named is done by the next call."""
    service_caches: bool = False
    """Whether services keep data keys in memory for a while, as they do in AWS."""
    keys: dict[str, Key] = field(default_factory=dict)
    deleted_keys: dict[str, Key] = field(default_factory=dict)
    """The keys that have been deleted."""
    key_counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Customer managed keys by account and Region, for their quota."""
    aliases: dict[str, Alias] = field(default_factory=dict)
    key_by_material: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    deleted_materials: dict[bytes, tuple[str, ...]] = field(default_factory=dict)
    """Which keys knew the material of a ciphertext that they cannot open any more."""
    grant_tokens: dict[str, Grant] = field(default_factory=dict)
    import_tokens: dict[bytes, ImportToken] = field(default_factory=dict)
    key_stores: dict[str, CustomKeyStore] = field(default_factory=dict)
    credentials: dict[str, Caller] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    quotas: Quotas | None = None
    faults: list[Fault] = field(default_factory=list)
    current_request: threading.local = field(default_factory=threading.local)
    """What belongs to the request that this thread serves: ``denied``, its denials; ``note``, what to say of each."""
    refused: dict[str, tuple[Decision, ...]] = field(default_factory=dict)
    """The denials behind each request that failed, by its id."""
    expected: set[str] = field(default_factory=set)
    """The failed requests that the test was prepared for."""
    events: list[Any] = field(default_factory=list)
    """The trail's records, some of them not written out yet: read them by ``trail.events``."""
    services: dict[str, Any] = field(default_factory=dict)
    """What integrated services keep beside moto, by service: each has its own record type there."""
    request_context: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    agenda: list[tuple[datetime, int, str, str]] = field(default_factory=list)
    _sequence: Iterator[int] = field(default_factory=count)
    _drawn: Counter[str] = field(default_factory=Counter)

    def remember(self, decision: Decision) -> None:
        """Keep a decision, and tell whoever serves the present request of a denial."""
        note = getattr(self.current_request, "note", "")
        if note:
            decision = decision._replace(note=note)
        self.decisions.append(decision)
        denied = getattr(self.current_request, "denied", None)
        if denied is not None and not decision.allowed:
            denied.append(decision)

    @contextmanager
    def noting(self, note: str) -> Iterator[None]:
        """Whatever is decided in the block is decided under this remark."""
        self.current_request.note = note
        try:
            yield
        finally:
            self.current_request.note = ""

    def add_key(self, key: Key) -> None:
        self.keys[key.arn] = key
        if key.manager == "CUSTOMER":
            self.key_counts[key.account, key.region] += 1
        for material in key.materials:
            self.file_material(key, material)

    def file_material(self, key: Key, material: KeyMaterial) -> None:
        """Make ciphertexts that name a material findable."""
        arns = self.key_by_material.get(material.id, ())
        if key.arn not in arns:
            self.key_by_material[material.id] = (*arns, key.arn)

    def remove_key(self, arn: str) -> None:
        """Delete a key for good: its materials, aliases and grants go with it."""
        key = self.deleted_keys[arn] = self.keys.pop(arn)
        if key.manager == "CUSTOMER":
            self.key_counts[key.account, key.region] -= 1
        for material in key.materials:
            self.key_by_material[material.id] = tuple(each for each in self.key_by_material[material.id] if each != arn)
            self.deleted_materials[material.id] = (*self.deleted_materials.get(material.id, ()), arn)
        for alias_arn in key.aliases:
            del self.aliases[alias_arn]
        for token in [token for token, grant in self.grant_tokens.items() if grant.key_arn == arn]:
            del self.grant_tokens[token]

    def new_key_pair(self, spec: str) -> KeyPair:
        """A key pair of this world, made when it is first used."""

        def make() -> Any:
            number = self._drawn[spec]
            self._drawn[spec] += 1
            return pool.draw(spec, number)

        return KeyPair(spec, make)

    def schedule(self, when: datetime, event: str, arn: str) -> None:
        """Put something on the agenda; ``lifecycle.DUE`` says what it does when time has come."""
        heapq.heappush(self.agenda, (when, next(self._sequence), event, arn))

    def schedule_after(self, now: datetime, operation: str, event: str, arn: str) -> datetime:
        """Schedule the end of what an operation started: by the next call, unless the world has a delay for it."""
        due = now + self.delays.get(operation, timedelta())
        self.schedule(due, event, arn)
        return due
