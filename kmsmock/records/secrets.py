"""moto's records of secrets: their replicas, and what moto forgets to move along with a label."""

from __future__ import annotations

from typing import Any

from kmsmock.iam.arn import Arn


def find(arn: str) -> Any:
    """The record of a secret, or of a replica; None for none."""
    from moto.secretsmanager.models import secretsmanager_backends

    region, account = Arn.of(arn)[2:4]
    return secretsmanager_backends[account][region].secrets.get(arn)


def drop_replica(secret: Any, replica: Any) -> None:
    """There is no such replica any more; ``secret`` still tells of one that failed."""
    from moto.secretsmanager.models import secretsmanager_backends

    if replica.has_replica:
        account = Arn.of(secret.arn).account
        dict.pop(secretsmanager_backends[account][replica.region].secrets, replica.arn, None)
        replica.has_replica = False
