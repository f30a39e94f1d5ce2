"""CloudTrail's operations: the action of their name, on the trail that they name."""

from __future__ import annotations

from kmsmock.call import Call

_NAMES = ("Name", "TrailName", "ResourceId")


def needs(call: Call) -> tuple[tuple[str, str], ...]:
    """One permission; looking events up and listing trails is on no trail in particular."""
    name = next((str(call.params[each]) for each in _NAMES if each in call.params), None)
    if name is not None and not name.startswith("arn:"):
        name = f"arn:{call.partition}:cloudtrail:{call.region}:{call.account}:trail/{name}"
    return ((f"cloudtrail:{call.operation}", name or "*"),)
