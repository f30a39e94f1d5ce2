"""What happened in the world, as JSON: decisions, refusals with their explanations, the trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kmsmock.endpoint.server import Answer
from kmsmock.iam import plain
from kmsmock.model.turns import turn
from kmsmock.serve.reading import Problem
from kmsmock.serve.served import Question

NEWEST = 100
"""How many of a list are told unless more or fewer are asked for: an explanation takes longer than its call."""


def health(question: Question) -> Any:
    """That it serves."""
    from kmsmock import __version__

    return {"status": "ok", "version": __version__}


def world(question: Question) -> Any:
    """Which world it is, its time, and how much happened so far."""
    found = question.served.world
    with turn:
        store = found.store
        counts = {
            "keys": len(store.keys),
            "decisions": len(store.decisions),
            "events": len(store.events),
            "refusals": len(store.refusals),
        }
    return {
        "account": found.account_id,
        "region": found.region_name,
        "enforce": found.options.enforce,
        "now": found.clock.now().isoformat(),
        **counts,
        "loaded": found.loaded.counts(),
    }


def loaded(question: Question) -> Any:
    """What was taken of the files that were loaded, what was not and why."""
    return question.served.world.loaded.plain()


def decisions(question: Question) -> Any:
    """Authorization decisions, newest last, each with its explanation."""
    with turn:
        found = question.served.world.decisions.where(**_conditions(question))
        return _told(question, "decisions", found, lambda each: {**plain.of(each), "explanation": each.explain()})


def refusals(question: Question) -> Any:
    """What was refused, newest last, each with its cause and its explanation."""
    with turn:
        found = question.served.world.refusals.where(**_conditions(question))
        return _told(question, "refusals", found, lambda each: {**each.as_dict(), "explanation": each.explain()})


def events(question: Question) -> Any:
    """The trail as CloudTrail records, newest last."""
    with turn:
        found = question.served.world.events.where(**_conditions(question))
        return _told(question, "Records", found, dict)


def _conditions(question: Question) -> dict[str, Any]:
    return {name: value for name, value in question.given.items() if name != "last"}


def _told(question: Question, name: str, found: Sequence[Any], tell: Any) -> Mapping[str, Any]:
    """The last of a list, and how many there are."""
    last = question.get("last", NEWEST)
    return {name: [tell(each) for each in found[-last:]], "total": len(found)}


def certificate(question: Question) -> Answer:
    """The certificate of who vouches for this address."""
    address = question.served.address
    if address is None or address.ca_bundle is None:
        raise Problem(404, "NotFound", "this world is served without TLS: start it with --tls")
    return 200, {"Content-Type": "application/x-pem-file"}, address.ca_bundle.read_bytes()
