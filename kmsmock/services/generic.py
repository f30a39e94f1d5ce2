"""Services that nobody modelled: where a request names a KMS key, the key is looked at all the same.

Which parameters name keys is read from botocore's models: their names, and what their documentation says. The check is
the least that every service makes: the caller may describe the key through the service, and it is enabled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import places
from kmsmock.services.kms import outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.places import Path

if TYPE_CHECKING:
    from botocore.model import OperationModel

_NAME = re.compile(r"(?:key_?(?:id|arn|identifier)?|kms_?(?:key)?_?(?:id|arn)?)$", re.IGNORECASE)
_NO_KEYS = frozenset({"", "AWS_OWNED_KEY", "AWS_OWNED_KMS_KEY", "AwsOwnedKmsKey"})
"""What stands for no key of the customer's."""
_OTHERS = frozenset({"securityhub", "ses"})
"""Services that are told about keys and do not use them, or whose keys moto looks at in the world itself."""
_SECONDARY = frozenset({"KmsKeyIdentifier", "MasterUserSecretKmsKeyId", "PerformanceInsightsKMSKeyId"})
"""Parameters of integrated services that name another key than the one that the service's file looks after."""
_READS = ("BatchGet", "Describe", "Get", "List", "Search")
_paths: dict[tuple[str, str], tuple[Path, ...]] = {}
_beside: dict[tuple[str, str], tuple[Path, ...]] = {}


def paths(operation: OperationModel) -> tuple[Path, ...]:
    """Where requests of an operation name KMS keys; found once in a process."""
    place = operation.service_model.service_name, operation.name
    if place not in _paths:
        other = place[0] in _OTHERS or operation.name.startswith(_READS)
        _paths[place] = () if other else tuple(_of_operation(operation))
    return _paths[place]


def beside(operation: OperationModel) -> tuple[Path, ...]:
    """The same, of a service whose file looks after its main key only."""
    place = operation.service_model.service_name, operation.name
    if place not in _beside:
        _beside[place] = tuple(path for path in paths(operation) if path[-1] in _SECONDARY)
    return _beside[place]


def _of_operation(operation: OperationModel) -> Iterator[Path]:
    """The paths by the names in requests, which for ``rest-json`` are not always those of the members."""
    rest = operation.service_model.resolved_protocol == "rest-json"
    payload = None if operation.input_shape is None else operation.input_shape.serialization.get("payload")
    for path in _walk(operation.input_shape, (), rest):
        yield path[1:] if rest and path[0] == payload else path


def _walk(shape: Any, inside: Path, rest: bool) -> Iterator[Path]:
    if shape is None or shape.name in inside:
        return
    inside = (*inside, shape.name)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            placed = "location" in member.serialization
            sent = name if placed or not rest else member.serialization.get("name", name)
            if member.type_name == "string" and _names_key(name, member):
                yield (sent,)
            else:
                yield from ((sent, *further) for further in _walk(member, inside, rest))
    elif shape.type_name == "list":
        yield from (("*", *further) for further in _walk(shape.member, inside, rest))


def _names_key(name: str, shape: Any) -> bool:
    if not _NAME.search(name) or shape.enum:
        return False
    return "kms" in name.lower() or any(word in str(shape.documentation).lower() for word in ("kms", "cmk"))


def check(call: Call, kms: ServiceKms, operation: OperationModel, named: tuple[Path, ...]) -> None:
    """Look at each key that the request names. Raises the service's error for a key that refuses."""
    for path in named:
        for key_id in places.at(call.params, path):
            if isinstance(key_id, str) and key_id not in _NO_KEYS:
                _check(kms, operation, key_id, ".".join(path))


def _check(kms: ServiceKms, operation: OperationModel, key_id: str, parameter: str) -> None:
    service = operation.service_model.service_name
    try:
        look(kms, key_id, f"a generic check of {parameter}: kmsmock does not model how {service} uses the key")
    except AwsError as error:
        raise _outage(operation, error) or _translated(operation, error) from None


def _outage(operation: OperationModel, error: AwsError) -> AwsError | None:
    """What the service declares for throttling, by KMS if it can, or for its own failures; else a common error."""
    if not (outages.is_throttling(error) or outages.is_failure(error)):
        return None
    words = ("throttl",) if outages.is_throttling(error) else ("internal", "unavailable")
    declared = map(_code_of, operation.error_shapes)
    fitting = [name for name in declared if any(word in name.lower() for word in words)]
    fitting.sort(key=lambda name: "kms" not in name.lower())
    if outages.is_throttling(error):
        return AwsError(next(iter(fitting), "ThrottlingException"), error.message)
    return AwsError(next(iter(fitting), "InternalFailure"), error.message, 500)


def look(kms: ServiceKms, key_id: str, note: str) -> None:
    """The check itself; the decision says what it is. Raises the AwsError of KMS."""
    with kms.store.noting(note):
        key = kms.forward("DescribeKey", KeyId=key_id)["KeyMetadata"]
    must_be_enabled(key)


def must_be_enabled(key: dict[str, Any]) -> None:
    """What KMS would say of a key (its KeyMetadata) that cannot be used now."""
    if key["KeyState"] == "Disabled":
        raise AwsError("DisabledException", f"{key['Arn']} is disabled.")
    if not key["Enabled"]:
        raise AwsError("KMSInvalidStateException", f"{key['Arn']} is {_STATES.get(key['KeyState'], 'not usable')}.")


_STATES = {"PendingDeletion": "pending deletion", "PendingImport": "pending import"}


_DENIALS = ("accessdenied", "unauthorized", "notauthorized", "forbidden")
_COMPLAINTS = (
    "validation",
    "invalidparametervalue",
    "invalidparameter",
    "invalidinput",
    "invalidrequest",
    "invalidargument",
    "badrequest",
)
_COMMON = {
    "query": ("AccessDenied", "InvalidParameterValue"),
    "ec2": ("UnauthorizedOperation", "InvalidParameterValue"),
    "rest-xml": ("AccessDenied", "InvalidArgument"),
}
"""Protocol -> what every service answers to who may not, and to a parameter that is wrong ("Common errors"). Which of
its errors a service chooses is unverified for all that are not about KMS by name."""


def _translated(operation: OperationModel, error: AwsError) -> AwsError:
    """KMS's error as the service would have it: one that the operation declares, and if there is none, a common one."""
    protocol = str(operation.service_model.resolved_protocol)
    common = _COMMON.get(protocol, ("AccessDeniedException", "ValidationException"))
    denied = error.code == "AccessDeniedException"
    declared = {_code_of(shape): shape for shape in operation.error_shapes}
    code = next(_fitting(list(declared), error.code, _DENIALS if denied else _COMPLAINTS), common[0 if denied else 1])
    shape = declared.get(code)
    told = {} if shape is None else shape.metadata.get("error", {})
    return AwsError(code, error.message, int(told.get("httpStatusCode", 403 if denied and protocol != "json" else 400)))


def _code_of(shape: Any) -> str:
    return str(shape.metadata.get("error", {}).get("code", shape.name))


def _fitting(declared: list[str], code: str, words: tuple[str, ...]) -> Iterator[str]:
    """The declared codes that can mean KMS's, the likeliest first: KMS's own by name, any about KMS, any like it."""
    about = [name for name in declared if "kms" in name.lower()]
    wanted = (code if code.startswith("KMS") else f"KMS{code}").lower()
    yield from (name for name in about if name.lower() == wanted)
    yield from about
    yield from (name for word in words for name in declared if name.lower().startswith(word))
