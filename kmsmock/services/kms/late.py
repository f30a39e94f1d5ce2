"""What fails after its call was answered: kept as a refusal of that call, which the later errors point at."""

from __future__ import annotations

from kmsmock.call import Call, Late, Refused
from kmsmock.errors import AwsError, chain
from kmsmock.iam import Decision
from kmsmock.store import Store, is_meant
from kmsmock.telling.own_lines import Line

_LATEST = 16
"""How far back the refusals of KMS behind an error are looked for: others may have come between."""


def failed(
    store: Store, call: Call, error: AwsError, about: str, outcome: str, lines: tuple[Line, ...] | None = None
) -> bool:
    """Keep that ``about`` (the id of a volume, the ARN of a queue) came to nothing, and how that shows.

    False where the world lets it pass: then it is to go on as if KMS had allowed it.

    ``call`` began it; a service that sends for somebody is not whom to point at, but the request that is served.
    ``lines`` are those that made the call, where it is over.
    """
    causes = [id(each) for each in chain(error)]
    begun = call if lines is not None else _of_request(store, call)
    latest = store.refusals[-_LATEST:]
    within = tuple(each for each in latest if id(each.error) in causes) or tuple(
        each for each in latest if each.late is not None and each.request_id and each.request_id == begun.request_id
    )  # a stack fails with what was lost for it
    for each in within:
        store.refusals.remove(each)
    made = store.keep_refusal(begun, error, ())
    made.within, made.late = within, Late(about, outcome)
    made.denials = tuple(each.clue for each in chain(error) if isinstance(each.clue, Decision))
    if lines is not None:
        made.lines = lines
    made.passed = store.lets_pass and not is_meant(error)
    if made.passed and store.enforce == "off":
        store.refusals.remove(made)
    else:
        _repeated(store, made)
    return not made.passed


def _of_request(store: Store, call: Call) -> Call:
    """The call of the request that is served, in which a service makes a call of its own."""
    served: Call | None = getattr(store.current_request, "call", None)
    return call if served is None else served


def _repeated(store: Store, made: Refused) -> None:
    """What one request lost again and again, such as the volumes of a launch, is told once."""
    for each in store.refusals[-_LATEST:-1]:
        if each.late == made.late and each.request_id == made.request_id:
            store.refusals.remove(made)
            return
