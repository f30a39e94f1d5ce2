"""Whom to tell of each world that has been entered, with its state. The plugin imports it in every suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

LISTENERS: list[Callable[[Any], None]] = []
"""pytest's plugin."""
