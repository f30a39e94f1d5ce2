"""The tables that a request of DynamoDB names, by name or ARN."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kmsmock.call import Params
from kmsmock.iam.arn import Arn

_STATEMENT = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?([\w.-]+)', re.IGNORECASE)


def tables(params: Params) -> Iterator[str]:
    """The tables that a request names, once for each mention."""
    for name in ("TableName", "TableArn"):
        if name in params:
            yield params[name]
    yield from params.get("RequestItems") or ()
    for item in params.get("TransactItems") or ():
        yield from (each["TableName"] for each in item.values())
    for statement in (params, *(params.get("Statements") or ()), *(params.get("TransactStatements") or ())):
        yield from _STATEMENT.findall(statement.get("Statement", ""))


def account_of(name: str, caller: str) -> str:
    """The account of a table: that of its ARN, or the caller's."""
    named = Arn.find(name)
    return caller if named is None else named.account


def plain(name: str) -> str:
    """The name of a table that is named by its ARN, or by that of an index or stream of it."""
    return name.rsplit(":table/", 1)[-1].split("/", maxsplit=1)[0]
