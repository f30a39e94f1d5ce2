"""Secrets Manager: secret values under a KMS key ("Secret encryption and decryption in AWS Secrets Manager").

moto keeps the values; each version here has an envelope of its own. Another account names a secret by its ARN; its own
policies, that of the secret and that of the key let it in. Replicas are in ``replicas``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from kmsmock.authorization import documents
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.model.envelope import Envelope
from kmsmock.records import secrets as secret_records
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.data_keys import in_account
from kmsmock.services.secretsmanager import replicas, versions
from kmsmock.services.secretsmanager.keys import not_from_outside, probe, seal, unseal
from kmsmock.services.secretsmanager.replicas import MANAGED_KEY, Secrets, SecretVersion

PRINCIPAL = "secretsmanager.amazonaws.com"
_VALUES = ("SecretString", "SecretBinary")
_MOVED = frozenset({"AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"})
"""The labels of the versions that come along to another key."""


# --- writing --------------------------------------------------------------------------------------------------------


def create_secret(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateSecret: the key is tried first; a value is then encrypted for the caller, and replicas are made."""
    replicas.check_regions(call)
    if any(name in call.params for name in _VALUES):
        _token(call)
    key_id, records = call.params.get("KmsKeyId", MANAGED_KEY), kms.store.records(Secrets)
    probe(kms, key_id)
    answer = moto()
    arn, place = answer["ARN"], (answer["ARN"], answer.get("VersionId", ""))
    if place in records.versions:  # the same request once more
        unseal(kms, records.versions[place])
        return answer
    records.keys[arn] = key_id
    if place[1]:
        try:
            records.versions[place] = seal(kms, key_id, place)
        except AwsError:
            _unmake(call, records, arn, moto)
            raise
    return replicas.made(call, kms, arn, answer)


def _unmake(call: Call, records: Secrets, arn: str, moto: Moto) -> None:
    """The ARN, and with it the encryption context, is known too late to ask KMS before there is a secret."""
    regions = [each["Region"] for each in call.params.get("AddReplicaRegions") or ()]
    if regions:
        moto("RemoveRegionsFromReplication", SecretId=arn, RemoveReplicaRegions=regions)
    moto("DeleteSecret", SecretId=arn, ForceDeleteWithoutRecovery=True)
    del records.keys[arn]


