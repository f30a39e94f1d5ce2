"""Whose an object of S3 is, where that is not the owner of its bucket; and the canonical user ids of accounts.

moto has one canonical id for everybody, in its answers and in the ACLs that it makes: here it stands for the owner of
what it is told of, and for the account that moto takes for its own.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any, NamedTuple

from kmsmock.foreign.notes import Note

_ANYBODY = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
_IN_LISTS_OF_BUCKETS = "bcaf1ffd86f41161ca5fb16fd081034f"
_MOTOS_OWN = "123456789012"


class Owned(NamedTuple):
    """The account that wrote an object into another's bucket, and the canned ACL that it has."""

    account: str
    acl: str | None = None


_OWNED = Note[Owned]("owned")
"""On an object."""


def keep(key: Any, owned: Owned) -> None:
    """Remember whose an object is."""
    _OWNED.set(key, owned)


def of(key: Any) -> Owned | None:
    """Whose an object is; None where it is the bucket owner's, and for none."""
    return None if key is None else _OWNED.get(key)


@lru_cache(256)
def canonical_id(account: str) -> str:
    """The canonical user id of an account, by which ACLs name it."""
    if account == _MOTOS_OWN:
        return _ANYBODY
    return hashlib.sha256(f"canonical user of {account}".encode()).hexdigest()


def means(grantee_id: str, account: str, *, first: bool) -> bool:
    """Whether a grantee of an ACL is an account that does not own what the ACL is of; ``first`` is that of its first
    grant, where moto writes down the owner."""
    if account == _MOTOS_OWN and grantee_id == _ANYBODY:
        return not first
    mine = {canonical_id(account), *([_IN_LISTS_OF_BUCKETS] if account == _MOTOS_OWN else [])}
    return grantee_id in mine


def told(body: bytes, owner: str) -> bytes:
    """An answer of moto's that tells the canonical id of an owner."""
    if owner == _MOTOS_OWN:
        return body
    found = canonical_id(owner).encode()
    return body.replace(_ANYBODY.encode(), found).replace(_IN_LISTS_OF_BUCKETS.encode(), found)
