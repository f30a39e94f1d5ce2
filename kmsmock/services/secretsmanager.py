"""Secrets Manager: secret values under a KMS key ("Secret encryption and decryption in AWS Secrets Manager").

moto keeps the values; each version here has an envelope of its own. Secrets of other accounts and the keys of
replicas are not modelled yet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kmsmock.call import Call
from kmsmock.envelopes import Envelope, Envelopes
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto

PRINCIPAL = "secretsmanager.amazonaws.com"
MANAGED_KEY = "alias/aws/secretsmanager"
_PROBE = "RequestToValidateKeyAccess"
"""What stands in the encryption context while only access to the key is tried."""
_VALUES = ("SecretString", "SecretBinary")


@dataclass(slots=True)
class Secrets:
    """The key of each secret, as it was named, and the envelope of each version, by ARN."""

    keys: dict[str, str] = field(default_factory=dict)
    versions: dict[tuple[str, str], Envelope] = field(default_factory=dict)


def secrets(envelopes: Envelopes) -> Secrets:
    """The records of this world."""
    found: Secrets = envelopes.store.services.setdefault("secretsmanager", Secrets())
    return found


def create_secret(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any]:
    """CreateSecret: the key is tried first; a value is then encrypted for the caller."""
    key_id = call.params.get("KmsKeyId", MANAGED_KEY)
    _no_replica_under_a_key(call)
    _probe(envelopes, key_id)
    answer = moto()
    secrets(envelopes).keys[answer["ARN"]] = key_id
    if answer.get("VersionId"):
        place = answer["ARN"], answer["VersionId"]
        secrets(envelopes).versions[place] = _seal(envelopes, key_id, *place)
    return answer


def replicate_secret_to_regions(call: Call, envelopes: Envelopes, moto: Moto) -> None:
    """ReplicateSecretToRegions: moto's own, as long as no key is named."""
    _no_replica_under_a_key(call)


def put_secret_value(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any]:
    """PutSecretValue: kms:GenerateDataKey and kms:Decrypt for the caller."""
    place = _arn(call, moto), call.params["ClientRequestToken"]
    records = secrets(envelopes)
    envelope = _seal(envelopes, records.keys.get(place[0], MANAGED_KEY), *place)
    answer = moto()  # what it refuses leaves no record
    records.versions[place] = envelope
    return answer


def update_secret(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any]:
    """UpdateSecret: a new key re-encrypts the versions that are there, a new value makes another."""
    params, records = call.params, secrets(envelopes)
    arn = _arn(call, moto)
    key_id = params.get("KmsKeyId", records.keys.get(arn, MANAGED_KEY))
    anew: list[tuple[str, str]] = []
    if "KmsKeyId" in params:
        _probe(envelopes, key_id)
        anew = [place for place in records.versions if place[0] == arn]
        for place in anew:
            _unseal(envelopes, records.versions[place], "DecryptionFailure")
    if any(name in params for name in _VALUES):
        anew.append((arn, params["ClientRequestToken"]))
    sealed = {place: _seal(envelopes, key_id, *place) for place in anew}
    answer = moto()  # what it refuses leaves the key and the versions as they were
    records.keys[arn] = key_id
    records.versions.update(sealed)
    return answer


def get_secret_value(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any]:
    """GetSecretValue: kms:Decrypt for the caller."""
    answer = moto()
    envelope = secrets(envelopes).versions.get((answer["ARN"], answer["VersionId"]))
    if envelope is not None:
        _unseal(envelopes, envelope, "DecryptionFailure")
    return answer


def batch_get_secret_value(call: Call, envelopes: Envelopes, moto: Moto) -> dict[str, Any]:
    """BatchGetSecretValue: values that cannot be decrypted are told among the errors."""
    answer = moto()
    values, failures = [], list(answer.get("Errors", ()))
    for value in answer.get("SecretValues", ()):
        envelope = secrets(envelopes).versions.get((value["ARN"], value["VersionId"]))
        try:
            if envelope is not None:
                _unseal(envelopes, envelope, "DecryptionFailure")
        except AwsError as error:
            failures.append({"SecretId": value["ARN"], "ErrorCode": error.code, "Message": error.message})
        else:
            values.append(value)
    return {**answer, "SecretValues": values, "Errors": failures}


def _no_replica_under_a_key(call: Call) -> None:
    if any("KmsKeyId" in replica for replica in call.params.get("AddReplicaRegions") or ()):
        raise NotImplementedError(f"kmsmock does not model {call.operation} with a replica's KmsKeyId yet")


def _arn(call: Call, moto: Moto) -> str:
    return str(moto("DescribeSecret", SecretId=call.params["SecretId"])["ARN"])


def _probe(envelopes: Envelopes, key_id: str) -> None:
    """Try the key without any secret: both directions."""
    _seal(envelopes, key_id, _PROBE, _PROBE)


def _seal(envelopes: Envelopes, key_id: str, arn: str, version: str) -> Envelope:
    try:
        envelope = envelopes.seal(key_id, {"SecretARN": arn, "SecretVersionId": version})[1]
    except AwsError as error:
        raise worded(error, "EncryptionFailure") from None
    _unseal(envelopes, envelope, "EncryptionFailure")
    return envelope


def _unseal(envelopes: Envelopes, envelope: Envelope, failure: str) -> None:
    try:
        envelopes.unseal(envelope)
    except AwsError as error:
        raise worded(error, failure) from None


def worded(error: AwsError, failure: str) -> AwsError:
    """A refusal of KMS as Secrets Manager passes it on. The texts of its failures were never recorded."""
    if error.code == "AccessDeniedException":
        return AwsError("AccessDeniedException", "Access to KMS is not allowed")
    return AwsError(failure, error.message)


OPERATIONS: dict[str, Advice] = {
    "BatchGetSecretValue": batch_get_secret_value,
    "CreateSecret": create_secret,
    "GetSecretValue": get_secret_value,
    "PutSecretValue": put_secret_value,
    "ReplicateSecretToRegions": replicate_secret_to_regions,
    "UpdateSecret": update_secret,
}
