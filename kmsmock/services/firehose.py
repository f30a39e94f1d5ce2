"""Delivery streams under a key ("Data protection in Amazon Data Firehose")."""

from __future__ import annotations

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import Envelopes
from kmsmock.services.kms.grants import granted, retire
from kmsmock.services.kms.translation import worded

_GRANTED = ["Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey"]
Keys = dict[str, tuple[str, str]]
"""The ARN of a delivery stream -> the ARN of its key, and the id of Firehose's grant."""


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
    with granted(envelopes, _words, key, _GRANTED, {"EncryptionContextSubset": _context(call)}) as grant:
        moto()
    _let_go(call, envelopes)
    _keys(envelopes)[_arn(call)] = key, grant


def stop_encryption(call: Call, envelopes: Envelopes, moto: Moto) -> None:
    """StopDeliveryStreamEncryption and DeleteDeliveryStream: new records are in the clear, or there are none."""
    moto()
    _let_go(call, envelopes)


def _let_go(call: Call, envelopes: Envelopes) -> None:
    """Firehose gives back the grant on the key that the stream had."""
    held = _keys(envelopes).pop(_arn(call), None)
    if held is not None:
        retire(envelopes, *held)


def put(call: Call, envelopes: Envelopes, moto: Moto) -> None:
    """PutRecord and PutRecordBatch: the producer needs kms:GenerateDataKey and kms:Decrypt, as since April 2026."""
    held = _keys(envelopes).get(_arn(call))
    if held is None:
        return
    with worded(_words):
        _, envelope = envelopes.seal(held[0], _context(call))
        envelopes.unseal(envelope)


OPERATIONS: dict[str, Advice] = {
    "CreateDeliveryStream": start_encryption,
    "DeleteDeliveryStream": stop_encryption,
    "PutRecord": put,
    "PutRecordBatch": put,
    "StartDeliveryStreamEncryption": start_encryption,
    "StopDeliveryStreamEncryption": stop_encryption,
}
