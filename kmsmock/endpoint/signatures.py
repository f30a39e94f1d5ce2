"""Signatures as their receiver computes them again ("Create a signed AWS API request", IAM User Guide).

Those of version 4 in a header are verified here, with the chunks of a body that is signed in chunks; those in URLs and
forms of S3 where they were before. Signatures of version 4A and version 2 are not verified.
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
from kmsmock.endpoint import chunks
from kmsmock.endpoint.server import Asked
from kmsmock.wire import s3_signing

_PARTS = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=[^/,\s]+/(?P<scope>[^,\s]+)\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,\s*"
    r"Signature=(?P<signature>[0-9a-f]+)"
)
_MINUTES = 5
_OF_SERVICE = {"s3": 15, "s3express": 15, "dynamodb": 15, "ecr": 15}
"""Minutes that the time of a request may be from the clock, both ways: five in most cases ("Signature Version 4 for API
requests", IAM User Guide; KMS: aws-sdk-js-v3#6400, Secrets Manager: JuliaCloud/AWS.jl#206). S3 gives fifteen ("Error
responses", S3 API reference), as users show of DynamoDB (aws-sdk-js#2565) and ECR (upmc-enterprises/registry-creds#24).
"""
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
    skewed = _skew(signed, _OF_SERVICE.get(service, _MINUTES))
    if skewed is not None:
        return CredentialProblem("skewed", "" if service in ("s3", "ec2") else skewed)
    headers = {name.lower(): value for name, value in asked.headers.items()}
    names = found["headers"].lower().split(";")
    told = headers.get("x-amz-content-sha256")
    if told is None and service == "s3":
        return CredentialProblem("undigested")
    digest = sha256(asked.body).hexdigest() if told is None or _DIGEST.fullmatch(told) else told
    wanted = told or digest
    for canonical in _canonical(asked, service, headers, names, wanted):
        text = s3_signing.string_to_sign(date, found["scope"], canonical)
        secret = next((each for each in secrets if _is_made_with(each, found, text)), None)
        if secret is None:
            continue
        if told is not None and chunks.is_signed(told):
            first = chunks.Before(secret, date, found["scope"], found["signature"])
            return None if chunks.hold(asked.body, first) else CredentialProblem("chunk")
        return None if digest == wanted else CredentialProblem("body")
    return CredentialProblem("secret")


def _is_made_with(secret: str, found: re.Match[str], text: str) -> bool:
    """Whether somebody with this secret made a signature of a text."""
    return hmac.compare_digest(s3_signing.signature(secret, found["scope"], text), found["signature"])


def _skew(signed: datetime, minutes: int) -> str | None:
    """AWS's words for a time that is neither that of the world nor that of the machine.

    What signs in another process has the machine's clock, which no test moves.
    """
    times, most = (clock.now(), clock.of_the_machine()), timedelta(minutes=minutes)
    if any(abs(signed - now) <= most for now in times):
        return None
    now = min(times, key=lambda each: abs(signed - each))
    shown, at = signed.strftime(_FORM), now.strftime(_FORM)
    if signed < now:
        edge = (now - most).strftime(_FORM)
        return f"Signature expired: {shown} is now earlier than {edge} ({at} - {minutes} min.)"
    edge = (now + most).strftime(_FORM)
    return f"Signature not yet current: {shown} is still later than {edge} ({at} + {minutes} min.)"


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
