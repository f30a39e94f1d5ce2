"""Two buckets and a role that S3 takes on to replicate from one to the other."""

from tests.support.claims import OWNER, policy
from tests.support.policies import trust

SOURCE, TARGET = "arn:aws:s3:::source", "arn:aws:s3:::target"
ROLE = f"arn:aws:iam::{OWNER}:role/replicator"
ENABLED, DISABLED = {"Status": "Enabled"}, {"Status": "Disabled"}
WRITE = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
READ = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]


def bucket(account, name):
    """An S3 client of the account's root user, whose bucket has versions."""
    client = account.client("s3")
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration=ENABLED)
    return client


def role(account, reading=READ, kms=()):
    """The role that S3 takes on, with these rights on the objects of the source and on keys."""
    statements = [
        {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"], "Resource": SOURCE},
        {"Effect": "Allow", "Action": list(reading), "Resource": f"{SOURCE}/*"},
        {"Effect": "Allow", "Action": WRITE, "Resource": f"{TARGET}/*"},
    ]
    if kms:
        statements.append({"Effect": "Allow", "Action": list(kms), "Resource": "*"})
    account.role("replicator", policies=[policy(*statements)], trust=trust({"Service": "s3.amazonaws.com"}))


def rule(key=None, to=TARGET, **more):
    """A rule for all objects; with a replica key also for those under KMS. None takes an element away."""
    destination = {"Bucket": to, **more.pop("Destination", {})}
    made = {"ID": "all", "Priority": 1, "Filter": {"Prefix": ""}, **ENABLED, "DeleteMarkerReplication": DISABLED}
    if key:
        destination["EncryptionConfiguration"] = {"ReplicaKmsKeyID": key}
        made["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": ENABLED}
    made.update(Destination=destination, **more)
    return {name: value for name, value in made.items() if value is not None}


def configure(client, *rules):
    client.put_bucket_replication(Bucket="source", ReplicationConfiguration={"Role": ROLE, "Rules": list(rules)})
