"""Time, faults, delays, quotas, condition keys, and the world as it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmsmock.authorization.condition_keys.settable import context_keys
from kmsmock.faults import Fault, asked_for
from kmsmock.model.turns import turn
from kmsmock.options import WorldOptions
from kmsmock.serve.reading import Problem
from kmsmock.serve.served import Question


def clock(question: Question) -> Any:
    """The world's time, and whether it stands still."""
    own = question.served.world.clock
    held = own.held()
    return {"now": own.now().isoformat(), "frozen": held.is_held and not held.ticks}


def advance(question: Question) -> Any:
    """Time moves forward, and stands still from then on."""
    if not question.given:
        raise Problem(400, "Missing", 'give how far: {"days": 31}, in weeks, days, hours, minutes and seconds')
    question.served.world.clock.advance(**question.given)
    return clock(question)


def move(question: Question) -> Any:
    """Time is set, forwards or backwards, and stands still from then on."""
    question.served.world.clock.move_to(question.given["at"])
    return clock(question)


def freeze(question: Question) -> Any:
    """Time stands still, now or at an instant."""
    question.served.world.clock.freeze(question.get("at"))
    return clock(question)


def release(question: Question) -> Any:
    """Time runs again, with the machine's."""
    question.served.world.clock.release()
    return clock(question)


def add_fault(question: Question) -> Any:
    """Calls fail from now on."""
    served = question.served
    given = question.given
    made = asked_for(
        given.get("service", "kms"), given["operation"], given["error"], given.get("message"), given.get("times")
    )
    with turn:
        served.world.store.faults.append(made)
        served.made += 1
        name = str(served.made)
        served.faults[name] = made
    return _fault(name, made)


def faults(question: Question) -> Any:
    """The faults that are there, and how often each strikes still; null is for as long as it is there."""
    return {"faults": [_fault(name, each) for name, each in _present(question).items()]}


def no_fault(question: Question) -> Any:
    """A fault ends."""
    found = _present(question).get(question.given["id"])
    if found is None:
        raise Problem(404, "NotFound", f"there is no fault {question.given['id']}")
    _end(question, found)
    return faults(question)


def no_faults(question: Question) -> Any:
    """All faults end."""
    _end(question, *_present(question).values())
    return faults(question)


def _present(question: Question) -> dict[str, Fault]:
    """Those that were made here and were not lost when the world was put back."""
    served = question.served
    with turn:
        there = {id(each) for each in served.world.store.faults}
    served.faults = {name: each for name, each in served.faults.items() if id(each) in there}
    return served.faults


def _end(question: Question, *gone: Fault) -> None:
    ids = {id(each) for each in gone}
    with turn:
        found = question.served.world.store.faults
        found[:] = [each for each in found if id(each) not in ids]


def _fault(name: str, fault: Fault) -> dict[str, Any]:
    return {
        "id": name,
        "service": fault.service,
        "operation": fault.operation,
        "error": fault.error.code,
        "message": fault.error.message,
        "status": fault.error.status,
        "times": fault.times,
    }


def delays(question: Question) -> Any:
    """What takes time in the background, in seconds."""
    with turn:
        found = question.served.world.store.delays
    return {"delays": {name: each.total_seconds() for name, each in found.items()}}


def set_delays(question: Question) -> Any:
    """How long it takes from now on: as on AWS, no time at all, or seconds by operation."""
    asked = question.given["delays"]
    if isinstance(asked, dict):
        wrong = next((name for name, each in asked.items() if type(each) not in (int, float) or each < 0), None)
        if wrong is not None:
            raise Problem(400, "NotAccepted", f"delays of {wrong}: give seconds, such as 60")
        asked = {name: timedelta(seconds=each) for name, each in asked.items()}
    times = WorldOptions(delays=asked).times
    with turn:
        question.served.world.store.delays = times
    return delays(question)


def set_quotas(question: Question) -> Any:
    """KMS's request quotas from now on: AWS's, none, or requests per second by quota."""
    question.served.world.quotas(question.given["quotas"])
    return {"quotas": question.given["quotas"]}


def context(question: Question) -> Any:
    """The global condition keys that all requests have."""
    with turn:
        found = question.served.world.store.request_context
        return {"keys": {name: list(each) if isinstance(each, tuple) else each for name, each in found.items()}}


def set_context(question: Question) -> Any:
    """All requests have these global condition keys from now on, and no others that were set before."""
    keys = context_keys(question.given["keys"])
    with turn:
        found = question.served.world.store.request_context
        found.clear()
        found.update(keys)
    return context(question)


def reset(question: Question) -> Any:
    """The world is as it was when it began to be served."""
    question.served.start.restore()
    question.served.forget()
    return clock(question)


def snapshots(question: Question) -> Any:
    """What was remembered, the oldest first."""
    return {"snapshots": list(question.served.snapshots)}


def remember(question: Question) -> Any:
    """The world as it is now gets a name."""
    served = question.served
    before = served.snapshots.pop(question.given["name"], None)
    if before is not None:
        before.forget()
    served.snapshots[question.given["name"]] = served.world.snapshot()
    return snapshots(question)


def put_back(question: Question) -> Any:
    """The world is as it was then. What was remembered after that is gone."""
    served = question.served
    name = question.given["name"]
    if name not in served.snapshots:
        known = ", ".join(served.snapshots) or "none"
        raise Problem(404, "NotFound", f"there is no snapshot {name!r}; there are: {known}")
    served.snapshots[name].restore()
    served.forget()
    return {**clock(question), **snapshots(question)}


def forget(question: Question) -> Any:
    """A snapshot is let go of."""
    found = question.served.snapshots.pop(question.given["name"], None)
    if found is None:
        raise Problem(404, "NotFound", f"there is no snapshot {question.given['name']!r}")
    found.forget()
    return snapshots(question)
