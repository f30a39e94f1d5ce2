"""The versions of a secret, with the key that each is under ("ListSecretVersionIds", API reference; recorded)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.records import secrets as secret_records
from kmsmock.services import Advice, Moto
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.secretsmanager.replicas import Secrets, SecretVersion

_DEFAULT = "DefaultEncryptionKey"
"""How the key of AWS is called here."""


def listing(owner: Callable[[Call], str]) -> Advice:
    """ListSecretVersionIds in the account that has the secret, which ``owner`` tells of a call."""

    def list_secret_version_ids(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any]:
        params = call.params
        token = str(params.get("NextToken") or 0)
        if not token.isdecimal():
            raise AwsError("InvalidNextTokenException", "The NextToken value is invalid.")  # unverified text
        about = moto("DescribeSecret", account=owner(call), SecretId=params["SecretId"])
        record = secret_records.find(about["ARN"])
        found = [
            {
                "VersionId": version,
                "VersionStages": each["version_stages"],
                "CreatedDate": each["createdate"],
                "KmsKeyIds": [_key_of(kms, (about["ARN"], version))],
            }
            for version, each in getattr(record, "source", record).versions.items()
            if each["version_stages"] or params.get("IncludeDeprecated", False)
        ]
        start, size = int(token), params.get("MaxResults", len(found))
        more = {"NextToken": str(start + size)} if start + size < len(found) else {}
        return {"ARN": about["ARN"], "Name": about["Name"], "Versions": found[start : start + size], **more}

    return list_secret_version_ids


def _key_of(kms: ServiceKms, version: SecretVersion) -> str:
    envelope = kms.store.records(Secrets).versions.get(version)
    if envelope is None:
        return _DEFAULT
    key = kms.store.keys.get(envelope.key_arn)
    return _DEFAULT if key is not None and key.manager == "AWS" else envelope.key_arn
