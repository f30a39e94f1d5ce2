"""How CloudTrail spells parameters and answers: names like ``keyId``, dates like ``Aug 10, 2022, 10:38:27 PM``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kmsmock import clock

_MAPS = frozenset({"EncryptionContext", "SourceEncryptionContext", "DestinationEncryptionContext"})
_MAPS_OF_GRANTS = frozenset({"EncryptionContextEquals", "EncryptionContextSubset"})
_FREE = _MAPS | _MAPS_OF_GRANTS
"""What has names of the user's choice: they stay as they were sent."""
SECRET = frozenset(
    {
        "AttestationDocument",
        "GrantToken",
        "GrantTokens",
        "KeyStorePassword",
        "Recipient",
        "TrustAnchorCertificate",
        "XksProxyAuthenticationCredential",
    }
)
"""Members of KMS that CloudTrail leaves out."""


def name(of_api: str) -> str:
    """The name of a member of the API: ``aWSAccountId``."""
    return of_api[:1].lower() + of_api[1:]


def date(when: datetime) -> str:
    """A date among parameters and answers."""
    when = clock.instant(when)
    return f"{when:%b} {when.day}, {when.year}, {when.hour % 12 or 12}:{when:%M:%S %p}"


def members(given: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a structure, without what is secret: all bytes are."""
    return {
        name(member): dict(value) if member in _FREE and value is not None else _value(value)
        for member, value in given.items()
        if not isinstance(value, bytes) and member not in SECRET
    }


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return members(value)
    if isinstance(value, (list, tuple)):
        return [_value(each) for each in value]
    return date(value) if isinstance(value, datetime) else value
