"""What is read of a file, in one form for all sources: things to make, what is left out, and what is not known.

Nothing here makes anything, and nothing needs a world.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

Kind = Literal[
    "role",
    "user",
    "group",
    "managed policy",
    "inline policy",
    "attachment",
    "membership",
    "boundary",
    "instance profile",
    "key",
    "key policy",
    "alias",
    "grant",
    "bucket",
    "bucket policy",
    "bucket encryption",
    "queue",
    "queue policy",
    "topic",
    "topic policy",
    "secret",
    "secret policy",
    "disk encryption",
    "volume",
    "snapshot",
    "snapshot copy",
    "image",
    "image copy",
    "image permission",
    "snapshot permission",
    "organization",
    "organizational unit",
    "member account",
    "control policy",
]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing to make, as it is to stand in the world.

    ``values`` are named as AWS names them in the call that makes such a thing; ids and ARNs are what they are at the
    source. ``name`` is how the source calls it (a logical id, a Terraform address), ``where`` also says in which file.
    """

    kind: Kind
    arn: str
    account: str
    region: str
    values: Mapping[str, Any]
    where: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Ignored:
    """What was not taken, and why."""

    where: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.why}"


@dataclass(frozen=True, slots=True)
class NotKnown:
    """A value that the source does not tell; ``stands`` is what stands in its place and names nobody and nothing."""

    where: str
    what: str
    why: str
    stands: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: {self.why}"


@dataclass(slots=True)
class Read:
    """What one or several sources told."""

    things: list[Thing] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)
    unknown: list[NotKnown] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was assumed, such as the value of a parameter that has none."""
    names: dict[str, str] = field(default_factory=dict)
    """The ARN, or whatever identifies it, of everything that the source names."""
    whole: set[tuple[str, str]] = field(default_factory=set)
    """Accounts of which the source tells all users or all roles: ``("111111111111", "role")``."""

    def ignore(self, where: str, what: str, why: str) -> None:
        self.ignored.append(Ignored(where, what, why))

    def add(self, other: Read) -> None:
        """Take all that another source told."""
        self.things += other.things
        self.ignored += other.ignored
        self.unknown += other.unknown
        self.notes += other.notes
        self.names.update(other.names)
        self.whole |= other.whole


class Unknown(str):
    """A text that stands for a value that is not known: it has the form of an ARN, and is nobody's."""

    __slots__ = ()


_PLACEHOLDER = "arn:aws:iam::000000000000:role/unknown-until-apply/"
"""A form that every element of a policy takes."""


def unknown(name: str) -> Unknown:
    """What stands for a value, by what it is called at its source."""
    return Unknown(_PLACEHOLDER + "".join(each if each.isalnum() or each in "-_./" else "-" for each in name))


def has_unknown(value: object) -> bool:
    """Whether something that stands for a value not known is in a text, or anywhere in what holds texts."""
    if isinstance(value, str):
        return _PLACEHOLDER in value
    if isinstance(value, Mapping):
        return any(has_unknown(each) for each in value.values())
    return isinstance(value, (list, tuple)) and any(map(has_unknown, value))


def made_up_key_id(account: str, region: str, name: str, multi_region: bool = False) -> str:
    """The id of a key that has none yet: the same each time, whatever the file is called."""
    found = hashlib.sha256(f"kmsmock {account} {region} {name}".encode()).hexdigest()[:32]
    if multi_region:
        return f"mrk-{found}"
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:]))


def made_up_suffix(name: str, length: int = 12) -> str:
    """The end of a name that AWS makes up, the same each time."""
    return hashlib.sha256(name.encode()).hexdigest()[:length].upper()
