"""What services say of a request that they cannot read: something is missing, or is not what the model says it is.

The words of EC2, of SNS, of SQS and of the frameworks behind the others ("1 validation error detected") are known from
what their users show; which of them a service uses, where it is not in the facts, is unverified, and so are the words
for numbers and dates that are none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.model import OperationModel

from kmsmock.errors import AwsError, constraint_violations

Place = tuple["str | int", ...]
"""Where in the parameters something is: names of members, and numbers in lists from 1."""


def missing(operation: OperationModel, place: Place) -> AwsError:
    """A required parameter is not there."""
    return _words(operation).missing(place)


def unreadable(operation: OperationModel, name: str, value: str) -> AwsError:
    """A text in a query, a header or a document should be a number, a date or base64, and is not."""
    return _words(operation).unreadable(name, value)


def malformed(operation: OperationModel) -> AwsError:
    """The body is no document at all, or not in UTF-8."""
    return _words(operation).malformed()


def no_action() -> AwsError:
    """A request of a query protocol does not say what is asked for ("Common errors")."""
    return AwsError("MissingAction", "The request is missing an action or a required parameter.")


def violated(operation: OperationModel, violations: Sequence[str]) -> AwsError:
    """Constraints of the model are broken."""
    return constraint_violations(violations, _words(operation).invalid)


def invalid(operation: OperationModel, message: str) -> AwsError:
    """Something else is wrong with the parameters."""
    return AwsError(_words(operation).invalid, message)


def unknown(operation: OperationModel, name: str, value: str) -> AwsError:
    """A parameter names what there is not, or has a value that nothing can be made of."""
    word = name.removesuffix("s").removesuffix("Identifier").removesuffix("Id").removesuffix("Name").lower()
    for shape in operation.error_shapes:
        told = shape.metadata.get("error", {})
        code = str(told.get("code", shape.name))
        if word and word in code.lower() and "notfound" in code.lower().replace("nosuch", "notfound"):
            return AwsError(code, f"{name} {value} not found.", int(told.get("httpStatusCode", 400)))
    return AwsError(_words(operation).invalid, f"Value ({value}) for parameter {name} is invalid.")


class _Words:
    """One family of services: the code for what is invalid, and the texts."""

    __slots__ = ("invalid", "malformed", "missing", "unreadable")

    def __init__(
        self,
        invalid: str,
        missing: Callable[[Place], AwsError],
        unreadable: Callable[[str, str], AwsError],
        malformed: Callable[[], AwsError],
    ) -> None:
        self.invalid, self.missing, self.unreadable, self.malformed = invalid, missing, unreadable, malformed


def _null(code: str) -> Callable[[Place], AwsError]:
    def say(place: Place) -> AwsError:
        path = ".".join(f"{step}.member" if isinstance(step, int) else step[:1].lower() + step[1:] for step in place)
        text = f"Value null at '{path}' failed to satisfy constraint: Member must not be null"
        return constraint_violations([text], code)

    return say


def _not_contained(code: str = "MissingParameter", end: str = "") -> Callable[[Place], AwsError]:
    return lambda place: AwsError(code, f"The request must contain the parameter {_dotted(place)}{end}")


_NAMES_OF_EC2 = {"Resources": "resourceIdSet"}


def _missing_in_ec2(place: Place) -> AwsError:
    """EC2's own: "InvalidParameterCombination" of its error codes, and the names that its documents have."""
    if place == ("InstanceIds",):
        return AwsError("InvalidParameterCombination", "No instances specified")
    return _not_contained()(tuple(_NAMES_OF_EC2.get(str(step), step) for step in place))


def _dotted(place: Place) -> str:
    return ".".join(map(str, place))


def _of_json(invalid: str = "ValidationException") -> _Words:
    def serialization(*_: str) -> AwsError:
        return AwsError("SerializationException")

    return _Words(invalid, _null(invalid), serialization, serialization)


def _of_query(
    invalid: str = "ValidationError", missing: Callable[[Place], AwsError] | None = None, bad: str = "MalformedInput"
) -> _Words:
    return _Words(
        invalid,
        missing or _null(invalid),
        lambda name, value: AwsError(bad, f"Value ({value}) for parameter {name} is invalid."),
        lambda: AwsError("MalformedQueryString", "The query string contains a syntax error."),
    )


def _missing_in_sns(place: Place) -> AwsError:
    """ARNs are SNS's own to look for; the rest is the framework's (ex-aws/ex_aws#264, LocalStack's validated tests)."""
    if not str(place[-1]).endswith("Arn"):
        return _null("ValidationError")(place)
    return AwsError("InvalidParameter", f"Invalid parameter: {_dotted(place)} Reason: no value for required parameter")


def _missing_in_s3(place: Place) -> AwsError:
    if place == ("Bucket",):
        return AwsError("InvalidBucketName", "The specified bucket is not valid.")
    if len(place) > 1:  # in the document that the body is
        return malformed_xml()
    return AwsError("InvalidRequest", _MISSING_IN_S3.get(place, f"Missing required parameter: {_dotted(place)}"))


_MISSING_IN_S3: Mapping[Place, str] = {
    ("ObjectAttributes",): "The x-amz-object-attributes header specifying the attributes to be retrieved is either "
    "missing or empty",
}
"""Parameters that S3 has words of its own for, as the tests of scality/cloudserver have them."""


def malformed_xml() -> AwsError:
    """A document of S3 is none, or is not what the model says it is."""
    text = "The XML you provided was not well-formed or did not validate against our published schema"
    return AwsError("MalformedXML", text)


_NUMBERS_OF_S3 = ("max-buckets", "max-keys", "max-parts", "max-uploads", "part-number-marker")


def _unreadable_in_s3(name: str, value: str) -> AwsError:
    wrong = "not an integer or within integer range" if name in _NUMBERS_OF_S3 else "is not valid"
    return AwsError("InvalidArgument", f"Provided {name} {wrong}", ArgumentName=name, ArgumentValue=value)


def _of_s3() -> _Words:
    return _Words("InvalidArgument", _missing_in_s3, _unreadable_in_s3, malformed_xml)


_BY_PROTOCOL: Mapping[str, _Words] = {
    "json": _of_json(),
    "rest-json": _of_json(),
    "query": _of_query(),
    "ec2": _of_query("InvalidParameterValue", _missing_in_ec2, "InvalidParameterValue"),
    "rest-xml": _of_s3(),
}
_BY_SERVICE: Mapping[str, _Words] = {
    "ecr": _of_json("InvalidParameterException"),
    "efs": _of_json("BadRequest"),
    "eks": _of_json("InvalidParameterException"),
    "backup": _of_json("InvalidParameterValueException"),
    "firehose": _of_json("ValidationException"),
    "logs": _of_json("InvalidParameterException"),
    "neptune": _of_query("InvalidParameterValue", _not_contained(), "InvalidParameterValue"),
    "organizations": _of_json("InvalidInputException"),
    "rds": _of_query("InvalidParameterValue", _not_contained(), "InvalidParameterValue"),
    "sns": _of_query("InvalidParameter", _missing_in_sns),
    "sqs": _Words(
        "InvalidParameterValue",
        _not_contained(end="."),
        lambda *_: AwsError("SerializationException"),
        lambda: AwsError("SerializationException"),
    ),
}


def _words(operation: OperationModel) -> _Words:
    service: Any = operation.service_model
    return _BY_SERVICE.get(service.service_name) or _BY_PROTOCOL[service.resolved_protocol]
