"""Encrypted resources of stacks: made by moto, after their service has asked KMS for whoever makes the stack.

A table says which operation of a service a type of resource stands for; the service's own file then does what it does
for that operation, with moto's making of the resource in its midst.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from kmsmock import bridge, gate
from kmsmock.bridge.resources import ResourceFailed
from kmsmock.call import Call
from kmsmock.envelopes import Envelopes
from kmsmock.errors import AwsError

Properties = Mapping[str, Any]


class Row(NamedTuple):
    """One type of resource.

    ``service`` is botocore's hyphenated id, ``model`` its name for the service model. ``params`` makes the operation's
    parameters of the properties and the resource's name; ``answer`` what it would answer, of moto's object.
    ``lost`` tells why a resource that was made is gone again.
    """

    service: str
    model: str
    operation: str
    params: Callable[[Properties, str], dict[str, Any]]
    answer: Callable[[Any], dict[str, Any]]
    lost: Callable[[Envelopes, dict[str, Any]], str | None] = lambda envelopes, answer: None


def _same(*names: str, **renamed: str) -> Callable[[Properties, str], dict[str, Any]]:
    """The properties of these names as they are, and others under another name."""

    def params(properties: Properties, name: str) -> dict[str, Any]:
        both = {**{each: each for each in names}, **renamed}
        return {param: _plain(properties[each]) for each, param in both.items() if each in properties}

    return params


def _plain(value: Any) -> Any:
    """Templates write booleans and numbers as texts, too."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _lost_volume(envelopes: Envelopes, answer: dict[str, Any]) -> str | None:
    from kmsmock.services.ec2.records import disks

    volume_id = answer["VolumeId"]
    gone = volume_id in disks(envelopes.store).gone
    return f"Volume {volume_id} did not stabilize: the KMS key could not be used" if gone else None


ROWS: Mapping[str, Row] = {
    "AWS::EC2::Volume": Row(
        "ec2",
        "ec2",
        "CreateVolume",
        _same("AvailabilityZone", "Encrypted", "KmsKeyId", "Size", "SnapshotId", "VolumeType"),
        lambda made: {"VolumeId": made.id, "Size": made.size},
        _lost_volume,
    ),
}
"""Types whose services ask KMS when such a resource is made."""


@dataclass(slots=True)
class Making:
    """``services.Moto`` for the resource of a stack: its own operation is moto's making of the resource."""

    row: Row
    make: Callable[[], Any]
    region: str
    made: list[Any] = field(default_factory=list)

    def __call__(
        self, operation: str | None = None, *, account: str | None = None, region: str | None = None, **params: Any
    ) -> dict[str, Any]:
        if operation in (None, self.row.operation):
            if not self.made:
                self.made.append(self.make())
            return self.row.answer(self.made[0])
        return bridge.current().run(self.row.model, str(operation), region or self.region, params, account)

    def own_answer(self, headers: Mapping[str, str] | None = None) -> Any:
        """There is no request of a client."""
        self()
        return 200, {}, b""


def encrypting(resource_type: str, original: Any) -> Any:
    """moto's class of a type of resource, that asks KMS when it makes one."""
    row = ROWS.get(resource_type)

    def create(resource_name: str, template: Any, account_id: str, region_name: str, **about: Any) -> Any:
        def make() -> Any:
            return original.create_from_cloudformation_json(resource_name, template, account_id, region_name, **about)

        properties = template.get("Properties", {})
        if row is None:
            _check_named(resource_type, properties, region_name, about)
            return make()
        return _made(row, make, row.params(properties, resource_name), region_name, about)

    return type(original.__name__, (original,), {"create_from_cloudformation_json": staticmethod(create)})


def _made(row: Row, make: Callable[[], Any], params: dict[str, Any], region: str, about: Mapping[str, Any]) -> Any:
    from kmsmock import services

    asking, service = bridge.current(), services.find(row.service)
    assert service is not None
    call = Call(row.service, row.operation, params, asking.caller, region, via=asking.via)
    envelopes, moto = Envelopes(asking.store, call, gate.answer, service.principal), Making(row, make, region)
    try:
        service.operations[row.operation](call, envelopes, moto)
    except AwsError as error:
        raise ResourceFailed(about["LogicalId"], about["ResourceType"], error, row.model) from None
    answer = moto()
    why = row.lost(envelopes, answer)
    if why is not None:
        raise ResourceFailed(about["LogicalId"], about["ResourceType"], AwsError("NotStabilized", why), row.model)
    return moto.made[0]


# --- types that nobody modelled ---------------------------------------------------------------------------------------

_KEY = re.compile(r"kms.*key.*|kms.*(?:id|arn)", re.IGNORECASE)
_LATER = frozenset({"AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"})
"""Types that take any key, and whose services look at it when it is used."""


def _check_named(resource_type: str, properties: Properties, region: str, about: Mapping[str, Any]) -> None:
    from kmsmock.services import generic

    if resource_type in _LATER or resource_type.startswith(("AWS::KMS::", "AWS::IAM::")):
        return
    service, asking = resource_type.split("::")[1].lower(), bridge.current()
    for name, key_id in _named(properties):
        call = Call(service, "Create", {}, asking.caller, region, via=asking.via)
        envelopes = Envelopes(asking.store, call, gate.answer, f"{service}.amazonaws.com")
        try:
            generic.look(envelopes, key_id, f"a generic check of {name} of {resource_type}")
        except AwsError as error:
            raise ResourceFailed(about["LogicalId"], resource_type, error, service) from None


def _named(value: Any) -> Iterator[tuple[str, str]]:
    for name, item in value.items() if isinstance(value, Mapping) else ():
        if isinstance(item, str) and item and _KEY.fullmatch(name):
            yield name, item
        yield from _named(item)
    for item in value if isinstance(value, list) else ():
        yield from _named(item)
