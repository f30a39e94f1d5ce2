"""Delivery streams whose source is a stream: Firehose reads it as the role of the source, which needs the stream's key.

"Grant Firehose access to Kinesis Data Streams as a source": kms:Decrypt for the role where the stream is encrypted.
What it may not read is not delivered, and counted ("CloudWatch metrics for server-side encryption"). moto reads no
streams.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.identity import sessions
from kmsmock.model.envelope import Envelope
from kmsmock.records import backends, iam
from kmsmock.records.serving import Run
from kmsmock.services import own_notices
from kmsmock.services.kms import late
from kmsmock.services.kms.client import ServiceKms

_SESSION = "firehose"
_METRICS = {
    "AccessDeniedException": "KMSKeyAccessDenied",
    "DisabledException": "KMSKeyDisabled",
    "KMSInvalidStateException": "KMSKeyInvalidState",
    "NotFoundException": "KMSKeyNotFound",
}


def deliver(
    run: Run, kms: ServiceKms, place: tuple[str, str], stream: str, envelope: Envelope | None, data: Sequence[bytes]
) -> None:
    """Records that were put into a stream go to the delivery streams that read it."""
    account, region = place
    for name, role in _readers(account, region, stream):
        if not _may_read(run, kms, place, name, role, stream, envelope):
            continue
        records = [{"Data": each} for each in data]
        run("firehose", "PutRecordBatch", region, {"DeliveryStreamName": name, "Records": records}, account)


def _readers(account: str, region: str, stream: str) -> Iterator[tuple[str, str]]:
    """The names of the delivery streams that read a stream, and the roles that they read it as."""
    firehose = backends.existing("firehose", account, region)
    for name, made in () if firehose is None else list(firehose.delivery_streams.items()):
        source: dict[str, Any] = made.source or {}
        if source.get("KinesisStreamARN") == stream:
            yield name, source.get("RoleARN", "")


def _may_read(
    run: Run, kms: ServiceKms, place: tuple[str, str], name: str, role_arn: str, stream: str, envelope: Envelope | None
) -> bool:
    account, region = place
    role = iam.find_role(role_arn)
    if role is None or envelope is None:  # a role that a suite never made: the account itself acts
        return True
    call = Call("kinesis", "GetRecords", {}, sessions.of_role(role, _SESSION), region, kms.call.partition)
    try:
        ServiceKms(kms.store, call, kms.answer, "kinesis.amazonaws.com").unseal(envelope)
    except AwsError as error:
        about = f"arn:{kms.call.partition}:firehose:{region}:{account}:deliverystream/{name}"
        if late.failed(kms.store, call, error, about, f"gets no records of {stream}"):
            metric = _METRICS.get(error.code, "KMSKeyInvalidState")
            own_notices.count(run, account, region, "AWS/Firehose", metric, {"DeliveryStreamName": name})
            return False
    return True
