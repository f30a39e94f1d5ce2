"""Delivery streams under a key ("Data protection in Amazon Data Firehose")."""

from __future__ import annotations

from kmsmock.call import Call
from kmsmock.envelopes import Envelopes
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.wording import worded

_GRANTED = ["Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey"]
Keys = dict[str, str]
"""The ARN of a delivery stream -> the ARN of its key."""


def _words(error: AwsError) -> AwsError:
    return AwsError("InvalidKMSResourceException", error.message)


def _keys(envelopes: Envelopes) -> Keys:
    found: Keys = envelopes.store.services.setdefault("firehose", {})
    return found


def _arn(call: Call) -> str:
    name = call.params["DeliveryStreamName"]
    return f"arn:{call.partition}:firehose:{call.region}:{call.account}:deliverystream/{name}"


def _context(call: Call) -> dict[str, str]:
    return {"aws:kinesis:firehose:arn": _arn(call)}


def start_encryption(call: Call, envelopes: Envelopes, moto: Moto) -> None:
    """CreateDeliveryStream and StartDeliveryStreamEncryption: Firehose gets a grant on a customer key."""
    asked = call.params.get("DeliveryStreamEncryptionConfigurationInput") or {}
    if asked.get("KeyType") != "CUSTOMER_MANAGED_CMK":
        return
    with worded(_words):
        key = envelopes.forward("DescribeKey", KeyId=asked["KeyARN"])["KeyMetadata"]["Arn"]
        envelopes.forward(
            "CreateGrant",
            KeyId=key,
            GranteePrincipal=f"firehose.{call.region}.amazonaws.com",
            Operations=_GRANTED,
            Constraints={"EncryptionContextSubset": _context(call)},
        )
    moto()
    _keys(envelopes)[_arn(call)] = key


def stop_encryption(call: Call, envelopes: Envelopes, moto: Moto) -> None:
    """StopDeliveryStreamEncryption and DeleteDeliveryStream: new records are in the clear, or there are none."""
    moto()
    _keys(envelopes).pop(_arn(call), None)


def put(call: Call, envelopes: Envelopes, moto: Moto) -> None:
    """PutRecord and PutRecordBatch: the producer needs kms:GenerateDataKey and kms:Decrypt, as since April 2026."""
    key = _keys(envelopes).get(_arn(call))
    if key is None:
        return
    with worded(_words):
        _, envelope = envelopes.seal(key, _context(call))
        envelopes.unseal(envelope)


OPERATIONS: dict[str, Advice] = {
    "CreateDeliveryStream": start_encryption,
    "DeleteDeliveryStream": stop_encryption,
    "PutRecord": put,
    "PutRecordBatch": put,
    "StartDeliveryStreamEncryption": start_encryption,
    "StopDeliveryStreamEncryption": stop_encryption,
}
