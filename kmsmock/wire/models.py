"""botocore's service models, each loaded once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import botocore.session
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.model import OperationModel, OperationNotFoundError, ServiceId, ServiceModel, Shape

from kmsmock.errors import did_you_mean
from kmsmock.foreign.extras import OlderLibrary
from kmsmock.foreign.versions import installed
from kmsmock.wire import own_copies

__all__ = ["OperationModel", "Shape", "lacks", "service_model", "unknown"]


@cache
def service_model(name: str) -> ServiceModel:
    """botocore's model of a service, loaded once in a process."""
    return botocore.session.get_session().get_service_model(name)


def lacks(what: str) -> OlderLibrary:
    """What is raised for something of AWS's that kmsmock models and the installed botocore has not heard of."""
    found = f"botocore {installed('botocore')} does not know {what}, which AWS and kmsmock do"
    return OlderLibrary(f"{found}: pip install --upgrade boto3")


def common(operation: OperationModel) -> OperationModel:
    """An operation as all clients have it, whose shapes are looked up once in a process; where the client's own model
    is not the one that ships, as it stands."""
    service: Any = operation.service_model
    shipped = own_copies.shared(service._service_description)
    if shipped is not None:
        place = id(shipped)
        if place not in _common:
            _common[place] = ServiceModel(own_copies.own(shipped), service.service_name)
        ours = _common[place]
    elif ships(service):
        ours = service_model(str(name_of(service)))
    else:
        return operation
    try:
        return ours.operation_model(operation.name)
    except OperationNotFoundError:
        return operation


def ships(service: Any) -> bool:
    """Whether a client's model of a service is the one that ships with botocore; that of a client which is older than
    the first world is compared with it, once."""
    description = service._service_description
    if own_copies.is_copy(description):
        return True
    known = _ships.get(service)
    if known is None:
        name = name_of(service)
        ours: Any = None if name is None else service_model(name)
        known = _ships[service] = ours is not None and ours._service_description == description
    return known


_common: dict[int, ServiceModel] = {}
"""By the identity of data that ships, which stays."""
_ships: WeakKeyDictionary[ServiceModel, bool] = WeakKeyDictionary()


def service_names() -> list[str]:
    """botocore's names of all services."""
    names: list[str] = botocore.session.get_session().get_available_services()
    return names


NAMES_BY_ID = {
    "auto-scaling": "autoscaling",
    "cloudwatch-logs": "logs",
    "dynamodb-streams": "dynamodbstreams",
    "eventbridge": "events",
    "s3-control": "s3control",
    "secrets-manager": "secretsmanager",
    "sfn": "stepfunctions",
}
"""Service ids of the integrated services that botocore's clients have another name for."""


@cache
def asked_for(option: str, service: str) -> ServiceModel:
    """The model of a service by its name in boto3, or the id by which the world knows it. Raises ValueError."""
    known = service_names()
    name = NAMES_BY_ID.get(service, service)
    if name not in known:
        meant = did_you_mean(service, {*known, *NAMES_BY_ID}, "services are those of boto3.client(), such as 'kms'")
        raise ValueError(f"{option}={service!r}: botocore has no such service; {meant}")
    return service_model(name)


def ids_of(option: str, services: Iterable[str]) -> frozenset[str]:
    """The ids of services, with hyphens. Raises ValueError for one that does not exist."""
    return frozenset(asked_for(option, each).service_id.hyphenize() for each in services)


@cache
def speaking(name: str, protocol: str) -> ServiceModel:
    """The model of a service for those who speak another of its protocols than botocore does."""
    model = service_model(name)
    if model.resolved_protocol == protocol:
        return model
    loader: Any = Loader()
    description = loader.load_service_model(name, "service-2")
    metadata = {**description["metadata"], "protocol": protocol, "protocols": [protocol]}
    return ServiceModel({**description, "metadata": metadata}, name)


def name_of(service: ServiceModel) -> str | None:
    """botocore's name of a service, whatever a client's own model calls it; None where botocore has none."""
    return _name_of(service.service_name, service.service_id)


@cache
def _name_of(service_name: str, service_id: str) -> str | None:
    words = service_id.lower().split()
    for name in dict.fromkeys((service_name, "".join(words), "-".join(words))):
        try:
            if service_model(name).service_id == service_id:
                return name
        except UnknownServiceError:
            continue
    return None


@cache
def hyphenated(service_id: ServiceId) -> str:
    """The name of a service in botocore's events."""
    return service_id.hyphenize()


def error_codes(name: str) -> frozenset[str]:
    """The error codes that botocore's model of a service knows."""
    return frozenset(error_statuses(name))


def error_statuses(name: str) -> dict[str, int | None]:
    """The same, with the HTTP status of each; None where the model does not say it, but 500 for the service's own."""
    shapes: Iterable[Any] = service_model(name).error_shapes
    return {
        shape.error_code: shape.metadata.get("error", {}).get("httpStatusCode")
        or (500 if shape.metadata.get("fault") else None)
        for shape in shapes
    }


def unknown(operation: OperationModel) -> NotImplementedError:
    """What is raised for an operation of a service in whose protocol nothing is read or written here."""
    service = operation.service_model
    return NotImplementedError(
        f"{service.service_id} {operation.name}: kmsmock does not speak botocore's protocol {service.resolved_protocol}"
    )


@cache
def all_operations() -> frozenset[str]:
    """The operations of all services of botocore: some seconds of reading, for names that hardly anybody uses."""
    loader: Any = Loader()
    names: set[str] = set()
    for service in loader.list_available_services("service-2"):
        names.update(loader.load_service_model(service, "service-2")["operations"])
    return frozenset(names)
