"""Requests that look signed: nobody computes a signature that nobody is going to check.

All other headers of Signature Version 4 are botocore's own ("Signing AWS API requests").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from botocore.auth import SIGNED_HEADERS_BLACKLIST, S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.utils import determine_content_length

from kmsmock.call import Signature
from kmsmock.wire.headers import Headers

_NOT_SIGNED = frozenset(SIGNED_HEADERS_BLACKLIST)
_NO_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


class _Unsigned(SigV4Auth):
    """Signature Version 4 without the signature. What it puts into a request, its base class does."""

    def canonical_request(self, request: Any) -> str:
        return ""

    def string_to_sign(self, request: Any, canonical_request: str) -> str:
        return ""

    def signature(self, string_to_sign: str, request: Any) -> str:
        return "0" * 64

    def headers_to_sign(self, request: Any) -> Any:
        """Their names are told. Their values are nobody's who signs nothing."""
        return {"host", *(name.lower() for name in request.headers)} - _NOT_SIGNED


class _UnsignedForS3(_Unsigned, S3SigV4Auth):
    """The same for S3, which also wants a digest of the body."""


class _Unsent:
    """What signers look at of a request."""

    def __init__(self, asked: Mapping[str, Any]) -> None:
        self.method, self.url, self.context = asked["method"], asked["url"], asked["context"]
        self.headers, self.params = Headers(asked["headers"]), dict[str, Any]()
        data = asked["body"]
        if isinstance(data, dict):  # of the query protocols: a form
            data = AWSRequest(self.method, self.url, data=data).prepare().body
        self.data = None if data == b"" else data

    @property
    def body(self) -> Any:
        return self.data.encode() if isinstance(self.data, str) else self.data


def prepared(
    asked: Mapping[str, Any], signature: Signature, service: str, signer: Any, *, streams: bool
) -> AWSPreparedRequest:
    """The request that a client would send, with headers that are looked up often."""
    unsent = _Unsent(asked)
    sign(unsent, signature, service, signer)
    headers: Any = unsent.headers
    if unsent.method not in _NO_BODY and not ("Transfer-Encoding" in headers or "Content-Length" in headers):
        length = determine_content_length(unsent.data)
        name, value = ("Transfer-Encoding", "chunked") if length is None else ("Content-Length", str(length))
        headers[name] = value
    made: Any = AWSPreparedRequest(unsent.method, unsent.url, headers, unsent.data, streams)
    made.context = unsent.context  # older versions of botocore do not take it
    return cast("AWSPreparedRequest", made)


def sign(request: Any, signature: Signature, service: str, signer: Any) -> None:
    """Put into a request what its signature would bring, and a signature that nobody checks."""
    kind = _UnsignedForS3 if service == "s3" else _Unsigned
    name = request.context.get("signing", {}).get("signing_name") or signer._signing_name
    who = ReadOnlyCredentials(signature.access_key, "", signature.token or None)
    kind(who, name, signature.region).add_auth(request)
