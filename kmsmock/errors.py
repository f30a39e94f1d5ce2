"""The kinds of errors, the warnings, which name a misspelled one stands for, and the texts of AWS's JSON protocol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any


class KmsMockError(Exception):
    """kmsmock was used wrongly, or was asked for something it does not model. Never an AWS answer."""


class PolicyWarning(UserWarning):
    """A policy that AWS stores although it uses a name that does not exist: it does not do what it says."""


class VersionWarning(UserWarning):
    """A library is installed in a version with which kmsmock's own suite has not been run."""


def a_text(option: str, value: object, example: str) -> str:
    """A text that a test gives. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{option}={value!r}: give a text, such as {example!r}")
    return value


def nearest(name: str, known: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The known name that is spelled most nearly as this one, whatever its case; None if none is near.

    ``cutoff`` is how alike they must be, from 0 to 1.
    """
    from difflib import get_close_matches  # hardly any suite needs it

    spelled = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), spelled, 1, cutoff)
    return spelled[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """The end of a sentence about a name that does not exist: which one was meant, or what is said ``otherwise``."""
    found = nearest(name, known)
    return otherwise if found is None else f"did you mean {found!r}?"


_TOO_MANY = frozenset(
    {"RequestLimitExceeded", "SlowDown", "ProvisionedThroughputExceededException", "TooManyRequestsException"}
)
"""Codes of throttling that do not say so; "Retry behavior" in the AWS SDKs and Tools reference guide has them."""


class AwsError(Exception):
    """What AWS would answer: goes over the wire and reaches the test as botocore's ClientError.

    ``code`` is AWS's error code, ``message`` its text (may be empty), ``status`` the HTTP status.
    """

    clue: Any = None
    """What lies behind it, for who explains it: a decision, a fault that a test asked for, a quota, ..."""

    def __init__(self, code: str, message: str = "", status: int = 400, **details: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = details
        """What some errors have beside, such as ``ArgumentName``; and the ``shape`` of one whose code is another."""

    @property
    def throttles(self) -> bool:
        """Whether it says that there were too many requests; services have words of their own for that."""
        return "Throttl" in self.code or self.code in _TOO_MANY

    def because(self, clue: Any) -> AwsError:
        """The same error, with what lies behind it."""
        self.clue = clue
        return self


def chain(error: BaseException | None) -> Iterator[AwsError]:
    """An error of AWS, and those that it came from."""
    while error is not None:
        if isinstance(error, AwsError):
            yield error
        error = error.__cause__ or error.__context__


def access_denied(message: str) -> AwsError:
    return AwsError("AccessDeniedException", message)


def validation(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def constraint_violations(violations: Sequence[str], code: str = "ValidationException") -> AwsError:
    """``code`` is ValidationError in services that speak the query protocol."""
    count = len(violations)
    noun = "error" if count == 1 else "errors"
    return AwsError(code, f"{count} validation {noun} detected: " + "; ".join(violations))


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
