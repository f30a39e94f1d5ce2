"""How each service refuses credentials that are deleted, inactive or expired, or come without their token."""

from __future__ import annotations

from collections.abc import Mapping

from kmsmock.errors import AwsError

_TOKEN_INVALID = "The security token included in the request is invalid."
_TOKEN_EXPIRED = "The security token included in the request is expired"

Words = tuple[str, str, int]
Three = tuple[Words, Words, Words]
"""For credentials that are none, for those that have expired, and for those with another token than theirs."""

_JSON: Three = (
    ("UnrecognizedClientException", _TOKEN_INVALID, 400),
    ("ExpiredTokenException", _TOKEN_EXPIRED, 400),
    ("UnrecognizedClientException", _TOKEN_INVALID, 400),
)
_QUERY: Three = (
    ("InvalidClientTokenId", _TOKEN_INVALID, 403),
    ("ExpiredToken", _TOKEN_EXPIRED, 403),
    ("InvalidClientTokenId", _TOKEN_INVALID, 403),
)
_EC2 = ("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
_BY_SERVICE: Mapping[str, Three] = {
    "s3": (
        ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
        ("ExpiredToken", "The provided token has expired.", 400),
        ("InvalidToken", "The provided token is malformed or otherwise invalid.", 400),
    ),
    "ec2": (_EC2, ("RequestExpired", "Request has expired.", 400), _EC2),
    "sqs": _QUERY,
}
_BY_PROBLEM = {"expired": 1, "token": 2}


def translate(service: str, problem: str, protocol: str = "json") -> AwsError:
    """The service's own error for credentials that are no good any more; others' by the ``protocol`` they speak."""
    words = _BY_SERVICE.get(service, _QUERY if protocol in ("query", "rest-xml") else _JSON)
    return AwsError(*words[_BY_PROBLEM.get(problem, 0)])
