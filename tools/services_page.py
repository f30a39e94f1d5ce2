"""Writes docs/reference/services.md, from the tables of services, delays, events and condition keys.

``python -m tools.services_page`` writes the page; a test fails when it is out of date.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from kmsmock import services
from kmsmock.authorization import vocabulary
from kmsmock.authorization.condition_keys.settable import SETTABLE
from kmsmock.kms.managed_keys import _kinds as kinds_of_managed_keys
from kmsmock.options import DELAYS, EVENTUAL
from kmsmock.trail.questions import SERVICE_EVENTS

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "services.md"
_HEAD = """\
# Services

This page is made by `python -m tools.services_page` from the tables of the code; a test fails when it is out of date.

| status | what it means |
|---|---|
| **modelled** | the operation asks KMS as the service does in AWS, with its encryption context, in the name of the \
caller or of its role, and refuses as the service does |
| **key looked at** | any other operation, of any service that moto has, with a parameter that names a KMS key: the \
key has to exist and to be enabled, and the caller has to be allowed to describe it through the service; the decision \
says that the check is generic |
| **moto's** | everything else |

**permissions** are those of the service itself, such as `s3:GetObject`. They are asked for where it says so; everywhere
with `enforce_iam="all"`, nowhere with `"off"`. Permissions of KMS are always asked for.

Services go by botocore's ids, as in `world.fault("secrets-manager", …)`.

| service | permissions | modelled operations |
|---|---|---|
"""
_MANAGED = """
## AWS managed keys

These services have a key of their own, `alias/aws/…`, in each account and Region. It is made on first use, has AWS's
key policy, and is rotated each year: {names}.
"""
_DELAYS = """
## Delays

What AWS does in the background is done with the next call. `delays=True` lets it take these times of the world, and
`delays={{"CopySnapshot": timedelta(minutes=3)}}` others.

| operation | about |
|---|---|
{rows}
### Eventual consistency

What AWS changes is known everywhere at once, unless `delays` names it:
`delays={{"CreateKey": timedelta(seconds=30), "PutRolePolicy": timedelta(minutes=1)}}`. `True` names none
of these. Changes of one thing become known in their order. `kmsmock.options.EVENTUAL` has the names; any other is
a ValueError that lists them.

| after | until it is known |
|---|---|
{eventual}"""
_EVENTS = """
## Events that nobody asked for

Beside the events of calls, which bear the names of the operations, the trail has these: {names}.
"""
_KEYS = """
## Condition keys

Of KMS: {kms}.

Global ones: {everywhere}.

Those from outside of a call are set by a test, with `principal.session(context=…)` or `world.request_context(…)`:
{settable}. All others are worked out from the call. A key that a policy names and nobody knows is told by
`kmsmock.PolicyWarning`, and counts as absent, as in AWS.
"""


def page() -> str:
    """The whole page."""
    managed = _listed(sorted(kinds_of_managed_keys()))
    delays = "".join(f"| {name} | {_spelled(time)} |\n" for name, time in DELAYS.items())
    names = {each.lower(): each for each in vocabulary.GLOBAL_KEYS}
    return (
        _HEAD
        + "".join(map(_row, services.MODULES))
        + _MANAGED.format(names=managed)
        + _DELAYS.format(rows=delays, eventual="".join(f"| `{name}` | {seen} |\n" for name, seen in EVENTUAL.items()))
        + _EVENTS.format(names=_listed(sorted(SERVICE_EVENTS)))
        + _KEYS.format(
            kms=_listed(vocabulary.KMS_KEYS),
            everywhere=_listed(vocabulary.GLOBAL_KEYS),
            settable=_listed(sorted(names[each] for each in SETTABLE)),
        )
    )


def _row(service: str) -> str:
    found = services.find(service)
    assert found is not None
    asked = "yes" if service in services.ENFORCED or service == "sts" else ""
    return f"| `{service}` | {asked} | {', '.join(sorted(found.operations))} |\n"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _spelled(time: timedelta) -> str:
    seconds = int(time.total_seconds())
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
