"""The wire: results and errors to responses, and back, by botocore's service models."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel
from botocore.parsers import ResponseParserFactory

from kmsmock.errors import AwsError
from kmsmock.wire import complaints, timestamps
from kmsmock.wire.headers import Headers
from kmsmock.wire.models import unknown

# --- responses ------------------------------------------------------------------------------------------------------

Answer = tuple[int, Mapping[str, str], bytes]


class _Raw(io.BytesIO):
    """The body of an answer that never came over a socket, as AWSResponse and StreamingBody read it of urllib3."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        rest = self.read()
        if rest:
            yield rest


def response(url: str, answer: Answer) -> AWSResponse:
    """What a before-send handler gives botocore."""
    status, headers, body = answer
    made = AWSResponse(url, status, {}, _Raw(body))  # type: ignore[arg-type]  # as moto: anything that reads
    made.headers = Headers(headers)
    return made


class Unsent(AWSResponse):
    """The response that a result would have come in, for ``after-call`` handlers to look at: written when they do."""

    def __init__(self, url: str, headers: Callable[[], Mapping[str, str]], write: Callable[[], Answer]) -> None:
        self.url, self.status_code = url, 200
        self._tell_headers, self._write = headers, write
        self._content: bytes | None = None

    @cached_property
    def headers(self) -> Any:  # type: ignore[override]  # an attribute there
        return HeadersDict(self._tell_headers())

    @cached_property
    def raw(self) -> Any:
        return _Raw(self._write()[2])


def encode_json(operation: OperationModel, result: Mapping[str, Any], request_id: str) -> Answer:
    """The response to a call that succeeded, in the protocol ``json``."""
    body = _write_json(result).encode() if operation.output_shape is not None else b""
    return 200, headers_of(operation, request_id), body


def encode_error(operation: OperationModel, error: AwsError, request_id: str) -> Answer:
    """The response to a call that AWS would refuse. An empty text leaves the message out, as recorded."""
    if operation.service_model.resolved_protocol == "json":
        name = "Message" if error.code == "AccessDeniedException" else "message"
        body = {"__type": error.code, **({name: error.message} if error.message else {}), **error.details}
        headers = headers_of(operation, request_id)
        if operation.service_model.is_query_compatible:
            headers["x-amzn-query-error"] = f"{error.code};Sender"
            body["__type"] = body.pop("shape", error.code)
        return error.status, headers, json.dumps(body).encode()
    protocol = operation.service_model.resolved_protocol
    if operation.http.get("method") == "HEAD":
        return error.status, {"x-amz-request-id": request_id}, b""
    if protocol == "rest-json":
        headers = {**headers_of(operation, request_id), "x-amzn-ErrorType": error.code}
        return error.status, headers, json.dumps({"message": error.message, **error.details}).encode()
    if protocol not in _ERROR_XML:
        raise unknown(operation)
    headers = {"Content-Type": "text/xml", "x-amzn-RequestId": request_id, "x-amz-request-id": request_id}
    return error.status, headers, _ERROR_XML[protocol](error, request_id).encode()


def headers_of(operation: OperationModel, request_id: str) -> dict[str, str]:
    """The headers of every answer in a protocol that speaks JSON."""
    version = operation.service_model.metadata.get("jsonVersion", "1.1")
    return {"Content-Type": f"application/x-amz-json-{version}", "x-amzn-RequestId": request_id}


def _to_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{type(value).__name__} cannot be put on the wire")


_write_json = json.JSONEncoder(default=_to_json).encode
"""Made once: json.dumps would make an encoder at each call."""


_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = bytes(byte for byte in range(0x20) if byte not in b"\t\n\r")
_NO_CONTROL = bytes.maketrans(_CONTROL, b"?" * len(_CONTROL))


def _escape(text: str) -> str:
    """A text in XML, which has no way to write most control characters; what AWS puts for them is unverified."""
    from xml.sax.saxutils import escape

    return escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", text), {"\r": "&#13;"})


def readable(operation: OperationModel, answer: Answer) -> Answer:
    """moto's answer, which repeats names as they came, so that a client can read it: in XML are no control characters.

    The content of S3's objects is theirs.
    """
    status, headers, body = answer
    content = operation.has_streaming_output or operation.has_event_stream_output
    if operation.service_model.resolved_protocol not in _ERROR_XML or (content and status < 400):
        return answer
    return status, headers, body.translate(_NO_CONTROL)


def _query_error(error: AwsError, request_id: str) -> str:
    return (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{_escape(error.code)}</Code><Message>{_escape(error.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )


def _ec2_error(error: AwsError, request_id: str) -> str:
    return (
        f"<Response><Errors><Error><Code>{_escape(error.code)}</Code><Message>{_escape(error.message)}</Message></Error></Errors>"
        f"<RequestID>{request_id}</RequestID></Response>"
    )


def _s3_error(error: AwsError, request_id: str) -> str:
    details = "".join(f"<{name}>{_escape(text)}</{name}>" for name, text in error.details.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{_escape(error.code)}</Code>'
        f"<Message>{_escape(error.message)}</Message>{details}<RequestId>{request_id}</RequestId></Error>"
    )


_ERROR_XML: dict[str, Callable[[AwsError, str], str]] = {
    "query": _query_error,
    "ec2": _ec2_error,
    "rest-xml": _s3_error,
}


def with_its_status(operation: OperationModel, answer: Answer) -> Answer:
    """What is not found, of a service that speaks JSON, with AWS's status: 400, unless its model says otherwise.

    moto answers 404 ("AWS JSON 1.1 protocol", Smithy).
    """
    status, headers, body = answer
    if status >= 300 and operation.service_model.resolved_protocol in _ERROR_XML and body.lstrip().startswith(b"{"):
        # moto says what is wrong with tokens of pages in JSON, whoever asks
        told = complaints.invalid(operation, str(json.loads(body).get("message", "")))
        return encode_error(operation, told, headers.get("x-amzn-requestid", ""))
    if status != 404 or operation.service_model.resolved_protocol != "json":
        return answer
    code = str(json.loads(body or b"{}").get("__type", "")).rpartition("#")[2]
    declared = [each.metadata.get("error", {}) for each in operation.error_shapes if each.name == code]
    return (declared[0].get("httpStatusCode", 400) if declared else 400), headers, body


PARSERS: Any = ResponseParserFactory()
"""What makes parsers that give what botocore's give."""
PARSERS.set_parser_defaults(timestamp_parser=timestamps.read)


def parse(operation: OperationModel, answer: Answer) -> dict[str, Any]:
    """What boto3 would make of an answer. Raises AwsError if the answer is an error."""
    status, headers, body = answer
    parser = PARSERS.create_parser(operation.service_model.resolved_protocol)
    shape: Any = operation.output_shape
    parsed: dict[str, Any] = parser.parse({"status_code": status, "headers": _lower(headers), "body": body}, shape)
    if status >= 300:
        error = parsed.get("Error", {})
        shape = {"shape": error["QueryErrorCode"]} if "QueryErrorCode" in error else {}
        raise AwsError(error.get("Code", str(status)), error.get("Message") or "", status, **shape)
    parsed.pop("ResponseMetadata", None)
    return parsed


def _lower(headers: Mapping[str, Any]) -> Any:
    lowered = HTTPHeaders()
    for name, value in headers.items():
        lowered[name] = str(value)
    return lowered
