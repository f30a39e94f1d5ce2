"""What a service holds on to while it has an encrypted resource: a grant on the key, and a data key under it.

Databases and tables use their keys in the background, so they notice by themselves when a key is lost and what they
make of it depends on how long that lasts. Nothing runs in the background here: the trail tells when it happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from kmsmock import clock, trail
from kmsmock.call import Caller
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.identity import sessions
from kmsmock.kms import lifecycle
from kmsmock.model.envelope import Envelope
from kmsmock.services.kms import grants
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.grants import ServiceGrant
from kmsmock.store import Store

_CLOSING = frozenset(
    {"DisableKey", "ScheduleKeyDeletion", "DeleteKey", "DeleteImportedKeyMaterial", "DeleteExpiredKeyMaterial"}
)
_OPENING = frozenset({"EnableKey", "ImportKeyMaterial"})


class Outage(NamedTuple):
    """A time without the key; ``end`` is None while it lasts."""

    start: datetime
    end: datetime | None

    def reached(self, length: timedelta) -> datetime | None:
        """When it had lasted that long, if it did."""
        limit = self.start + length
        return limit if (self.end or clock.now()) >= limit else None


@dataclass(slots=True)
class ResourceKey:
    """The data key, and the service's grant to use it."""

    envelope: Envelope
    grant: ServiceGrant
    past: list[Outage] = field(default_factory=list)
    closed: datetime | None = None
    """Since when the key is closed to the service, as far as the trail was read."""
    read: int = 0
    """How far the trail was read."""

    @property
    def key_arn(self) -> str:
        return self.envelope.key_arn

    @property
    def region(self) -> str:
        return self.grant.region

    @property
    def caller(self) -> Caller:
        """The service, acting for itself."""
        return self.grant.service

    def begin(self, store: Store) -> None:
        """From now on, whatever was before."""
        self.past, self.closed, self.read = [], None, len(store.events)


def acquire(
    kms: ServiceKms,
    key_id: str,
    context: Mapping[str, str],
    service: str,
    operations: Sequence[str],
    region: str | None = None,
) -> ResourceKey:
    """DescribeKey and CreateGrant as the caller; the service then makes a data key by its grant.

    ``service`` is the label in its principal (``rds``). Raises the AwsError of KMS; then no grant is left.
    """
    region = region or kms.call.region
    key = kms.forward("DescribeKey", region=region, KeyId=key_id)["KeyMetadata"]["Arn"]
    caller = sessions.of_service(f"{service}.{region}.amazonaws.com", source_account=Arn.of(key).account)
    grant = grants.create(kms, key, operations, context, caller, region=region)
    try:
        created: dict[str, Any] = kms.forward(
            "GenerateDataKeyWithoutPlaintext",
            region=region,
            caller=caller,
            KeyId=key,
            KeySpec="AES_256",
            EncryptionContext=dict(context),
        )
    except AwsError:
        grants.retire(kms, grant)
        raise
    held = ResourceKey(Envelope(key, created["CiphertextBlob"], dict(context)), grant)
    held.begin(kms.store)
    return held


def release(kms: ServiceKms, held: ResourceKey | None) -> None:
    """The service retires its grant; with a key that is gone the grant is gone, too."""
    if held is not None:
        grants.retire(kms, held.grant)


def usable(store: Store, held: ResourceKey) -> bool:
    """Whether the service can use the key now."""
    lifecycle.catch_up(store, clock.now())
    key = store.keys.get(held.key_arn)
    return key is not None and key.state in ("Enabled", "Updating") and key.grant(held.grant.grant_id) is not None


def outages(store: Store, held: ResourceKey) -> list[Outage]:
    """The times without the key since the holding began, oldest first."""
    open_now = usable(store, held)
    _read_trail(store, held)
    if not open_now:  # not everything that closes a key names it in the trail
        return [*held.past, Outage(held.closed or clock.now(), None)]
    if held.closed is not None:
        return [*held.past, Outage(held.closed, clock.now())]
    return held.past


def _read_trail(store: Store, held: ResourceKey) -> None:
    """Note what closed the key to the service, and what opened it again."""
    start, held.read = held.read, len(store.events)
    for change in trail.changes(store, held.key_arn, start):
        by_grant = change.name in ("RevokeGrant", "RetireGrant") and change.grant == held.grant.grant_id
        if change.name in _CLOSING or by_grant:
            held.closed = held.closed or change.when
        elif change.name in _OPENING and held.closed is not None:
            held.past.append(Outage(held.closed, change.when))
            held.closed = None
