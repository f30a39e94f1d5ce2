"""What keeping data keys for a while would have saved: S3 Bucket Keys, and caching in the client.

Follows "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys", and "Data key caching" in the AWS Encryption SDK's
developer guide. Both are estimates, and at most what could be saved.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime, timedelta

from kmsmock.billing.prices import SYMMETRIC
from kmsmock.billing.requests import Request

_AGE = timedelta(minutes=5)
"""For so long a data key serves. S3 only says that it is a short time; of a cache, its owner says."""
_CACHED = ("Decrypt", "GenerateDataKey")
_S3_CONTEXT = "aws:s3:arn"

BUCKET_KEYS, CACHING = "S3 Bucket Keys", "data key caching"


def _bucket(request: Request) -> Hashable | None:
    """What S3 asks with one bucket key: for one requester, one bucket and one key; each time where it has none.

    A world asks KMS at each use even of a bucket key, unless it has ``service_caches=True``.
    """
    if request.via != "s3.amazonaws.com" or request.operation not in _CACHED or _S3_CONTEXT not in request.context:
        return None
    bucket = request.context[_S3_CONTEXT].partition("/")[0]
    return request.who, request.operation, request.key, bucket


def _message(request: Request) -> Hashable | None:
    """What a client asks that caches data keys: for one key and one encryption context."""
    if request.via or request.operation not in _CACHED or request.kind != SYMMETRIC:
        return None
    return request.who, request.operation, request.key, *sorted(request.context.items())


WAYS: Mapping[str, Callable[[Request], Hashable | None]] = {BUCKET_KEYS: _bucket, CACHING: _message}
"""The ways to save, and what each keeps for one data key; None for requests that it does not save."""


def remaining(requests: Iterable[Request], way: str) -> list[Request]:
    """The requests that are left when one data key serves for a while."""
    asked: dict[Hashable, datetime] = {}
    left = []
    for each in requests:
        same = WAYS[way](each)
        if same is None or same not in asked or each.when - asked[same] >= _AGE:
            left.append(each)
            if same is not None:
                asked[same] = each.when
    return left
