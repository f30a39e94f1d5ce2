"""Delivery streams under a key ("Data protection in Amazon Data Firehose")."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError, constraint_violations
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.grants import ServiceGrant, grant_for_service, retire
from kmsmock.services.kms.translation import translating
from kmsmock.wire import constraints

_DESTINATIONS = (
    *("ExtendedS3DestinationConfiguration", "ExtendedS3DestinationUpdate"),
    *("S3DestinationConfiguration", "S3DestinationUpdate"),
)
"""What says as whom objects are written, and where."""
_GRANTED = ["Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey"]


class Grants(dict[str, ServiceGrant]):
    """The ARN of a delivery stream -> Firehose's grant on its key."""


@outages.first("firehose")
def _translate(error: AwsError) -> AwsError:
    return AwsError("InvalidKMSResourceException", error.message)


def _arn(call: Call) -> str:
    name = call.params["DeliveryStreamName"]
    return f"arn:{call.partition}:firehose:{call.region}:{call.account}:deliverystream/{name}"


def _context(call: Call) -> dict[str, str]:
    return {"aws:kinesis:firehose:arn": _arn(call)}


def start_encryption(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateDeliveryStream and StartDeliveryStreamEncryption: Firehose gets a grant on a customer key."""
    _check_destinations(call)
    params = call.params.get("DeliveryStreamEncryptionConfigurationInput") or {}
    if params.get("KeyType") != "CUSTOMER_MANAGED_CMK":
        return
    if "KeyARN" not in params:
        # that it is required is documented, how it is said is unverified
        raise AwsError("InvalidArgumentException", "KeyARN is required when KeyType is CUSTOMER_MANAGED_CMK.")
    with translating(_translate):
        key = kms.forward("DescribeKey", KeyId=params["KeyARN"])["KeyMetadata"]["Arn"]
    with grant_for_service(kms, _translate, key, _GRANTED, _context(call)) as grant:
        moto()
    _release(call, kms)
    kms.store.records(Grants)[_arn(call)] = grant


def update_destination(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """UpdateDestination of a stream to S3."""
    _check_destinations(call)


def _check_destinations(call: Call) -> None:
    """As whom objects are written is the ARN of a role; where they are written to, moto takes as it is told."""
    found = constraints.violations("firehose", call.operation, call.params, only=_DESTINATIONS)
    broken = [text for text in found if ".roleARN'" in text]
    if broken:
        raise constraint_violations(broken)


def stop_encryption(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """StopDeliveryStreamEncryption and DeleteDeliveryStream: new records are in the clear, or there are none."""
    moto()
    _release(call, kms)


def _release(call: Call, kms: ServiceKms) -> None:
    """Firehose gives back the grant on the key that the stream had."""
    held = kms.store.records(Grants).pop(_arn(call), None)
    if held is not None:
        retire(kms, held)


def put(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """PutRecord and PutRecordBatch: the producer needs kms:GenerateDataKey and kms:Decrypt, as since April 2026."""
    grant = kms.store.records(Grants).get(_arn(call))
    if grant is not None:
        with translating(_translate):
            _, envelope = kms.seal(grant.key, _context(call))
            kms.unseal(envelope)
    return {**moto(), "Encrypted": _encrypted(call, moto)}


def _encrypted(call: Call, moto: Moto) -> bool:
    """Whether the stream encrypts, also under Firehose's own key."""
    stream = moto("DescribeDeliveryStream", DeliveryStreamName=call.params["DeliveryStreamName"])
    return _encryption(stream).get("Status") == "ENABLED"


def _encryption(stream: dict[str, Any]) -> dict[str, Any]:
    """What a description tells of encryption; moto leaves out the state of streams that were made with it."""
    found: dict[str, Any] = stream["DeliveryStreamDescription"].get("DeliveryStreamEncryptionConfiguration", {})
    return {"Status": "ENABLED", **found} if found else {}


def describe(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DescribeDeliveryStream, with the state of its encryption."""
    stream = moto()
    if found := _encryption(stream):
        stream["DeliveryStreamDescription"]["DeliveryStreamEncryptionConfiguration"] = found
    return stream


OPERATIONS: dict[str, Advice] = {
    "CreateDeliveryStream": start_encryption,
    "DeleteDeliveryStream": stop_encryption,
    "DescribeDeliveryStream": describe,
    "PutRecord": put,
    "PutRecordBatch": put,
    "StartDeliveryStreamEncryption": start_encryption,
    "StopDeliveryStreamEncryption": stop_encryption,
    "UpdateDestination": update_destination,
}
