"""Attributes of other people's modules that are replaced while a world is active."""

from __future__ import annotations

from typing import Any


class Patches:
    """Attributes that were replaced, to be put back in reverse order."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any]] = []
        self.cloudformation = False
        self.groups = False
        self.ec2 = False
        self.kms = False
        self.rds = False
        self.s3 = False
        self.others: set[str] = set()

    def replace(self, owner: Any, name: str, value: Any) -> Any:
        """Set an attribute, remember what was there, and return it."""
        before = getattr(owner, name)
        self._undo.append((owner, name, before))
        setattr(owner, name, value)
        return before

    def undo(self) -> None:
        while self._undo:
            owner, name, before = self._undo.pop()
            setattr(owner, name, before)
