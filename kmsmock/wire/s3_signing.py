"""Signatures of S3 as their receiver computes them ("Signature Calculations for the Authorization Header" and
"Authenticating HTTP POST requests" in the Amazon S3 API reference, and those of Signature Version 2)."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping
from hashlib import sha1, sha256
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from botocore.auth import HmacV1QueryAuth
from botocore.credentials import Credentials

from kmsmock.errors import AwsError

_SAFE = "-_.~"
_BUCKET = re.compile(r"(.+?)\.s3[.-]")
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)


def canonical_request(method: str, url: str, headers: Mapping[str, str], signed: Iterable[str]) -> str:
    """The canonical request of a presigned URL; ``headers`` by their names in lower case."""
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    encoded = sorted((quote(name, _SAFE), quote(value, _SAFE)) for name, value in pairs if name != "X-Amz-Signature")
    names = sorted(signed)
    return "\n".join(
        [
            method.upper(),
            quote(unquote(parts.path or "/"), f"/{_SAFE}"),
            "&".join(f"{name}={value}" for name, value in encoded),
            *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in names),
            "",
            ";".join(names),
            headers["x-amz-content-sha256"] if "x-amz-content-sha256" in names else "UNSIGNED-PAYLOAD",
        ]
    )


def string_to_sign(date: str, scope: str, canonical: str) -> str:
    """What is signed of a canonical request; ``scope`` is that of the credential."""
    return "\n".join(["AWS4-HMAC-SHA256", date, scope, sha256(canonical.encode()).hexdigest()])


def signature(secret: str, scope: str, text: str) -> str:
    """The signature of a text; ``scope`` is that of a credential: date, Region, service and terminal."""
    key = f"AWS4{secret}".encode()
    for each in (*scope.split("/"), text):
        key = hmac.new(key, each.encode(), sha256).digest()
    return key.hex()


def strings_of_version_2(method: str, url: str, headers: Mapping[str, str], date: str) -> list[str]:
    """What may have been signed: the path as it is, or behind the bucket of the host, as signers see it."""
    parts = urlsplit(url)
    first = [method.upper(), headers.get("content-md5", ""), headers.get("content-type", ""), date]
    own = [f"{name}:{headers[name].strip()}" for name in sorted(headers) if name.startswith("x-amz-")]
    bucket = _BUCKET.match(parts.netloc)
    paths = [parts.path or "/", f"{parts.path}/", *([f"/{bucket[1]}{parts.path or '/'}"] if bucket is not None else [])]
    signer = HmacV1QueryAuth(Credentials("", ""))
    return ["\n".join([*first, *own, signer.canonical_resource(parts, auth_path=path)]) for path in paths]


def signature_of_version_2(secret: str, text: str) -> str:
    """The signature of a text by Signature Version 2."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), sha1).digest()).decode()


def mismatch(access_key: str, given: str, wanted: str, canonical: str | None = None) -> AwsError:
    """SignatureDoesNotMatch, with what S3 would have signed."""
    told = {
        "AWSAccessKeyId": access_key,
        "StringToSign": wanted,
        "SignatureProvided": given,
        "StringToSignBytes": wanted.encode().hex(" "),
    }
    if canonical is not None:
        told |= {"CanonicalRequest": canonical, "CanonicalRequestBytes": canonical.encode().hex(" ")}
    return AwsError("SignatureDoesNotMatch", MISMATCH, 403, **told)
