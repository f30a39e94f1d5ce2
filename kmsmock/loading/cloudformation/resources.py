"""The types of resources that are understood, and what is made of a resource.

A property that a row does not take is named in the report, so that nothing is dropped unsaid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kmsmock.loading.cloudformation import data_rows, iam_rows, kms_rows, rows
from kmsmock.loading.cloudformation.intrinsics import Untold
from kmsmock.loading.cloudformation.rows import Identity, Place, Resource, Row
from kmsmock.loading.things import Thing

ROWS: Mapping[str, Row] = {**data_rows.ROWS, **iam_rows.ROWS, **kms_rows.ROWS}


def identity_of(place: Place, resource: Resource) -> Identity:
    """What Ref and GetAtt give. Of a type without a row only a made-up name is known."""
    row = ROWS.get(resource.type)
    return rows.attached(place, resource) if row is None else row.identity(place, resource)


def things_of(place: Place, resource: Resource) -> Iterator[Thing]:
    """What a resource with a row makes; its other properties are told."""
    row = ROWS[resource.type]
    properties = {name: place.resolve(value) for name, value in resource.properties.items() if name in row.taken}
    for name in resource.properties.keys() - row.taken:
        place.read.ignore(resource.where, name, f"this property of {resource.type} is not looked at")
    try:
        yield from row.things(place, resource, properties)
    except (KeyError, TypeError, AttributeError, Untold) as problem:
        place.read.ignore(resource.where, resource.type, f"its properties are not understood: {problem!r}")
