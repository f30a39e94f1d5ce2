"""Keys that are named while the switch beside them is off: refused before anybody looks at the key.

One row for each such pair of an operation that moto knows: where it stands in the request, when it is wrong, and what
the service says. CopySnapshot is none of them: AWS takes its key for the switch, as recorded, whatever is documented.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.services import places
from kmsmock.services.places import Path

Given = Mapping[str, Any]
"""The structure of a request that a key and its switch stand in."""


class Switch(NamedTuple):
    """A key, what the switch is if the key is wrong beside it, and the error."""

    key: str
    off: Callable[[Given], bool]
    error: Callable[[Given], AwsError]
    inside: Path = ()


def check(call: Call) -> None:
    """Raise the service's error if the request names a key whose switch is off."""
    for switch in SWITCHES.get((call.service, call.operation), ()):
        for given in places.at(call.params, switch.inside):
            if isinstance(given, Mapping):
                _check(switch, given)


def check_disk(ebs: Given) -> None:
    """The same for one disk of a launch, whatever request or template it comes from."""
    _check(_DISK, ebs)


def _check(switch: Switch, given: Given) -> None:
    if switch.key in given and switch.off(given):
        raise switch.error(given)


def _is_off(name: str) -> Callable[[Given], bool]:
    return lambda given: not given.get(name)


def _is_turned_off(name: str) -> Callable[[Given], bool]:
    """Off only if the request says so: left out it is what it was before, or on."""
    return lambda given: given.get(name) is False


def _is_not(name: str, value: str) -> Callable[[Given], bool]:
    return lambda given: given.get(name) != value


def _always(given: Given) -> bool:
    return True


def _says(code: str, text: str) -> Callable[[Given], AwsError]:
    return lambda given: AwsError(code, text)


# --- EC2 ------------------------------------------------------------------------------------------------------------

_DISK = Switch(
    "KmsKeyId",
    _is_off("Encrypted"),
    _says("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set."),
)
_MAPPINGS = ("BlockDeviceMappings", "*", "Ebs")
_UNKNOWN = Switch(
    "KmsKeyId", _always, _says("UnknownParameter", "The parameter KmsKeyId is not recognized"), inside=_MAPPINGS
)
"""Images take their keys from snapshots and volumes."""

# --- RDS ------------------------------------------------------------------------------------------------------------

_COMBINATION = "InvalidParameterCombination"


def _storage(given: Given) -> AwsError:
    """The text of instances was observed; clusters are taken to say the same."""
    if "DBClusterIdentifier" in given and "DBInstanceIdentifier" in given:
        return AwsError(
            _COMBINATION,
            "The requested DB Instance will be a member of a DB Cluster and its storage encryption key should not be "
            "set directly.",
        )
    engine = given.get("Engine")
    return AwsError(_COMBINATION, f"You must enable StorageEncrypted when you specify KmsKeyId for DB engine {engine}")


def _is_plain(given: Given) -> bool:
    """A replica is encrypted if its source is."""
    return not (
        given.get("StorageEncrypted") or given.keys() & {"ReplicationSourceIdentifier", "GlobalClusterIdentifier"}
    )


_STORAGE = Switch("KmsKeyId", _is_plain, _storage)
_PASSWORD = Switch(
    "MasterUserSecretKmsKeyId",
    _is_off("ManageMasterUserPassword"),
    # the text was observed, the code is unverified
    _says(_COMBINATION, "A ManageMasterUserPassword value is required when MasterUserSecretKmsKeyId is specified."),
)
_no_insights = _says(_COMBINATION, "To enable Performance Insights, EnablePerformanceInsights must be set to 'true'")
_INSIGHTS = Switch("PerformanceInsightsKMSKeyId", _is_off("EnablePerformanceInsights"), _no_insights)
_INSIGHTS_KEPT = Switch("PerformanceInsightsKMSKeyId", _is_turned_off("EnablePerformanceInsights"), _no_insights)

_RDS: Mapping[str, tuple[Switch, ...]] = {
    "CreateDBCluster": (_STORAGE, _PASSWORD, _INSIGHTS),
    "CreateDBInstance": (_STORAGE, _PASSWORD, _INSIGHTS),
    "CreateDBInstanceReadReplica": (_INSIGHTS,),
    "ModifyDBCluster": (_PASSWORD, _INSIGHTS_KEPT),
    "ModifyDBInstance": (_PASSWORD, _INSIGHTS_KEPT),
    "RestoreDBClusterFromSnapshot": (_INSIGHTS,),
    "RestoreDBClusterToPointInTime": (_INSIGHTS,),
    "RestoreDBInstanceFromDBSnapshot": (_PASSWORD,),
    "RestoreDBInstanceToPointInTime": (_PASSWORD,),
}

