"""S3: objects under SSE-KMS, DSSE-KMS and SSE-C, and what their buckets are told about encryption.

moto keeps the objects; here it is decided how they are encrypted, and what KMS is asked for.
"""

from __future__ import annotations

from kmsmock.authorization.actions.s3 import copy_source
from kmsmock.call import Call
from kmsmock.records.buckets import find_bucket
from kmsmock.services import Advice
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import configuration, copies, deletes, errors, notifications, objects, updates, uploads
from kmsmock.services.s3.replication import configuration as replication


def guard(call: Call, kms: ServiceKms) -> None:
    """The bucket must be whose the caller thinks it is."""
    expected = call.params.get("ExpectedBucketOwner")
    if expected is not None:
        _must_belong(call.params["Bucket"], expected)
    if "ExpectedSourceBucketOwner" in call.params:
        _must_belong(copy_source(call)[0], call.params["ExpectedSourceBucketOwner"])


def _must_belong(name: str, account: str) -> None:
    bucket = find_bucket(name)
    if bucket is not None and bucket.account_id != account:
        raise errors.access_denied()


OPERATIONS: dict[str, Advice] = {
    **configuration.OPERATIONS,
    **copies.OPERATIONS,
    **deletes.OPERATIONS,
    **notifications.OPERATIONS,
    **objects.OPERATIONS,
    **replication.OPERATIONS,
    **updates.OPERATIONS,
    **uploads.OPERATIONS,
}
