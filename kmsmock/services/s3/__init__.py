"""S3: objects under SSE-KMS, DSSE-KMS and SSE-C, and what their buckets are told about encryption.

moto keeps the objects; here it is decided how they are encrypted, and what KMS is asked for.
"""

from __future__ import annotations

import re

from kmsmock.authorization.actions.s3 import copy_source
from kmsmock.call import Call
from kmsmock.records.buckets import find_bucket
from kmsmock.services import Advice
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.s3 import (
    configuration,
    copies,
    deletes,
    errors,
    inventory,
    listings,
    notifications,
    objects,
    unserved,
    updates,
    uploads,
)
from kmsmock.services.s3.replication import configuration as replication

_ACCOUNT = re.compile(r"[0-9]{12}")


def guard(call: Call, kms: ServiceKms) -> None:
    """The bucket must be there, which everybody is told, and be whose the caller thinks it is."""
    for name in ("ExpectedBucketOwner", "ExpectedSourceBucketOwner"):
        if name in call.params and _ACCOUNT.fullmatch(call.params[name]) is None:
            raise errors.no_account(call.params[name])
    if "Bucket" in call.params and not _may_be_absent(call) and find_bucket(call.params["Bucket"]) is None:
        raise errors.no_such_bucket(call.params["Bucket"])
    if "ExpectedBucketOwner" in call.params:
        _must_belong(call.params["Bucket"], call.params["ExpectedBucketOwner"])
    if "ExpectedSourceBucketOwner" in call.params:
        _must_belong(copy_source(call)[0], call.params["ExpectedSourceBucketOwner"])


def _may_be_absent(call: Call) -> bool:
    """A bucket that is made."""
    return call.operation == "CreateBucket"


def _must_belong(name: str, account: str) -> None:
    bucket = find_bucket(name)
    if bucket is not None and bucket.account_id != account:
        raise errors.access_denied()


OPERATIONS: dict[str, Advice] = {
    **configuration.OPERATIONS,
    **copies.OPERATIONS,
    **deletes.OPERATIONS,
    **inventory.OPERATIONS,
    **listings.OPERATIONS,
    **notifications.OPERATIONS,
    **objects.OPERATIONS,
    **replication.OPERATIONS,
    **unserved.OPERATIONS,
    **updates.OPERATIONS,
    **uploads.OPERATIONS,
}
