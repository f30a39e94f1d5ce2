"""What a row of the tables of types is, and the two that most of them are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from kmsmock.loading.terraform.elements import Element
from kmsmock.loading.terraform.identities import identity
from kmsmock.loading.things import Kind, Thing


class Plan(Protocol):
    """What is known of a plan here."""

    def place(self, element: Element) -> tuple[str, str, str]: ...
    def value(self, element: Element, name: str) -> Any: ...
    def where(self, element: Element) -> str: ...
    def referred_in(self, element: Element, name: str, *blocks: str) -> Any: ...


Things = Callable[[Plan, Element], Iterator[Thing]]


class Row(NamedTuple):
    """What is made of a resource, and the arguments that are looked at for it."""

    things: Things
    taken: frozenset[str]


def thing(plan: Plan, element: Element, kind: Kind, given: Mapping[str, Any]) -> Thing:
    """One thing of a resource; what is not set is left out of its values."""
    partition, region, account = plan.place(element)
    arn = identity(plan, element).get("arn") or f"arn:{partition}:{_SERVICES.get(kind, 'iam')}:::"
    values = {name: value for name, value in given.items() if value is not None}
    return Thing(kind, arn, account, region, values, plan.where(element), element.address)


_SERVICES = {
    "key policy": "kms",
    "grant": "kms",
    "bucket policy": "s3",
    "bucket encryption": "s3",
    "disk encryption": "ec2",
    "image permission": "ec2",
    "snapshot permission": "ec2",
}


def tags(plan: Plan, element: Element) -> list[dict[str, str]]:
    """The tags of a resource, as AWS writes them."""
    found = element.values.get("tags_all") or element.values.get("tags") or {}
    return [{"Key": str(name), "Value": str(value)} for name, value in found.items()]


def simple(kind: Kind, names: Mapping[str, str], **fixed: Any) -> Row:
    """A resource of which one thing is made; ``names`` are AWS's names of the arguments."""

    def things(plan: Plan, element: Element) -> Iterator[Thing]:
        given = {aws: plan.value(element, own) for aws, own in names.items()}
        yield thing(plan, element, kind, {**given, **fixed, "Tags": tags(plan, element)})

    return Row(things, frozenset(names.values()))


def each_of(kind: Kind, listed: Mapping[str, str], names: Mapping[str, str]) -> Row:
    """A resource that says the same of several; ``listed`` are the arguments that list them, by AWS's name of one."""

    def things(plan: Plan, element: Element) -> Iterator[Thing]:
        given = {aws: plan.value(element, own) for aws, own in names.items()}
        for aws, own in listed.items():
            found = plan.value(element, own)
            for one in [found] if isinstance(found, str) else found or []:
                yield thing(plan, element, kind, {**given, aws: one})

    return Row(things, frozenset({*listed.values(), *names.values()}))