def put_secret_value(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """PutSecretValue: kms:GenerateDataKey for the caller; kms:Decrypt where there is a version to compare with."""
    if not any(call.params.get(name) for name in _VALUES):
        return _answer(call, moto)  # a refusal, whatever there is
    arn, records = _arn(call, moto), kms.store.records(Secrets)
    sealed = _new_version(call, kms, arn, records.keys.get(arn, MANAGED_KEY))
    answer = _answer(call, moto)  # what it refuses leaves no record
    records.versions.update(sealed)
    replicas.sync(kms, arn)
    return answer


def update_secret(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """UpdateSecret: a new key takes the versions with the labels of a rotation, a new value makes another version."""
    params, records = call.params, kms.store.records(Secrets)
    arn = _arn(call, moto)
    key_id = params.get("KmsKeyId", records.keys.get(arn, MANAGED_KEY))
    sealed: dict[SecretVersion, Envelope] = {}
    if "KmsKeyId" in params:
        probe(kms, key_id)
        sealed = _moved(call, kms, arn, key_id, moto)
    if any(name in params for name in _VALUES):
        sealed |= _new_version(call, kms, arn, key_id)
    answer = _answer(call, moto)  # what it refuses leaves the key and the versions as they were
    records.keys[arn] = key_id
    records.versions.update(sealed)
    replicas.sync(kms, arn)
    return answer


def _moved(call: Call, kms: ServiceKms, arn: str, key_id: str, moto: Moto) -> dict[SecretVersion, Envelope]:
    """The versions that are encrypted anew. Those that the caller cannot read stay under the old key."""
    stages = moto("DescribeSecret", account=_owner(call), SecretId=arn).get("VersionIdsToStages", {})
    records, sealed = kms.store.records(Secrets), {}
    for version, labels in stages.items():
        place = arn, version
        if place not in records.versions or not _MOVED & set(labels):
            continue
        try:
            kms.unseal(records.versions[place])
        except AwsError:
            continue
        sealed[place] = seal(kms, key_id, place)
    return sealed


def _token(call: Call) -> str:
    """The id of the version to be made. SDKs fill it in; of others it is demanded (aws/aws-sdk-js-v3#4640, of
    PutSecretValue; async-aws/aws#1069, of CreateSecret and UpdateSecret)."""
    token = call.params.get("ClientRequestToken")
    if token is None:
        text = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
        raise AwsError("InvalidRequestException", text)
    return str(token)


def _new_version(call: Call, kms: ServiceKms, arn: str, key_id: str) -> dict[SecretVersion, Envelope]:
    """The envelope of a new value; none where there is a version of that id, which has to be compared with it."""
    place, owner, known = (arn, _token(call)), _owner(call), kms.store.records(Secrets).versions
    not_from_outside(call, kms, owner, key_id)
    if place in known:
        unseal(kms, known[place])
        return {}
    # an alias is kept as its ARN; a bare id means a key of whoever writes
    named = in_account(key_id, owner, call.region) if key_id.startswith("alias/") and owner != call.account else key_id
    return {place: seal(kms, named, place)}


# --- reading --------------------------------------------------------------------------------------------------------


def get_secret_value(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetSecretValue: kms:Decrypt for the caller."""
    answer = _answer(call, moto)
    known = replicas.behind(call, kms, answer)
    if known is not None:
        named = {"SecretId": answer["ARN"], "VersionId": known}
        answer = {**moto("GetSecretValue", account=_owner(call), **named), "VersionStages": answer["VersionStages"]}
    _open(call, kms, answer)
    return answer


def batch_get_secret_value(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """BatchGetSecretValue: values that cannot be decrypted are told among the errors."""
    answer = _batch(call, moto)
    values, failures = [], list(answer.get("Errors", ()))
    for value in answer.get("SecretValues", ()):
        try:
            _open(call, kms, value)
        except AwsError as error:
            failures.append(_failure(value["ARN"], error))
        else:
            values.append(value)
    return {**answer, "SecretValues": values, "Errors": failures}


def _batch(call: Call, moto: Moto) -> dict[str, Any]:
    """moto's answer, and the secrets of other accounts, which moto does not find."""
    named = call.params.get("SecretIdList") or []
    foreign = [each for each in named if _account_of(each, call) != call.account]
    if not foreign:
        return moto()
    own = [each for each in named if each not in foreign]
    answer = moto("BatchGetSecretValue", SecretIdList=own) if own else {}
    values, failures = list(answer.get("SecretValues", ())), list(answer.get("Errors", ()))
    for each in foreign:
        try:
            values.append(moto("GetSecretValue", account=_account_of(each, call), SecretId=each))
        except AwsError as error:
            failures.append(_failure(each, error))
    return {"SecretValues": values, "Errors": failures}


def _failure(secret_id: str, error: AwsError) -> dict[str, str]:
    return {"SecretId": secret_id, "ErrorCode": error.code, "Message": error.message}


def _open(call: Call, kms: ServiceKms, value: dict[str, Any]) -> None:
    """The caller decrypts a value, if it has an envelope."""
    arn = value["ARN"]
    envelope = kms.store.records(Secrets).versions.get((arn, value["VersionId"]))
    not_from_outside(call, kms, Arn.of(arn).account, MANAGED_KEY if envelope is None else envelope.key_arn)
    if envelope is not None:
        unseal(kms, envelope)


# --- labels and rotation --------------------------------------------------------------------------------------------


def update_secret_version_stage(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """UpdateSecretVersionStage: no KMS. moto goes on to answer with the version that was the current one."""
    answer, params = _answer(call, moto), call.params
    if params["VersionStage"] == "AWSCURRENT" and "MoveToVersionId" in params:
        secret_records.find(answer["ARN"]).default_version_id = params["MoveToVersionId"]
    return answer


def rotate_secret(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """RotateSecret: moto's own, which copies the value if the rotation is only tried."""
    arn, records = _arn(call, moto), kms.store.records(Secrets).versions
    _token(call)
    before = secret_records.find(arn).default_version_id
    answer = _answer(call, moto)
    if call.params.get("RotateImmediately") is False and (arn, before) in records:
        for version in secret_records.find(arn).versions:
            records.setdefault((arn, version), records[arn, before])
    return answer


def elsewhere(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """Operations that ask nothing of KMS: in the account that has the secret."""
    return None if _owner(call) == call.account else _answer(call, moto)


def put_resource_policy(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """PutResourcePolicy: the policy is read before it is stored. Unverified: that the secret is looked at first."""
    secret = moto("DescribeSecret", account=_owner(call), SecretId=call.params["SecretId"])
    if replicas.is_replica(secret, call):
        return elsewhere(call, kms, moto)  # a refusal: replicas have the policy of their primary secret
    text, place = call.params["ResourcePolicy"], f"policy of secret {call.params['SecretId']}"
    documents.accept(kms.store, "secret", text, place, partial(documents.nobody, kms.store, call.partition))
    return elsewhere(call, kms, moto)


# --- whose secret, and which ----------------------------------------------------------------------------------------


def _account_of(secret_id: str, call: Call) -> str:
    arn = Arn.find(secret_id)
    return arn.account if arn is not None and arn.kind else call.account


def _owner(call: Call) -> str:
    return _account_of(call.params.get("SecretId", ""), call)


def _answer(call: Call, moto: Moto) -> dict[str, Any]:
    """moto's answer, of the account that has the secret."""
    owner = _owner(call)
    return moto() if owner == call.account else moto(call.operation, account=owner, **call.params)


def _arn(call: Call, moto: Moto) -> str:
    return str(moto("DescribeSecret", account=_owner(call), SecretId=call.params["SecretId"])["ARN"])


OPERATIONS: dict[str, Advice] = {
    **dict.fromkeys(
        (
            "CancelRotateSecret",
            "DeleteResourcePolicy",
            "DeleteSecret",
            "GetResourcePolicy",
            "RestoreSecret",
            "TagResource",
            "UntagResource",
        ),
        elsewhere,
    ),
    "BatchGetSecretValue": batch_get_secret_value,
    "CreateSecret": create_secret,
    "DescribeSecret": replicas.describe_secret(elsewhere),
    "GetSecretValue": get_secret_value,
    "ListSecretVersionIds": versions.listing(_owner),
    "ListSecrets": replicas.list_secrets,
    "PutResourcePolicy": put_resource_policy,
    "PutSecretValue": put_secret_value,
    "RemoveRegionsFromReplication": replicas.remove_regions_from_replication,
    "ReplicateSecretToRegions": replicas.replicate_secret_to_regions,
    "RotateSecret": rotate_secret,
    "UpdateSecret": update_secret,
    "UpdateSecretVersionStage": update_secret_version_stage,
}
