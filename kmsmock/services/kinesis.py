"""Streams under a key: producers need kms:GenerateDataKey, consumers kms:Decrypt ("Data protection", Kinesis).

Each record stays under the key that the stream had when it was put.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.model.envelope import Envelope
from kmsmock.services import Advice, Moto, firehose_sources
from kmsmock.services.generic import must_be_enabled
from kmsmock.services.kms import message_sender, outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.translation import by_code, translating

translate = outages.first("kinesis")(
    by_code(
        {
            "AccessDeniedException": "KMSAccessDeniedException",
            "DisabledException": "KMSDisabledException",
            "KMSInvalidStateException": "KMSInvalidStateException",
            "NotFoundException": "KMSNotFoundException",
            "ThrottlingException": "KMSThrottlingException",
        },
        "KMSInvalidStateException",
        lambda error: error.message,
    )
)

ShardRecord = tuple[str, str, str]
"""The ARN of a stream, a shard and a sequence number."""


@dataclass(slots=True)
class Streams:
    """What opens each record."""

    records: dict[ShardRecord, Envelope] = field(default_factory=dict)


def start_stream_encryption(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """StartStreamEncryption: the key is looked at, and has to be one that can give data keys."""
    with translating(translate):
        key = kms.forward("DescribeKey", KeyId=call.params["KeyId"])["KeyMetadata"]
        must_be_enabled(key)
        if key["KeySpec"] != "SYMMETRIC_DEFAULT":
            raise AwsError("KMSInvalidStateException", f"{key['Arn']} is not a key that encrypts streams.")


def put_records(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """PutRecord and PutRecords: one data key for the request; all records are refused or none."""
    shown = _summary(call, moto)
    if shown is None:
        return None
    arn, encrypted = shown["StreamARN"], shown.get("EncryptionType", "NONE") != "NONE"
    envelope: Envelope | None = None
    if encrypted:
        with translating(translate):
            envelope = kms.seal(shown["KeyId"], {"aws:kinesis:arn": arn})[1]
    with message_sender.putting(envelope):
        answer = moto()
    if envelope is not None:
        for put in answer.get("Records", [answer]):
            if "SequenceNumber" in put:
                kms.store.records(Streams).records[arn, put["ShardId"], put["SequenceNumber"]] = envelope
    data = [each["Data"] for each in call.params.get("Records", [call.params])]
    firehose_sources.deliver(moto.run, kms, (Arn.of(arn).account, call.region), arn, envelope, data)
    return {**answer, "EncryptionType": "KMS"} if encrypted else None


def _summary(call: Call, moto: Moto) -> dict[str, Any] | None:
    """The stream of a request; None for one that does not exist: moto says so."""
    named = {name: call.params[name] for name in ("StreamName", "StreamARN") if name in call.params}
    try:
        found: dict[str, Any] = moto("DescribeStreamSummary", **named)["StreamDescriptionSummary"]
    except AwsError:
        return None
    return found


def get_records(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """GetRecords: kms:Decrypt for each data key that the records are under."""
    records = kms.store.records(Streams).records
    if not records:
        return None
    name, shard, _ = base64.b64decode(call.params["ShardIterator"]).decode().split(":")
    here = f"arn:{call.partition}:kinesis:{call.region}:{call.account}:stream/{name}"
    stream = call.params.get("StreamARN", here)
    answer, opened = moto(), set()
    for shown in answer["Records"]:
        envelope = records.get((stream, shard, shown["SequenceNumber"]))
        if envelope is None:
            continue
        shown["EncryptionType"] = "KMS"
        if envelope.wrapped not in opened:
            with translating(translate):
                kms.unseal(envelope)
            opened.add(envelope.wrapped)
    return answer


OPERATIONS: dict[str, Advice] = {
    "GetRecords": get_records,
    "PutRecord": put_records,
    "PutRecords": put_records,
    "StartStreamEncryption": start_stream_encryption,
}
