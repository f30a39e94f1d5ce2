"""Where moto draws ids from Python's own chance, and not from its own, which a world seeds."""

from __future__ import annotations

from collections.abc import Mapping

_FUNCTIONS = "moto.stepfunctions.parser.asl.component.intrinsic.function.statesfunction"

BY_SERVICE: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "appsync": {"moto.appsync.responses": ("uuid4",)},
    "cloudhsm-v2": {"moto.cloudhsmv2.models": ("uuid",)},
    "cloudwatch": {"moto.cloudwatch.models": ("uuid4",)},
    "codedeploy": {"moto.codedeploy.models": ("uuid",)},
    "comprehend": {
        "moto.comprehend.models": (
            "random",
            "uuid",
        )
    },
    "connect": {"moto.connect.models": ("uuid",)},
    "connectcampaigns": {"moto.connectcampaigns.models": ("uuid",)},
    "database-migration-service": {"moto.dms.utils": ("random",)},
    "docdb": {"moto.rds.models": ("uuid",)},
    "dynamodb": {"moto.dynamodb.models.table_export": ("uuid4",), "moto.dynamodb.models.table_import": ("uuid4",)},
    "dynamodb-streams": {"moto.dynamodbstreams.models": ("os",)},
    "ec2": {"moto.ec2.models.reserved_instances": ("random",)},
    "elasticache": {"moto.elasticache.models": ("random",)},
    "fsx": {"moto.fsx.models": ("uuid4",)},
    "iam": {"moto.iam.models": ("os",)},
    "kafka": {"moto.kafka.models": ("uuid",)},
    "kinesis-analytics-v2": {"moto.kinesisanalyticsv2.models": ("random",)},
    "lex-models-v2": {"moto.lexv2models.models": ("uuid",)},
    "memorydb": {"moto.memorydb.models": ("random",)},
    "neptune": {"moto.rds.models": ("uuid",)},
    "payment-cryptography": {"moto.paymentcryptography.models": ("random",)},
    "rds": {"moto.rds.models": ("uuid",)},
    "s3": {"moto.s3.models": ("os",)},
    "s3-control": {"moto.s3control.models": ("uuid",)},
    "sagemaker": {"moto.sagemaker.models": ("random",)},
    "service-catalog": {"moto.servicecatalog.models": ("uuid",)},
    "sfn": {
        "moto.stepfunctions.parser.asl.component.common.retry.jitter_strategy_decl": ("random",),
        f"{_FUNCTIONS}.math_operations.math_random": ("random",),
        "moto.stepfunctions.parser.backend.alias": ("random",),
        "moto.stepfunctions.parser.utils": ("uuid4",),
    },
    "shield": {"moto.shield.models": ("random",)},
    "ssm": {"moto.ssm.models": ("uuid4",)},
    "sso-admin": {"moto.ssoadmin.responses": ("uuid4",)},
    "sts": {"moto.sts.utils": ("os",)},
    "synthetics": {"moto.synthetics.models": ("uuid",)},
    "timestream-influxdb": {"moto.timestreaminfluxdb.utils": ("random",)},
    "timestream-query": {"moto.timestreamquery.models": ("uuid4",)},
    "vpc-lattice": {
        "moto.vpclattice.models": (
            "random",
            "uuid",
        )
    },
    "workspaces-web": {"moto.workspacesweb.models": ("uuid",)},
}
"""botocore's hyphenated service id -> module of moto -> names. A test reads moto for others."""

CHANCE: Mapping[str, Mapping[str, str]] = {
    module: dict.fromkeys(names, "REPLACED: what is drawn follows from the seed of a world")
    for modules in BY_SERVICE.values()
    for module, names in modules.items()
}
