"""The policies of resources, as moto keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from kmsmock.iam.arn import Arn
from kmsmock.records import backends


class Reader(NamedTuple):
    """The service's part of moto, and how a resource (its name, its ARN) and its policy are found there."""

    service: str
    find: Callable[[Any, str, str], Any]
    policy: Callable[[Any], Any] = lambda found: found.policy


def text(arn: Arn, owner: str) -> str | None:
    """The policy of a resource of an account, if it is there and has one."""
    policies = (reader.policy(found) for reader, found in _found(arn, owner))
    return next((str(each) for each in policies if each), None)


def exists(arn: Arn) -> bool:
    """Whether a resource that can have a policy is there."""
    return any(True for _ in _found(arn, arn.account))


def _found(arn: Arn, owner: str) -> Iterator[tuple[Reader, Any]]:
    for reader in _READERS.get(arn.service, ()):
        backend = backends.existing(reader.service, owner, arn.region)
        found = None if backend is None else reader.find(backend, arn.resource, str(arn))
        if found is not None:
            yield reader, found


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
    "dynamodb": (Reader("dynamodb", _table, lambda found: found.policy_doc),),
    "ecr": (
        Reader("ecr", lambda backend, name, arn: backend.repositories.get(name.partition("/")[2]), _of_repository),
    ),
    "events": (Reader("events", lambda backend, name, arn: backend.event_buses.get(name.rpartition("/")[2])),),
    "kinesis": (
        Reader("kinesis", lambda backend, name, arn: backend.resource_policies.get(arn), lambda policy: policy),
    ),
    "lambda": (Reader("lambda", _function, _of_function), Reader("lambda_simple", _function, _of_function)),
    "secretsmanager": (Reader("secretsmanager", _secret, _of_secret),),
    "sns": (Reader("sns", lambda backend, name, arn: backend.topics.get(arn)),),
    "sqs": (Reader("sqs", lambda backend, name, arn: backend.queues.get(name)),),
}
"""The service in an ARN -> where its resources may be: moto has functions that run, and functions that do not."""
