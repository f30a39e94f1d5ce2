"""botocore's sessions of principals, and the one session that makes their clients.

A client keeps nothing of its session but the model of its service, and a session for each client is most of what a
client costs. The environment, the files and the handlers that a session has read are those of its making: where one of
them is another, so is the session. Models are read anew in each world: what a test writes into them goes with it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import boto3
from botocore import handlers
from botocore.loaders import Loader
from botocore.session import Session, get_session

_GIVEN = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION")
"""What each client is told, and its session not asked."""
_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}


class _Maker(NamedTuple):
    """A session that makes clients, and what it has read."""

    session: boto3.Session
    core: Session
    read: tuple[object, ...]


_latest: list[_Maker] = []


def of_a_principal() -> Session:
    """A session whose clients go to AWS's own endpoints, whatever the environment names: nobody else knows its
    credentials."""
    session = get_session()
    session.set_config_variable("ignore_configured_endpoint_urls", True)
    return session


def maker_of_clients() -> boto3.Session:
    """The session that makes the clients of principals: the one of before, if a new one would read the same."""
    read = _to_be_read()
    if not _latest or _latest[0].read != read:
        core = of_a_principal()
        _latest[:] = [_Maker(boto3.Session(botocore_session=core), core, read)]
    return _latest[0].session


def forget_models() -> None:
    """Have the models of services read anew: a world begins."""
    for maker in _latest:
        paths = maker.core.get_component("data_loader").search_paths
        maker.core.register_component("data_loader", Loader(list(paths), include_default_search_paths=False))


def _to_be_read() -> tuple[object, ...]:
    environment = {name: value for name, value in os.environ.items() if name.startswith("AWS_") and name not in _GIVEN}
    files = [_text(Path(os.environ.get(name, default)).expanduser()) for name, default in _FILES.items()]
    return boto3.Session, environment, files, list(handlers.BUILTIN_HANDLERS)


def _text(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
