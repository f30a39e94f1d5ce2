"""The states of keys over world time, from the events that changed them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kmsmock.model.key import Key
from kmsmock.results import kinds
from kmsmock.results.moments import Moment
from kmsmock.store import Store

_STATES: Mapping[str, str] = {
    "EnableKey": "Enabled",
    "DisableKey": "Disabled",
    "ScheduleKeyDeletion": "PendingDeletion",
    "CancelKeyDeletion": "Disabled",
    "DeleteKey": "Deleted",
    "ImportKeyMaterial": "Enabled",
    "DeleteImportedKeyMaterial": "PendingImport",
    "DeleteExpiredKeyMaterial": "PendingImport",
}
"""Event -> the state that a key has from then on ("Key states of AWS KMS keys")."""
_ROTATED = "RotateKey"


@dataclass(slots=True)
class Life:
    """What is known of a key so far: changes of its state, and its rotations."""

    states: list[tuple[datetime, str]] = field(default_factory=list)
    rotations: list[datetime] = field(default_factory=list)


Lives = dict[str, Life]
"""By ARN."""


def go_on(lives: Lives, moments: Iterable[Moment]) -> set[str]:
    """Add what happened; returns the ARNs of all keys that it was about."""
    about: set[str] = set()
    for each in moments:
        about.update(each.keys)
        if each.error:
            continue
        state = _STATES.get(each.name)
        for arn in each.keys[:1] if state is not None or each.name == _ROTATED else ():
            life = lives.setdefault(arn, Life())
            if state is None:
                life.rotations.append(each.when)
            elif not life.states or life.states[-1][1] != state:
                life.states.append((each.when, state))
    return about


def lines(
    store: Store, lives: Lives, about: set[str] | None, now: datetime, told: Callable[[datetime], str]
) -> Iterator[kinds.Record]:
    """The keys of a world, those that it had included; only some of them where it is said which."""
    for arn, key in {**store.deleted_keys, **store.keys}.items():
        if about is None or arn in about:
            yield _line(key, "Deleted" if arn not in store.keys else key.state, lives.get(arn) or Life(), now, told)


def _line(key: Key, state: str, life: Life, now: datetime, told: Callable[[datetime], str]) -> kinds.Record:
    first = "PendingImport" if key.origin == "EXTERNAL" else "Enabled"
    states = [(key.created, first), *(each for each in life.states if each[0] >= key.created)]
    if states[-1][1] != state:  # by what is no event, such as a key store that was disconnected
        states.append((now, state))
    return kinds.Key(
        key.arn,
        key.spec,
        key.usage,
        key.origin,
        key.manager,
        state,
        [[told(when), name] for when, name in states],
        rotations=[told(when) for when in life.rotations],
        aliases=sorted(f"alias/{arn.partition(':alias/')[2]}" for arn in key.aliases),
        multi_region=key.multi_region_type or "",
        deletion=told(key.deletion_date) if key.deletion_date is not None and state != "Deleted" else "",
    )
