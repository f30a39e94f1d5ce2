"""The policies of resources that moto keeps: buckets, queues, topics, secrets and functions.

Like ``directory`` it looks without making anything, and without importing moto.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from kmsmock.iam import Layer, Policy, Source
from kmsmock.iam.arn import Arn
from kmsmock.identity.directory import compile_stored

Bound = Callable[[str], Mapping[str, str]]
"""The principals in a resource's policy, and the unique ids that they had when it was written."""


def of(arn: str, account: str, bound: Bound) -> tuple[str, Source | None]:
    """The account that owns a resource, and the resource's policy. ``account`` is whose it is if nothing else tells.

    What belongs to AWS itself, such as its managed policies, is as much everybody's own.
    """
    parts = Arn.find(arn)
    if parts is None:
        return account, None
    if parts.service == "s3":
        return _bucket(parts.resource.split("/", 1)[0], account, bound)
    owner = account if parts.account in ("", "aws") else parts.account
    reader = _READERS.get(parts.service)
    found = None if reader is None else _read(reader, parts, owner)
    text = None if reader is None or found is None else reader.policy(found)
    return owner, None if not text else Source(Layer.RESOURCE, f"policy of {arn}", _compiled(text))


def exists(arn: str) -> bool:
    """True for a bucket, or something in one, a queue, topic, secret or function that is there."""
    parts = Arn.find(arn)
    if parts is None:
        return False
    if parts.service == "s3":
        module = sys.modules.get("moto.s3.models")
        return module is not None and parts.resource.split("/", 1)[0] in module.s3_backends.bucket_accounts
    reader = _READERS.get(parts.service)
    return reader is not None and _read(reader, parts, parts.account) is not None


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


class Reader(NamedTuple):
    """moto's module, its table of backends, and how a resource (its name, its ARN) and its policy are found there."""

    module: str
    table: str
    find: Callable[[Any, str, str], Any]
    policy: Callable[[Any], Any] = lambda found: found.policy


def _function(backend: Any, name: str, arn: str) -> Any:
    functions = (each for each in backend.list_functions() if each.function_name == name.rpartition(":")[2])
    return next(functions, None)


def _of_function(function: Any) -> str | None:
    statements = function.policy.statements
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


_READERS: Mapping[str, Reader] = {
    "lambda": Reader("moto.awslambda.models", "lambda_backends", _function, _of_function),
    "secretsmanager": Reader(
        "moto.secretsmanager.models",
        "secretsmanager_backends",
        lambda backend, name, arn: backend.secrets.get(arn) or backend.secrets.get(name),
        lambda secret: getattr(secret, "source", secret).policy,  # a replica has that of the secret it is one of
    ),
    "sns": Reader("moto.sns.models", "sns_backends", lambda backend, name, arn: backend.topics.get(arn)),
    "sqs": Reader("moto.sqs.models", "sqs_backends", lambda backend, name, arn: backend.queues.get(name)),
}


def _read(reader: Reader, arn: Arn, owner: str) -> Any:
    """moto's record of a resource, or None."""
    module = sys.modules.get(reader.module)
    backends = None if module is None else getattr(module, reader.table)
    if backends is None or owner not in backends:
        return None
    backend = dict(backends[owner].items()).get(arn.region)
    return None if backend is None else reader.find(backend, arn.resource, str(arn))
