"""What is changed in moto so far, and the request that moto serves meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kmsmock.call import Caller
from kmsmock.records.serving import MotoRequest, Run, _acting, _asking, _no_run
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.records.patches import Patches


REACH_INTO_KMS = frozenset(
    {"cloudformation", "docdb", "dynamodb", "ec2", "neptune", "rds", "resource-groups-tagging-api", "ses"}
)
"""The services (botocore's hyphenated ids) whose moto code looks into moto's KMS backend."""


_installed: list[Patches] = []


def install(name: str, patch: Callable[[Patches], None]) -> None:
    """Make the changes in moto that one service needs, once in a world; all are taken back with the last one."""
    created = _made()
    if name not in created.others:
        created.others.add(name)
        patch(created)


def _made() -> Patches:
    """What was changed in moto so far."""
    if not _installed:
        from kmsmock.records import patches

        _installed.append(patches.Patches())
    return _installed[0]


@contextmanager
def serving(service: str, store: Store, caller: Caller, region: str, run: Run = _no_run) -> Iterator[None]:
    """While moto serves this request, its looks into KMS see the world."""
    if service not in REACH_INTO_KMS and service not in ("auto-scaling", "s3"):
        with _reading(service, store, caller):
            yield
        return
    from kmsmock.bridge import patch_table

    created = _made()
    if service == "s3":
        patch_table.install_s3(created)
        token = _asking.set(MotoRequest(store, caller, run))
        try:
            yield
        finally:
            _asking.reset(token)
        return
    patch_table.install_kms(created)
    patch_table.install_ec2(created)
    if service in ("auto-scaling", "cloudformation"):
        patch_table.install_groups(created)
    if service in ("neptune", "rds"):
        patch_table.install_rds(created)
    if service == "cloudformation":
        patch_table.install_cloudformation(created)
    if service == "resource-groups-tagging-api":
        patch_table.show(caller.account, region)
    via = ("cloudformation.amazonaws.com",) if service == "cloudformation" else ()
    token = _asking.set(MotoRequest(store, _acting.get() or caller, run, via))
    try:
        with _reading(service, store, caller):
            yield
    finally:
        _asking.reset(token)


def ready_for_ec2() -> None:
    """Before moto's EC2 is looked into without a request to it."""
    from kmsmock.bridge import patch_table

    patch_table.install_kms(_made())
    patch_table.install_ec2(_made())


@contextmanager
def _reading(service: str, store: Store, caller: Caller) -> Iterator[None]:
    """Whatever moto reads from S3 for another service, it reads in the caller's name: templates, code, data."""
    if not _installed or not _installed[0].s3 or service == "s3":
        yield
        return
    from kmsmock.bridge import s3_bodies
    from kmsmock.records import s3_objects

    with s3_objects.handling(s3_bodies.Reader(store, caller)):
        yield


def remove() -> None:
    """Give moto its own KMS back."""
    while _installed:
        patch_table = _installed.pop()
        if patch_table.s3:
            from kmsmock.bridge import s3_bodies

            s3_bodies.forget_readers()
        patch_table.undo()
