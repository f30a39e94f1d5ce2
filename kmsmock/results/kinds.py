"""THE TABLE: the kinds of lines, each a typed record; adding a kind is adding a row, and a collector that makes it.

A line belongs to the last ``test`` above it in its file, and to the last ``world`` above it. Instants are ISO 8601 in
UTC, in the time of the world.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from kmsmock.coverage.plain import Policy
from kmsmock.privilege.plain import Privilege

VERSION = 1
"""Of the schema; a file of another one is refused."""
_NONE: list[str] = []
"""Of what is left out; nobody adds to a record."""


class Run(NamedTuple):
    """One process of a run; the first line of its file. ``started`` and what tests have is in seconds since 1970."""

    run: str
    version: int = VERSION
    worker: str = ""
    """xdist's name of it, such as gw0."""
    kmsmock: str = ""
    python: str = ""
    mode: str = ""
    """That of ``--kmsmock``; empty where tests have worlds only if they ask for one."""
    started: float = 0


class Test(NamedTuple):
    """One attempt at a test that had a world, by pytest's name for it."""

    test: str
    attempt: int = 1
    outcome: str = "passed"
    """passed, failed, skipped or rerun."""
    started: float = 0
    seconds: float = 0


class World(NamedTuple):
    """A world of the test; one that outlives it has a line in each test that uses it, with the same ``world``."""

    world: int
    account: str
    region: str
    enforce: str
    begun: str
    ended: str
    calls: int = 0
    decisions: int = 0
    denied: int = 0
    refused: int = 0
    throttled: int = 0
    over: bool = True
    """False where it goes on after the test."""


class Key(NamedTuple):
    """A key and its life. ``states`` are pairs of an instant and the state from then on, ``rotations`` instants."""

    arn: str
    spec: str
    usage: str
    origin: str
    manager: str
    state: str
    states: list[list[str]]
    rotations: list[str] = _NONE
    aliases: list[str] = _NONE
    multi_region: str = ""
    """PRIMARY or REPLICA."""
    deletion: str = ""
    """When a key is deleted that is pending deletion."""


class Decision(NamedTuple):
    """Equal decisions of a test, counted. ``by`` are the statements or the grant that decided, in words."""

    caller: str
    action: str
    resource: str
    effect: str
    reason: str
    owner: str = ""
    """The account of the resource."""
    via: str = ""
    by: str = ""
    times: int = 1


class Event(NamedTuple):
    """Equal events of the trail, counted: the first at ``when``, the last at ``until``."""

    when: str
    name: str
    source: str
    account: str
    region: str
    who: str
    via: str = ""
    keys: list[str] = _NONE
    error: str = ""
    address: str = ""
    until: str = ""
    times: int = 1


class Refusal(NamedTuple):
    """What was refused, and why. ``explanation`` is empty where one of the same ``cause``, ``asked`` and ``code`` was
    explained before."""

    when: str
    cause: str
    general: str
    """What is true of all refusals of the cause, in a sentence."""
    why: str
    service: str
    operation: str
    asked: str
    code: str
    message: str
    principal: str = ""
    key: str = ""
    via: str = ""
    at: str = ""
    passed: bool = False
    """Audit mode let it through."""
    expected: bool = False
    """The test was prepared for it."""
    explanation: str = ""
    times: int = 1


class Bill(NamedTuple):
    """A sum of the bill of a year: ``amount`` is a decimal number in US dollars, ``quantity`` hours or requests."""

    year: str
    account: str
    region: str
    item: str
    quantity: int
    amount: str
    free: int = 0
    via: str = ""


class Link(NamedTuple):
    """What lies in one place and is to be had, or is again, in another: a share, a copy, a replication, a grant.

    Places are an account and a Region. ``about`` is an ARN, ``key`` that of the key behind it.
    """

    what: str
    account: str
    region: str
    to_account: str
    to_region: str
    about: str
    key: str = ""
    why: str = ""


Record = Run | Test | World | Key | Decision | Event | Refusal | Bill | Link | Policy | Privilege
KINDS: Mapping[str, type[Record]] = {
    "run": Run,
    "test": Test,
    "world": World,
    "key": Key,
    "decision": Decision,
    "event": Event,
    "refusal": Refusal,
    "bill": Bill,
    "link": Link,
    "policy": Policy,
    "privilege": Privilege,
}
