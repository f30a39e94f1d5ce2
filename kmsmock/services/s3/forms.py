"""What browsers get for a form that they posted ("POST Object" in the Amazon S3 API reference)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

from kmsmock.call import Call
from kmsmock.wire.answers import Answer


def answered(call: Call, answer: Answer, key: Any) -> Answer:
    """The answer to a form that made an object: a page to go to, the body of 201, or nothing."""
    form, (_, headers, _) = call.form or {}, answer
    told = {**headers, "Location": _location(call), "ETag": key.etag}
    redirect = form.get("success_action_redirect", form.get("redirect"))
    if redirect:
        query = urlencode({"bucket": call.params["Bucket"], "key": call.params["Key"], "etag": key.etag})
        told["Location"] = f"{redirect}{'&' if '?' in redirect else '?'}{query}"
        return 303, told, b""
    status = form.get("success_action_status")
    if status == "201":
        told["Content-Type"] = "application/xml"
        return 201, told, _body(call, key).encode()
    return 200 if status == "200" else 204, told, b""


def _location(call: Call) -> str:
    """Where the object is, with all of its name in one segment, as S3 writes it."""
    url = urlsplit(call.url)
    return f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}/{quote(call.params['Key'], safe='-_.~')}"


def _body(call: Call, key: Any) -> str:
    told = {"Location": _location(call), "Bucket": call.params["Bucket"], "Key": call.params["Key"], "ETag": key.etag}
    inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>{inside}</PostResponse>'
