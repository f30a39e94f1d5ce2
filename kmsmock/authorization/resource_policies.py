"""The policies of resources that moto keeps: buckets, queues, topics, secrets and functions.

Like ``directory`` it looks without making anything, and without importing moto.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from kmsmock.iam import Layer, Policy, Source
from kmsmock.identity.directory import compile_stored

Bound = Callable[[str], Mapping[str, str]]
"""The principals in a resource's policy, and the unique ids that they had when it was written."""


def of(arn: str, account: str, bound: Bound) -> tuple[str, Source | None]:
    """The account that owns a resource, and the resource's policy. ``account`` is whose it is if nothing else tells."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return account, None
    if parts[2] == "s3":
        return _bucket(parts[5].split("/", 1)[0], account, bound)
    owner = parts[4] or account
    reader = _READERS.get(parts[2])
    text = None if reader is None else _read(reader, parts, owner)
    return owner, None if not text else Source(Layer.RESOURCE, f"policy of {arn}", _compiled(text))


@lru_cache(maxsize=1024)
def _compiled(text: str, bound: tuple[tuple[str, str], ...] = ()) -> Policy:
    names = dict(bound)
    return compile_stored(text, "resource", lambda name: names.get(name, name))


def _bucket(name: str, account: str, bound: Bound) -> tuple[str, Source | None]:
    module = sys.modules.get("moto.s3.models")
    if module is None or name not in module.s3_backends.bucket_accounts:
        return account, None
    partition, owner = module.s3_backends.bucket_accounts[name]
    found = module.s3_backends[owner][partition].buckets.get(name)
    if found is None or found.policy is None:
        return owner, None
    names = tuple(sorted(bound(f"arn:{partition}:s3:::{name}").items()))
    return owner, Source(Layer.RESOURCE, f"bucket policy of {name}", _compiled(found.policy.decode(), names))


Reader = tuple[str, str, Callable[[Any, str, str], Any]]
"""moto's module, its table of backends, and how the policy of a resource (its name, its ARN) is found in a backend."""


def _attribute(found: Any) -> Any:
    return None if found is None else found.policy


def _of_secret(found: Any) -> Any:
    """A replica has the policy of the secret that it is a replica of."""
    return _attribute(getattr(found, "source", found))


def _function(backend: Any, name: str, arn: str) -> str | None:
    functions = [each for each in backend.list_functions() if each.function_name == name.rpartition(":")[2]]
    statements = functions[0].policy.statements if functions else []
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


_READERS: Mapping[str, Reader] = {
    "lambda": ("moto.awslambda.models", "lambda_backends", _function),
    "secretsmanager": (
        "moto.secretsmanager.models",
        "secretsmanager_backends",
        lambda backend, name, arn: _of_secret(backend.secrets.get(arn) or backend.secrets.get(name)),
    ),
    "sns": ("moto.sns.models", "sns_backends", lambda backend, name, arn: _attribute(backend.topics.get(arn))),
    "sqs": ("moto.sqs.models", "sqs_backends", lambda backend, name, arn: _attribute(backend.queues.get(name))),
}


def _read(reader: Reader, parts: list[str], owner: str) -> str | None:
    module_name, table, find = reader
    module = sys.modules.get(module_name)
    backends = None if module is None else getattr(module, table)
    region = parts[3]
    if backends is None or owner not in backends or region not in backends[owner].keys():  # noqa: SIM118 - see directory
        return None
    found: str | None = find(backends[owner][region], parts[5], ":".join(parts))
    return found