# --- others: that they refuse is documented, their texts are unverified ---------------------------------------------

_REDSHIFT_PASSWORD = Switch(
    "MasterPasswordSecretKmsKeyId",
    _is_off("ManageMasterPassword"),
    _says(_COMBINATION, "ManageMasterPassword must be true when MasterPasswordSecretKmsKeyId is specified."),
)
_REDSHIFT = Switch(
    "KmsKeyId",
    _is_turned_off("Encrypted"),  # clusters are encrypted unless they are told not to be
    _says(_COMBINATION, "Encrypted must be true when KmsKeyId is specified."),
)
_REDSHIFT_LOGS = Switch(
    "S3TableKmsKeyId",
    _is_not("LogDestinationType", "s3table"),
    _says(_COMBINATION, "S3TableKmsKeyId is valid only when LogDestinationType is s3table."),
)
_EFS = Switch(
    "KmsKeyId", _is_off("Encrypted"), _says("BadRequest", "If you use KmsKeyId, you must set Encrypted to true.")
)
_ELASTICACHE = Switch(
    "KmsKeyId",
    # Valkey encrypts unless it is told not to
    lambda given: not given.get("AtRestEncryptionEnabled", given.get("Engine") == "valkey"),
    _says(_COMBINATION, "KmsKeyId can be specified only if AtRestEncryptionEnabled is true."),
)
_ECR = Switch(
    "kmsKey",
    lambda given: given.get("encryptionType", "AES256") == "AES256",
    _says(
        "InvalidParameterException",
        "Invalid parameter at 'encryptionConfiguration' failed to satisfy constraint: "
        "'kmsKey can only be specified with an encryption type of KMS or KMS_DSSE'",
    ),
    inside=("encryptionConfiguration",),
)
_VECTORS = Switch(
    "kmsKeyArn",
    _is_not("sseType", "aws:kms"),
    _says("ValidationException", "kmsKeyArn is allowed if and only if sseType is set to aws:kms."),
    inside=("encryptionConfiguration",),
)
_IDENTITY_CENTER = Switch(
    "KmsKeyArn",
    _is_not("KeyType", "CUSTOMER_MANAGED_KEY"),
    _says("ValidationException", "KmsKeyArn cannot be specified when KeyType is AWS_OWNED_KMS_KEY."),
    inside=("EncryptionConfiguration",),
)

SWITCHES: Mapping[tuple[str, str], tuple[Switch, ...]] = {
    ("ec2", "CopyImage"): (_DISK,),  # documented; the words are those of CreateVolume
    ("ec2", "CreateImage"): (_UNKNOWN,),
    ("ec2", "CreateVolume"): (_DISK,),
    ("ec2", "RegisterImage"): (_UNKNOWN,),
    ("ec2", "RequestSpotFleet"): (
        _DISK._replace(inside=("SpotFleetRequestConfig", "LaunchSpecifications", "*", *_MAPPINGS)),
    ),
    ("ec2", "RequestSpotInstances"): (_DISK._replace(inside=("LaunchSpecification", *_MAPPINGS)),),
    ("ec2", "RunInstances"): (_DISK._replace(inside=_MAPPINGS),),
    **{(service, name): rows for service in ("docdb", "neptune", "rds") for name, rows in _RDS.items()},
    ("redshift", "CreateCluster"): (_REDSHIFT, _REDSHIFT_PASSWORD),
    ("redshift", "EnableLogging"): (_REDSHIFT_LOGS,),
    ("redshift", "ModifyCluster"): (_REDSHIFT, _REDSHIFT_PASSWORD),
    ("redshift", "RestoreFromClusterSnapshot"): (_REDSHIFT, _REDSHIFT_PASSWORD),
    ("efs", "CreateFileSystem"): (_EFS,),
    ("elasticache", "CreateReplicationGroup"): (_ELASTICACHE,),
    ("ecr", "CreateRepository"): (_ECR,),
    ("s3vectors", "CreateIndex"): (_VECTORS,),
    ("s3vectors", "CreateVectorBucket"): (_VECTORS,),
    ("sso-admin", "UpdateInstance"): (_IDENTITY_CENTER,),
}
"""Service (botocore's hyphenated id) and operation -> the keys that have switches."""
