"""How each service refuses credentials that are deleted, inactive or expired."""

from __future__ import annotations

from collections.abc import Mapping

from kmsmock.errors import AwsError

_TOKEN_INVALID = "The security token included in the request is invalid."
_TOKEN_EXPIRED = "The security token included in the request is expired"

Words = tuple[str, str, int]

_JSON: tuple[Words, Words] = (
    ("UnrecognizedClientException", _TOKEN_INVALID, 400),
    ("ExpiredTokenException", _TOKEN_EXPIRED, 400),
)
_QUERY: tuple[Words, Words] = (("InvalidClientTokenId", _TOKEN_INVALID, 403), ("ExpiredToken", _TOKEN_EXPIRED, 403))
_BY_SERVICE: Mapping[str, tuple[Words, Words]] = {
    "s3": (
        ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
        ("ExpiredToken", "The provided token has expired.", 400),
    ),
    "ec2": (
        ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
        ("RequestExpired", "Request has expired.", 400),
    ),
    **dict.fromkeys(("iam", "sts", "sqs", "sns", "rds", "cloudformation"), _QUERY),
}


def translate(service: str, problem: str) -> AwsError:
    """The service's own error for credentials that are no good any more."""
    invalid, expired = _BY_SERVICE.get(service, _JSON)
    return AwsError(*(expired if problem == "expired" else invalid))
