"""moto's record of a Lambda function, for what moto drops when a function is changed."""

from __future__ import annotations

from typing import Any

from kmsmock.iam.arn import Arn
from kmsmock.records.contract import MOTO


def find(account: str, region: str, name: str) -> Any:
    """The unpublished version of a function, by name or ARN; None for none."""
    backend_of = MOTO.get("moto.awslambda.utils:get_backend")
    arn = Arn.find(name)
    if arn is not None:
        account, region = arn.account, arn.region
    try:
        return backend_of(account, region).get_function(name)
    except MOTO.get("moto.awslambda.exceptions:LambdaClientError"):
        return None
