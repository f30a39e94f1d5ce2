"""AWS Backup: vaults under a key ("Encryption for backups in AWS Backup").

Who makes a vault needs to grant its key to AWS Backup, and a data key of it. moto has no backup and no copy jobs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.kms import outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.grants import ServiceGrant, grant_for_service, retire
from kmsmock.services.kms.translation import translating

MANAGED_KEY = "alias/aws/backup"
_BY_GRANT = ("CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKey", "RetireGrant")


@dataclass(slots=True)
class Vaults:
    """The grant on the key of each vault, by ARN."""

    known: dict[str, ServiceGrant] = field(default_factory=dict)


def create_backup_vault(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """CreateBackupVault: kms:DescribeKey, kms:CreateGrant, kms:GenerateDataKey and kms:Decrypt for the caller.

    The key policy of AWS's own key does not let callers describe it.
    """
    arn = _arn(call)
    context, key = {"aws:backup:backup-vault": arn}, call.params.get("EncryptionKeyArn")
    with translating(_translate):
        if key is not None:
            key = kms.forward("DescribeKey", KeyId=key)["KeyMetadata"]["Arn"]
        envelope = kms.seal(key or MANAGED_KEY, context)[1]
        kms.unseal(envelope)
    with grant_for_service(kms, _translate, envelope.key_arn, _BY_GRANT, context) as grant:
        answer = moto("CreateBackupVault", **{**call.params, "EncryptionKeyArn": envelope.key_arn})
    kms.store.records(Vaults).known[arn] = grant
    return answer


def delete_backup_vault(call: Call, kms: ServiceKms, moto: Moto) -> None:
    """DeleteBackupVault: the grant goes with it."""
    moto()
    held = kms.store.records(Vaults).known.pop(_arn(call), None)
    if held is not None:
        retire(kms, held)


def _arn(call: Call) -> str:
    return f"arn:{call.partition}:backup:{call.region}:{call.account}:backup-vault:{call.params['BackupVaultName']}"


@outages.first("backup")
def _translate(error: AwsError) -> AwsError:
    """None of these were recorded."""
    if error.code == "AccessDeniedException":
        return AwsError("AccessDeniedException", error.message, 403)
    return AwsError("InvalidParameterValueException", error.message)


OPERATIONS: dict[str, Advice] = {
    "CreateBackupVault": create_backup_vault,
    "DeleteBackupVault": delete_backup_vault,
}
