"""What came before a refusal: the life of the keys that it was about, and how things stood."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from kmsmock.authorization.documents import Rejected, TooLong
from kmsmock.call import CredentialProblem, Refused
from kmsmock.faults import Fault
from kmsmock.iam.arn import Arn
from kmsmock.identity.issuers import NotBelieved
from kmsmock.model.key import Key
from kmsmock.model.spreading import NotYet
from kmsmock.quotas import UsedUp
from kmsmock.refusals import ciphertexts, documents, elsewhere
from kmsmock.store import Store
from kmsmock.trail import timeline
from kmsmock.trail.events import Events
from kmsmock.trail.records import written

_TURNS: Mapping[str, str] = {
    "DisableKey": "disabled",
    "EnableKey": "enabled",
    "ScheduleKeyDeletion": "scheduled for deletion",
    "CancelKeyDeletion": "deletion cancelled",
    "DeleteKey": "deleted",
    "ImportKeyMaterial": "key material imported",
    "DeleteImportedKeyMaterial": "key material deleted",
    "DeleteExpiredKeyMaterial": "key material expired",
    "ReplicateKey": "made as a replica",
    "UpdatePrimaryRegion": "primary key changed",
    "CreateKey": "created",
}
"""The events that make a key what it is, in words."""
_LAST = 4


def of(store: Store, refused: Refused) -> list[str]:
    """Sentences about how it came to a refusal, oldest first."""
    lines = [line for tell in _TELLERS for line in tell(store, refused)]
    return list(dict.fromkeys(lines))


def _clue(store: Store, refused: Refused) -> Iterator[str]:
    clue = refused.error.clue
    for kind, tell in _CLUES:
        if isinstance(clue, kind):
            yield tell(clue)


def _used_up(used: UsedUp) -> str:
    count = ceil(used.rate - used.left)
    return f"request {count} of {used.rate:g} of quota {used.bucket!r} in this second, {used.account} in {used.region}"


def _fault(fault: Fault) -> str:
    left = "" if fault.times is None else f", {fault.times} more to come"
    return f'world.fault("{fault.service}", "{fault.operation}", error="{fault.error.code}") struck{left}'


_CLUES: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (UsedUp, _used_up),
    (Fault, _fault),
    (NotBelieved, lambda bad: bad.told),
    (NotYet, lambda late: f"{late.what} is known from {late.known_from:%Y-%m-%d %H:%M:%S} on"),
    (TooLong, lambda found: f"it has {found.size:,} {found.unit}, of {found.limit:,}"),
    (
        CredentialProblem,
        lambda bad: (
            bad.text
            or (
                f"another {bad.problem}"
                if bad.problem in ("token", "secret", "body")
                else f"the credentials are {bad.problem}"
            )
        ),
    ),
)


def _ciphertext(store: Store, refused: Refused) -> Iterator[str]:
    found = ciphertexts.look(store, refused)
    if found is not None:
        yield from found.details


def _document(store: Store, refused: Refused) -> Iterator[str]:
    clue = refused.error.clue
    if isinstance(clue, Rejected):
        yield from documents.rejected(clue)
    elif refused.service == "kms" and refused.error.code == "MalformedPolicyDocumentException" and refused.call:
        yield from documents.of_key_policy(store, refused.call)


def _lives(store: Store, refused: Refused) -> Iterator[str]:
    """The lives of the keys that are in another state than they should be."""
    if refused.service == "kms" and refused.error.code in _ABOUT_STATES:
        for key, _ in refused.keys:
            yield from life(store, key, refused)


_ABOUT_STATES = frozenset({"DisabledException", "KMSInvalidStateException"})


def life(store: Store, key: Key, refused: Refused) -> Iterator[str]:
    """What made a key what it was when a call was refused."""
    records = Events(record for number in range(refused.events) for record in written(store, number))
    turns = [each for each in timeline.of(key.arn, key.created, records) if each.what in _TURNS]
    for moment in turns[-_LAST:]:
        by = f" by {moment.who}" if moment.who else ""
        more = f" ({moment.details})" if moment.what == "ScheduleKeyDeletion" else ""
        yield f"{_TURNS[moment.what]}{by} {_ago(refused.when, moment.when)}{more}"


def _ago(now: datetime, when: datetime) -> str:
    """At which time, and how long before."""
    passed = now - when
    at = f"at {when:%Y-%m-%d %H:%M:%S}"
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        if passed >= size:
            count = passed // size
            return f"{at}, {count} {unit}{'s' if count > 1 else ''} ago"
    return at


def _missing(store: Store, refused: Refused) -> Iterator[str]:
    """A key or alias that is not there: was it, and where else is one?"""
    call = refused.call
    if refused.service != "kms" or call is None or refused.error.code != "NotFoundException":
        return
    if isinstance(refused.error.clue, NotYet):
        return
    tails = tuple(f"/{elsewhere.tail_of(said)}" for said in elsewhere.named(call))
    for arn, key in store.deleted_keys.items():
        if arn.endswith(tails):
            yield from life(store, key, refused)
    for place in elsewhere.places(store, refused):
        found, looked = Arn.of(place.arn), f"{place.account} in {place.region}"
        yield f"there is one in {found.account} in {found.region}; the request looked in {looked}: {place.arn}"
    for said in elsewhere.named(call):
        meant = elsewhere.meant(store, said)
        if meant is not None:
            yield f"there is an alias {meant}"


_TELLERS: tuple[Callable[[Store, Refused], Iterator[str]], ...] = (_clue, _ciphertext, _document, _lives, _missing)
