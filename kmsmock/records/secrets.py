"""moto's records of secrets: their replicas, and what moto forgets to move along with a label."""

from __future__ import annotations

from typing import Any

from kmsmock.iam.arn import Arn
from kmsmock.records import backends


def find(arn: str) -> Any:
    """The record of a secret, or of a replica; None for none."""
    region, account = Arn.of(arn)[2:4]
    return backends.made("secretsmanager", account, region).secrets.get(arn)


def full_arn(account: str, region: str, name: str) -> str | None:
    """The ARN of a secret by its name, with the six characters that were added to it; None for none."""
    found = _known(account, region, name)
    return None if found is None else str(found.arn)


def tags(account: str, region: str, arn: str) -> dict[str, str]:
    """The tags of a secret."""
    found = _known(account, region, arn)
    return {} if found is None else {tag["Key"]: tag["Value"] for tag in found.tags or ()}


def _known(account: str, region: str, name: str) -> Any:
    backend = backends.existing("secretsmanager", account, region)
    return None if backend is None else backend.secrets.get(name)


def drop_replica(secret: Any, replica: Any) -> None:
    """There is no such replica any more; ``secret`` still tells of one that failed."""
    if replica.has_replica:
        account = Arn.of(secret.arn).account
        dict.pop(backends.made("secretsmanager", account, replica.region).secrets, replica.arn, None)
        replica.has_replica = False
