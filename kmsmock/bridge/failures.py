"""When moto fails at a request instead of answering it: whose fault that is, and what is said."""

from __future__ import annotations

import os
import re
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

import moto
from botocore.validate import ParamValidator

from kmsmock.errors import AwsError, KmsMockError
from kmsmock.wire import complaints, constraints, models
from kmsmock.wire.decoding.decode import decode
from kmsmock.wire.models import OperationModel
from kmsmock.wire.refused import NotSent
from kmsmock.wire.requests import AWSPreparedRequest

_OURS, _MOTOS = (f"{directory}{os.sep}" for directory in (Path(__file__).parents[1], Path(moto.__file__).parent))
"""Where each of us is: a suite may have its libraries in a directory called moto, too."""
_OF_DATA = (
    LookupError, ValueError, TypeError, AttributeError, NameError, AssertionError, ArithmeticError, RecursionError,
    StopIteration, re.error, ExpatError, EOFError,
)  # fmt: skip
"""What Python raises for values that code did not think of; others tell of what is missing on the machine."""
_SAID = (AwsError, KmsMockError, NotSent, NotImplementedError, ImportError)
"""What is meant for whoever asked: refusals of ours, what moto has not implemented, and libraries that it needs."""


class MotoFailed(KmsMockError):
    """moto raised an exception at a request that kmsmock does not model; it is the cause of this one."""


class AsMoto(KeyError):
    """Raised by what stands in for moto's own code, where that would raise it."""


def is_motos(error: Exception) -> bool:
    """Whether an exception that came out of moto is a fault of its own: not ours, and no answer to anybody."""
    if isinstance(error, (_SAID, AsMoto)):
        return isinstance(error, AsMoto)
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(_OURS):
            return False
        if frame.filename.startswith(_MOTOS):
            return True
    return False


def _is_of_data(error: BaseException | None) -> bool:
    """Whether moto failed at what the request said."""
    return isinstance(error, _OF_DATA) or type(error) is Exception  # moto raises the bare one for what it cannot read


def _told(error: BaseException | None) -> str:
    """An exception in a line: its kind, its text, and where in moto it was raised."""
    frames = traceback.extract_tb(error.__traceback__ if error is not None else None)
    last = next((frame for frame in reversed(frames) if frame.filename.startswith(_MOTOS)), None)
    at = "" if last is None else f" ({'/'.join(Path(last.filename).parts[-3:])}, line {last.lineno})"
    return f"{type(error).__name__}: {error}{at}"


def failed(service: str, operation: str, error: BaseException | None) -> MotoFailed:
    """What is raised where no answer of AWS's is known."""
    return MotoFailed(
        f"moto failed at {service} {operation}, which kmsmock leaves to it: {_told(error)}. Either it is a fault of "
        "moto's, or the request is one that AWS would refuse and moto did not look."
    )


def said(
    operation: OperationModel, request: AWSPreparedRequest, error: BaseException | None, modelled: bool
) -> AwsError | MotoFailed:
    """What whoever asked is told: of an operation that is ``modelled``, AWS's error for what is wrong; else whose
    fault it is."""
    if not modelled or not _is_of_data(error):
        return failed(operation.service_model.service_name, operation.name, error)
    return of_constraints(operation, request) or _about(operation, decode(request, operation), error)


def of_constraints(operation: OperationModel, request: AWSPreparedRequest) -> AwsError | None:
    """The service's error for the constraints of the model that a request breaks."""
    broken = _violations(operation, decode(request, operation))
    return complaints.violated(operation, broken) if broken else None


def of_model(operation: OperationModel, request: AWSPreparedRequest) -> AwsError | None:
    """The service's error for a request that botocore itself would not send, in botocore's words where the service's
    are not known."""
    refusal = of_constraints(operation, request)
    if refusal is None and operation.input_shape is not None:
        report = ParamValidator().validate(decode(request, operation), operation.input_shape)
        refusal = complaints.invalid(operation, report.generate_report()) if report.has_errors() else None
    return refusal


def _violations(operation: OperationModel, params: dict[str, Any]) -> list[str]:
    """The constraints of the model that the request breaks. It is asked late because AWS does not hold all of them."""
    service = models.name_of(operation.service_model)
    if service is None or operation.service_model.resolved_protocol == "rest-json":
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of patterns in Java's dialect
            return constraints.violations(service, operation.name, params)
    except re.error:
        return []


def _about(operation: OperationModel, params: dict[str, Any], error: BaseException | None) -> AwsError:
    """By what moto tripped over: a value of the request, or a name that it looked for and is not there."""
    what = str(error.args[0]) if error is not None and error.args else ""
    for name, value in _texts(params):
        if value and (value == what or repr(value) in what):
            return complaints.unknown(operation, name, value)
    if isinstance(error, KeyError) and what in _members(operation.input_shape, ()):
        return complaints.missing(operation, (what,))
    # It says itself that it is not AWS's: what AWS would answer is unverified, but that it refuses is not.
    text = f"The request could not be understood. (kmsmock: moto failed with {_told(error)})"
    return complaints.invalid(operation, text)


def _texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The texts and numbers of parameters, and the members that they are of."""
    if isinstance(value, dict):
        for member, item in value.items():
            yield from _texts(item, member)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)
    elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield name, str(value)


def _members(shape: Any, inside: tuple[str, ...]) -> set[str]:
    """The names of all members of a shape, at any depth."""
    if shape is None or shape.name in inside:
        return set()
    inside = (*inside, shape.name)
    if shape.type_name == "structure":
        return set(shape.members).union(*(_members(member, inside) for member in shape.members.values()))
    return _members(getattr(shape, "member", None) or getattr(shape, "value", None), inside)
