"""What a request's signature says: who signed it, and for which Region."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kmsmock.call import Signature
from kmsmock.wire import s3_post_forms
from kmsmock.wire.requests import AWSPreparedRequest

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/,\s]*/([^/,\s]+)/")
_SIGNED = re.compile(r"Signature=(\w+)")
_VERSION_2 = re.compile(r"AWS ([^:\s]+):")
_TOKEN = "X-Amz-Security-Token"


def signature_of(request: AWSPreparedRequest) -> Signature:
    """The signature in the Authorization header, or in the query of a presigned URL."""
    text = _header(request, "Authorization")
    if text:
        token = _header(request, _TOKEN)
        match = _CREDENTIAL.search(text)
        if match is not None:
            made = _SIGNED.search(text)
            return Signature(match[1], match[2], 4, token, text="" if made is None else made[1])
        older = _VERSION_2.match(text)
        if older is not None:
            return Signature(older[1], version=2, token=token)
    if s3_post_forms.is_form(request):
        return _signature_of_form(s3_post_forms.read(request))
    if "X-Amz-Credential" in request.url or "AWSAccessKeyId" in request.url:
        query = parse_qs(urlsplit(request.url).query)
        scope = (query.get("X-Amz-Credential") or query.get("AWSAccessKeyId") or [""])[0].split("/")
        token = (query.get(_TOKEN) or query.get(_TOKEN.lower()) or [_header(request, _TOKEN)])[0]
        if len(scope) > 2:
            return Signature(scope[0], scope[2], 4, token)
        return Signature(scope[0], version=2, token=token)
    return Signature()


def _header(request: AWSPreparedRequest, name: str) -> str:
    value: Any = request.headers.get(name) or ""
    return value.decode() if isinstance(value, bytes) else value


def _signature_of_form(form: s3_post_forms.Form) -> Signature:
    scope = form.fields.get("x-amz-credential", "").split("/")
    token = form.fields.get(_TOKEN.lower(), "")
    if len(scope) > 2:
        return Signature(scope[0], scope[2], 4, token)
    key = form.fields.get("awsaccesskeyid", "")
    return Signature(key, version=2, token=token) if key else Signature()
