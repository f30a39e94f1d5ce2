"""The services that encrypt through KMS: one file each, holding ``OPERATIONS``, a dict of operation -> function.

A function is around-advice, ``f(call, kms, moto)``: it answers the call itself or lets moto answer and amends the
result. ``call`` is what was asked, ``kms`` reaches KMS for the caller, ``moto`` runs an operation in moto.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from kmsmock.call import Call
from kmsmock.services.kms.client import ServiceKms
from kmsmock.wire.answers import Answer


class Moto(ABC):
    """Runs an operation in moto and gives its parsed result; AwsError if moto refuses.

    Without arguments it is the very request that the client sent. ``account`` and ``region`` name another backend,
    ``service`` (botocore's name) another service than the client's.
    """

    __slots__ = ()

    def __call__(
        self,
        operation: str | None = None,
        *,
        account: str | None = None,
        region: str | None = None,
        service: str | None = None,
        **params: Any,
    ) -> dict[str, Any]:
        return self.own() if operation is None else self.run(service, operation, region, params, account)

    @abstractmethod
    def own(self) -> dict[str, Any]:
        """The parsed result of the client's own request."""

    @abstractmethod
    def run(
        self, service: str | None, operation: str, region: str | None, params: dict[str, Any], account: str | None
    ) -> dict[str, Any]:
        """The parsed result of another request; None stands for what the client's own request says."""

    @abstractmethod
    def own_answer(self, headers: Mapping[str, str] | None = None) -> Answer:
        """moto's answer to the client's own request as it goes over the wire, an error included.

        ``headers`` are set in what moto sees of the request.
        """


Advice = Callable[[Call, ServiceKms, Moto], "dict[str, Any] | Answer | None"]
"""A result, an answer that is ready for the wire, or None: moto's own answer to the client's request, byte for byte."""
Guard = Callable[[Call, ServiceKms], None]
"""What is looked at before anything else; raises AwsError."""


@dataclass(frozen=True, slots=True)
class Service:
    """One integrated service: its advised operations and the principal that KMS sees it as."""

    operations: Mapping[str, Advice]
    principal: str
    guard: Guard | None = None


ENFORCED = frozenset({"cloudtrail", "ebs", "ec2", "s3", "secrets-manager"})
"""The services whose own permissions are asked for, by the tables of ``actions``; STS asks for its own."""

MODULES = {
    "auto-scaling": "kmsmock.services.autoscaling",
    "backup": "kmsmock.services.backup",
    "cloudformation": "kmsmock.services.cloudformation",
    "cloudtrail": "kmsmock.services.cloudtrail",
    "cloudwatch": "kmsmock.services.cloudwatch",
    "cloudwatch-logs": "kmsmock.services.logs",
    "dynamodb": "kmsmock.services.dynamodb",
    "dynamodb-streams": "kmsmock.services.dynamodb.streams",
    "ebs": "kmsmock.services.ebs",
    "ec2": "kmsmock.services.ec2",
    "ecr": "kmsmock.services.ecr",
    "efs": "kmsmock.services.efs",
    "eks": "kmsmock.services.eks",
    "eventbridge": "kmsmock.services.events",
    "firehose": "kmsmock.services.firehose",
    "iam": "kmsmock.services.iam",
    "kinesis": "kmsmock.services.kinesis",
    "lambda": "kmsmock.services.awslambda.functions",
    "neptune": "kmsmock.services.rds",
    "organizations": "kmsmock.services.organizations",
    "rbin": "kmsmock.services.rbin",
    "rds": "kmsmock.services.rds",
    "s3": "kmsmock.services.s3",
    "s3-control": "kmsmock.services.s3.batch_jobs",
    "secrets-manager": "kmsmock.services.secretsmanager.values",
    "sfn": "kmsmock.services.states",
    "sns": "kmsmock.services.sns",
    "sqs": "kmsmock.services.sqs",
    "ssm": "kmsmock.services.ssm",
    "sts": "kmsmock.services.sts",
}
"""botocore service id -> module; imported when the first request of that service comes."""

_loaded: dict[str, Service | None] = {}


def find(service: str) -> Service | None:
    """The integration of a service by botocore's hyphenated service id, or None if moto serves it alone."""
    if service not in _loaded:
        name = MODULES.get(service)
        module = import_module(name) if name is not None else None
        principal = getattr(module, "PRINCIPAL", f"{service}.amazonaws.com")
        guard = getattr(module, "guard", None)
        _loaded[service] = None if module is None else Service(module.OPERATIONS, principal, guard)
    return _loaded[service]
