"""What KMS refuses in the parameters of a call before it looks at any key."""

from __future__ import annotations

from typing import Any

from kmsmock import errors
from kmsmock.wire import constraints

_CONTEXTS = ("EncryptionContext", "SourceEncryptionContext", "DestinationEncryptionContext")
"""Parameters whose values may not be empty; whether their names may be is unverified."""


def check(operation: str, params: dict[str, Any]) -> None:
    """Raise ValidationException for every constraint of the model that the parameters break."""
    violations = constraints.violations("kms", operation, params)
    if violations:
        raise errors.constraint_violations(violations)
    if any("" in params[name].values() for name in _CONTEXTS if name in params):
        raise errors.validation("Invalid EncryptionContext")
