"""A grant: permission on one key for one grantee, under optional constraints on the encryption context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """What CreateGrant stored. ``issuing_account`` is the account of the principal that created it."""

    id: str
    key_arn: str
    grantee: str
    operations: tuple[str, ...]
    issuing_account: str
    created: datetime
    retiring: str | None = None
    name: str = ""
    context_equals: Mapping[str, str] | None = None
    context_subset: Mapping[str, str] | None = None

    def admits(self, context: Mapping[str, str] | None) -> bool:
        """True if the constraint allows this encryption context; None stands for a call without one.

        Follows "Using grant constraints" of the KMS developer guide; names and values are compared case-sensitively,
        where the API reference and the guide disagree.
        """
        if context is None:
            return True
        if self.context_equals is not None:
            return dict(context) == dict(self.context_equals)
        if self.context_subset is not None:
            return all(context.get(name) == value for name, value in self.context_subset.items())
        return True
