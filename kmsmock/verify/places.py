"""Where cases run: in a world of their own, and in the account whose credentials boto3 finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from kmsmock.active import active
from kmsmock.billing.prices import FREE_REQUESTS
from kmsmock.errors import KmsMockError
from kmsmock.verify.case import AwsCase, Declared, Place
from kmsmock.verify.plan import Costs
from kmsmock.world import World

_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@contextmanager
def in_a_world(
    run: str, declared: Declared, region: str | None = None, costs: Callable[[Costs], None] | None = None
) -> Iterator[AwsCase]:
    """A case in a fresh world, where a role that may do everything calls; what it made is removed, as in AWS.

    ``costs`` is told what that costs. Raises KmsMockError for what cannot be removed: it could not be in AWS.
    """
    with World(region_name=region) as world:
        role = world.account(world.account_id).role("verifying", [_ALL])
        case = AwsCase(Place(world.account_id, role.arn, world.region_name, role.client), run, declared)
        try:
            yield case
        finally:
            left = case.remove()
        if left:
            raise KmsMockError("not removed: " + "; ".join(f"{made} ({why})" for made, why in left))
        if costs is not None:
            bill = world.bill(prices={FREE_REQUESTS: 0})
            costs(Costs(declared.reads, bill.total, bill.request_count, tuple(each.kind for each in case.made)))


def in_the_account(profile: str | None, settling: float) -> Place:
    """The account of the credentials that boto3 finds, asked who they are. This goes to AWS, where changes settle.

    Raises KmsMockError while a world is active, which would answer instead of AWS.
    """
    import boto3

    _no_world()
    session, region = boto3.Session(profile_name=profile or None), region_of(profile)

    def client(service: str) -> Any:
        _no_world()
        return session.client(service, region_name=region)  # type: ignore[call-overload]  # any service

    asked = client("sts").get_caller_identity()
    return Place(asked["Account"], asked["Arn"], region, client, _no_world, lambda: Event().wait(settling))


def _no_world() -> None:
    if active() is not None:
        raise KmsMockError("a world is active: the case would be compared with kmsmock itself")


def region_of(profile: str | None) -> str:
    """The Region that boto3 is told of. Raises KmsMockError where there is none."""
    import boto3

    region: str | None = boto3.Session(profile_name=profile or None).region_name
    if region is None:
        raise KmsMockError("verifying against AWS: set AWS_DEFAULT_REGION, or a Region in the profile")
    return region
