"""EKS: clusters whose secrets are under a key ("Encrypt Kubernetes secrets with KMS", EKS user guide).

Who makes a cluster needs kms:DescribeKey and kms:CreateGrant; the grant is for the cluster's role: unverified.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import Advice, Moto
from kmsmock.services.generic import must_be_enabled
from kmsmock.services.kms import outages
from kmsmock.services.kms.client import ServiceKms
from kmsmock.services.kms.grants import grant_for_service
from kmsmock.services.kms.translation import translating

_OPERATIONS = ("Encrypt", "Decrypt", "DescribeKey", "GenerateDataKey")


def create_cluster(call: Call, kms: ServiceKms, moto: Moto) -> dict[str, Any] | None:
    """CreateCluster: a grant on the key of each encryption configuration, if there are any."""
    named = [_named(each) for each in call.params.get("encryptionConfig") or ()]
    if not named:
        return None
    with ExitStack() as grants:
        for key_id in named:
            key_arn = _usable(kms, key_id)
            role = call.params["roleArn"]
            grants.enter_context(
                grant_for_service(kms, _words("kms:CreateGrant"), key_arn, _OPERATIONS, {}, grantee=role)
            )
        return moto()


def _named(config: Mapping[str, Any]) -> str:
    """The key of an encryption configuration. botocore's model requires none; the words are unverified."""
    key_id = (config.get("provider") or {}).get("keyArn")
    if not key_id:
        raise AwsError("InvalidParameterException", "The keyArn in encryptionConfig provider is required.")
    return str(key_id)


def _usable(kms: ServiceKms, key_id: str) -> str:
    """The ARN of a symmetric key that can be used."""
    with translating(_words("kms:DescribeKey")):
        key = kms.forward("DescribeKey", KeyId=key_id)["KeyMetadata"]
        must_be_enabled(key)
    if key["KeySpec"] != "SYMMETRIC_DEFAULT":
        raise AwsError("InvalidParameterException", f"The KMS key {key['Arn']} is not symmetric")  # Unverified text
    return str(key["Arn"])


def _words(action: str) -> Any:
    """A denial in the words of public reports; of other errors only the code was observed."""

    def translate(error: AwsError) -> AwsError:
        if error.code == "AccessDeniedException":
            return AwsError("InvalidRequestException", f"User not authorized to perform {action} operation")
        return AwsError("InvalidParameterException", error.message)

    return outages.first("eks")(translate)


OPERATIONS: dict[str, Advice] = {"CreateCluster": create_cluster}
