"""The policies of resources that moto keeps: buckets, queues, topics, secrets and functions.

Like ``directory`` it looks without making anything, and without importing moto.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from kmsmock.iam import Layer, Policy, Source
from kmsmock.identity.directory import compile_stored
from kmsmock.records import buckets, resource_policies

Bound = Callable[[str], Mapping[str, str]]
"""The principals in a resource's policy, and the unique ids that they had when it was written."""


def of(arn: str, account: str, bound: Bound) -> tuple[str, Source | None]:
    """The account that owns a resource, and the resource's policy. ``account`` is whose it is if nothing else tells."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return account, None
    if parts[2] == "s3":
        return _bucket(parts[5].split("/", 1)[0], account, bound)
    owner = parts[4] or account
    text = resource_policies.text(parts[2], owner, parts[3], parts[5], arn)
    return owner, None if not text else Source(Layer.RESOURCE, f"policy of {arn}", _compiled(text))


@lru_cache(maxsize=1024)
def _compiled(text: str, bound: tuple[tuple[str, str], ...] = ()) -> Policy:
    names = dict(bound)
    return compile_stored(text, "resource", lambda name: names.get(name, name))


def _bucket(name: str, account: str, bound: Bound) -> tuple[str, Source | None]:
    owner = buckets.owner_of(name)
    if owner is None:
        return account, None
    text = buckets.policy_of(name)
    if text is None:
        return owner[0], None
    names = tuple(sorted(bound(f"arn:aws:s3:::{name}").items()))
    return owner[0], Source(Layer.RESOURCE, f"bucket policy of {name}", _compiled(text, names))
