"""DynamoDB Streams: a stream is named by its ARN. That its records ask for no key is the unverified choice."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import table_policies
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms

PRINCIPAL = "dynamodb.amazonaws.com"


def of_stream(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """DescribeStream and GetShardIterator: the stream has to exist; moto looks no further than its table."""
    arn = call.params["StreamArn"]
    if not table_policies.stream_exists(arn):
        raise AwsError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")
    return None


OPERATIONS: dict[str, Advice] = dict.fromkeys(("DescribeStream", "GetShardIterator"), of_stream)
