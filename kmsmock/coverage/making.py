"""Policy coverage of a world, and of many tests together."""

from collections.abc import Iterable, Sequence

from kmsmock.coverage import plain
from kmsmock.coverage.counting import Counting
from kmsmock.coverage.policies import of as policies_of
from kmsmock.coverage.view import PolicyCoverage
from kmsmock.store import Store


def of(store: Store, merge: Sequence[str] = (), *, aws_made: bool = False) -> PolicyCoverage:
    """What a world has exercised of its policies so far."""
    return of_plain(plain.of(Counting(store, aws_made=aws_made)), merge)


def of_plain(policies: Iterable[plain.Policy], merge: Sequence[str] = ()) -> PolicyCoverage:
    """What many tests have exercised; policies are merged whose name a pattern in ``merge`` covers."""
    return PolicyCoverage(policies_of(plain.merged(policies, merge)))
