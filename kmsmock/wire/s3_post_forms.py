"""Forms that browsers post to S3 buckets ("Browser-based uploads using POST" in the Amazon S3 API reference)."""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from kmsmock import clock
from kmsmock.errors import AwsError
from kmsmock.foreign.notes import Note
from kmsmock.wire import s3_signing
from kmsmock.wire.decoding.request import body_of, header

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

_SIGNATURE_4 = {
    "x-amz-signature": "X-Amz-Signature",
    "x-amz-algorithm": "X-Amz-Algorithm",
    "x-amz-credential": "X-Amz-Credential",
    "x-amz-date": "X-Amz-Date",
}
_SIGNATURE_2 = {"signature": "signature", "awsaccesskeyid": "AWSAccessKeyId"}
"""The fields of a signature, as S3 calls them when one is missing."""
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
    return request.method == "POST" and (header(request, "Content-Type") or "").startswith("multipart/form-data")


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

    _, options = parse_options_header(header(request, "Content-Type"))
    body = body_of(request)
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
        raise _missing("key")
    if file is None and plain is None:
        text = "POST requires exactly one file upload per request."
        raise AwsError("InvalidArgument", text, 400, ArgumentName="file", ArgumentValue="0")
    unheard = {"tagging", "x-amz-storage-class"} & form.fields.keys()
    if unheard:
        raise NotImplementedError(f"kmsmock does not model the field {min(unheard)} of forms: moto passes over it")
    return form


def check(form: Form, bucket: str, secrets: Collection[str] = ()) -> None:
    """Raise S3's errors for a form that its own policy does not allow, that nobody signed, or that is too old.

    ``secrets`` are those that the access key of the form may have; without any, its signature is not verified.
    """
    text = form.fields.get("policy")
    if text is None:
        return
    _check_signature(form, text, secrets)
    try:
        policy = json.loads(base64.b64decode(text, validate=True))
        expires = clock.instant(policy["expiration"])
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise AwsError("InvalidPolicyDocument", "Invalid Policy: Invalid JSON.") from None
    if clock.now() > expires:
        raise _invalid("Policy expired.")
    given = {**form.fields, "bucket": bucket, "key": form.key}
    named = {_check_condition(condition, given, form.size) for condition in policy.get("conditions", ())}
    for name in given:
        if name not in named | _ALWAYS_ALLOWED and not name.startswith("x-ignore-") and name != "bucket":
            raise _invalid(f"Extra input fields: {name}")


def _check_signature(form: Form, policy: str, secrets: Collection[str]) -> None:
    """All fields of one signature have to be there, and the policy has to be what was signed."""
    fields = form.fields
    version = next((each for each in (_SIGNATURE_4, _SIGNATURE_2) if each.keys() & fields.keys()), None)
    if version is None:
        raise AwsError("AccessDenied", "Access Denied", 403)
    for name, spelled in version.items():
        if name not in fields:
            raise _missing(spelled)
    key, *scope = fields.get("x-amz-credential", fields.get("awsaccesskeyid", "")).split("/", 1)
    given = fields["x-amz-signature" if version is _SIGNATURE_4 else "signature"]
    wanted = [
        s3_signing.signature(secret, scope[0] if scope else "", policy)
        if version is _SIGNATURE_4
        else s3_signing.signature_of_version_2(secret, policy)
        for secret in secrets
    ]
    if wanted and given not in wanted:
        raise s3_signing.mismatch(key, given, policy)


def _check_condition(condition: Any, given: Mapping[str, str], size: int) -> str:
    """The name of the field that a condition is about, if the condition holds. Its own words are in what is raised."""
    if isinstance(condition, dict):
        if len(condition) != 1:
            text = "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified."
            raise AwsError("InvalidPolicyDocument", f"Invalid Policy: {text}")
        ((name, value),) = condition.items()
        condition = ["eq", f"${name}", value]
    try:
        kind, name, wanted = str(condition[0]).lower(), str(condition[1]), condition[2]
    except (IndexError, KeyError, TypeError):
        text = f"Invalid Policy: Invalid Condition: {json.dumps(condition)}"
        raise AwsError("InvalidPolicyDocument", text) from None
    if kind == "content-length-range":
        _check_size(condition, size)
        return ""
    field = name.removeprefix("$").lower()
    seen = given.get(field, "")
    met = seen == wanted if kind == "eq" else seen.startswith(str(wanted))
    if not name.startswith("$") or not met:
        raise _unmet(condition)
    return field


def _check_size(condition: Sequence[Any], size: int) -> None:
    try:
        least, most = int(condition[1]), int(condition[2])
    except (TypeError, ValueError):
        raise _unmet(condition) from None
    if size < least:
        text = "Your proposed upload is smaller than the minimum allowed size"
        raise AwsError("EntityTooSmall", text, 400, ProposedSize=str(size), MinSizeAllowed=str(least))
    if size > most:
        text = "Your proposed upload exceeds the maximum allowed size"
        raise AwsError("EntityTooLarge", text, 400, ProposedSize=str(size), MaxSizeAllowed=str(most))


def _unmet(condition: Any) -> AwsError:
    return _invalid(f"Policy Condition failed: {json.dumps(condition)}")


def _invalid(reason: str) -> AwsError:
    return AwsError("AccessDenied", f"Invalid according to Policy: {reason}", 403)


def _missing(name: str) -> AwsError:
    text = (
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
    )
    return AwsError("InvalidArgument", text, 400, ArgumentName=name, ArgumentValue="")
