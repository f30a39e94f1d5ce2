"""Tags on keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kmsmock.call import Call
from kmsmock.kms.errors import keys as key_errors
from kmsmock.kms.handlers import paging
from kmsmock.model.key import Key
from kmsmock.model.spreading import Spreading
from kmsmock.store import Store

TAGS_PER_KEY = 50


def tag(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """TagResource: adds tags, or changes the values of those that are there."""
    tags = checked(key.tags, call.params["Tags"])
    store.records(Spreading).change("TagResource", "tags", key.arn, key.tags)
    key.tags = tags
    return {}


def untag(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """UntagResource: names that the key does not have are passed over."""
    for name in call.params["TagKeys"]:
        _check_reserved(name)
    store.records(Spreading).change("UntagResource", "tags", key.arn, key.tags)
    key.tags = {name: value for name, value in key.tags.items() if name not in call.params["TagKeys"]}
    return {}


def list_(store: Store, call: Call, key: Key) -> dict[str, Any]:
    """ListResourceTags."""
    return paging.page(
        "Tags",
        sorted(key.tags.items()),
        call,
        50,
        mark=lambda item: item[0],
        show=lambda item: {"TagKey": item[0], "TagValue": item[1]},
    )


def checked(present: Mapping[str, str], added: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The tags of a key after adding some. Raises TagException as "Tagging keys" of the developer guide demands."""
    names = [item["TagKey"] for item in added]
    for name in names:
        _check_reserved(name)
    if len(set(names)) != len(names):
        raise key_errors.tag_error("Duplicate tag keys")
    merged = {**present, **{item["TagKey"]: item["TagValue"] for item in added}}
    if len(merged) > TAGS_PER_KEY:
        raise key_errors.tag_error("Too many tags")
    return merged


def _check_reserved(name: str) -> None:
    if name.lower().startswith("aws:"):
        raise key_errors.tag_error("Tags beginning with aws: are reserved")
