"""URLs that somebody signed ("Authenticating Requests: Using Query Parameters" in the Amazon S3 API reference).

Two looks at a request, as S3 takes them: ``check`` before it is asked who signs, at what the query says by itself, and
``verify`` afterwards, at what was signed. A URL whose secret nobody in this process knows is not verified.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from kmsmock import clock
from kmsmock.errors import AwsError
from kmsmock.wire import s3_signing

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

_A_WEEK = 604_800
"""Seconds; "valid for a maximum of seven days"."""
_SKEW = timedelta(minutes=15)
"""How far ahead of S3's clock the date of a URL may be."""
_ALGORITHM, _SECOND_ALGORITHM = "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"
_PARTS = ("X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Expires")
_UNSIGNED = frozenset({"x-amz-content-sha256", "x-amz-user-agent", "x-amz-sdk-invocation-id"})
"""Headers of S3's own that need no signature: what is said by others, or says nothing of the object."""


def is_presigned(request: AWSPreparedRequest) -> bool:
    """True for a request whose signature is in its URL."""
    return "X-Amz-Algorithm" in request.url or "Signature=" in request.url


def check(request: AWSPreparedRequest) -> None:
    """Raise S3's errors for a query that is not whole, not yet or no longer valid."""
    query = _query(request)
    if "X-Amz-Algorithm" in query:
        _check_version_4(query)
    elif "Signature" in query:
        _check_version_2(query)


def verify(request: AWSPreparedRequest, secrets: Collection[str], host: str = "") -> None:
    """Raise AccessDenied for headers that nobody signed, and SignatureDoesNotMatch for what was changed.

    ``secrets`` are those that the access key of the URL may have; without any, only the names of headers are looked at.
    ``host`` is the one that was signed, where the URL has another.
    """
    query = _query(request)
    if "X-Amz-Algorithm" in query:
        _verify_version_4(request, query, secrets, host)
    elif "Signature" in query and secrets:
        _verify_version_2(request, query, secrets)


def _query(request: AWSPreparedRequest) -> dict[str, str]:
    if not is_presigned(request):
        return {}
    return dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _headers(request: AWSPreparedRequest) -> dict[str, str]:
    return {_text(name).lower(): _text(value) for name, value in request.headers.items()}


# --- what the query says by itself ------------------------------------------------------------------------------------


def _malformed(text: str) -> AwsError:
    return AwsError("AuthorizationQueryParametersError", text, 400)


def _check_version_4(query: Mapping[str, str]) -> None:
    """The order is S3's, as measured by others: algorithm, parts, date, length, validity, credential."""
    if query["X-Amz-Algorithm"] not in (_ALGORITHM, _SECOND_ALGORITHM):
        raise _malformed(f'X-Amz-Algorithm only supports "{_ALGORITHM} and {_SECOND_ALGORITHM}"')
    if not query.keys() >= set(_PARTS):
        raise _malformed(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        )
    signed = _signed_at(query["X-Amz-Date"])
    _check_validity(signed, query["X-Amz-Expires"])
    if query["X-Amz-Credential"].count("/") != 4:
        raise _malformed(
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
            '"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".'
        )


def _signed_at(text: str) -> datetime:
    try:
        return clock.instant(datetime.strptime(text, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        raise _malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"") from None


def _check_validity(signed: datetime, text: str) -> None:
    try:
        seconds = int(text)
    except ValueError:
        raise _malformed("X-Amz-Expires should be a number") from None
    if seconds < 0:
        raise _malformed("X-Amz-Expires must be non-negative")
    if seconds > _A_WEEK:
        raise _malformed(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            f"{_A_WEEK} seconds"
        )
    now, ends = clock.now(), signed + timedelta(seconds=seconds)
    times = {"Expires": _time(ends), "ServerTime": _time(now)}
    if signed - now > _SKEW:
        milliseconds = str(int(signed.timestamp() * 1000))
        raise AwsError("AccessDenied", "Request is not yet valid", 403, **{"X-Amz-Date": milliseconds}, **times)
    if now > ends:
        raise AwsError("AccessDenied", "Request has expired", 403, **{"X-Amz-Expires": text}, **times)


def _check_version_2(query: Mapping[str, str]) -> None:
    if "Expires" not in query or "AWSAccessKeyId" not in query:
        raise AwsError(
            "AccessDenied",
            "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
            403,
        )
    try:
        ends = int(query["Expires"])
    except ValueError:
        text = f"Invalid date (should be seconds since epoch): {query['Expires']}"
        raise AwsError("AccessDenied", text, 403) from None
    if clock.timestamp() > ends:
        times = {"Expires": _time(datetime.fromtimestamp(ends, clock.UTC)), "ServerTime": _time(clock.now())}
        raise AwsError("AccessDenied", "Request has expired", 403, **times)


# --- what was signed --------------------------------------------------------------------------------------------------


def _verify_version_4(
    request: AWSPreparedRequest, query: Mapping[str, str], secrets: Collection[str], host: str
) -> None:
    headers, signed = _headers(request), query["X-Amz-SignedHeaders"].lower().split(";")
    added = [name for name in _integrity(headers) if name not in signed]
    if added:
        text = "There were headers present in the request which were not signed"
        raise AwsError("AccessDenied", text, 403, HeadersNotSigned=", ".join(added))
    missing = [name for name in signed if name != "host" and name not in headers]
    if query["X-Amz-Algorithm"] != _ALGORITHM or not (secrets or missing):
        return
    headers["host"] = host or headers.get("host") or urlsplit(request.url).netloc
    canonical = s3_signing.canonical_request(_text(request.method), request.url, headers, signed)
    scope = query["X-Amz-Credential"].split("/", 1)[1]
    wanted = s3_signing.string_to_sign(query["X-Amz-Date"], scope, canonical)
    given = query["X-Amz-Signature"]
    if not any(hmac.compare_digest(s3_signing.signature(each, scope, wanted), given) for each in secrets):
        raise s3_signing.mismatch(query["X-Amz-Credential"].split("/")[0], given, wanted, canonical)


def _integrity(headers: Mapping[str, str]) -> Iterator[str]:
    """The headers that S3 wants signed where they are sent."""
    for name in headers:
        if (name.startswith("x-amz-") or name == "content-md5") and name not in _UNSIGNED:
            yield name


def _verify_version_2(request: AWSPreparedRequest, query: Mapping[str, str], secrets: Collection[str]) -> None:
    """Headers that the signer put into the query count as if they were sent, unless others are."""
    headers = {name.lower(): value for name, value in query.items()} | _headers(request)
    wanted = s3_signing.strings_of_version_2(_text(request.method), request.url, headers, query["Expires"])
    given = query["Signature"]
    for secret in secrets:
        if any(hmac.compare_digest(s3_signing.signature_of_version_2(secret, each), given) for each in wanted):
            return
    raise s3_signing.mismatch(query["AWSAccessKeyId"], given, wanted[0])
