"""Databases and their snapshots for tests about what is shared with whom: instances and clusters alike."""

from typing import NamedTuple

_LOGIN = {"MasterUsername": "admin", "MasterUserPassword": "password"}


class Kind(NamedTuple):
    """The names that differ between instances and clusters."""

    noun: str
    snapshot: str
    encrypted: str
    more: dict

    def call(self, client, verb, ending="", **params):
        """One operation on a snapshot, as ``describe_db_snapshots``."""
        words = {"DBSnapshot": "db_snapshot", "DBClusterSnapshot": "db_cluster_snapshot"}
        return getattr(client, f"{verb}_{words[self.snapshot]}{ending}")(**params)

    def database(self, account, name="database", key=None, **more):
        """A database, under a key if one is given."""
        encryption = {"StorageEncrypted": True, "KmsKeyId": key} if key else {}
        make = getattr(account.client("rds"), "create_db_" + self.noun[2:].lower())
        return make(**{f"{self.noun}Identifier": name, **self.more, **_LOGIN, **encryption, **more})[self.noun]

    def snapshot_of(self, account, name="snapshot", database="database"):
        """The entry of a new manual snapshot."""
        named = {f"{self.noun}Identifier": database, f"{self.snapshot}Identifier": name}
        return self.call(account.client("rds"), "create", **named)[self.snapshot]

    def share(self, account, name, *users):
        """Let accounts, or ``all``, copy and restore a snapshot."""
        named = {f"{self.snapshot}Identifier": name, "AttributeName": "restore", "ValuesToAdd": list(users)}
        self.call(account.client("rds"), "modify", "_attribute", **named)

    def listed(self, account, **params):
        """The names that the account is told: its own by name, those of others by ARN."""
        found = self.call(account.client("rds"), "describe", "s", **params)[f"{self.snapshot}s"]
        return {each[f"{self.snapshot}Identifier"] for each in found}

    def arn(self, account, name, region="us-east-1"):
        kind = {"DBSnapshot": "snapshot", "DBClusterSnapshot": "cluster-snapshot"}[self.snapshot]
        return f"arn:aws:rds:{region}:{account.id}:{kind}:{name}"


INSTANCE = Kind(
    "DBInstance",
    "DBSnapshot",
    "Encrypted",
    {"DBInstanceClass": "db.t3.micro", "Engine": "mysql", "AllocatedStorage": 20},
)
CLUSTER = Kind("DBCluster", "DBClusterSnapshot", "StorageEncrypted", {"Engine": "aurora-postgresql"})
KINDS = (INSTANCE, CLUSTER)
