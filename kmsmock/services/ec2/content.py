"""What is on a disk, as the EBS direct APIs write and read it; instances of the model write nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

BLOCK_SIZE = 524288


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One writing of a block: the same bytes written again are another. Whoever reads it has asked for the key."""

    data: bytes
    checksum: str


@dataclass(slots=True)
class Content:
    """The blocks of a volume or snapshot by their index, and a mark that is common to all that came of one disk."""

    lineage: object = field(default_factory=object)
    blocks: dict[int, Block] = field(default_factory=dict)

    def copy(self) -> Content:
        """The same blocks, for a disk that is made from this one."""
        return Content(self.lineage, dict(self.blocks))

    def changes(self, other: Content) -> list[int]:
        """The blocks that are not of one writing in both."""
        indexes = self.blocks.keys() | other.blocks.keys()
        return sorted(index for index in indexes if self.blocks.get(index) is not other.blocks.get(index))
