"""Whom to tell of each world that is entered, and of each that is left, with its state. The plugin imports it in every
suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LISTENERS: list[Callable[[Any], None]] = []
"""pytest's plugin."""
LEAVING: list[Callable[[Any], None]] = []
"""Told while all that the world has is still there."""
