"""Whether there is room for one more of what accounts and keys may have so many of ("Resource quotas")."""

from __future__ import annotations

from collections.abc import Callable

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.key import Key
from kmsmock.quotas import Resources
from kmsmock.store import Store


def for_one_more(
    store: Store, call: Call, quota: str, usage: int, refusal: Callable[[int, int], AwsError], *keys: Key
) -> None:
    """Refuse a call if there are as many as there may be (``usage``); a world that does not enforce lets it pass."""
    limit = most(store, quota)
    if limit is not None and usage >= limit:
        store.insist(call, refusal(limit, usage), keys)


def most(store: Store, quota: str) -> int | None:
    """How many there may be; None for as many as you like."""
    return store.records(Resources).limit(quota)
