"""How each service refuses credentials that are deleted, inactive or expired, or come without their token or secret."""

from __future__ import annotations

from collections.abc import Mapping

from kmsmock.errors import AwsError
from kmsmock.wire.s3_signing import MISMATCH

_TOKEN_INVALID = "The security token included in the request is invalid."
_TOKEN_EXPIRED = "The security token included in the request is expired"
_UNSIGNED = "Request is missing Authentication Token"
_NO_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)

Words = tuple[str, str, int]
Row = tuple[Words, Words, Words, Words, Words]
"""For credentials that are none, for those that have expired, for those with another token than theirs, for those with
another secret, and for a request that nobody signed."""

_JSON: Row = (
    ("UnrecognizedClientException", _TOKEN_INVALID, 400),
    ("ExpiredTokenException", _TOKEN_EXPIRED, 400),
    ("UnrecognizedClientException", _TOKEN_INVALID, 400),
    ("InvalidSignatureException", _NO_MATCH, 400),  # as of ECS: teralytics/prometheus-ecs-discovery#7
    ("MissingAuthenticationTokenException", _UNSIGNED, 400),  # of DynamoDB: aws-dynamodb-session-tomcat#42
)
_REST_JSON: Row = (  # as of Lambda: iann0036/iamlive#58, aws/aws-sdk-js#168
    ("UnrecognizedClientException", _TOKEN_INVALID, 403),
    ("ExpiredTokenException", _TOKEN_EXPIRED, 403),
    ("UnrecognizedClientException", _TOKEN_INVALID, 403),
    ("InvalidSignatureException", _NO_MATCH, 403),
    ("MissingAuthenticationTokenException", "Missing Authentication Token", 403),  # its words: "Credential errors"
)
_QUERY: Row = (
    ("InvalidClientTokenId", _TOKEN_INVALID, 403),
    ("ExpiredToken", _TOKEN_EXPIRED, 403),
    ("InvalidClientTokenId", _TOKEN_INVALID, 403),
    ("SignatureDoesNotMatch", _NO_MATCH, 403),
    ("MissingAuthenticationToken", _UNSIGNED, 403),  # as of STS: amzn/selling-partner-api-docs#3081
)
_EC2 = ("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
_BY_SERVICE: Mapping[str, Row] = {
    "s3": (
        ("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403),
        ("ExpiredToken", "The provided token has expired.", 400),
        ("InvalidToken", "The provided token is malformed or otherwise invalid.", 400),
        ("SignatureDoesNotMatch", MISMATCH, 403),
        ("AccessDenied", "Access Denied", 403),
    ),
    "ec2": (
        _EC2,
        ("RequestExpired", "Request has expired.", 400),
        _EC2,
        _EC2,
        (
            "MissingParameter",
            "The request must contain the parameter AWSAccessKeyId",
            400,
        ),  # test-kitchen/kitchen-ec2#440
    ),
    "sqs": _QUERY,
}
_BY_PROTOCOL: Mapping[str, Row] = {"query": _QUERY, "rest-json": _REST_JSON, "rest-xml": _QUERY}
_NO_DETAILS: Mapping[str, str] = {}
_BY_PROBLEM = {"expired": 1, "token": 2, "secret": 3, "skewed": 3, "body": 3, "chunk": 3, "unsigned": 4}
_OF_SERVICE: Mapping[tuple[str, str], Words] = {  # "Error responses" in the S3 API reference; EC2's error codes
    ("s3", "skewed"): (
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
        403,
    ),
    ("s3", "body"): (
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        400,
    ),
    ("s3", "region"): ("AuthorizationHeaderMalformed", "", 400),  # as of jsoma/flatware#10
    ("s3", "undigested"): (  # as of avi-wish/aws4-signature-php#1, request/request#2708
        "InvalidRequest",
        "Missing required header for this request: x-amz-content-sha256",
        400,
    ),
    ("ec2", "skewed"): ("RequestExpired", "Request has expired.", 400),
}


def translate(
    service: str, problem: str, protocol: str = "json", text: str = "", details: Mapping[str, str] = _NO_DETAILS
) -> AwsError:
    """The service's own error for credentials that are no good any more; others' by the ``protocol`` they speak.

    ``text`` is said in the place of the words for a signature that does not match; ``details`` go with it.
    """
    row = _BY_SERVICE.get(service) or _BY_PROTOCOL.get(protocol, _JSON)
    words = _OF_SERVICE.get((service, problem)) or row[_BY_PROBLEM.get(problem, 0)]
    return AwsError(words[0], text or words[1], words[2], **details)
