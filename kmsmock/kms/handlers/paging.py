"""Pages of a List operation: Limit, Marker, Truncated, NextMarker."""

from __future__ import annotations

import base64
import binascii
import json
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from kmsmock.call import Call
from kmsmock.kms.errors import keys as key_errors

Item = TypeVar("Item")


def page(
    name: str,
    items: Sequence[Item],
    call: Call,
    default: int,
    mark: Callable[[Item], str],
    show: Callable[[Item], Any],
) -> dict[str, Any]:
    """One page of ``items``, which are sorted by ``mark``; the marker names the last item shown.

    A marker thus stays good while items come and go. Raises InvalidMarkerException for one that KMS did not make.
    """
    start = 0
    if "Marker" in call.params:
        start = bisect_right([mark(item) for item in items], _read(call.params["Marker"]))
    shown = items[start : start + call.params.get("Limit", default)]
    answer: dict[str, Any] = {name: [show(item) for item in shown], "Truncated": start + len(shown) < len(items)}
    if answer["Truncated"]:
        answer["NextMarker"] = base64.b64encode(json.dumps({"after": mark(shown[-1])}).encode()).decode()
    return answer


def _read(marker: str) -> str:
    try:
        after = json.loads(base64.b64decode(marker, validate=True))["after"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise key_errors.invalid_marker() from None
    if not isinstance(after, str):
        raise key_errors.invalid_marker()
    return after
