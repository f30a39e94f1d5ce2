"""Requests that look signed: nobody computes a signature that nobody is going to check.

All other headers of Signature Version 4 are botocore's own ("Signing AWS API requests").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.credentials import ReadOnlyCredentials
from botocore.signers import RequestSigner

from kmsmock.active import Patches
from kmsmock.identity.signature import Signature

_nobody_checks: ContextVar[bool] = ContextVar("kmsmock_nobody_checks", default=False)
"""Whether what is being signed goes to the world, and nobody is there to see."""


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


_AUTH: Mapping[str, type[SigV4Auth]] = {"v4": _Unsigned, "s3v4": _UnsignedForS3}


def sign(request: Any, signature: Signature, service: str, signer: Any) -> None:
    """Put into a request what its signature would bring, and a signature that nobody checks."""
    kind = _UnsignedForS3 if service == "s3" else _Unsigned
    name = request.context.get("signing", {}).get("signing_name") or signer._signing_name
    who = ReadOnlyCredentials(signature.access_key, "", signature.token or None)
    kind(who, name, signature.region).add_auth(request)


@contextmanager
def allowed() -> Iterator[None]:
    """In the block what is signed needs no signature."""
    token = _nobody_checks.set(True)
    try:
        yield
    finally:
        _nobody_checks.reset(token)


def install(patches: Patches) -> None:
    """From now on signers leave out signatures where it is allowed."""
    patches.replace(RequestSigner, "get_auth_instance", _leaving_out(RequestSigner.get_auth_instance))


def _leaving_out(original: Callable[..., Any]) -> Callable[..., Any]:
    def get_auth_instance(
        self: Any, signing_name: str, region_name: str, signature_version: str | None = None, **options: Any
    ) -> Any:
        """RequestSigner.get_auth_instance while a world is active."""
        kind = _AUTH.get(signature_version or "") if _nobody_checks.get() else None
        credentials = options.get("request_credentials") or self._credentials
        if kind is None or credentials is None:
            return original(self, signing_name, region_name, signature_version, **options)
        return kind(credentials.get_frozen_credentials(), signing_name, region_name)

    return get_auth_instance
