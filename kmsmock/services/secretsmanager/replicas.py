"""Replicas of secrets, each under a key of its own Region ("Replicate AWS Secrets Manager secrets across Regions").

Replicating reads the secret here and encrypts it there, for the caller. What KMS refuses makes the replica ``Failed``,
and never the call that it came along with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.model.envelope import Envelope
from kmsmock.records import secrets as secret_records
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import late
from kmsmock.services.kms.client import ServiceKms

MANAGED_KEY = "alias/aws/secretsmanager"

SecretVersion = tuple[str, str]
"""The ARN of a secret or replica, and the id of a version."""


@dataclass(slots=True)
class Secrets:
    """The key of each secret, as it was named, and the envelope of each version."""

    keys: dict[str, str] = field(default_factory=dict)
    versions: dict[SecretVersion, Envelope] = field(default_factory=dict)
    current: dict[str, str] = field(default_factory=dict)
    """The version that a replica, by its ARN, got last."""


def context_of(place: SecretVersion) -> dict[str, str]:
    """The encryption context of a version."""
    return {"SecretARN": place[0], "SecretVersionId": place[1]}


def check_regions(call: Call) -> None:
    """Raise the error of a replica for which no Region is named."""
    for replica in call.params.get("AddReplicaRegions") or ():
        if not replica.get("Region"):
            # neither the code nor the text was seen; it is the error that the operations declare for bad parameters
            raise AwsError("InvalidParameterException", "You must specify a Region for each replica.")


def is_replica(told: Mapping[str, Any], call: Call) -> bool:
    """Whether what DescribeSecret tells is of a replica."""
    return bool(told.get("PrimaryRegion", call.region) != call.region)


def made(call: Call, kms: ServiceKms, arn: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The replicas that come with a new secret."""
    statuses = _begin(call, kms, secret_records.find(arn), [])
    return {**answer, "ReplicationStatus": statuses} if statuses else answer


def replicate_secret_to_regions(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ReplicateSecretToRegions, also once more for a replica that failed."""
    told = moto("DescribeSecret", SecretId=call.params["SecretId"])
    if not is_replica(told, call):  # moto refuses it of one
        check_regions(call)
    secret = secret_records.find(str(told["ARN"]))
    named = {each.get("Region") for each in call.params["AddReplicaRegions"]}
    for replica in [each for each in getattr(secret, "replicas", ()) if each.region in named]:
        if replica.config["Status"] == "Failed":
            secret_records.drop_replica(secret, replica)
            secret.replicas.remove(replica)
    there = list(getattr(secret, "replicas", ()))
    answer = moto()
    return {**answer, "ARN": secret.arn, "ReplicationStatus": _begin(call, kms, secret, there)}


def remove_regions_from_replication(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """RemoveRegionsFromReplication: moto's own; a new replica there starts anew."""
    arn, records = str(moto("DescribeSecret", SecretId=call.params["SecretId"])["ARN"]), kms.store.records(Secrets)
    answer = moto()
    for region in call.params["RemoveReplicaRegions"]:
        _forget(records, _in(arn, region))
    return {**answer, "ARN": arn}


def _begin(call: Call, kms: ServiceKms, secret: Any, there: list[Any]) -> list[dict[str, Any]]:
    """moto has made the replicas of a request beside those that were there: each is given its key and its versions."""
    keys = {each["Region"]: each.get("KmsKeyId", MANAGED_KEY) for each in call.params.get("AddReplicaRegions") or ()}
    for replica in secret.replicas:
        if replica not in there and replica.has_replica:
            _forget(kms.store.records(Secrets), replica.arn)
            replica.config["KmsKeyId"] = keys[replica.region]
            _sync(kms, secret, replica)
            if replica.config["Status"] == "Failed":
                secret_records.drop_replica(secret, replica)
    return [dict(replica.config) for replica in secret.replicas]


def sync(kms: ServiceKms, arn: str) -> None:
    """Bring the replicas of a secret up to date, those that there are."""
    secret = secret_records.find(arn)
    for replica in secret.replicas:
        if replica.has_replica:
            _sync(kms, secret, replica)


def _sync(kms: ServiceKms, secret: Any, replica: Any) -> None:
    """kms:Decrypt on the key here, kms:GenerateDataKey on that of the replica."""
    records, key_id = kms.store.records(Secrets), replica.config["KmsKeyId"]
    status = {"Status": "InSync", "StatusMessage": "Replication succeeded"}
    missing = [
        version
        for version, about in secret.versions.items()
        if about["version_stages"] and (replica.arn, version) not in records.versions
    ]
    try:
        for version in missing:
            source, place = records.versions.get((secret.arn, version)), (replica.arn, version)
            if source is not None:
                kms.unseal(source)
            records.versions[place] = kms.seal(key_id, context_of(place), region=replica.region)[1]
        if secret.default_version_id:
            records.current[replica.arn] = secret.default_version_id
    except AwsError as error:
        if late.failed(kms.store, kms.call, error, replica.arn, "is not replicated: its status is Failed"):
            status = {"Status": "Failed", "StatusMessage": f"Replication failed: {error.message}"}
    replica.config.update(status)


def _forget(records: Secrets, replica_arn: str) -> None:
    records.current.pop(replica_arn, None)
    for place in [place for place in records.versions if place[0] == replica_arn]:
        del records.versions[place]


def _in(arn: str, region: str) -> str:
    return str(Arn.of(arn)._replace(region=region))


# --- in the Region of a replica -------------------------------------------------------------------------------------


def behind(call: Call, kms: ServiceKms, answer: Mapping[str, Any]) -> str | None:
    """The version that a replica has, where it never got the one that moto answers with; else None."""
    records, arn = kms.store.records(Secrets), answer["ARN"]
    if "VersionId" in call.params or (arn, answer["VersionId"]) in records.versions:
        return None
    return records.current.get(arn)


def describe_secret(otherwise: Advice) -> Advice:
    """DescribeSecret: a replica shows its own key; else as ``otherwise`` does."""

    def advice(call: Call, kms: ServiceKms, moto: Moto) -> Any:
        answer = otherwise(call, kms, moto)
        shown = moto() if answer is None else answer
        return _shown(shown) if isinstance(shown, dict) and _replicated(shown) else answer

    return advice


def list_secrets(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """ListSecrets: likewise."""
    answer = moto()
    if not any(_replicated(each) for each in answer["SecretList"]):
        return None
    return {**answer, "SecretList": [_shown(each) for each in answer["SecretList"]]}


def _replicated(secret: Mapping[str, Any]) -> bool:
    """True for a replica, and for a secret that has some."""
    return "PrimaryRegion" in secret or bool(getattr(secret_records.find(secret["ARN"]), "replicas", ()))


def _shown(secret: dict[str, Any]) -> dict[str, Any]:
    """A secret, with its first Region and the key that it has here. That of AWS is not shown."""
    if not _replicated(secret):
        return secret
    if "PrimaryRegion" not in secret:
        return {**secret, "PrimaryRegion": Arn.of(secret["ARN"]).region}
    source = secret_records.find(_in(secret["ARN"], secret["PrimaryRegion"]))
    key = next(each.config["KmsKeyId"] for each in source.replicas if each.arn == secret["ARN"])
    answer = {name: value for name, value in secret.items() if name != "KmsKeyId"}
    return answer if key == MANAGED_KEY else {**answer, "KmsKeyId": key}
