"""moto's records of the policies of tables; it has none for their streams, and keeps those of tables that are gone."""

from __future__ import annotations

from typing import Any

from kmsmock.iam.arn import Arn
from kmsmock.records import backends
from kmsmock.records.contract import MOTO


def _backend(arn: str) -> Any:
    place = Arn.of(arn)
    return backends.made("dynamodb", place.account, place.region)


def stream_exists(arn: str) -> bool:
    """Whether a table has the stream of this ARN."""
    if Arn.find(arn) is None:
        return False
    name = arn.partition(":table/")[2].partition("/")[0]
    table = _backend(arn).tables.get(name)
    return table is not None and arn == f"{table.table_arn}/stream/{table.latest_stream_label}"


def put(arn: str, document: str) -> str:
    """Keep the policy of a stream; the id of this revision of it."""
    kept = MOTO.get("moto.dynamodb.models.table:ResourcePolicy")(arn, document)
    _backend(arn).resource_policies[arn] = kept
    return str(kept.revision_id)


def find(arn: str) -> Any:
    """The policy of a stream, with ``policy_doc`` and ``revision_id``; None for none."""
    return _backend(arn).resource_policies.get(arn)


def drop(arn: str) -> None:
    """Forget the policy of a stream, or those of a table and its streams."""
    policies = _backend(arn).resource_policies
    for each in [each for each in policies if each == arn or each.startswith(f"{arn}/")]:
        del policies[each]
