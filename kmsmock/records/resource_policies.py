"""The policies of queues, topics, secrets and functions, as moto keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kmsmock.records import backends


def text(service: str, account: str, region: str, name: str, arn: str) -> str | None:
    """The policy of a resource, if it is there and has one; ``name`` is the last part of its ARN."""
    reader = _READERS.get(service)
    backend = None if reader is None else backends.existing(service, account, region)
    found: str | None = None if reader is None or backend is None else reader(backend, name, arn)
    return found


def _attribute(found: Any) -> Any:
    return None if found is None else found.policy


def _of_secret(found: Any) -> Any:
    """A replica has the policy of the secret that it is a replica of."""
    return _attribute(getattr(found, "source", found))


def _function(backend: Any, name: str, arn: str) -> str | None:
    functions = [each for each in backend.list_functions() if each.function_name == name.rpartition(":")[2]]
    statements = functions[0].policy.statements if functions else []
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


_READERS: Mapping[str, Callable[[Any, str, str], Any]] = {
    "lambda": _function,
    "secretsmanager": lambda backend, name, arn: _of_secret(backend.secrets.get(arn) or backend.secrets.get(name)),
    "sns": lambda backend, name, arn: _attribute(backend.topics.get(arn)),
    "sqs": lambda backend, name, arn: _attribute(backend.queues.get(name)),
}
"""How the policy of a resource (its name, its ARN) is found in a backend, by the service in its ARN."""
