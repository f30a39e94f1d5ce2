"""botocore's JSON models, read once for all the clients that a process makes through principals.

A boto3 session of its own reads and parses the model of each service anew, which is most of what a client costs; a
suite with many principals makes hundreds.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.loaders import Loader, create_loader

if TYPE_CHECKING:
    from botocore.session import Session


class _Models(Loader):
    """Clients of S3 write into the URIs of their model, so each has those to itself."""

    def load_service_model(self, service_name: str, type_name: str, api_version: str | None = None) -> Any:
        model: Any = super().load_service_model(service_name, type_name, api_version)
        if service_name != "s3" or "operations" not in model:
            return model
        operations = model["operations"].items()
        return {**model, "operations": {name: {**each, "http": dict(each["http"])} for name, each in operations}}


@cache
def _loader(search_paths: tuple[str, ...]) -> Loader:
    return _Models(extra_search_paths=list(search_paths))


def session() -> Session:
    """A botocore session like any other, but for its share in the models."""
    made = botocore.session.Session()
    paths = create_loader(made.get_config_variable("data_path")).search_paths
    loader = _loader(tuple(paths))
    loader.search_paths[:] = list(dict.fromkeys(loader.search_paths))  # boto3 adds its own for each session
    made.register_component("data_loader", loader)
    return made
