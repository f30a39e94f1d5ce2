"""botocore's service models, each loaded once."""

from __future__ import annotations

from functools import cache

from botocore.model import OperationModel, ServiceModel, Shape

from kmsmock.wire import client_models

__all__ = ["OperationModel", "Shape", "service_model", "unknown"]


@cache
def service_model(name: str) -> ServiceModel:
    """botocore's model of a service, loaded once in a process."""
    return client_models.session().get_service_model(name)


def unknown(operation: OperationModel) -> NotImplementedError:
    """What is raised for an operation of a service in whose protocol nothing is read or written here."""
    service = operation.service_model
    return NotImplementedError(
        f"{service.service_id} {operation.name}: kmsmock does not speak botocore's protocol {service.resolved_protocol}"
    )
