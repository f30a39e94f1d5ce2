"""Who acts: the principals for whose sake code under test calls, the innermost last, each thread and task its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kmsmock.store import Store

SECRET_OF_BLOCK = "kmsmock-secret-access-key-of-whoever-acts"
"""What the environment shows as the secret: a client that found its credentials there asks as whoever acts."""
_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


class Credentials(NamedTuple):
    """What a principal signs with; the order is that of boto3's sessions."""

    access_key: str
    secret: str
    token: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One ``acting()``, or what a world has for whole tests."""

    store: Store
    credentials: Credentials
    whole_world: bool = False


_blocks: ContextVar[tuple[Block, ...]] = ContextVar("kmsmock_acting", default=())


@dataclass(slots=True)
class _Shown:
    """What of the process shows who acts: a block's credentials in the environment, and its own default session."""

    block: Block
    before: dict[str, str | None]
    session: Any


@dataclass(slots=True)
class _Stage:
    """The environment is of the whole process: blocks stand in it in the order in which they began.

    It changes under the lock; whoever only looks copies the list first.
    """

    shown: list[_Shown] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)


_stage = _Stage()


def of(store: Store) -> Credentials | None:
    """The credentials of whoever acts in a world, as this thread or task sees it; None if nobody does."""
    for block in reversed(_blocks.get()):
        if block.store is store:
            return block.credentials
    return None if store.acting is None else Credentials(*store.acting)


@contextmanager
def block(store: Store, credentials: Credentials) -> Iterator[None]:
    """Within it, the holder of these credentials acts in a world."""
    made = Block(store, credentials)
    _blocks.set((*_blocks.get(), made))
    _show(made)
    try:
        yield
    finally:
        _blocks.set(tuple(each for each in _blocks.get() if each is not made))
        _hide(made)


def show(store: Store, credentials: Credentials | None) -> None:
    """Somebody acts from now on in all of a world, or nobody does any more."""
    for each in [each.block for each in tuple(_stage.shown) if each.block.store is store and each.block.whole_world]:
        _hide(each)
    store.acting = credentials
    if credentials is not None:
        _show(Block(store, credentials, whole_world=True))


def shown(store: Store) -> Credentials | None:
    """Whoever acts in all of a world."""
    return None if store.acting is None else Credentials(*store.acting)


def show_again(store: Store, credentials: Credentials | None) -> None:
    """The same as it was; nothing is touched where nothing has changed."""
    if shown(store) != credentials:
        show(store, credentials)


def end(store: Store) -> None:
    """A world ends: nobody acts in it any more, whatever was left open."""
    _blocks.set(tuple(each for each in _blocks.get() if each.store is not store))
    for each in [each.block for each in reversed(tuple(_stage.shown)) if each.block.store is store]:
        _hide(each)
    store.acting = None


def leave_to_others() -> None:
    """From now on nobody acts on this thread, nor on those that it starts: it serves whoever asks."""
    _blocks.set(())


def innermost(store: Store) -> Credentials | None:
    """The credentials of whoever acts, as the whole process shows him: for those who stand on no thread of a block."""
    shown = [each.block for each in tuple(_stage.shown) if each.block.store is store]
    return shown[-1].credentials if shown else None


def is_open(store: Store, access_key: str) -> bool:
    """Whether a block of somebody is open on some thread or task, so that the environment may show him."""
    shown = tuple(_stage.shown)
    return any(each.block.store is store and each.block.credentials.access_key == access_key for each in shown)


def carried(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that runs, on whatever thread, with those acting who act now."""
    blocks = _blocks.get()

    def run(*args: Any, **options: Any) -> Any:
        token = _blocks.set(blocks)
        try:
            return function(*args, **options)
        finally:
            _blocks.reset(token)

    return run


# --- the environment, and boto3's default session -------------------------------------------------------------------


def _show(block: Block) -> None:
    import boto3

    with _stage.lock:
        before = {name: os.environ.get(name) for name in _NAMES}
        _stage.shown.append(_Shown(block, before, boto3.DEFAULT_SESSION))
        set_environment(dict(zip(_NAMES, block.credentials._replace(secret=SECRET_OF_BLOCK), strict=True)))
        boto3.DEFAULT_SESSION = None


def _hide(block: Block) -> None:
    """What stood there before a block comes back with the last block: one that ends out of order leaves it to that."""
    import boto3

    with _stage.lock:
        place = next((place for place, each in enumerate(_stage.shown) if each.block is block), None)
        if place is None:
            return
        gone = _stage.shown.pop(place)
        if place == len(_stage.shown):
            set_environment(gone.before)
            boto3.DEFAULT_SESSION = gone.session
        else:
            _stage.shown[place].before, _stage.shown[place].session = gone.before, gone.session


def set_environment(values: dict[str, str | None]) -> None:
    """Set variables, and take those away whose value is None."""
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
