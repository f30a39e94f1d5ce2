"""The bridge from moto to our keys: parts of moto reach straight into its KMS backend, past any request.

While a world is active they find the world's keys there, and the keys that they make are the world's. Nothing is
installed before a request goes to one of the services that reach into KMS, and all is taken back with the last world.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from kmsmock import clock
from kmsmock.call import Call, Caller
from kmsmock.kms import gate, lifecycle
from kmsmock.store import Store

if TYPE_CHECKING:
    from kmsmock.bridge.patch_table import Patches

REACH_INTO_KMS = frozenset(
    {"cloudformation", "docdb", "dynamodb", "ec2", "neptune", "rds", "resource-groups-tagging-api", "ses"}
)
"""The services (botocore's hyphenated ids) whose moto code looks into moto's KMS backend."""


Run = Callable[[str, str, str, dict[str, Any], "str | None"], dict[str, Any]]
"""Runs an operation of a service in moto: service, operation, Region, parameters, account (None: the caller's)."""


def _no_run(service: str, operation: str, region: str, params: dict[str, Any], account: str | None) -> dict[str, Any]:
    raise RuntimeError(f"{service} {operation}: what is written straight into moto asks it for nothing else")


class Asking(NamedTuple):
    """Whose request moto is working on: what moto does to keys meanwhile is done in his name."""

    store: Store
    caller: Caller
    run: Run
    via: tuple[str, ...] = ()

    def settled(self) -> Store:
        """The world's state, with everything done that fell due."""
        lifecycle.catch_up(self.store, clock.now())
        return self.store

    def kms(self, operation: str, region: str, **params: Any) -> dict[str, Any]:
        """One KMS call through the gate. Raises the AwsError of KMS."""
        given = {name: value for name, value in params.items() if value is not None}
        return gate.answer(self.store, Call("kms", operation, given, self.caller, region, via=self.via))


_asking: ContextVar[Asking] = ContextVar("kmsmock_asking")
_acting: ContextVar[Caller | None] = ContextVar("kmsmock_acting", default=None)
_installed: list[Patches] = []


def current() -> Asking:
    """The request that moto is working on."""
    return _asking.get()


@contextmanager
def acting(caller: Caller) -> Iterator[None]:
    """Whatever moto does to keys in the block is done in this name, not in that of whoever asked."""
    token = _acting.set(caller)
    try:
        yield
    finally:
        _acting.reset(token)


def install(name: str, patch: Callable[[Patches], None]) -> None:
    """Make the changes in moto that one service needs, once in a world; all are taken back with the last one."""
    made = _made()
    if name not in made.others:
        made.others.add(name)
        patch(made)


def _made() -> Patches:
    """What was changed in moto so far."""
    if not _installed:
        from kmsmock.bridge import patch_table

        _installed.append(patch_table.Patches())
    return _installed[0]


@contextmanager
def serving(service: str, store: Store, caller: Caller, region: str, run: Run = _no_run) -> Iterator[None]:
    """While moto serves this request, its looks into KMS see the world."""
    if service not in REACH_INTO_KMS and service not in ("auto-scaling", "s3"):
        with _reading(service, store, caller):
            yield
        return
    from kmsmock.bridge import patch_table

    made = _made()
    if service == "s3":
        patch_table.install_s3(made)
        token = _asking.set(Asking(store, caller, run))
        try:
            yield
        finally:
            _asking.reset(token)
        return
    patch_table.install_kms(made)
    patch_table.install_ec2(made)
    if service in ("auto-scaling", "cloudformation"):
        patch_table.install_groups(made)
    if service in ("neptune", "rds"):
        patch_table.install_rds(made)
    if service == "cloudformation":
        patch_table.install_cloudformation(made)
    if service == "resource-groups-tagging-api":
        patch_table.show(caller.account, region)
    via = ("cloudformation.amazonaws.com",) if service == "cloudformation" else ()
    token = _asking.set(Asking(store, _acting.get() or caller, run, via))
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
    from kmsmock.records import s3_objects

    with s3_objects.handling(s3_objects.Reader(store, caller)):
        yield


def remove() -> None:
    """Give moto its own KMS back."""
    while _installed:
        patch_table = _installed.pop()
        if patch_table.s3:
            from kmsmock.records import s3_objects

            s3_objects.forget_readers()
        patch_table.undo()
