"""Which credentials a world of this process issued, to whom: those of another world are never taken for anybody's.

A client outlives its world easily (in a module, a session, the cache of a library), and its credentials mean nothing in
the next one.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from kmsmock import entropy
from kmsmock.errors import KmsMockError
from kmsmock.iam.arn import Arn

State = Literal["waiting", "active", "over"]


def _made_by() -> str:
    """The test that runs, else the line outside of this package that makes a world."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    if test:
        return test
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in (
        "kmsmock",
        "conftest_plugin",
    ):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


@dataclass(slots=True)
class Origin:
    """A world, as those see it who hold its credentials when it is gone."""

    label: str = field(default_factory=_made_by)
    state: State = "waiting"


class Issue(NamedTuple):
    """To whom which world issued an access key."""

    origin: Origin
    arn: str


_issues: dict[str, Issue] = {}
"""By access key, for as long as the process lives: that is how long somebody may keep a client."""
_KEPT = 1000
"""How many are known by name; of worlds that are over, older ones are told by their form, which a world gave them."""


def record(access_key: str, origin: Origin, arn: str) -> None:
    """A world issued an access key."""
    _issues[access_key] = Issue(origin, arn)
    if len(_issues) > _KEPT:
        gone = (key for key, each in _issues.items() if each.origin.state == "over" and entropy.is_ours(key))
        _issues.pop(next(gone, ""), None)


def find(access_key: str) -> Issue | None:
    """Who issued an access key to whom; None for credentials that no world of this process knows."""
    return _issues.get(access_key)


def from_elsewhere(access_key: str) -> bool:
    """Whether a world issued this access key, of this process or of another."""
    return access_key in _issues or entropy.is_ours(access_key)


_STATES = {
    "waiting": "which has not been entered yet: write `with kmsmock.World() as world:`, or use the fixture aws_world",
    "active": "which is not the innermost active world: leave the one inside it first",
    "over": "which is over",
}


def refusal(access_key: str, asked: Origin | None = None) -> KmsMockError:
    """What is said of credentials that are not of the world that is asked, or not any more."""
    issue = _issues.get(access_key)
    if issue is None:
        return KmsMockError(
            f"the credentials {access_key} were issued by no world of this process, but look like those of one: a "
            "cache on disk, a pickled session or another worker kept them. Make the client anew, from a principal of "
            f"the world that is active: {_again(None)}"
        )
    said = f"the credentials {access_key} were issued to {issue.arn} by the world of {issue.origin.label}, "
    if issue.origin is asked:
        return KmsMockError(
            f"the credentials {access_key} were issued to {issue.arn} after the snapshot that this world was put back "
            f"to: nobody has them now. Make the client anew: {_again(Arn.of(issue.arn))}"
        )
    if issue.origin.state != "over":
        return KmsMockError(said + _STATES[issue.origin.state])
    return KmsMockError(
        f"{said}{_STATES['over']}. Make the client anew, from a principal of the world that is active: "
        f"{_again(Arn.of(issue.arn))}; and keep none in a module, a session or the cache of a library beyond its test."
    )


_MAKERS = {"assumed-role": 'role("{}")', "user": 'user("{}")', "federated-user": 'user("{}")'}


def _again(arn: Arn | None) -> str:
    """How to make a client of somebody with the fixture."""
    if arn is None:
        return 'aws_world.account("111111111111").role("app").client("kms")'
    kind, _, rest = arn.resource.partition("/")
    name = rest.split("/")[0] if kind == "assumed-role" else rest.rpartition("/")[2]
    maker = _MAKERS[kind].format(name) + "." if kind in _MAKERS else ""
    return f'aws_world.account("{arn.account}").{maker}client("kms")'
