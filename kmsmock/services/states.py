"""Step Functions: state machines and activities under a key ("Data at rest encryption in AWS Step Functions").

Who makes or changes one needs kms:GenerateDataKey and kms:Decrypt; who reads its definition or what went through it,
kms:Decrypt. Metadata needs nothing. That executions themselves ask for nothing is the unverified choice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.model.envelope import Envelope
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.translation import by_code, translating

PRINCIPAL = "states.amazonaws.com"
_OWN = "AWS_OWNED_KEY"

_CODES = {"AccessDeniedException": "KmsAccessDeniedException", "ThrottlingException": "KmsThrottlingException"}
_first = outages.first("states")
_unusable = _first(by_code(_CODES, "KmsInvalidStateException", lambda error: error.message))
_misconfigured = _first(by_code(_CODES, "InvalidEncryptionConfiguration", lambda error: error.message))


class Envelopes(dict[str, Envelope]):
    """What opens a state machine or activity that is under a key, by its ARN."""


def _named(call: Call, kind: str) -> str:
    return f"arn:{call.partition}:states:{call.region}:{call.account}:{kind}:{call.params['name']}"


def _sealed(call: Call, kms: ServiceKms, arn: str, key: str) -> Envelope | None:
    """A data key under the key that a request names, tried both ways; None for AWS's own. ``key`` of the context."""
    asked = call.params.get("encryptionConfiguration") or {}
    if asked.get("type", _OWN) == _OWN:
        return None
    if "kmsKeyId" not in asked:
        # Unverified text; the code is documented.
        raise AwsError("InvalidEncryptionConfiguration", "kmsKeyId is required for CUSTOMER_MANAGED_KMS_KEY")
    with translating(_misconfigured):
        _, envelope = kms.seal(asked["kmsKeyId"], {key: arn})
        kms.unseal(envelope)
    return envelope


def create_state_machine(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateStateMachine."""
    _create(call, kms, moto, "stateMachine")


def create_activity(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """CreateActivity."""
    _create(call, kms, moto, "activity")


def _create(call: Call, kms: ServiceKms, moto: Moto, kind: str) -> None:
    arn = _named(call, kind)
    envelope = _sealed(call, kms, arn, f"aws:states:{kind}Arn")
    moto()
    _keep(kms, arn, envelope)


def _keep(kms: ServiceKms, arn: str, envelope: Envelope | None) -> None:
    if envelope is None:
        kms.store.records(Envelopes).pop(arn, None)
    else:
        kms.store.records(Envelopes)[arn] = envelope


def update_state_machine(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """UpdateStateMachine: another key, or the present one for another definition."""
    arn = call.params["stateMachineArn"]
    if "encryptionConfiguration" in call.params:
        envelope = _sealed(call, kms, arn, "aws:states:stateMachineArn")
        moto()
        _keep(kms, arn, envelope)
    else:
        _open(kms, arn)


def _open(kms: ServiceKms, arn: str) -> None:
    envelope = kms.store.records(Envelopes).get(arn)
    if envelope is not None:
        with translating(_unusable):
            kms.unseal(envelope)


def _machine_of(execution: str) -> str:
    """The ARN of the state machine of an execution: ``…:execution:machine:name``, or ``express`` with one part more."""
    parts = execution.split(":")
    return ":".join([*parts[:5], "stateMachine", parts[6]])


def _reading(arn_of: Callable[[Call], str], hidden: tuple[str, ...]) -> Advice:
    """A description: whole for who may decrypt, and for everybody without the members that are ``hidden``."""

    def advice(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
        if call.params.get("includedData", "ALL_DATA") == "METADATA_ONLY":
            return {name: value for name, value in moto().items() if name not in hidden}
        moto()
        _open(kms, arn_of(call))
        return None

    return advice


def get_execution_history(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """GetExecutionHistory: kms:Decrypt, unless the data is left out."""
    moto()
    if call.params.get("includeExecutionData", True):
        _open(kms, _machine_of(call.params["executionArn"]))


_DEFINITION = ("definition", "variableReferences")
_DATA = ("cause", "error", "input", "output")

OPERATIONS: dict[str, Advice] = {
    "CreateActivity": create_activity,
    "CreateStateMachine": create_state_machine,
    "DescribeExecution": _reading(lambda call: _machine_of(call.params["executionArn"]), _DATA),
    "DescribeStateMachine": _reading(lambda call: str(call.params["stateMachineArn"]), _DEFINITION),
    "DescribeStateMachineForExecution": _reading(lambda call: _machine_of(call.params["executionArn"]), _DEFINITION),
    "GetExecutionHistory": get_execution_history,
    "UpdateStateMachine": update_state_machine,
}
