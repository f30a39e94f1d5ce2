"""The two ids of every answer of S3 ("Common response headers" in the Amazon S3 API reference)."""

from __future__ import annotations

import re

from kmsmock import entropy
from kmsmock.wire.answers import Answer

_IDS = re.compile(rb"<(RequestI[dD]|HostId)>[^<]*</\1>")
_END = b"</Error>"


def with_ids(answer: Answer, request_id: str) -> Answer:
    """An answer that tells its ids in its headers, and in the body of an error."""
    status, headers, body = answer
    ids = {"x-amz-request-id": request_id, "x-amz-id-2": entropy.s3_host_id()}
    # moto tells some as pairs
    others = {name: value for name, value in dict(headers).items() if name.lower() not in (*ids, "x-amzn-requestid")}
    if status >= 300 and _END in body:
        told = f"<RequestId>{request_id}</RequestId><HostId>{ids['x-amz-id-2']}</HostId>".encode()
        body = _IDS.sub(b"", body).replace(_END, told + _END)
    return status, {**others, **ids}, body
