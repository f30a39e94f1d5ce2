"""Data keys of services that encrypt one message after the other, and keep a key for a while if the world says so.

Without ``World(service_caches=True)`` every use asks KMS, so that a test sees the key as it is now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kmsmock import clock
from kmsmock.call import Caller
from kmsmock.iam.arn import kms_arn
from kmsmock.model.envelope import Envelope
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire import regions


@dataclass(slots=True)
class DataKeys:
    """The data keys that a service has in memory, by the principal that it asked for."""

    _made: dict[tuple[Any, ...], tuple[Envelope, datetime]] = field(default_factory=dict)
    _opened: dict[tuple[Any, ...], datetime] = field(default_factory=dict)

    def write(
        self,
        kms: ServiceKms,
        key_id: str,
        context: Mapping[str, str],
        period: timedelta,
        caller: Caller | None = None,
    ) -> Envelope:
        """A data key to encrypt with: kms:GenerateDataKey, and kms:Decrypt as services try it. The AwsError of KMS."""
        now, who = clock.now(), _name(kms, caller)
        place = (who, key_id, tuple(sorted(context.items())))
        known = self._made.get(place)
        if known is not None and kms.store.service_caches and now < known[1]:
            return known[0]
        created = kms.forward(
            "GenerateDataKey", caller=caller, KeyId=key_id, KeySpec="AES_256", EncryptionContext=dict(context)
        )
        envelope = Envelope(created["KeyId"], created["CiphertextBlob"], dict(context))
        kms.unseal(envelope, caller=caller)
        self._made[place] = envelope, now + period
        self._opened[who, envelope.wrapped] = now + period
        return envelope

    def read(self, kms: ServiceKms, envelope: Envelope, period: timedelta) -> None:
        """Open a data key: kms:Decrypt. Raises the AwsError of KMS."""
        now, place = clock.now(), (_name(kms, None), envelope.wrapped)
        until = self._opened.get(place)
        if until is not None and kms.store.service_caches and now < until:
            return
        kms.unseal(envelope)
        self._opened[place] = now + period


def _name(kms: ServiceKms, caller: Caller | None) -> str:
    return (caller or kms.call.caller).principal.unique_id


def in_account(key_id: str, account: str, region: str) -> str:
    """The name of a key as another account's caller would have to give it: as an ARN."""
    return kms_arn(key_id, regions.partition_by_name(region), region, account)
