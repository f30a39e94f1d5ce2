"""What differs between what a world and an account of AWS answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from kmsmock.verify.normal import Step

ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """One value that is another in AWS."""

    call: int
    """Which call of the case, from 1."""
    operation: str
    where: str
    """Such as ``answer.Error.Message``."""
    world: Any
    aws: Any

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    def __str__(self) -> str:
        return f"call {self.call}, {self.operation}, {self.where}:\n  world: {self.world}\n  AWS:   {self.aws}"


def compare(world: list[Step], aws: list[Step]) -> list[Difference]:
    """All differences. Where one asked what the other did not, what follows cannot be compared."""
    found: list[Difference] = []
    for number, (ours, theirs) in enumerate(zip(world, aws, strict=False), 1):
        name = ours["operation"]
        if name != theirs["operation"]:
            return [*found, Difference(number, name, "operation", name, theirs["operation"])]
        found += [Difference(number, name, where, one, other) for where, one, other in _unlike("", ours, theirs)]
    if len(world) != len(aws):
        number = min(len(world), len(aws))
        further = [each["operation"] for each in (world if len(world) > len(aws) else aws)[number:]]
        sides = (further, ABSENT) if len(world) > len(aws) else (ABSENT, further)
        found.append(Difference(number + 1, further[0], "operation", *sides))
    return found


def _unlike(where: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            place = f"{where}.{name}" if where else name
            yield from _unlike(place, one.get(name, ABSENT), other.get(name, ABSENT))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from _unlike(f"{where}[{number}]", *pair)
    elif one != other or isinstance(one, bool) != isinstance(other, bool):
        yield where, one, other
