"""Service-linked roles: made when a service first needs one, under the name that AWS gives it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kmsmock.records import iam


def find_or_make(account: str, service: str) -> Any:
    """The service-linked role of a service (``autoscaling.amazonaws.com``) in an account, made if there is none yet."""
    path = f"/aws-service-role/{service}/"
    found = next((role for role in iam.roles(account) if role.path == path and "_" not in role.name), None)
    if found is None:
        with names():
            found = iam.iam_of(account).create_service_linked_role(service, "", "")
    return found


@contextmanager
def names() -> Iterator[None]:
    """Let moto know how AWS writes the names of more services in those of their roles."""
    with iam.knowing_services(_SERVICES):
        yield


_SERVICES = {
    "backup": "Backup",
    "ec2fleet": "EC2Fleet",
    "ecs": "ECS",
    "eks": "AmazonEKS",
    "elasticloadbalancing": "ElasticLoadBalancing",
    "opensearchservice": "AmazonOpenSearchService",
    "organizations": "Organizations",
    "rds": "RDS",
    "spot": "EC2Spot",
    "spotfleet": "EC2SpotFleet",
}
