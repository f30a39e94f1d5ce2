"""Signatures as their receiver computes them again ("Create a signed AWS API request", IAM User Guide).

Those of version 4 in a header are verified here; those in URLs and forms of S3 where they were before. The chunks of
``STREAMING-AWS4-HMAC-SHA256-PAYLOAD`` are covered by what is signed first, and are not verified one by one; signatures
of version 4A and version 2 are not verified.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote, unquote, urlsplit

from kmsmock import clock
from kmsmock.call import CredentialProblem
from kmsmock.endpoint.server import Asked
from kmsmock.wire import s3_signing

_PARTS = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=[^/,\s]+/(?P<scope>[^,\s]+)\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,\s*"
    r"Signature=(?P<signature>[0-9a-f]+)"
)
_EARLY, _LATE = timedelta(minutes=5), timedelta(minutes=15)
"""How far ahead of the clock the time of a request may be, and how long its signature is good, by the texts of services
that users report; S3 gives fifteen minutes both ways ("Error responses", S3 API reference)."""
_FORM = "%Y%m%dT%H%M%SZ"
_DIGEST = re.compile("[0-9a-f]{64}")


def problem(asked: Asked, service: str, secrets: Collection[str]) -> CredentialProblem | None:
    """What is wrong with a signature in the header; None where nothing is, or where it cannot be verified.

    ``secrets`` are those of its access key.
    """
    found = _PARTS.match(asked.headers.get("Authorization", ""))
    if found is None or not secrets:
        return None
    date = asked.headers.get("X-Amz-Date") or asked.headers.get("Date", "")
    try:
        signed = clock.instant(datetime.strptime(date, _FORM))
    except ValueError:
        return CredentialProblem("secret")
    skewed = _skew(signed, _LATE if service == "s3" else _EARLY)
    if skewed is not None:
        return CredentialProblem("skewed", "" if service == "s3" else skewed)
    headers = {name.lower(): value for name, value in asked.headers.items()}
    names = found["headers"].lower().split(";")
    told = headers.get("x-amz-content-sha256")
    if told is None and service == "s3":
        return CredentialProblem("undigested")
    digest = sha256(asked.body).hexdigest() if told is None or _DIGEST.fullmatch(told) else told
    wanted = told or digest
    for canonical in _canonical(asked, service, headers, names, wanted):
        text = s3_signing.string_to_sign(date, found["scope"], canonical)
        made = (s3_signing.signature(each, found["scope"], text) for each in secrets)
        if any(hmac.compare_digest(each, found["signature"]) for each in made):
            return None if digest == wanted else CredentialProblem("body")
    return CredentialProblem("secret")


def _skew(signed: datetime, early: timedelta) -> str | None:
    """AWS's words for a time that is neither that of the world nor that of the machine.

    What signs in another process has the machine's clock, which no test moves.
    """
    times = (clock.now(), clock.of_the_machine())
    if any(-_LATE <= signed - now <= early for now in times):
        return None
    now = min(times, key=lambda each: abs(signed - each))
    shown, at = signed.strftime(_FORM), now.strftime(_FORM)
    if signed < now:
        edge = (now - _LATE).strftime(_FORM)
        return f"Signature expired: {shown} is now earlier than {edge} ({at} - 15 min.)"
    edge = (now + _EARLY).strftime(_FORM)
    return f"Signature not yet current: {shown} is still later than {edge} ({at} + 5 min.)"


def _canonical(asked: Asked, service: str, headers: Mapping[str, str], names: list[str], digest: str) -> Iterator[str]:
    """The canonical requests that a signer may have made: S3's paths are encoded once, those of others twice."""
    parts = urlsplit(asked.target)
    path = parts.path or "/"
    once = quote(unquote(path), "/-_.~")
    paths = (path, once) if service in ("s3", "s3express") else (quote(path, "/-_.~"), path, once)
    pairs = sorted(tuple(each.partition("=")[::2]) for each in parts.query.split("&") if each)
    query = "&".join(f"{quote(unquote(name), '-_.~')}={quote(unquote(value), '-_.~')}" for name, value in pairs)
    lines = [f"{name}:{' '.join(headers.get(name, '').split())}" for name in names]
    for each in dict.fromkeys(paths):
        yield "\n".join([asked.method, each, query, *lines, "", ";".join(names), digest])
