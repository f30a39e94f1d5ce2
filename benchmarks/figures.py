"""What the benchmarks measure, in one form: a name, a figure, and the limit that the project promises."""

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}


@dataclass(frozen=True)
class Figure:
    """One row of the table. ``unit`` says what the figure is: ``x moto``, ``x floor``, ``us``, ``s``, ``bytes`` …"""

    group: str
    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def kept(self) -> bool:
        return self.limit is None or self.value <= self.limit

    def __str__(self) -> str:
        limit = "" if self.limit is None else f"   limit {self.limit:g}{'' if self.kept else '  <- over'}"
        return f"{self.group:12} {self.name:58} {self.value:10.3f} {self.unit:8}{limit}"


def taken(call: Callable[[], object], times: int) -> float:
    """Seconds of the processor for one call: the mean of a round. The first call is not counted."""
    call()
    started = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - started) / times


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    """Rounds are taken in turns, so that the machine's moods cancel."""
    return statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))


def write(figures: list[Figure], path: Path) -> None:
    """The figures as JSON, for machines."""
    path.write_text(json.dumps([{**asdict(each), "kept": each.kept} for each in figures], indent=1) + "\n")
