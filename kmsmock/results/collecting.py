"""What a world saw, as records: one pass over what it keeps anyway, at the end of a test or of the world.

THE TABLE is ``COLLECTORS``: adding a kind of line is adding a function to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from kmsmock import active, clock
from kmsmock.coverage import plain
from kmsmock.coverage.counting import Counting
from kmsmock.iam import Decision
from kmsmock.kms import lifecycle
from kmsmock.privilege import asking
from kmsmock.privilege.plain import Privilege
from kmsmock.refusals import Refusal as Refused
from kmsmock.results import bills, kinds, life, links
from kmsmock.results.explained import Explained
from kmsmock.results.kinds import Record
from kmsmock.results.life import Lives
from kmsmock.results.moments import Moment, moments
from kmsmock.store import Store


@dataclass(slots=True)
class Mark:
    """How much of a world has been told, and the lives of its keys so far."""

    begun: datetime
    decisions: int = 0
    events: int = 0
    refusals: int = 0
    lives: Lives = field(default_factory=dict)
    aws_made: bool = False
    """Whether policies that AWS makes are counted, too."""
    policies: Counting | None = None
    needs: int = 0
    """How many decisions have been told as what was needed."""


def begun(store: Store, *, aws_made: bool) -> Mark:
    """The mark of a world that begins. One that was put back to what it was has told that much already."""
    decided = len(store.decisions)
    mark = Mark(clock.now(), decided, len(store.events), len(store.refusals), aws_made=aws_made, needs=decided)
    if store.written:
        mark.policies = Counting(store, aws_made=aws_made)
        mark.policies.take()
    return mark


@dataclass(frozen=True, slots=True)
class Look:
    """What a collector is given. ``moments`` are the new events, ``over`` says that the world ends."""

    store: Store
    since: Mark
    now: datetime
    over: bool
    moments: list[Moment]
    explained: Explained


def collect(store: Store, number: int, since: Mark, explained: Explained, *, over: bool) -> list[Record]:
    """The lines of a world that are new since a mark, which is moved on: at its end, or at that of a test."""
    if active.active() is store:  # else what is still to be done would be done in another world
        lifecycle.run_due(store, clock.now())
    new = moments(store, since.events)
    now = max(clock.now(), *(each.when for each in new[-1:]), since.begun)
    look = Look(store, since, now, over, new, explained)
    records = [_world(look, number), *(each for collector in COLLECTORS for each in collector(look))]
    since.decisions, since.events, since.refusals = len(store.decisions), len(store.events), len(store.refusals)
    return records


def _world(look: Look, number: int) -> Record:
    store, since = look.store, look.since
    new = store.refusals[since.refusals :]
    return kinds.World(
        number,
        store.account_id,
        store.region_name,
        store.enforce,
        told(min(since.begun, *(each.when for each in look.moments[:1]), look.now)),
        told(look.now),
        calls=sum(each.is_call for each in look.moments),
        decisions=len(store.decisions) - since.decisions,
        denied=sum(not each.allowed for each in store.decisions[since.decisions :]),
        refused=len(new),
        throttled=sum(each.error.throttles for each in new),
        over=look.over,
    )


def told(when: datetime) -> str:
    """An instant as it is written."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def _keys(look: Look) -> Iterator[Record]:
    about = life.go_on(look.since.lives, look.moments)
    return life.lines(look.store, look.since.lives, None if look.over else about, look.now, told)


def _decisions(look: Look) -> Iterator[Record]:
    first: dict[tuple[object, ...], Decision] = {}
    times = Counter[tuple[object, ...]]()
    for each in look.store.decisions[look.since.decisions :]:
        request = each.request
        via = request.context.get("kms:viaservice")
        what: tuple[object, ...] = (each.caller, each.action, each.resource, each.effect, each.layer, via)
        times[what] += 1
        first.setdefault(what, each)
    for alike, decision in first.items():
        yield _decision(decision, times[alike])


def _decision(made: Decision, times: int) -> Record:
    via = made.request.context.get("kms:viaservice")
    return kinds.Decision(
        made.caller,
        made.action,
        made.resource,
        made.effect,
        made.reason,
        owner=made.request.owner,
        via=via if isinstance(via, str) else "",
        by=f"grant {made.grant}" if made.grant else " and ".join(f"{s.named(t)} in {s.name}" for s, t in made.matched),
        times=times,
    )


def _events(look: Look) -> Iterator[Record]:
    alike: dict[tuple[object, ...], list[Moment]] = {}
    for each in look.moments:
        alike.setdefault(each.what, []).append(each)
    for same in alike.values():
        first, last = same[0], same[-1]
        yield kinds.Event(
            told(first.when),
            first.name,
            first.source,
            first.account,
            first.region,
            first.who,
            via=first.via,
            keys=list(first.keys),
            error=first.error,
            address=first.address,
            until="" if len(same) == 1 else told(last.when),
            times=len(same),
        )


def _refusals(look: Look) -> Iterator[Record]:
    store = look.store
    for made in store.refusals[look.since.refusals :]:
        yield look.explained.told_of(Refused(store, made), expected=made.request_id in store.expected, told=told)


def _bill(look: Look) -> Iterator[Record]:
    if look.over:
        yield from bills.lines(look.store, look.moments if not look.since.events else moments(look.store, 0), look.now)


def _links(look: Look) -> Iterator[Record]:
    if look.over:
        yield from links.links(look.store)


def policies(store: Store, since: Mark) -> list[plain.Policy]:
    """What a world has exercised of its policies since a mark."""
    since.policies = since.policies or Counting(store, aws_made=since.aws_made)
    return plain.of(since.policies)


def _policies(look: Look) -> Iterable[Record]:
    return policies(look.store, look.since)


def privilege(store: Store, since: Mark) -> list[Privilege]:
    """What a world was allowed since a mark, for the least privilege of a suite."""
    begin, since.needs = since.needs, len(store.decisions)
    return [asking.of_test(store, begin)] if since.needs > begin else []


COLLECTORS: tuple[Callable[[Look], Iterable[Record]], ...] = (
    _keys,
    _decisions,
    _events,
    _refusals,
    _bill,
    _links,
    _policies,
)
"""Each gives the lines of a kind; in this order they stand below the line of their world."""
