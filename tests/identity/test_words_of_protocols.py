"""Credentials that are none, have expired, or come without their token or secret: the code and status of each protocol.

"Common errors" in each service's API reference; ECS as of teralytics/prometheus-ecs-discovery#7, Lambda as of
iann0036/iamlive#58 and aws/aws-sdk-js#168; "Error responses" in the S3 API reference; EC2's error codes.
"""

import pytest

from kmsmock.identity.errors import translate

pytestmark = pytest.mark.evidence("reported", "public reports of each protocol; common errors of the API references")

INVALID = "The security token included in the request is invalid."
EXPIRED = "The security token included in the request is expired"
WORDS = {
    ("kms", "json"): {
        "deleted": ("UnrecognizedClientException", INVALID, 400),
        "expired": ("ExpiredTokenException", EXPIRED, 400),
        "token": ("UnrecognizedClientException", INVALID, 400),
        **dict.fromkeys(("secret", "skewed", "body"), ("InvalidSignatureException", None, 400)),
    },
    ("lambda", "rest-json"): {
        "deleted": ("UnrecognizedClientException", INVALID, 403),
        "expired": ("ExpiredTokenException", EXPIRED, 403),
        "token": ("UnrecognizedClientException", INVALID, 403),
        **dict.fromkeys(("secret", "skewed", "body"), ("InvalidSignatureException", None, 403)),
    },
    **{
        (service, protocol): {
            "deleted": ("InvalidClientTokenId", INVALID, 403),
            "expired": ("ExpiredToken", EXPIRED, 403),
            "token": ("InvalidClientTokenId", INVALID, 403),
            **dict.fromkeys(("secret", "skewed", "body"), ("SignatureDoesNotMatch", None, 403)),
        }
        for service, protocol in (("sts", "query"), ("sqs", "json"), ("route53", "rest-xml"))
    },
    ("s3", "rest-xml"): {
        "deleted": (
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
        ),
        "expired": ("ExpiredToken", "The provided token has expired.", 400),
        "token": ("InvalidToken", "The provided token is malformed or otherwise invalid.", 400),
        "secret": ("SignatureDoesNotMatch", None, 403),
        "skewed": (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            403,
        ),
    },
    ("ec2", "ec2"): {
        "body": ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
        **dict.fromkeys(
            ("deleted", "token", "secret"),
            ("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
        ),
        **dict.fromkeys(("expired", "skewed"), ("RequestExpired", "Request has expired.", 400)),
    },
}


@pytest.mark.parametrize(
    ("service", "protocol", "problem", "words"),
    [(*asked, problem, words) for asked, row in WORDS.items() for problem, words in row.items()],
)
def test_each_protocol_has_its_own_words(service, protocol, problem, words):
    code, text, status = words
    error = translate(service, problem, protocol)
    assert (error.code, error.status) == (code, status)
    assert error.message.startswith("The request signature we calculated does not match" if text is None else text)
