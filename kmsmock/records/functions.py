"""moto's record of a Lambda function, for what moto drops when a function is changed."""

from __future__ import annotations

from typing import Any

from kmsmock.iam.arn import Arn


def find(account: str, region: str, name: str) -> Any:
    """The unpublished version of a function, by name or ARN; None for none."""
    from moto.awslambda.exceptions import LambdaClientError
    from moto.awslambda.utils import get_backend

    arn = Arn.find(name)
    if arn is not None:
        account, region = arn.account, arn.region
    try:
        return get_backend(account, region).get_function(name)
    except LambdaClientError:
        return None
