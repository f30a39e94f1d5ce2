"""Notifications of buckets: S3 tries the queues and topics that it is to tell, and needs their keys for that."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.records import messages
from kmsmock.services import Advice, Moto, sns, sqs
from kmsmock.services.kms import message_sender
from kmsmock.services.kms.client import ServiceKms

_DESTINATIONS = {"QueueConfigurations": "QueueArn", "TopicConfigurations": "TopicArn"}


def put_notifications(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """PutBucketNotificationConfiguration: destinations whose keys do not let S3 in are refused."""
    if call.params.get("SkipDestinationValidation"):
        return
    bucket = f"arn:{call.partition}:s3:::{call.params['Bucket']}"
    for kind, name in _DESTINATIONS.items():
        for each in call.params["NotificationConfiguration"].get(kind, ()):
            _try(kms, bucket, each[name])


def _try(kms: ServiceKms, bucket: str, arn: str) -> None:
    named = Arn.find(arn)
    if named is None:
        return  # moto says that it is none
    _, service, region, account, name = named
    target: Any = messages.queue_or_topic(service, account, region, name, arn)
    if target is None:
        return  # moto says that there is none
    acting, caller = message_sender.service_for(kms.store, "s3", bucket, account, region)
    try:
        if service == "sqs" and target.kms_master_key_id:
            sqs.seal(acting, target, caller)
        if service == "sns":
            sns.seal(acting, target.kms_master_key_id, arn, caller)
    except AwsError:
        raise AwsError("InvalidArgument", "Unable to validate the following destination configurations") from None


OPERATIONS: dict[str, Advice] = {"PutBucketNotificationConfiguration": put_notifications}
