"""Encrypted resources of stacks: made by moto, after their service has asked KMS for whoever makes the stack.

``rows`` says which operation of a service a type of resource stands for; the service's own file then does what it does
for that operation, with moto's making of the resource in its midst.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from kmsmock import services
from kmsmock.bridge.stacks.kms_resources import ResourceFailed, fail, passes
from kmsmock.bridge.stacks.rows import AFTER, ROWS, After, Properties, Row
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.kms import gate
from kmsmock.records import serving
from kmsmock.services import generic, key_switches
from kmsmock.services.kms.client import ServiceKms


@dataclass(slots=True)
class Making(services.Moto):
    """moto for the resource of a stack: its own operation is moto's making of the resource, with any parameters."""

    row: Row | After
    make: Callable[[], Any]
    region: str
    made: list[Any] = field(default_factory=list)

    def own(self) -> dict[str, Any]:
        if not self.made:
            self.made.append(self.make())
        return self.row.answer(self.made[0]) if isinstance(self.row, Row) else {}

    def run(
        self, service: str | None, operation: str, region: str | None, params: dict[str, Any], account: str | None
    ) -> dict[str, Any]:
        if operation == self.row.operation:
            return self.own()
        return serving.current().run(service or self.row.model, operation, region or self.region, params, account)

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
        if resource_type in AFTER:
            created = make()
            try:
                _encrypted(AFTER[resource_type], properties, created, region_name, about)
            except ResourceFailed:
                original.delete_from_cloudformation_json(
                    created.physical_resource_id, template, account_id, region_name
                )
                raise
            return created
        if row is None:
            _check_named(resource_type, properties, region_name, about)
            with _failing(resource_type, about):
                return make()
        return _made(row, make, row.params(properties, resource_name), region_name, about)

    def update(
        original_resource: Any, new_resource_name: str, cloudformation_json: Any, account_id: str, region_name: str
    ) -> Any:
        about = {"LogicalId": original_resource.logical_resource_id}
        if resource_type not in _AS_ITSELF and not _undoing.get():
            _check_named(resource_type, cloudformation_json.get("Properties", {}), region_name, about)
        change = original.update_from_cloudformation_json
        if hasattr(change, "__isabstractmethod__"):
            return original_resource  # moto passes over it
        return change(original_resource, new_resource_name, cloudformation_json, account_id, region_name)

    methods: dict[str, Any] = {
        "create_from_cloudformation_json": create,
        "update_from_cloudformation_json": update,
    }
    return type(original.__name__, (original,), {name: staticmethod(method) for name, method in methods.items()})


@contextmanager
def _failing(resource_type: str, about: Mapping[str, Any]) -> Iterator[None]:
    """What a service refuses while moto makes a resource fails the resource, not the request of the stack."""
    try:
        yield
    except AwsError as error:
        raise ResourceFailed(about["LogicalId"], resource_type, error, resource_type.split("::")[1].lower()) from None


_undoing: ContextVar[bool] = ContextVar("kmsmock_undoing", default=False)


@contextmanager
def undoing() -> Iterator[None]:
    """While a stack goes back to what it was its keys are not looked at."""
    token = _undoing.set(True)
    try:
        yield
    finally:
        _undoing.reset(token)


def _made(row: Row, make: Callable[[], Any], params: dict[str, Any], region: str, about: Mapping[str, Any]) -> Any:
    moto = Making(row, make, region)
    kms = _advised(row, moto, params, about)
    why = row.lost(kms, moto())
    if why is not None:
        raise ResourceFailed(about["LogicalId"], about["ResourceType"], AwsError("NotStabilized", why), row.model)
    return moto.made[0]


def _encrypted(after: After, properties: Properties, made: Any, region: str, about: Mapping[str, Any]) -> None:
    params = after.params(properties, made)
    if params is None:
        return
    moto = Making(after, lambda: serving.current().run(after.model, after.operation, region, params, None), region)
    _advised(after, moto, params, about)


def _advised(row: Row | After, moto: Making, params: dict[str, Any], about: Mapping[str, Any]) -> ServiceKms:
    """Do what the service's file does for the operation, and have it done in moto if that has not happened yet."""
    asking, service = serving.current(), services.find(row.service)
    principal = "" if service is None else service.principal
    call = Call(row.service, row.operation, params, asking.caller, moto.region, via=asking.via)
    kms = ServiceKms(asking.store, call, gate.answer, principal)
    advice = None if service is None else service.operations.get(row.operation)
    try:
        key_switches.check(call)
        if advice is not None:
            advice(call, kms, moto)
        moto()
    except AwsError as error:
        failure = ResourceFailed(about["LogicalId"], about["ResourceType"], error, row.model)
        if passes(asking, error):
            try:
                moto()
            except AwsError:
                raise failure from None
        fail(asking, call, failure)
    return kms


# --- types that nobody modelled ---------------------------------------------------------------------------------------

_KEY = re.compile(r"kms.*key.*|kms.*(?:id|arn)", re.IGNORECASE)
_LATER = frozenset({"AWS::S3::Bucket", "AWS::SQS::Queue"})
"""Types that take any key, and whose services look at it when it is used."""


_AS_ITSELF = frozenset({"AWS::Logs::LogGroup"})
"""Types whose services use the key as themselves, so that whoever changes the stack needs nothing."""


def _check_named(resource_type: str, properties: Properties, region: str, about: Mapping[str, Any]) -> None:
    if resource_type in _LATER or resource_type.startswith(("AWS::KMS::", "AWS::IAM::")):
        return
    service, asking = resource_type.split("::")[1].lower(), serving.current()
    for name, key_id in _named(properties):
        call = Call(service, "Create", {}, asking.caller, region, via=asking.via)
        kms = ServiceKms(asking.store, call, gate.answer, f"{service}.amazonaws.com")
        try:
            generic.look(kms, key_id, f"a generic check of {name} of {resource_type}")
        except AwsError as error:
            fail(asking, call, ResourceFailed(about["LogicalId"], resource_type, error, service))


def _named(value: Any) -> Iterator[tuple[str, str]]:
    for name, item in value.items() if isinstance(value, Mapping) else ():
        if isinstance(item, str) and item and _KEY.fullmatch(name):
            yield name, item
        yield from _named(item)
    for item in value if isinstance(value, list) else ():
        yield from _named(item)
