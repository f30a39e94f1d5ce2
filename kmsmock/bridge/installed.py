"""Makes the changes in moto that a service needs, when it is first asked; ``active.patches`` undoes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kmsmock.active import patches
from kmsmock.bridge import chance, patch_table, s3_bodies
from kmsmock.call import Caller
from kmsmock.foreign import extras
from kmsmock.records import s3_objects, serving
from kmsmock.records.contract import MOTO
from kmsmock.records.serving import MotoRequest, Run
from kmsmock.store import Store

_ready: set[str] = set()
_made: set[patch_table.Installer] = set()


def ready(service: str) -> None:
    """Before a service (botocore's hyphenated id) is asked: moto is looked at, and changed as the table says.

    Raises KmsMockError if a name is gone that is read or replaced for this service.
    """
    if service in _ready:
        return
    with chance.apart(), extras.of_moto(service.replace("-", "")):
        MOTO.check(*patch_table.PARTS.get(service, ()))
        _ready.add(service)
        chance.install(patches, service)
        for install in patch_table.INSTALLERS.get(service, ()):
            if install not in _made:
                _made.add(install)
                install(patches)


def forget() -> None:
    """The last world has ended, and the stack of patches with it."""
    _ready.clear()
    _made.clear()
    s3_bodies.forget_readers()


@contextmanager
def moto_serves(service: str, store: Store, caller: Caller, region: str, run: Run) -> Iterator[None]:
    """While moto serves this request, its looks into KMS see the world, and what it reads from S3 is opened.

    So for every service: what one asks of another's backend finds whose request it is, whichever was changed before.
    """
    ready(service)
    if service == "resource-groups-tagging-api":
        patch_table.show(caller.account, region)
    via = ("cloudformation.amazonaws.com",) if service == "cloudformation" else ()
    with (
        serving.serve(MotoRequest(store, serving.acting_caller() or caller, run, via)),
        _reading(service, store, caller),
    ):
        yield


@contextmanager
def _reading(service: str, store: Store, caller: Caller) -> Iterator[None]:
    """Whatever moto reads from S3 for another service, it reads in the caller's name: templates, code, data."""
    if service == "s3" or patch_table.install_s3 not in _made:
        yield
        return
    with s3_objects.handling(s3_bodies.Reader(store, serving.acting_caller() or caller)):
        yield
