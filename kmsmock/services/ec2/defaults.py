"""Encryption by default and the default key of each account and Region ("Amazon EBS encryption by default")."""

from __future__ import annotations

from typing import Any

from kmsmock.call import Call
from kmsmock.iam.arn import kms_arn
from kmsmock.kms import managed_keys
from kmsmock.model.alias import AWS_PREFIX
from kmsmock.services import Advice, Moto
from kmsmock.services.ec2.kms_use import DEFAULT_KEY
from kmsmock.services.ec2.records import Disks, check_dry_run
from kmsmock.services.kms.client import ServiceKms


def key_of(kms: ServiceKms) -> str:
    """The key that new disks of the caller are under if nothing else is said."""
    return kms.store.records(Disks).default_keys.get(_place(kms.call), DEFAULT_KEY)


def encrypts(kms: ServiceKms) -> bool:
    """Whether new disks of the caller are encrypted though nobody asked for it."""
    return _place(kms.call) in kms.store.records(Disks).encrypting


def _place(call: Call) -> tuple[str, str]:
    return call.account, call.region


def enable(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """EnableEbsEncryptionByDefault: for new volumes and copies only."""
    check_dry_run(call.params)
    kms.store.records(Disks).encrypting.add(_place(call))
    return {"EbsEncryptionByDefault": True}


def disable(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """DisableEbsEncryptionByDefault."""
    check_dry_run(call.params)
    kms.store.records(Disks).encrypting.discard(_place(call))
    return {"EbsEncryptionByDefault": False}


def get(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetEbsEncryptionByDefault."""
    check_dry_run(call.params)
    return {"EbsEncryptionByDefault": encrypts(kms)}


def get_key(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """GetEbsDefaultKmsKeyId: the alias itself as long as nobody has chosen a key, as recorded."""
    check_dry_run(call.params)
    return {"KmsKeyId": key_of(kms)}


def modify_key(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ModifyEbsDefaultKmsKeyId answers with the key's ARN. AWS looks at the key later: a bad one fails when used."""
    check_dry_run(call.params)
    arn = _arn(kms, call.params["KmsKeyId"])
    kms.store.records(Disks).default_keys[_place(call)] = arn
    return {"KmsKeyId": arn}


def reset_key(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
    """ResetEbsDefaultKmsKeyId: back to aws/ebs, whose ARN it tells."""
    check_dry_run(call.params)
    kms.store.records(Disks).default_keys.pop(_place(call), None)
    return {"KmsKeyId": _arn(kms, DEFAULT_KEY)}


def _arn(kms: ServiceKms, name: str) -> str:
    call, store = kms.call, kms.store
    if name.startswith(AWS_PREFIX):
        created = managed_keys.find_or_make(store, name, call.partition, call.region, call.account)
        if created is not None:
            return created.arn
    name = kms_arn(name, call.partition, call.region, call.account)
    alias = store.aliases.get(name)
    return name if alias is None else alias.target


OPERATIONS: dict[str, Advice] = {
    "DisableEbsEncryptionByDefault": disable,
    "EnableEbsEncryptionByDefault": enable,
    "GetEbsDefaultKmsKeyId": get_key,
    "GetEbsEncryptionByDefault": get,
    "ModifyEbsDefaultKmsKeyId": modify_key,
    "ResetEbsDefaultKmsKeyId": reset_key,
}
