"""ECR: repositories under a key ("Encryption at rest" in the Amazon ECR user guide).

Who makes a repository creates two grants, by which ECR encrypts what is pushed and decrypts what is pulled: nobody who
does so needs the key. Pulling is not looked at.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from kmsmock.authorization.documents import statements_of
from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.grants import ServiceGrant, grant_for_service, retire, service_caller
from kmsmock.services.kms.translation import translating

MANAGED_KEY = "alias/aws/ecr"


@dataclass(frozen=True, slots=True)
class Repository:
    """The key of a repository, and the grants on it."""

    key_arn: str
    grants: tuple[ServiceGrant, ...]


@dataclass(slots=True)
class Repositories:
    """The repositories that are under a KMS key, by ARN."""

    known: dict[str, Repository] = field(default_factory=dict)


def create_repository(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """CreateRepository: kms:DescribeKey and kms:CreateGrant for the caller, if the repository is under a KMS key."""
    params = call.params.get("encryptionConfiguration") or {}
    if params.get("encryptionType", "AES256") == "AES256":
        return None
    arn = _arn(call)
    with translating(_translate):
        key = str(kms.forward("DescribeKey", KeyId=params.get("kmsKey", MANAGED_KEY))["KeyMetadata"]["Arn"])
    context = {"aws:ecr:arn": arn}
    with (
        grant_for_service(kms, _translate, key, ["GenerateDataKey", "Decrypt"], context) as first,
        grant_for_service(kms, _translate, key, ["RetireGrant", "DescribeKey"], context) as second,
    ):
        # moto makes up a key if none is named, and shows an alias as it was given
        answer = moto("CreateRepository", **{**call.params, "encryptionConfiguration": {**params, "kmsKey": key}})
    kms.store.records(Repositories).known[arn] = Repository(key, (first, second))
    return answer


def delete_repository(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DeleteRepository: the grants go with it."""
    answer = moto()
    repository = kms.store.records(Repositories).known.pop(_arn(call), None)
    if repository is not None:
        for grant in repository.grants:
            retire(kms, grant)
    return answer


def put_image(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """PutImage: ECR makes a data key by its grant."""
    arn = _arn(call)
    repository = kms.store.records(Repositories).known.get(arn)
    if repository is None:
        return
    context = {"aws:ecr:arn": arn, "aws:s3:arn": f"arn:{call.partition}:s3:::prod-{call.region}-starport-layer-bucket"}
    with translating(_translate):
        kms.forward(
            "GenerateDataKey",
            caller=service_caller(kms),
            KeyId=repository.key_arn,
            KeySpec="AES_256",
            EncryptionContext=context,
        )


def _arn(call: Call) -> str:
    registry = call.params.get("registryId", call.account)
    return f"arn:{call.partition}:ecr:{call.region}:{registry}:repository/{call.params['repositoryName']}"


def _translate(error: AwsError) -> AwsError:
    """One code for all that KMS refuses, which tells KMS's own beside. The text was never recorded."""
    return AwsError("KmsException", error.message, kmsError=error.code)


def put_registry_policy(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """PutRegistryPolicy: moto reads a list of statements, and no single one."""
    if not kms.store.refuses:
        return None
    document = json.loads(call.params["policyText"])
    return moto("PutRegistryPolicy", policyText=json.dumps({**document, "Statement": statements_of(document)}))


OPERATIONS: dict[str, Advice] = {
    "CreateRepository": create_repository,
    "DeleteRepository": delete_repository,
    "PutImage": put_image,
    "PutRegistryPolicy": put_registry_policy,
}
