"""kmsmock: AWS KMS with its rules switched on, for pytest suites. Public names only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmsmock.access import Access, AccessDiff, Change
    from kmsmock.accounts import Account, Principal
    from kmsmock.clock import Clock
    from kmsmock.errors import KmsMockError, PolicyWarning, VersionWarning
    from kmsmock.iam import Decision
    from kmsmock.linting import Finding, Findings
    from kmsmock.loading import Loaded
    from kmsmock.refusals import Refusal, assert_denied, assert_refused
    from kmsmock.simulation import simulate
    from kmsmock.trail.events import Event, Events
    from kmsmock.trail.timeline import Timeline
    from kmsmock.wire.refused import RealRequestRefused
    from kmsmock.world import Snapshot, World, access_diff, assert_no_findings, lint, load

__all__ = [
    "Access",
    "AccessDiff",
    "Account",
    "Change",
    "Clock",
    "Decision",
    "Event",
    "Events",
    "Finding",
    "Findings",
    "KmsMockError",
    "Loaded",
    "PolicyWarning",
    "Principal",
    "RealRequestRefused",
    "Refusal",
    "Snapshot",
    "Timeline",
    "VersionWarning",
    "World",
    "access_diff",
    "assert_denied",
    "assert_no_findings",
    "assert_refused",
    "lint",
    "load",
    "simulate",
]
__version__ = "0.1.0"

_HOMES = {
    "Access": "kmsmock.access",
    "AccessDiff": "kmsmock.access",
    "Account": "kmsmock.accounts",
    "Change": "kmsmock.access",
    "Clock": "kmsmock.clock",
    "Decision": "kmsmock.iam",
    "Event": "kmsmock.trail.events",
    "Events": "kmsmock.trail.events",
    "Finding": "kmsmock.linting",
    "Findings": "kmsmock.linting",
    "KmsMockError": "kmsmock.errors",
    "Loaded": "kmsmock.loading",
    "PolicyWarning": "kmsmock.errors",
    "Principal": "kmsmock.accounts",
    "RealRequestRefused": "kmsmock.wire.refused",
    "Refusal": "kmsmock.refusals",
    "Snapshot": "kmsmock.world",
    "Timeline": "kmsmock.trail.timeline",
    "VersionWarning": "kmsmock.errors",
    "World": "kmsmock.world",
    "access_diff": "kmsmock.world",
    "assert_denied": "kmsmock.refusals",
    "assert_no_findings": "kmsmock.world",
    "assert_refused": "kmsmock.refusals",
    "lint": "kmsmock.world",
    "load": "kmsmock.world",
    "simulate": "kmsmock.simulation",
}

if not TYPE_CHECKING:  # a type checker that saw it would take any name

    def __getattr__(name: str) -> object:
        """Import on first use, so that ``import kmsmock`` alone loads neither botocore nor moto."""
        if name not in _HOMES:
            raise AttributeError(f"module 'kmsmock' has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
