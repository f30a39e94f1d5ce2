"""What RDS remembers beside moto, and the words in which instances and clusters differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from kmsmock.call import Call
from kmsmock.errors import AwsError
from kmsmock.iam.arn import Arn
from kmsmock.model.envelope import Envelope
from kmsmock.services import Moto
from kmsmock.services.kms import resource_keys
from kmsmock.services.kms.resource_keys import ResourceKey
from kmsmock.store import Store

RECOVERABLE = "inaccessible-encryption-credentials-recoverable"
TERMINAL = "inaccessible-encryption-credentials"
RECOVERY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Kind:
    """Instances or clusters: the names of their operations, parameters and members."""

    noun: str
    arn_type: str
    status: str
    resource_id: str
    id_prefix: str
    context: str
    stored: Literal["databases", "clusters"]
    """Where moto keeps them, and the attribute that their resource id has there."""
    id_attribute: str
    wrong_state: str
    snapshot: str
    snapshot_type: str
    snapshot_encrypted: str
    snapshot_missing: str
    source: str
    """What a copy tells of the snapshot that it was made from."""

    @property
    def identifier(self) -> str:
        return f"{self.noun}Identifier"

    @property
    def snapshot_identifier(self) -> str:
        return f"{self.snapshot}Identifier"


INSTANCE = Kind(
    noun="DBInstance",
    arn_type="db",
    status="DBInstanceStatus",
    resource_id="DbiResourceId",
    id_prefix="db-",
    context="aws:rds:db-id",
    stored="databases",
    id_attribute="dbi_resource_id",
    wrong_state="InvalidDBInstanceState",
    snapshot="DBSnapshot",
    snapshot_type="snapshot",
    snapshot_encrypted="Encrypted",
    snapshot_missing="DBSnapshotNotFound",
    source="SourceDBSnapshotIdentifier",
)
CLUSTER = Kind(
    noun="DBCluster",
    arn_type="cluster",
    status="Status",
    resource_id="DbClusterResourceId",
    id_prefix="cluster-",
    context="aws:rds:dbc-id",
    stored="clusters",
    id_attribute="db_cluster_resource_id",
    wrong_state="InvalidDBClusterStateFault",
    snapshot="DBClusterSnapshot",
    snapshot_type="cluster-snapshot",
    snapshot_encrypted="StorageEncrypted",
    snapshot_missing="DBClusterSnapshotNotFoundFault",
    source="SourceDBClusterSnapshotArn",
)


@dataclass(slots=True)
class Databases:
    """The records of a world, by ARN."""

    held: dict[str, ResourceKey] = field(default_factory=dict)
    """What RDS holds for encrypted instances and clusters."""
    snapshots: dict[str, Envelope] = field(default_factory=dict)
    """The encrypted snapshots."""
    copied: dict[str, str] = field(default_factory=dict)
    """A snapshot that is a copy -> the one that it was made from."""
    shared: dict[str, set[str]] = field(default_factory=dict)
    """The accounts that a snapshot is shared with, ``all`` among them."""


def arn_of(call: Call, arn_type: str, name: str) -> str:
    """The ARN of what a name or ARN means: in the caller's account and the client's Region."""
    if Arn.find(name) is not None:
        return name
    return f"arn:{call.partition}:rds:{call.region}:{call.account}:{arn_type}:{name.lower()}"


def said(call: Call, parameter: str) -> str:
    """A parameter that has to be there, although botocore's model does not say so."""
    if parameter not in call.params:
        raise AwsError("MissingParameter", f"The request must contain the parameter {parameter}")
    return str(call.params[parameter])


def check_marker(call: Call) -> None:
    """Raise for a place to go on from where moto tells all at once, so that nobody was given one. The words are those
    that moto has where it pages; AWS's are unverified."""
    if call.params.get("Marker"):
        raise AwsError("InvalidParameterValue", "Invalid Token: Invalid token")


def place_of(arn: str) -> tuple[str, str, str]:
    """Region, account and name."""
    found = Arn.of(arn)
    return found.region, found.account, found.name


def described(moto: Moto, kind: Kind, arn: str) -> dict[str, Any]:
    """moto's entry of an instance or cluster. Raises AwsError if there is none."""
    region, account, name = place_of(arn)
    answer = moto(f"Describe{kind.noun}s", account=account, region=region, **{kind.identifier: name})
    found: dict[str, Any] = answer[f"{kind.noun}s"][0]
    return found


def lost(store: Store, held: ResourceKey | None) -> str | None:
    """The status of a database whose key was lost, until it is started again; None for one that has its key."""
    outages = [] if held is None else resource_keys.outages(store, held)
    if not outages:
        return None
    start = outages[0]._replace(end=None)  # a key that comes back does not bring the database back by itself
    return TERMINAL if start.reached(RECOVERY) else RECOVERABLE
