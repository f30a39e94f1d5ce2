"""What is known of a run to those who tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from kmsmock.coverage import plain
    from kmsmock.results.merging import Results


class Collected(Protocol):
    """``results.Collecting``."""

    merged: Results | None

    def policies_so_far(self) -> list[plain.Policy]:
        """The policies that tests used in this process."""

    def stop(self) -> None:
        """What happens from now on is not of the run."""
