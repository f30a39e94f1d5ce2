"""``python -m kmsmock serve``: a world at an address until the program is told to end, by SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

from kmsmock import entropy
from kmsmock.foreign import extras
from kmsmock.options import Enforce, EnforceIam

PORT = 4577
TOKEN = "KMSMOCK_TOKEN"
"""The variable of the environment for the token: what a command line says, all of a machine may read."""
_BYTES_OF_TOKEN = 24
_FROZEN = "frozen"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    take = parser.add_argument
    take("--host", default="127.0.0.1", help="where to listen (default: %(default)s, this machine alone)")
    take("--port", type=int, default=PORT, help="(default: %(default)s; 0 is a free one)")
    take(
        "--load", action="append", default=[], type=Path, metavar="PATH", help="a template, a plan, a dump; repeatable"
    )
    take("--clock", metavar="INSTANT", help="time stands still there, such as 2030-01-31T12:00, or: frozen (now)")
    take("--account", metavar="ID", help="whose root unknown credentials are (default: 123456789012)")
    take("--region", metavar="REGION", help="(default: the environment's, else us-east-1)")
    take("--enforce", choices=get_args(Enforce), default="strict", help="(default: %(default)s)")
    take("--enforce-iam", choices=get_args(EnforceIam), default="model", help="(default: %(default)s)")
    take("--quotas", action="store_true", help="enforce KMS's request quotas")
    take("--delays", action="store_true", help="what AWS does in the background takes as long as there")
    take("--seed", help="what ids follow from, so that a run repeats")
    take("--verify", choices=("known", "all"), default="known", help="all: refuse credentials that nobody issued")
    take("--tls", action="store_true", help="serve HTTPS, with a certificate made for it")
    take("--name", action="append", default=[], metavar="HOST", help="a further name of the host; repeatable")
    take("--token", help=f"of the admin API (default: {TOKEN}; made up where others than this machine may ask)")


def run(asked: argparse.Namespace) -> int:
    """Serve until told to end; 0 then. Raises ValueError and OSError for what cannot be served."""
    token, is_made = _token(asked)
    told = threading.Event()
    with _signals(told), extras.needed("server"), _serving(asked, token) as (served, url):
        _say(f"kmsmock serves account {served.world.account_id} in {served.world.region_name} at {url}")
        _say(f"admin API: {url}/_kmsmock/")
        if is_made:
            _say(f"token of the admin API: {token}")
        if served.address.ca_bundle is not None:
            _say(f"certificate to trust: {served.address.ca_bundle}")
        if asked.load:
            _say(str(served.world.loaded))
        told.wait()
    return 0


def _token(asked: argparse.Namespace) -> tuple[str | None, bool]:
    """The token of the admin API, and whether it was made up here: needed where others than this machine may ask."""
    from kmsmock.serve.admin import is_loopback

    given = os.environ.get(TOKEN) if asked.token is None else asked.token
    if given is not None:
        if not given or not given.isascii() or not given.isprintable() or " " in given:
            raise ValueError(f"--token and {TOKEN} are printable ASCII without spaces, and not empty")
        return given, False
    if is_loopback(asked.host):
        return None, False
    return entropy.random_bytes(_BYTES_OF_TOKEN).hex(), True


@contextmanager
def _serving(asked: argparse.Namespace, token: str | None) -> Iterator[tuple[Any, str]]:
    """A world as the options say, at its address."""
    from kmsmock.serve.admin import Admin
    from kmsmock.serve.served import Served
    from kmsmock.world import World

    options = {"enforce": asked.enforce, "enforce_iam": asked.enforce_iam, "seed": asked.seed}
    with World(asked.account, asked.region, quotas=asked.quotas, delays=asked.delays, **options) as world:
        if asked.clock is not None:
            world.clock.freeze(None if asked.clock == _FROZEN else asked.clock)
        if asked.load:
            world.load(*asked.load)
        served = Served(world, world.snapshot())
        pages = Admin(served, token, asked.name).pages
        endpoint = world.endpoint(
            asked.host, asked.port, tls=asked.tls, verify=asked.verify, names=asked.name, pages=pages
        )
        try:
            served.address = endpoint.open()
        except OSError as problem:
            where = f"{asked.host}:{asked.port}"
            raise OSError(f"cannot listen at {where}: {problem}; --port 0 is a free port") from None
        try:
            yield served, str(served.address)
        finally:
            endpoint.close()


@contextmanager
def _signals(told: threading.Event) -> Iterator[None]:
    """In the block, whoever asks the program to end is heard, as often as he asks."""
    before = {each: signal.signal(each, lambda *_: told.set()) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - what a command says
