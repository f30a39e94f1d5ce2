"""Writes docs/reference/operations.md, from the tables of KMS: operations, states, key specs, quotas, grants, events.

``python -m tools.operations_page`` writes the page; a test fails when it is out of date.
"""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from kmsmock.crypto.specs import KEY_SPECS
from kmsmock.kms.handlers import grants
from kmsmock.kms.operations import OPERATIONS
from kmsmock.kms.validation import KNOWN
from kmsmock.model.key import KeyState
from kmsmock.quotas import _FASTER as FASTER
from kmsmock.quotas import DEFAULTS, RESOURCES, SHARE_A_QUOTA
from kmsmock.trail import event_shapes
from kmsmock.wire import models

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "operations.md"
_HEAD = """\
# Operations of KMS

This page is made by `python -m tools.operations_page` from the tables of the code; a test fails when it is out of date.

All {count} operations are modelled, with every parameter of botocore's model{but}. What a parameter may be, which
errors an operation declares and what it answers is read from botocore, so it is what
[AWS's API reference](https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html) says.

- **refused in**: the states of a key in which the operation is refused.
- **usage**: the KeyUsage that the key has to have.
- **others' keys**: whether another account's key may be named.
- **by a grant**: whether a grant may allow it.
- **quota**: requests per second, of an account in a Region, with `quotas=True`. *shared* is that of all operations on
  the same kind of key.
- **event**: what CloudTrail calls it: it reads, or it changes something. Both are in `world.events`.

| operation | refused in | usage | others' keys | by a grant | dry run | quota | event |
|---|---|---|---|---|---|---|---|
"""
_STATES = """
## States

A key is in one of these states. The table above says what is refused in which.

| state | how a key gets there |
|---|---|
"""
_HOW = {
    "Enabled": "CreateKey, EnableKey, ImportKeyMaterial",
    "Disabled": "DisableKey, CancelKeyDeletion",
    "Creating": "a replica, while ReplicateKey takes its time (`delays`)",
    "PendingImport": "CreateKey with Origin EXTERNAL; DeleteImportedKeyMaterial, or its time is over",
    "PendingDeletion": "ScheduleKeyDeletion; 7 to 30 days later the key is gone",
    "PendingReplicaDeletion": "ScheduleKeyDeletion of a primary that has replicas",
    "Unavailable": "a key of a custom key store that is not connected",
    "Updating": "UpdatePrimaryRegion, while it takes its time (`delays`)",
}
_SPECS = """
## Key specs

| key spec | usages and their algorithms | material can be imported |
|---|---|---|
"""
_SM2 = """
SM2 is refused outside of the China Regions, as AWS does, and raises `NotImplementedError` in them.
"""
_QUOTAS = """
## Quotas that are shared

Requests per second, as in AWS's developer guide, "Request quotas". A bucket holds as many requests as its quota allows
in a second, and fills up as time of the world passes. `world.quotas({"symmetric": 5})` sets others.

Each call counts that somebody signed, whatever it is refused for: malformed parameters, a key that does not exist, a
denial, a key's state, `DryRun`. Calls that were throttled do not count, nor those with credentials that are no good,
nor failures of `world.fault()`. No page of AWS's says so.

| quota | requests per second |
|---|---|
"""
_RESOURCES = """
## Quotas of resources

They hold without being asked for; one more answers LimitExceededException. `world.quotas({"keys": 10})` and
`World(quotas={"keys": 10})` set others, and switch no quotas of requests on.

| quota | AWS's | of what |
|---|---|---|
"""

_GRANTABLE = {
    *grants._ALWAYS,
    *grants._SYMMETRIC_ONLY,
    *(each for usage in grants._BY_USAGE.values() for each in usage),
}


def page() -> str:
    """The whole page."""
    rest = {name: sorted(_members(name) - KNOWN) for name in OPERATIONS}
    unknown = ", ".join(f"{each} of {name}" for name, members in rest.items() for each in members)
    head = _HEAD.format(count=len(OPERATIONS), but=f", but {unknown}" if unknown else "")
    return head + "".join(map(_row, sorted(OPERATIONS))) + _states() + _specs() + _quotas()


def _members(operation: str) -> set[str]:
    shape = models.service_model("kms").operation_model(operation).input_shape
    return set(shape.members) if shape is not None else set()


def _row(name: str) -> str:
    row = OPERATIONS[name]
    cells = (
        f"`{name}`",
        ", ".join(each for each in get_args(KeyState) if each in row.states),
        row.usage or "",
        "yes" if row.cross_account else "",
        "yes" if {name, f"{name}From"} & _GRANTABLE else "",
        "yes" if "DryRun" in _members(name) else "",
        "shared" if name in SHARE_A_QUOTA else f"{DEFAULTS[name]}" if name in DEFAULTS else "by key spec",
        "changes" if event_shapes.of(name).changes else "reads",
    )
    return f"| {' | '.join(cells)} |\n"


def _states() -> str:
    return _STATES + "".join(f"| {state} | {_HOW[state]} |\n" for state in get_args(KeyState))


def _specs() -> str:
    rows = []
    for spec in KEY_SPECS.values():
        usages = "; ".join(f"{usage}: {', '.join(algorithms)}" for usage, algorithms in spec.usages.items())
        rows.append(f"| `{spec.name}` | {usages} | {'yes' if spec.importable else 'no'} |\n")
    return _SPECS + "".join(rows) + _SM2


def _quotas() -> str:
    rows = [f"| symmetric, in {region} | {rate:,} |\n" for region, rate in FASTER.items()]
    rows.append("| symmetric, in any other Region | 10,000 |\n")
    named = set(OPERATIONS)
    rows += [f"| {name} | {rate:,} |\n" for name, rate in DEFAULTS.items() if name not in named]
    counts = (
        f"| {name} | {'none' if each.limit is None else f'{each.limit:,}'} | {each.about} |\n"
        for name, each in RESOURCES.items()
    )
    return _QUOTAS + "".join(rows) + _RESOURCES + "".join(counts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
