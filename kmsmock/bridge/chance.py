"""What moto draws from Python's own chance is drawn from moto's: it follows from the seed of a world."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from importlib import import_module
from random import Random
from typing import Any

from kmsmock.active import Patches

MODULES: Mapping[str, tuple[str, ...]] = {
    "appsync": ("moto.appsync.responses:uuid4",),
    "cloudhsm-v2": ("moto.cloudhsmv2.models:uuid",),
    "cloudwatch": ("moto.cloudwatch.models:uuid4",),
    "codedeploy": ("moto.codedeploy.models:uuid",),
    "comprehend": ("moto.comprehend.models:random", "moto.comprehend.models:uuid"),
    "connect": ("moto.connect.models:uuid",),
    "connectcampaigns": ("moto.connectcampaigns.models:uuid",),
    "database-migration-service": ("moto.dms.utils:random",),
    "docdb": ("moto.rds.models:uuid",),
    "dynamodb": ("moto.dynamodb.models.table_export:uuid4", "moto.dynamodb.models.table_import:uuid4"),
    "dynamodb-streams": ("moto.dynamodbstreams.models:os",),
    "ec2": ("moto.ec2.models.reserved_instances:random",),
    "elasticache": ("moto.elasticache.models:random",),
    "fsx": ("moto.fsx.models:uuid4",),
    "iam": ("moto.iam.models:os",),
    "kafka": ("moto.kafka.models:uuid",),
    "kinesis-analytics-v2": ("moto.kinesisanalyticsv2.models:random",),
    "lex-models-v2": ("moto.lexv2models.models:uuid",),
    "memorydb": ("moto.memorydb.models:random",),
    "neptune": ("moto.rds.models:uuid",),
    "payment-cryptography": ("moto.paymentcryptography.models:random",),
    "rds": ("moto.rds.models:uuid",),
    "s3": ("moto.s3.models:os",),
    "s3-control": ("moto.s3control.models:uuid",),
    "sagemaker": ("moto.sagemaker.models:random",),
    "service-catalog": ("moto.servicecatalog.models:uuid",),
    "sfn": (
        "moto.stepfunctions.parser.asl.component.common.retry.jitter_strategy_decl:random",
        "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction.math_operations.math_random:random",
        "moto.stepfunctions.parser.backend.alias:random",
        "moto.stepfunctions.parser.utils:uuid4",
    ),
    "shield": ("moto.shield.models:random",),
    "ssm": ("moto.ssm.models:uuid4",),
    "sso-admin": ("moto.ssoadmin.responses:uuid4",),
    "sts": ("moto.sts.utils:os",),
    "synthetics": ("moto.synthetics.models:uuid",),
    "timestream-influxdb": ("moto.timestreaminfluxdb.utils:random",),
    "timestream-query": ("moto.timestreamquery.models:uuid4",),
    "vpc-lattice": ("moto.vpclattice.models:random", "moto.vpclattice.models:uuid"),
    "workspaces-web": ("moto.workspacesweb.models:uuid",),
}
"""botocore's hyphenated service id -> names of Python's own chance in moto's modules. A test reads moto for others."""


class _Instead:
    """Stands in for a module of Python: some of its functions are others."""

    def __init__(self, module: Any, **functions: Any) -> None:
        self._module = module
        vars(self).update(functions)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def install(patches: Patches, service: str) -> None:
    """Before a service is first asked."""
    names = MODULES.get(service)
    if names is None:
        return
    from moto.moto_api._internal import mock_random

    def generator(seed: Any = None) -> Random:
        return Random(mock_random.random() if seed is None else seed)

    instead = {
        "os": _Instead(os, urandom=mock_random.randbytes),
        "random": _Instead(mock_random, Random=generator),
        "uuid": _Instead(uuid, uuid4=mock_random.uuid4),
        "uuid4": mock_random.uuid4,
    }
    for name in names:
        module, _, attribute = name.partition(":")
        patches.replace(import_module(module), attribute, instead[attribute])
