"""botocore's service models, each loaded once."""

from __future__ import annotations

from functools import cache

from botocore.model import ServiceModel

from kmsmock.wire import client_models


@cache
def service_model(name: str) -> ServiceModel:
    """botocore's model of a service, loaded once in a process."""
    return client_models.session().get_service_model(name)
