"""What EC2 does after it has answered: done at once, or in world time where ``World(delays=...)`` says so.

KMS is asked when the call is made; here only the outcome becomes visible.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from kmsmock import clock
from kmsmock.kms.lifecycle import SERVICE_WORK
from kmsmock.records import ec2 as moto_disks
from kmsmock.services.ec2 import notices
from kmsmock.services.ec2.records import Image, Snapshot
from kmsmock.services.kms.client import ServiceKms

Step = Callable[[], None]


def begin(kms: ServiceKms, operation: str, passing: Step, settled: Step) -> datetime | None:
    """Do ``passing`` now and ``settled`` when the operation's time is over; its end, or None if it takes no time."""
    delay = kms.store.delays.get(operation)
    if not delay:
        settled()
        return None
    passing()
    due = clock.now() + delay
    kms.store.schedule(due, SERVICE_WORK, settled)
    return due


def show(made: Snapshot) -> None:
    """Let moto tell what a snapshot is now."""
    key_arn = None if made.envelope is None else made.envelope.key_arn
    state = made.state
    message = made.message if state == made.outcome else ""
    failed_copy = state == "error" and made.writing is None
    moto_disks.show_snapshot(made.place, made.id, state, key_arn, message, encrypted=failed_copy)


_TOLD = {"CreateSnapshot": "createSnapshot", "CopySnapshot": "copySnapshot"}
"""The operations that EBS tells of in events, and how they are called there."""


def snapshot(kms: ServiceKms, operation: str, made: Snapshot, source: str = "") -> None:
    """A snapshot is pending until the operation is over; then EBS tells of it, by the ARN of what it was made from."""
    made.due = begin(kms, operation, lambda: None, partial(_over, kms, operation, made, source, clock.now()))
    if made.due is not None:
        show(made)


def _over(kms: ServiceKms, operation: str, made: Snapshot, source: str, begun: datetime) -> None:
    show(made)
    if operation in _TOLD:
        notices.snapshot(kms, made, _TOLD[operation], source, begun)


def image(kms: ServiceKms, operation: str, made: Image) -> None:
    """An image likewise."""
    passing = partial(moto_disks.show_image, made.place, made.id, "pending")
    settled = lambda: moto_disks.show_image(made.place, made.id, made.outcome)  # noqa: E731 - looked up when it is over
    made.due = begin(kms, operation, passing, settled)


def keep_open(kms: ServiceKms, written: Snapshot) -> None:
    """A snapshot that is being written is pending until its timeout, counted from now."""
    if written.writing is None:
        return
    first, written.due = written.due is None, clock.now() + written.writing.timeout
    if first:
        show(written)
        _watch(kms, written)


def _watch(kms: ServiceKms, written: Snapshot) -> None:
    """Come back at the timeout of a snapshot, which every block puts off."""

    def settled() -> None:
        show(written)
        if written.state == "pending":
            _watch(kms, written)

    if written.due is not None:
        kms.store.schedule(written.due, SERVICE_WORK, settled)
