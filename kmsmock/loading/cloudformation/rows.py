"""What a row for a type of resources is, and what Ref and GetAtt give of a resource once it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from kmsmock.loading.things import Kind, Read, Thing, made_up_key_id, made_up_suffix

Properties = Mapping[str, Any]


class Resource(NamedTuple):
    """One resource of a template."""

    name: str
    type: str
    properties: Properties
    whole: Mapping[str, Any]
    where: str


class Identity(NamedTuple):
    """What a resource is called once it is made."""

    ref: str
    arn: str
    attributes: Mapping[str, Any]


class Place(Protocol):
    """What is known of the stack here."""

    name: str
    account: str
    region: str
    read: Read

    @property
    def partition(self) -> str: ...
    def resolve(self, value: Any) -> Any: ...
    def identity(self, resource: Resource) -> Identity: ...


class Row(NamedTuple):
    """``things`` makes them of the resolved properties; ``taken`` are those that it looks at."""

    identity: Callable[[Place, Resource], Identity]
    things: Callable[[Place, Resource, Properties], Iterator[Thing]]
    taken: frozenset[str]
    quiet: str = ""
    """Why the other properties have nothing to say here."""


# --- identities -----------------------------------------------------------------------------------------------------


def given(place: Place, resource: Resource, *names: str) -> str:
    """The name that the template gives, or one like those that CloudFormation makes up."""
    for name in names:
        if name in resource.properties:
            return str(place.resolve(resource.properties[name]))
    return f"{place.name}-{resource.name}-{made_up_suffix(f'{place.name} {resource.name}')}"


def _path(place: Place, resource: Resource) -> str:
    return str(place.resolve(resource.properties.get("Path", "/")))


def iam(kind: str, *names: str, by_arn: bool = False) -> Callable[[Place, Resource], Identity]:
    """A user, role, group, policy or profile; of the policies Ref is the ARN."""

    def identity(place: Place, resource: Resource) -> Identity:
        name = given(place, resource, *names)
        arn = f"arn:{place.partition}:iam::{place.account}:{kind}{_path(place, resource)}{name}"
        attributes = {"Arn": arn, "PolicyArn": arn, "RoleId": f"AROA{made_up_suffix(arn, 17)}"}
        return Identity(arn if by_arn else name, arn, attributes)

    return identity


def key(place: Place, resource: Resource) -> Identity:
    """A key, whose id is made up."""
    multi_region = is_true(place.resolve(resource.properties.get("MultiRegion", False)))
    key_id = made_up_key_id(place.account, place.region, f"{place.name}.{resource.name}", multi_region)
    return _key_identity(place, key_id)


def replica(place: Place, resource: Resource) -> Identity:
    """A replica has the id of its primary."""
    return _key_identity(place, str(place.resolve(resource.properties.get("PrimaryKeyArn", ""))).rpartition("/")[2])


def _key_identity(place: Place, key_id: str) -> Identity:
    arn = f"arn:{place.partition}:kms:{place.region}:{place.account}:key/{key_id}"
    return Identity(key_id, arn, {"Arn": arn, "KeyId": key_id})


def alias(place: Place, resource: Resource) -> Identity:
    """Of an alias Ref is the name."""
    name = given(place, resource, "AliasName")
    return Identity(name, f"arn:{place.partition}:kms:{place.region}:{place.account}:{name}", {})


def attached(place: Place, resource: Resource) -> Identity:
    """What is attached to something else has no ARN of its own."""
    name = given(place, resource)
    return Identity(name, "", {"Id": name})


# --- things ---------------------------------------------------------------------------------------------------------


def is_true(value: Any) -> bool:
    """A truth value, which templates also write as a text."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


def tags_of(properties: Properties) -> list[dict[str, str]]:
    """The tags of a resource, as IAM and KMS's neighbours have them."""
    listed = properties.get("Tags") or []
    if isinstance(listed, Mapping):
        return [{"Key": str(name), "Value": str(value)} for name, value in listed.items()]
    return [{"Key": str(each["Key"]), "Value": str(each["Value"])} for each in listed]


def thing(kind: Kind, place: Place, resource: Resource, **values: Any) -> Thing:
    """A thing with the identity of its resource; what is None is not given."""
    arn = place.identity(resource).arn
    given = {name: value for name, value in values.items() if value is not None}
    return Thing(kind, arn, place.account, place.region, given, resource.where, resource.name)
