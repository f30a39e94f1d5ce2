"""DynamoDB Streams: a stream is named by its ARN. That its records ask for no key is the unverified choice."""

from __future__ import annotations

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import table_policies
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms

PRINCIPAL = "dynamodb.amazonaws.com"


def must_exist(arn: str) -> None:
    """Raise what DynamoDB answers for the ARN of a stream that there is not."""
    if not table_policies.stream_exists(arn):
        raise AwsError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")


def of_stream(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """DescribeStream and GetShardIterator: the stream has to exist; moto looks no further than its table."""
    must_exist(call.params["StreamArn"])


OPERATIONS: dict[str, Advice] = dict.fromkeys(("DescribeStream", "GetShardIterator"), of_stream)
