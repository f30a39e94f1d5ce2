"""What a service holds on to while it has an encrypted resource: a grant on the key, and a data key under it.

Databases and tables use their keys in the background, so they notice by themselves when a key is lost and what they
make of it depends on how long that lasts. Nothing runs in the background here: the trail tells when it happened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from kmsmock import clock, lifecycle, sessions, trail
from kmsmock.call import Caller
from kmsmock.envelopes import Envelope, Envelopes
from kmsmock.errors import AwsError
from kmsmock.store import Store

_CLOSING = frozenset(
    {"DisableKey", "ScheduleKeyDeletion", "DeleteKey", "DeleteImportedKeyMaterial", "DeleteExpiredKeyMaterial"}
)
_OPENING = frozenset({"EnableKey", "ImportKeyMaterial"})


@dataclass(slots=True)
class Holding:
    """``service`` is the principal that holds the grant, ``born`` where in the trail the holding begins."""

    envelope: Envelope
    grant: str
    service: str
    region: str
    born: int

    @property
    def key_arn(self) -> str:
        return self.envelope.key_arn

    @property
    def caller(self) -> Caller:
        """The service, acting for itself."""
        return sessions.of_service(self.service, source_account=self.key_arn.split(":")[4])


class Outage(NamedTuple):
    """A time without the key; ``end`` is None while it lasts."""

    start: datetime
    end: datetime | None

    def reached(self, length: timedelta) -> datetime | None:
        """When it had lasted that long, if it did."""
        limit = self.start + length
        return limit if (self.end or clock.now()) >= limit else None


def take(
    envelopes: Envelopes,
    key_id: str,
    context: Mapping[str, str],
    service: str,
    operations: Sequence[str],
    region: str | None = None,
) -> Holding:
    """DescribeKey and CreateGrant as the caller; the service then makes a data key by its grant.

    ``service`` is the label in its principal (``rds``). Raises the AwsError of KMS; then no grant is left.
    """
    region = region or envelopes.call.region
    principal = f"{service}.{region}.amazonaws.com"
    key = envelopes.forward("DescribeKey", region=region, KeyId=key_id)["KeyMetadata"]["Arn"]
    grant = envelopes.forward(
        "CreateGrant",
        region=region,
        KeyId=key,
        GranteePrincipal=principal,
        RetiringPrincipal=principal,
        Operations=list(operations),
        Constraints={"EncryptionContextSubset": dict(context)},
    )["GrantId"]
    held = Holding(Envelope(key, b"", dict(context)), grant, principal, region, 0)
    try:
        made: dict[str, Any] = envelopes.forward(
            "GenerateDataKeyWithoutPlaintext",
            region=region,
            caller=held.caller,
            KeyId=key,
            KeySpec="AES_256",
            EncryptionContext=dict(context),
        )
    except AwsError:
        let_go(envelopes, held)
        raise
    held.envelope = Envelope(key, made["CiphertextBlob"], dict(context))
    held.born = len(envelopes.store.events)
    return held


def let_go(envelopes: Envelopes, held: Holding | None) -> None:
    """The service retires its grant; with a key that is gone the grant is gone, too."""
    if held is None:
        return
    with contextlib.suppress(AwsError):
        envelopes.forward("RetireGrant", region=held.region, caller=held.caller, KeyId=held.key_arn, GrantId=held.grant)


def usable(store: Store, held: Holding) -> bool:
    """Whether the service can use the key now."""
    lifecycle.catch_up(store, clock.now())
    key = store.keys.get(held.key_arn)
    return key is not None and key.state in ("Enabled", "Updating") and key.grant(held.grant) is not None


def outages(store: Store, held: Holding) -> list[Outage]:
    """The times without the key since the holding began, oldest first."""
    now_usable = usable(store, held)
    if now_usable and len(store.events) == held.born:
        return []
    found: list[Outage] = []
    since: datetime | None = None
    for when, closes in _changes(store, held):
        if closes:
            since = since or when
        elif since is not None:
            found.append(Outage(since, when))
            since = None
    if not now_usable:
        found.append(Outage(since or clock.now(), None))
    elif since is not None:
        found.append(Outage(since, clock.now()))
    return found


def _changes(store: Store, held: Holding) -> Iterator[tuple[datetime, bool]]:
    """When something closed the key to the service (True) or opened it again, in order of time."""
    happened = sorted(trail.changes(store, held.key_arn, held.born), key=lambda each: each.when)
    for each in happened:
        if each.name in _CLOSING or (each.name in ("RevokeGrant", "RetireGrant") and each.grant == held.grant):
            yield each.when, True
        elif each.name in _OPENING:
            yield each.when, False
