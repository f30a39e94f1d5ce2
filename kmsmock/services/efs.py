"""EFS: file systems under a key ("Encrypting data at rest" in the Amazon EFS user guide).

The caller looks at the key, grants it to EFS and has a data key made, which EFS opens by the grant. What clients that
mounted the file system read and write is outside the model.
"""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.grants import grant_for_service, service_caller
from kmsmock.services.kms.translation import translating

PRINCIPAL = "elasticfilesystem.amazonaws.com"
MANAGED_KEY = "alias/aws/elasticfilesystem"
_BY_GRANT = ("Decrypt", "Encrypt", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo")


def create_file_system(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """CreateFileSystem: kms:DescribeKey, kms:CreateGrant and kms:GenerateDataKeyWithoutPlaintext for the caller."""
    if not call.params.get("Encrypted"):
        return None
    with translating(_translate):
        key = kms.forward("DescribeKey", KeyId=call.params.get("KmsKeyId", MANAGED_KEY))["KeyMetadata"]["Arn"]
    answer = moto("CreateFileSystem", **{**call.params, "KmsKeyId": key})
    try:
        _encrypt(kms, str(key), answer["FileSystemId"])
    except AwsError:
        moto("DeleteFileSystem", FileSystemId=answer["FileSystemId"])
        raise
    return answer


def _encrypt(kms: ServiceKms, key: str, file_system: str) -> None:
    context = {"aws:elasticfilesystem:filesystem:id": file_system}
    with (
        grant_for_service(kms, _translate, key, _BY_GRANT, context),
        translating(_translate),
    ):
        created = kms.forward(
            "GenerateDataKeyWithoutPlaintext", KeyId=key, KeySpec="AES_256", EncryptionContext=context
        )
        kms.forward(
            "Decrypt", caller=service_caller(kms), CiphertextBlob=created["CiphertextBlob"], EncryptionContext=context
        )


def _translate(error: AwsError) -> AwsError:
    """None of these were recorded."""
    if error.code == "AccessDeniedException":
        return AwsError("AccessDeniedException", error.message, 403)
    return AwsError("BadRequest", error.message)


OPERATIONS: dict[str, Advice] = {"CreateFileSystem": create_file_system}
