"""Forms that browsers post to S3 buckets ("Browser-based uploads using POST" in the Amazon S3 API reference)."""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from kmsmock import clock
from kmsmock.errors import AwsError
from kmsmock.foreign.notes import Note

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

_ALWAYS_ALLOWED = frozenset({"awsaccesskeyid", "file", "policy", "signature", "x-amz-signature"})


class Form(NamedTuple):
    """The fields of a form by their names in lower case, and its file."""

    fields: Mapping[str, str]
    filename: str
    size: int

    @property
    def key(self) -> str:
        return self.fields.get("key", "").replace("${filename}", self.filename)

    def parameter(self, header: str) -> str | None:
        """The field that stands for a header of PutObject."""
        name = header.lower()
        return self.fields.get("acl" if name == "x-amz-acl" else name)


_PARSED = Note[Form]("form")
"""On a request that posts a form."""


def is_form(request: AWSPreparedRequest) -> bool:
    """True for a request that posts a form."""
    kind: Any = request.headers.get("Content-Type") or ""
    text = kind.decode() if isinstance(kind, bytes) else kind
    return request.method == "POST" and text.startswith("multipart/form-data")


def read(request: AWSPreparedRequest) -> Form:
    """The form that a request posts. It is parsed once: who signed, what is allowed and what is asked are all in it."""
    known = _PARSED.get(request)
    if known is None:
        known = _parse(request)
        _PARSED.set(request, known)
    return known


def _parse(request: AWSPreparedRequest) -> Form:
    from werkzeug.formparser import MultiPartParser
    from werkzeug.http import parse_options_header

    kind: Any = request.headers["Content-Type"]
    _, options = parse_options_header(kind.decode() if isinstance(kind, bytes) else kind)
    body: Any = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    parser = MultiPartParser(lambda *_, **__: io.BytesIO(), max_form_memory_size=None)
    try:
        fields, files = parser.parse(io.BytesIO(body), options["boundary"].encode(), len(body))
    except (KeyError, ValueError):
        text = "The body of your POST request is not well-formed multipart/form-data."
        raise AwsError("MalformedPOSTRequest", text) from None
    file, plain = files.get("file"), fields.get("file")
    size = len(plain or "") if file is None else file.stream.seek(0, io.SEEK_END)
    form = Form({name.lower(): value for name, value in fields.items()}, (file and file.filename) or "", size)
    if not form.fields.get("key"):
        text = (
            "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."
        )
        raise AwsError("InvalidArgument", text, 400, ArgumentName="key", ArgumentValue="")
    if file is None and plain is None:
        text = "POST requires exactly one file upload per request."
        raise AwsError("InvalidArgument", text, 400, ArgumentName="file", ArgumentValue="0")
    unheard = {"tagging", "x-amz-storage-class"} & form.fields.keys()
    if unheard:
        raise NotImplementedError(f"kmsmock does not model the field {min(unheard)} of forms: moto passes over it")
    return form


def check(form: Form, bucket: str) -> None:
    """Raise AccessDenied for a form that its own policy does not allow, or whose policy has expired."""
    text = form.fields.get("policy")
    if text is None:
        return
    try:
        policy = json.loads(base64.b64decode(text, validate=True))
        expires = clock.instant(policy["expiration"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise AwsError("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.") from None
    if clock.now() > expires:
        raise _invalid("Policy expired.")
    given = {**form.fields, "bucket": bucket, "key": form.key}
    named = set()
    for condition in policy.get("conditions", ()):
        try:
            named.add(_check_condition(condition, given, form.size))
        except (IndexError, KeyError, TypeError, ValueError):
            text = f"Invalid Policy: Invalid Condition: {json.dumps(condition)}"
            raise AwsError("InvalidPolicyDocument", text) from None
    for name in given:
        if name not in named | _ALWAYS_ALLOWED and not name.startswith("x-ignore-") and name != "bucket":
            raise _invalid(f"Extra input fields: {name}")


def _check_condition(condition: Any, given: Mapping[str, str], size: int) -> str:
    """The name of the field that a condition is about, if the condition holds."""
    name: str
    if isinstance(condition, dict):
        ((name, wanted),) = condition.items()
        kind, condition = "eq", ["eq", f"${name}", wanted]
    else:
        kind, name, wanted = str(condition[0]).lower(), str(condition[1]).lstrip("$"), condition[2]
    if kind == "content-length-range":
        least, most = int(condition[1]), int(condition[2])
        if size < least:
            raise AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
        if size > most:
            raise AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
        return ""
    seen = given.get(name.lower(), "")
    if not (seen == wanted if kind == "eq" else seen.startswith(str(wanted))):
        raise _invalid(f"Policy Condition failed: {json.dumps(condition)}")
    return name.lower()


def _invalid(reason: str) -> AwsError:
    return AwsError("AccessDenied", f"Invalid according to Policy: {reason}", 403)
