"""What is lost with a key: the table of rows, walked for one key."""

from __future__ import annotations

from collections.abc import Iterable

from kmsmock import clock
from kmsmock.kms import lifecycle
from kmsmock.model.key import Key
from kmsmock.radius import keys, people
from kmsmock.radius.dependents import Dependents
from kmsmock.radius.rows import KINDS, ROWS
from kmsmock.radius.rows.look import Look
from kmsmock.store import Store


def depends_on(store: Store, key: str, accounts: Iterable[str]) -> Dependents:
    """Everything that cannot be used any more once the key is disabled or deleted. Raises ValueError and TypeError."""
    lifecycle.run_due(store, clock.now())
    found = keys.find(store, key)
    look = Look(store, found, people.accounts(store, accounts))
    for row in ROWS:
        look.found.extend(list(row.walk(look)))
    return Dependents(look.found, key=_in_a_line(store, found), kinds=KINDS)


def _in_a_line(store: Store, key: Key) -> str:
    names = [store.aliases[arn].name for arn in sorted(key.aliases) if arn in store.aliases]
    told = [*names, key.state if key.arn in store.keys else "deleted"]
    others = sorted(each.region for each in key.related if each is not key)
    if others:
        told.append(f"related keys in {', '.join(others)} go on by themselves")
    return f"{key.arn} ({'; '.join(told)})"
