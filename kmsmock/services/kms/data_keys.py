"""Data keys of services that encrypt one message after the other, and keep a key for a while if the world says so.

Without ``World(service_caches=True)`` every use asks KMS, so that a test sees the key as it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from kmsmock import clock
from kmsmock.call import Caller
from kmsmock.iam.arn import kms_arn
from kmsmock.model.envelope import Envelope
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire import regions


class _Kept(NamedTuple):
    """A data key in a service's memory."""

    plaintext: bytes
    envelope: Envelope
    until: datetime


@dataclass(slots=True)
class DataKeys:
    """The data keys that a service has in memory, each for whom it asked KMS."""

    _kept: dict[tuple[object, ...], _Kept] = field(default_factory=dict)

    def seal(
        self,
        kms: ServiceKms,
        key_id: str,
        context: Mapping[str, str],
        period: timedelta,
        *,
        who: str,
        region: str | None = None,
        caller: Caller | None = None,
        try_it: bool = True,
    ) -> tuple[bytes, Envelope]:
        """A data key to encrypt with, and its envelope. Raises the AwsError of KMS.

        ``who`` tells apart those who do not share a data key; with ``try_it`` it is opened once, as services do.
        """
        asked = (who, key_id, region, *sorted(context.items()))
        kept = self._fresh(kms, asked)
        if kept is not None:
            return kept.plaintext, kept.envelope
        plaintext, envelope = kms.seal(key_id, context, region=region, caller=caller)
        if try_it:
            kms.unseal(envelope, region=region, caller=caller)
        self._keep(_Kept(plaintext, envelope, clock.now() + period), asked, (who, envelope.wrapped))
        return plaintext, envelope

    def unseal(
        self, kms: ServiceKms, envelope: Envelope, period: timedelta, *, who: str, open_: Callable[[], bytes]
    ) -> bytes:
        """Open a data key by ``open_``, unless it is in memory. Raises what that raises."""
        asked = (who, envelope.wrapped)
        kept = self._fresh(kms, asked)
        if kept is not None:
            return kept.plaintext
        plaintext = open_()
        self._keep(_Kept(plaintext, envelope, clock.now() + period), asked)
        return plaintext

    def _fresh(self, kms: ServiceKms, asked: tuple[object, ...]) -> _Kept | None:
        kept = self._kept.get(asked) if kms.store.service_caches else None
        return kept if kept is not None and clock.now() < kept.until else None

    def _keep(self, kept: _Kept, *names: tuple[object, ...]) -> None:
        self._kept.update(dict.fromkeys(names, kept))


def principal_of(kms: ServiceKms, caller: Caller | None = None) -> str:
    """For whom a service that goes by principals keeps a data key: the caller, or itself."""
    return (caller or kms.call.caller).principal.unique_id


def in_account(key_id: str, account: str, region: str) -> str:
    """The name of a key as another account's caller would have to give it: as an ARN."""
    return kms_arn(key_id, regions.partition_by_name(region), region, account)
