"""Lambda: variables of functions under a KMS key ("Securing Lambda environment variables").

Who makes or changes a function creates a grant for its execution role and encrypts the variables; a session of the role
decrypts them by the grant whenever the function runs. Variables of a function that names no key are under AWS's own
key, where everybody in the account may decrypt through Lambda but the role, which has its grant: that dies with it. Who
is shown variables is the business of ``variables``. The package may be under a key as well (``packages``).
Grants stay behind when a function is changed or deleted. The variables of functions that moto runs by itself, for event
sources and topics, are not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError, constraint_violations
from kmsmock.identity import sessions
from kmsmock.model.envelope import Envelope
from kmsmock.records import functions as moto_functions
from kmsmock.records import iam
from kmsmock.services import Advice, Moto
from kmsmock.services.awslambda import dead_letters, packages
from kmsmock.services.awslambda import variables as shown_variables
from kmsmock.services.awslambda.variables import Place
from kmsmock.services.kms import late, outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.grants import grant_for_service
from kmsmock.services.kms.translation import newer_sdk_text, translating
from kmsmock.store import Store
from kmsmock.wire import constraints
from kmsmock.wire.answers import Answer

LATEST = "$LATEST"
MANAGED_KEY = "alias/aws/lambda"
VARIABLES_SIZE = 4096
"""The most that the variables of a function may take, in bytes."""


@dataclass(slots=True)
class Functions:
    """The encrypted variables and the package of each version."""

    variables: dict[Place, Envelope] = field(default_factory=dict)
    code: dict[Place, Envelope] = field(default_factory=dict)


def guard(call: Call, kms: ServiceKms) -> None:
    """The name of a function, and packages of functions and of layers, are looked at before anything else is."""
    broken = constraints.violations("lambda", call.operation, call.params, only=("FunctionName",))
    if broken:
        raise constraint_violations(broken)
    packages.check_size(call.params.get("Code") or call.params.get("Content") or call.params)


# --- making and changing --------------------------------------------------------------------------------------------


def create_function(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """CreateFunction: kms:CreateGrant and kms:Encrypt for the caller, if a key is named or there are variables."""
    arn = f"arn:{call.partition}:lambda:{call.region}:{call.account}:function:{_name(call)}"
    if moto_functions.find(call.account, call.region, _name(call)) is not None:
        return None  # moto says so
    code = packages.sealed(call, kms, arn, call.params.get("Code") or {})
    key, role = call.params.get("KMSKeyArn"), call.params["Role"]
    with _encrypted(kms, key, arn, role, _variables(call.params)) as envelope:
        moto()
    _forget(kms.store, arn)
    _keep(kms.store.records(Functions).variables, arn, envelope)
    _keep(kms.store.records(Functions).code, arn, code)
    _publish(kms.store, arn, moto)
    return show(call, kms, moto)


def update_function_configuration(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """UpdateFunctionConfiguration: as for a new function, whenever key, role or variables are given."""
    function = moto_functions.find(call.account, call.region, call.params["FunctionName"])
    if function is None:
        return None
    if call.params.keys() & {"KMSKeyArn", "Role", "Environment"}:
        _encrypt_anew(call, kms, moto, function)
    return show(call, kms, moto)


def _encrypt_anew(call: Call, kms: ServiceKms, moto: Moto, function: Any) -> None:
    before, arn = function.kms_key_arn, function.function_arn
    key = call.params.get("KMSKeyArn", before) or None
    variables = _variables(call.params) if "Environment" in call.params else function.environment_vars
    with _encrypted(kms, key, arn, call.params.get("Role", function.role), variables) as envelope:
        function.kms_key_arn = key  # moto does not take it from the request, but tells what is there
        try:
            moto()
        except AwsError:
            function.kms_key_arn = before
            raise
    _keep(kms.store.records(Functions).variables, arn, envelope)


def update_function_code(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """UpdateFunctionCode: the new package is under the key that is named, if one is; it may publish a version."""
    function = moto_functions.find(call.account, call.region, call.params["FunctionName"])
    if function is None:
        return None
    code = packages.sealed(call, kms, function.function_arn, call.params)
    moto()
    if not call.params.get("DryRun"):
        _keep(kms.store.records(Functions).code, function.function_arn, code)
        _publish(kms.store, function.function_arn, moto)
    return show(call, kms, moto)


def show(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """Whatever tells of functions: their variables for who may decrypt them."""
    known = kms.store.records(Functions).variables
    return shown_variables.shown(kms, known, moto()) if known else None


def get_function(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """GetFunction: variables and package of who may decrypt them."""
    answer, known = show(call, kms, moto), kms.store.records(Functions).code
    if not known:
        return answer
    answer = moto() if answer is None else answer
    about = answer["Configuration"]
    envelope = known.get(shown_variables.place_of(about))
    return answer if envelope is None else {**answer, "Code": packages.shown(kms, envelope, answer["Code"])}


def publish_version(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """PublishVersion: the version keeps the variables as they are."""
    function = moto_functions.find(call.account, call.region, call.params["FunctionName"])
    if function is not None:
        _publish(kms.store, function.function_arn, moto)
    return show(call, kms, moto)


def _name(call: Call) -> str:
    return str(call.params["FunctionName"]).rsplit(":", 1)[-1]


def _variables(params: dict[str, Any]) -> dict[str, str]:
    return dict((params.get("Environment") or {}).get("Variables") or {})


@contextmanager
def _encrypted(
    kms: ServiceKms, key: str | None, arn: str, role: str, variables: dict[str, str]
) -> Iterator[Envelope | None]:
    """A grant for the role, and the variables under the key; if the block fails the grant is taken back.

    Without a key, variables are under that of AWS.
    """
    text = json.dumps(variables).encode()
    if len(text) > VARIABLES_SIZE:
        raise AwsError(
            "InvalidParameterValueException",
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided exceeded the 4KB limit.",
        )
    known = iam.find_role(role) is not None
    if key is None and not (known and variables):
        yield None  # nothing to encrypt, or a role that moto has to refuse
        return
    if not known:
        raise _role_not_assumable()
    key = key or _managed_key(kms)
    context = {"aws:lambda:FunctionArn": arn}
    operations = ["Decrypt", "RetireGrant"]
    with grant_for_service(kms, _unconfigured, key, operations, context, grantee=role, exact=True):
        envelope = None
        if variables:
            with translating(_unconfigured):
                created = kms.forward("Encrypt", KeyId=key, Plaintext=text, EncryptionContext=context)
            envelope = Envelope(created["KeyId"], created["CiphertextBlob"], context)
        yield envelope


def _managed_key(kms: ServiceKms) -> str:
    with translating(_unconfigured):
        return str(kms.forward("DescribeKey", KeyId=MANAGED_KEY)["KeyMetadata"]["Arn"])


def _keep(known: dict[Place, Envelope], arn: str, envelope: Envelope | None) -> None:
    if envelope is None:
        known.pop((arn, LATEST), None)
    else:
        known[arn, LATEST] = envelope


def _forget(store: Store, arn: str) -> None:
    """Another function of the same name was there before."""
    for known in (store.records(Functions).variables, store.records(Functions).code):
        for place in [place for place in known if place[0] == arn]:
            del known[place]


def _publish(store: Store, arn: str, moto: Moto) -> None:
    version = moto().get("Version", LATEST)
    for known in (store.records(Functions).variables, store.records(Functions).code):
        envelope = known.get((arn, LATEST))
        if version != LATEST and envelope is not None:
            known[arn, version] = envelope


def _role_not_assumable() -> AwsError:
    return AwsError("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.")


@outages.first("lambda")
def _unconfigured(error: AwsError) -> AwsError:
    return AwsError(
        "InvalidParameterValueException",
        "Lambda was unable to configure access to your environment variables because the KMS key is invalid for "
        f"CreateGrant. Please check your KMS key settings. KMS Exception: {error.code} KMS Message: {error.message}",
    )


# --- running --------------------------------------------------------------------------------------------------------


def invoke(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """Invoke: kms:Decrypt for a session of the execution role. An event is accepted, whatever becomes of it."""
    kind = call.params.get("InvocationType", "RequestResponse")
    if kind == "DryRun" or not kms.store.records(Functions).variables:
        return None
    try:
        _decrypt(call, kms, moto)
    except AwsError as error:
        if kind != "Event":
            raise
        about, why = str(call.params["FunctionName"]), error
        if not late.failed(kms.store, call, error, about, "is not run for the event: its variables cannot be read"):
            return None
    else:
        return None
    dead_letters.send(call, kms, moto, why)  # what goes wrong with that has nothing to do with what went wrong before
    return 202, {}, b""


def invoke_async(call: Call, kms: ServiceKms, moto: Moto) -> Answer | None:
    """InvokeAsync: as for an event."""
    return invoke(call._replace(params={**call.params, "InvocationType": "Event"}), kms, moto)


def _decrypt(call: Call, kms: ServiceKms, moto: Moto) -> None:
    named = {name: call.params[name] for name in ("FunctionName", "Qualifier") if name in call.params}
    try:
        answer = moto("GetFunctionConfiguration", **named)
    except AwsError:
        return  # there is no such function: moto says so
    envelope = kms.store.records(Functions).variables.get(shown_variables.place_of(answer))
    if envelope is None:
        return
    role = iam.find_role(answer["Role"])
    if role is None:
        raise _role_not_assumable()
    with translating(_undecrypted):
        kms.unseal(envelope, caller=sessions.of_role(role, answer["FunctionName"]))


_CANNOT_DECRYPT = {
    "AccessDeniedException": ("KMSAccessDeniedException", "KMS access was denied"),
    "DisabledException": ("KMSDisabledException", "the KMS key used is disabled"),
    "KMSInvalidStateException": ("KMSInvalidStateException", "the state of the KMS key used is not valid for Decrypt"),
    "NotFoundException": ("KMSNotFoundException", "the KMS key was not found"),
}
"""KMS's code -> Lambda's, and why; only the words for a denial were recorded."""


@outages.first("lambda")
def _undecrypted(error: AwsError) -> AwsError:
    code, reason = _CANNOT_DECRYPT.get(error.code, _CANNOT_DECRYPT["KMSInvalidStateException"])
    return AwsError(
        code,
        f"Lambda was unable to decrypt the environment variables because {reason}. Please check the function's KMS key "
        f"settings. KMS Exception: {error.code}KMS Message: {newer_sdk_text(error)}",
        502,
    )


OPERATIONS: dict[str, Advice] = {
    **dict.fromkeys(
        ("GetFunctionConfiguration", "ListFunctions", "ListVersionsByFunction"), dead_letters.showing(show)
    ),
    "CreateFunction": dead_letters.keeping(create_function),
    "GetFunction": dead_letters.showing(get_function),
    "Invoke": invoke,
    "InvokeAsync": invoke_async,
    "PublishVersion": publish_version,
    "UpdateFunctionCode": update_function_code,
    "UpdateFunctionConfiguration": dead_letters.keeping(update_function_configuration),
}
