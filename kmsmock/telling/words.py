"""Words that follow from numbers."""

from __future__ import annotations


def counted(count: int, noun: str, several: str = "") -> str:
    """``1 call``, ``1,000 calls``; ``several`` is a plural that does not end in s alone."""
    return f"{count:,} {noun if count == 1 else several or f'{noun}s'}"
