"""The three kinds of errors, and the texts of AWS's JSON protocol that no service has for itself."""

from __future__ import annotations

from collections.abc import Sequence


class KmsMockError(Exception):
    """kmsmock was used wrongly, or was asked for something it does not model. Never an AWS answer."""


class AwsError(Exception):
    """What AWS would answer: goes over the wire and reaches the test as botocore's ClientError.

    ``code`` is AWS's error code, ``message`` its text (may be empty), ``status`` the HTTP status.
    """

    def __init__(self, code: str, message: str = "", status: int = 400, **details: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = details
        """What some errors have beside, such as ``ArgumentName``; and the ``shape`` of one whose code is another."""


def access_denied(message: str) -> AwsError:
    return AwsError("AccessDeniedException", message)


def validation(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def constraint_violations(violations: Sequence[str]) -> AwsError:
    count = len(violations)
    noun = "error" if count == 1 else "errors"
    return validation(f"{count} validation {noun} detected: " + "; ".join(violations))


def serialization(message: str) -> AwsError:
    return AwsError("SerializationException", message)


def unknown_operation() -> AwsError:
    return AwsError("UnknownOperationException")


_JSON_NAMES = {True: "TRUE_VALUE", False: "FALSE_VALUE"}
_WANTED = {"str": "a String", "int": "an Integer", "bool": "a Boolean", "list": "a List", "dict": "a Map"}


def wrong_json_type(value: object, wanted: type) -> AwsError:
    # The words of AWS's JSON protocol as other services show them; for KMS they were never recorded.
    if isinstance(value, dict):
        return serialization("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return serialization("Start of list found where not expected.")
    if value is None:
        return serialization("NULL_VALUE can not be converted to a String")
    seen = "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"
    seen = _JSON_NAMES[value] if isinstance(value, bool) else seen
    return serialization(f"{seen} can not be converted to {_WANTED.get(wanted.__name__, 'a Timestamp')}")


def security_token_invalid() -> AwsError:
    return AwsError("UnrecognizedClientException", "The security token included in the request is invalid.")


def throttled() -> AwsError:
    return AwsError(
        "ThrottlingException",
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
    )


def recipient_document(problem: str) -> AwsError:
    # Unverified text; the code is documented.
    return validation(f"The attestation document in the Recipient parameter is not valid: {problem}.")
