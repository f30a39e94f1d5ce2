"""Requests that look signed: nobody computes a signature that nobody is going to check.

All other headers of Signature Version 4 are botocore's own ("Signing AWS API requests").
"""

from __future__ import annotations

from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.credentials import ReadOnlyCredentials

from kmsmock.call import Signature


class _Unsigned(SigV4Auth):
    """Signature Version 4 without the signature. What it puts into a request, its base class does."""

    def canonical_request(self, request: Any) -> str:
        return ""

    def string_to_sign(self, request: Any, canonical_request: str) -> str:
        return ""

    def signature(self, string_to_sign: str, request: Any) -> str:
        return "0" * 64


class _UnsignedForS3(_Unsigned, S3SigV4Auth):
    """The same for S3, which also wants a digest of the body."""


def sign(request: Any, signature: Signature, service: str, signer: Any) -> None:
    """Put into a request what its signature would bring, and a signature that nobody checks."""
    kind = _UnsignedForS3 if service == "s3" else _Unsigned
    name = request.context.get("signing", {}).get("signing_name") or signer._signing_name
    who = ReadOnlyCredentials(signature.access_key, "", signature.token or None)
    kind(who, name, signature.region).add_auth(request)
