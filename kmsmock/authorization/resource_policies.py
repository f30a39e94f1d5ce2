"""The policies of resources that moto keeps: buckets, buses, functions, queues, repositories, secrets, streams, tables
and topics.

Like ``directory`` it looks without making anything, and without importing moto.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
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
    if (parts.service, parts.kind) in _SHARED_BY_THEIR_SERVICE:
        return account, None
    owner = account if parts.account in ("", "aws") else parts.account
    text = next((each for each in _policies(parts, owner) if each), None)
    return owner, None if not text else Source(Layer.RESOURCE, f"policy of {arn}", _compiled(text))


def _policies(arn: Arn, owner: str) -> Iterator[str | None]:
    for reader in _READERS.get(arn.service, ()):
        found = _read(reader, arn, owner)
        if found is not None:
            yield reader.policy(found)


def exists(arn: str) -> bool:
    """True for a bucket, or something in one, or another resource with policies that is there."""
    parts = Arn.find(arn)
    if parts is None:
        return False
    if parts.service == "s3":
        module = sys.modules.get("moto.s3.models")
        return module is not None and parts.resource.split("/", 1)[0] in module.s3_backends.bucket_accounts
    return any(_read(reader, parts, parts.account) is not None for reader in _READERS.get(parts.service, ()))


_SHARED_BY_THEIR_SERVICE = frozenset(
    {
        ("rds", "cluster-snapshot"),
        ("rds", "snapshot"),
        ("redshift", "snapshot"),
        ("ssm", "document"),
    }
)
"""Resources of other accounts that no policy lets anybody have: their owners share them by an attribute, at which the
service looks by itself, and the caller needs the permission of his own account only. Those of EC2 have no account in
their ARNs."""


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
    functions = (each for each in backend.list_functions() if each.function_name == name.split(":")[1])
    return next(functions, None)


def _of_function(function: Any) -> str | None:
    statements = [_with_principal(each) for each in function.policy.statements]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


def _with_principal(statement: dict[str, Any]) -> dict[str, Any]:
    """AddPermission takes an account or the ARN of a principal as such, and moto keeps it so."""
    principal = statement.get("Principal")
    named = isinstance(principal, str) and principal != "*"
    return {**statement, "Principal": {"AWS": principal}} if named else statement


def _of_repository(repository: Any) -> str | None:
    """A repository's policy does not say whose it is: what has no Resource is about the repository."""
    if not repository.policy:
        return None
    document = json.loads(repository.policy)
    statements = document.get("Statement", [])
    listed = [statements] if isinstance(statements, dict) else statements
    return json.dumps({**document, "Statement": [{"Resource": repository.arn, **each} for each in listed]})


def _secret(backend: Any, name: str, arn: str) -> Any:
    return backend.secrets.get(arn) or backend.secrets.get(name)


def _of_secret(secret: Any) -> Any:
    """A replica has the policy of the secret that it is a replica of."""
    return getattr(secret, "source", secret).policy


def _table(backend: Any, name: str, arn: str) -> Any:
    """An index has the policy of its table; a stream has one of its own."""
    return backend.resource_policies.get(arn.partition("/index/")[0])


_READERS: Mapping[str, tuple[Reader, ...]] = {
    "dynamodb": (Reader("moto.dynamodb.models", "dynamodb_backends", _table, lambda found: found.policy_doc),),
    "ecr": (
        Reader(
            "moto.ecr.models",
            "ecr_backends",
            lambda backend, name, arn: backend.repositories.get(name.partition("/")[2]),
            _of_repository,
        ),
    ),
    "events": (
        Reader(
            "moto.events.models",
            "events_backends",
            lambda backend, name, arn: backend.event_buses.get(name.rpartition("/")[2]),
        ),
    ),
    "kinesis": (
        Reader(
            "moto.kinesis.models",
            "kinesis_backends",
            lambda backend, name, arn: backend.resource_policies.get(arn),
            lambda policy: policy,
        ),
    ),
    "lambda": (
        Reader("moto.awslambda.models", "lambda_backends", _function, _of_function),
        Reader("moto.awslambda_simple.models", "lambda_simple_backends", _function, _of_function),
    ),
    "secretsmanager": (Reader("moto.secretsmanager.models", "secretsmanager_backends", _secret, _of_secret),),
    "sns": (Reader("moto.sns.models", "sns_backends", lambda backend, name, arn: backend.topics.get(arn)),),
    "sqs": (Reader("moto.sqs.models", "sqs_backends", lambda backend, name, arn: backend.queues.get(name)),),
}
"""The service in an ARN -> where its resources may be: moto has functions that run, and functions that do not."""


def _read(reader: Reader, arn: Arn, owner: str) -> Any:
    """moto's record of a resource, or None."""
    module = sys.modules.get(reader.module)
    backends = None if module is None else getattr(module, reader.table)
    if backends is None or owner not in backends:
        return None
    backend = dict(backends[owner].items()).get(arn.region)
    return None if backend is None else reader.find(backend, arn.resource, str(arn))
