"""Requests that reach a bucket of S3 by another name: access points, by their hosts and aliases.

What is sent to one is read as if it went to its bucket; who may is looked up by the URL that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest

from kmsmock.errors import AwsError
from kmsmock.model.turns import turn
from kmsmock.records import access_points
from kmsmock.wire.decoding.request import header

_SOURCE = "x-amz-copy-source"
_NOT_MODELLED: Mapping[str, str] = {
    ".s3-object-lambda.": "S3 Object Lambda",
    ".accesspoint.s3-global.": "Multi-Region Access Points of S3",
    ".s3-outposts.": "S3 on Outposts",
    "s3express-": "directory buckets of S3",
}
"""What hosts have in them whose requests mean something else than S3's own."""


def aimed(request: AWSPreparedRequest) -> AWSPreparedRequest:
    """A request as it would be sent to the bucket. Raises S3's AwsError for an access point that is not there, and
    NotImplementedError for what is not modelled."""
    url = urlsplit(request.url)
    for part, what in _NOT_MODELLED.items():
        if part in url.netloc:
            raise NotImplementedError(f"kmsmock does not model {what}: {request.method} {url.netloc}{url.path}")
    source = header(request, _SOURCE) or ""
    if "accesspoint" in source.split("/")[0] or "-s3alias/" in source:
        raise NotImplementedError("kmsmock does not model copies of S3 whose CopySource is an access point")
    with turn:
        if not access_points.is_meant(request.url):
            return request
        point = access_points.of_url(request.url)
    if point is None:
        raise AwsError("NoSuchAccessPoint", "The specified accesspoint does not exist", 404)
    path = url.path.removeprefix("/")
    if url.netloc.startswith("s3."):  # the alias is in the path
        path = path.partition("/")[2]
    region = point.arn.split(":")[3]
    sent = url._replace(netloc=f"s3.{region}.amazonaws.com", path=f"/{point.bucket}/{path}".rstrip("/") or "/")
    return AWSPreparedRequest(request.method, sent.geturl(), request.headers, request.body, request.stream_output)
