"""The policies of resources that moto keeps: buckets, buses, functions, queues, repositories, secrets, streams, tables
and topics.

Like ``directory`` it looks without making anything, and without importing moto.
"""

from __future__ import annotations

import json
import re
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
    if (parts[2], re.split("[:/]", parts[5])[0]) in _SHARED_BY_THEIR_SERVICE:
        return account, None
    owner = parts[4] or account
    texts = (_read(reader, parts, owner) for reader in _READERS.get(parts[2], ()))
    text = next((each for each in texts if each), None)
    return owner, None if not text else Source(Layer.RESOURCE, f"policy of {arn}", _compiled(text))


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
    names = tuple(sorted(bound(f"arn:aws:s3:::{name}").items()))
    return owner, Source(Layer.RESOURCE, f"bucket policy of {name}", _compiled(found.policy.decode(), names))


Reader = tuple[str, str, Callable[[Any, str, str], Any]]
"""moto's module, its table of backends, and how the policy of a resource (its name, its ARN) is found in a backend."""


def _attribute(found: Any) -> Any:
    return None if found is None else found.policy


def _of_secret(found: Any) -> Any:
    """A replica has the policy of the secret that it is a replica of."""
    return _attribute(getattr(found, "source", found))


def _function(backend: Any, name: str, arn: str) -> str | None:
    functions = [each for each in backend.list_functions() if each.function_name == name.split(":")[1]]
    statements = [_with_principal(each) for each in functions[0].policy.statements] if functions else []
    return json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else None


def _with_principal(statement: dict[str, Any]) -> dict[str, Any]:
    """AddPermission takes an account or the ARN of a principal as such, and moto keeps it so."""
    principal = statement.get("Principal")
    named = isinstance(principal, str) and principal != "*"
    return {**statement, "Principal": {"AWS": principal}} if named else statement


def _repository(backend: Any, name: str, arn: str) -> str | None:
    """A repository's policy does not say whose it is: what has no Resource is about the repository."""
    text = _attribute(backend.repositories.get(name.partition("/")[2]))
    if not text:
        return None
    document = json.loads(text)
    statements = document.get("Statement", [])
    listed = [statements] if isinstance(statements, dict) else statements
    return json.dumps({**document, "Statement": [{"Resource": arn, **each} for each in listed]})


def _table(backend: Any, name: str, arn: str) -> str | None:
    """An index has the policy of its table; a stream has one of its own."""
    found = backend.resource_policies.get(arn.partition("/index/")[0])
    return None if found is None else found.policy_doc


def _bus(backend: Any, name: str, arn: str) -> Any:
    return _attribute(backend.event_buses.get(name.rpartition("/")[2]))


def _secret(backend: Any, name: str, arn: str) -> Any:
    return _of_secret(backend.secrets.get(arn) or backend.secrets.get(name))


def _stream(backend: Any, name: str, arn: str) -> Any:
    return backend.resource_policies.get(arn)


def _topic(backend: Any, name: str, arn: str) -> Any:
    return _attribute(backend.topics.get(arn))


def _queue(backend: Any, name: str, arn: str) -> Any:
    return _attribute(backend.queues.get(name))


_READERS: Mapping[str, tuple[Reader, ...]] = {
    "dynamodb": (("moto.dynamodb.models", "dynamodb_backends", _table),),
    "ecr": (("moto.ecr.models", "ecr_backends", _repository),),
    "events": (("moto.events.models", "events_backends", _bus),),
    "kinesis": (("moto.kinesis.models", "kinesis_backends", _stream),),
    "lambda": (
        ("moto.awslambda.models", "lambda_backends", _function),
        ("moto.awslambda_simple.models", "lambda_simple_backends", _function),
    ),
    "secretsmanager": (("moto.secretsmanager.models", "secretsmanager_backends", _secret),),
    "sns": (("moto.sns.models", "sns_backends", _topic),),
    "sqs": (("moto.sqs.models", "sqs_backends", _queue),),
}
"""The service in an ARN -> where its resources may be: moto has functions that run, and functions that do not."""


def _read(reader: Reader, parts: list[str], owner: str) -> str | None:
    module_name, table, find = reader
    module = sys.modules.get(module_name)
    backends = None if module is None else getattr(module, table)
    region = parts[3]
    if backends is None or owner not in backends or region not in backends[owner].keys():  # noqa: SIM118 - see directory
        return None
    found: str | None = find(backends[owner][region], parts[5], ":".join(parts))
    return found
