"""The options of ``@pytest.mark.kmsmock``: those of World, the closest marker winning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


def world_options(node: pytest.Item) -> dict[str, Any]:
    """The keyword options of all kmsmock markers on a test, merged from module over class to test."""
    merged: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("kmsmock"))):
        if marker.args:
            raise TypeError("@pytest.mark.kmsmock takes keyword options only, those of kmsmock.World")
        merged.update(marker.kwargs)
    return merged
