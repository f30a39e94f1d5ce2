"""What a request's signature says: who signed it, for which Region, until when."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from kmsmock import clock
from kmsmock.wire import s3_post_forms
from kmsmock.wire.requests import AWSPreparedRequest

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/,\s]*/([^/,\s]+)/")


_VERSION_2 = re.compile(r"AWS ([^:\s]+):")


class Signature(NamedTuple):
    """What a request's signature says: who signed, and for which Region. Empty where it does not say."""

    access_key: str = ""
    region: str = ""
    version: int | None = None


def signature_of(request: AWSPreparedRequest) -> Signature:
    """The signature in the Authorization header, or in the query of a presigned URL."""
    header: Any = request.headers.get("Authorization")
    if header:
        text = header.decode() if isinstance(header, bytes) else header
        match = _CREDENTIAL.search(text)
        if match is not None:
            return Signature(match[1], match[2], 4)
        older = _VERSION_2.match(text)
        if older is not None:
            return Signature(older[1], version=2)
    if s3_post_forms.is_form(request):
        return _signature_of_form(s3_post_forms.read(request))
    if "X-Amz-Credential" in request.url or "AWSAccessKeyId" in request.url:
        query = parse_qs(urlsplit(request.url).query)
        scope = (query.get("X-Amz-Credential") or query.get("AWSAccessKeyId") or [""])[0].split("/")
        return Signature(scope[0], scope[2], 4) if len(scope) > 2 else Signature(scope[0], version=2)
    return Signature()


def _signature_of_form(form: s3_post_forms.Form) -> Signature:
    scope = form.fields.get("x-amz-credential", "").split("/")
    if len(scope) > 2:
        return Signature(scope[0], scope[2], 4)
    key = form.fields.get("awsaccesskeyid", "")
    return Signature(key, version=2) if key else Signature()


def has_expired(request: AWSPreparedRequest) -> bool:
    """True for a presigned URL whose time is over ("Sharing objects with presigned URLs" in the S3 user guide)."""
    if "X-Amz-Expires=" in request.url:
        query = parse_qs(urlsplit(request.url).query)
        signed = clock.instant(datetime.strptime(query["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ"))
        return clock.now() > signed + timedelta(seconds=int(query["X-Amz-Expires"][0]))
    if "Expires=" in request.url and "AWSAccessKeyId=" in request.url:
        return clock.timestamp() > int(parse_qs(urlsplit(request.url).query)["Expires"][0])
    return False


def lacks_signed_headers(request: AWSPreparedRequest) -> bool:
    """True for a presigned URL whose signature covers headers that the request comes without."""
    if "X-Amz-SignedHeaders=" not in request.url:
        return False
    signed = parse_qs(urlsplit(request.url).query)["X-Amz-SignedHeaders"][0].split(";")
    return any(name != "host" and request.headers.get(name) is None for name in signed)
