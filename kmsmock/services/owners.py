"""Whose a resource is that a request names: the account in its ARN, its URL or a parameter of its own.

moto keeps resources by account and looks only in the caller's. Where a row here finds another account, the request is
answered there; whether it may is decided by the resource's policy and by the caller's own ("Cross-account policy
evaluation logic", IAM user guide).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from kmsmock.authorization.actions import Need, reference
from kmsmock.call import Call
from kmsmock.services.table_names import account_of as account_of_table
from kmsmock.services.table_names import tables


class Owned(NamedTuple):
    """A resource of another account."""

    account: str
    arn: str


def _by_arn(*names: str) -> Callable[[Call], Iterator[str]]:
    """The ARNs in these parameters."""

    def arns(call: Call) -> Iterator[str]:
        yield from (call.params[name] for name in names if str(call.params.get(name, "")).startswith("arn:"))

    return arns


def _queue(call: Call) -> Iterator[str]:
    """The queue of a URL, and the one that GetQueueUrl looks for."""
    params = call.params
    if "QueueUrl" in params:
        parts = urlsplit(params["QueueUrl"]).path.strip("/").split("/")
        if len(parts) == 2 and parts[0].isdigit():
            yield f"arn:{call.partition}:sqs:{call.region}:{parts[0]}:{parts[1]}"
    elif "QueueOwnerAWSAccountId" in params:
        yield f"arn:{call.partition}:sqs:{call.region}:{params['QueueOwnerAWSAccountId']}:{params['QueueName']}"


def _repository(call: Call) -> Iterator[str]:
    params = call.params
    if "registryId" in params and "repositoryName" in params:
        where = f"arn:{call.partition}:ecr:{call.region}:{params['registryId']}"
        yield f"{where}:repository/{params['repositoryName']}"


def _tables(call: Call) -> Iterator[str]:
    """The tables, indexes and streams that a request names by their ARNs."""
    yield from (name for name in tables(call.params) if name.startswith("arn:"))
    yield from _by_arn("ResourceArn", "SourceTableArn", "StreamArn")(call)


def _records(call: Call) -> Iterator[str]:
    """An iterator of a stream begins with its ARN."""
    iterator = call.params.get("ShardIterator", "")
    if iterator.startswith("arn:"):
        yield iterator.split("|", 1)[0]
    yield from _tables(call)


def _topic(call: Call) -> Iterator[str]:
    """The topic that a request names; a subscription and an endpoint of an application have longer ARNs. A token is all
    that ConfirmSubscription asks for."""
    if call.operation != "ConfirmSubscription":
        arns = _by_arn("TopicArn", "TargetArn", "ResourceArn")(call)
        yield from (arn for arn in arns if arn.count(":") == 5 and "/" not in arn)


_FOUND_BY_MOTO = frozenset({"sns"})
"""The services whose resources moto itself finds in any account; who subscribes has the subscription in his own."""

_ROWS: Mapping[str, Callable[[Call], Iterator[str]]] = {
    "dynamodb": _tables,
    "dynamodb-streams": _records,
    "ecr": _repository,
    "eventbridge": _by_arn("EventBusName", "Name"),
    "kinesis": _by_arn("StreamARN", "ResourceARN", "ConsumerARN"),
    "lambda": _by_arn("FunctionName"),
    "sns": _topic,
    "sqs": _queue,
}
"""botocore's hyphenated service id -> the ARNs of the resources that a request names."""


def foreign(call: Call) -> tuple[Owned, ...]:
    """The resources of other accounts that a request names."""
    row = _ROWS.get(call.service)
    if row is None:
        return ()
    owned = (Owned(arn.split(":")[4], arn) for arn in dict.fromkeys(row(call)) if arn.count(":") >= 5)
    return tuple(each for each in owned if each.account not in ("", call.account))


def account_of(call: Call) -> str:
    """The account whose resources a request is about: the caller's, unless it names another's.

    Raises NotImplementedError for one that names several: no moto backend has them all.
    """
    if call.service in _FOUND_BY_MOTO:
        return call.account
    accounts = sorted({each.account for each in foreign(call)})
    if len(accounts) > 1 or (accounts and _names_own(call)):
        raise NotImplementedError(f"kmsmock does not model {call.operation} on resources of several accounts at once")
    return accounts[0] if accounts else call.account


def _names_own(call: Call) -> bool:
    named = tables(call.params) if call.service == "dynamodb" else ()
    return any(account_of_table(name, call.account) == call.account for name in named)


def needs(call: Call) -> tuple[Need, ...]:
    """The permissions on resources of other accounts, which count whatever services a world enforces IAM for."""
    return tuple(Need(reference.action_of(call, each.arn.split(":")[2]), each.arn) for each in foreign(call))
