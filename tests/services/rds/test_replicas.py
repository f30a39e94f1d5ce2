"""Read replicas and the key that is named for them."""

import pytest

from tests.support.claims import refused
from tests.support.shared_databases import INSTANCE
from tests.support.shared_disks import key_open_to

pytestmark = pytest.mark.evidence("documented", "CreateDBInstanceReadReplica (RDS API reference)")


def test_a_replica_is_under_the_key_that_is_named_for_it(owner, rds, key):
    # botocore's CreateDBInstanceReadReplica, KmsKeyId: "For a read replica in the same Amazon Web Services Region ...,
    # specifying this parameter is optional. If you specify a KMS key identifier, the read replica is encrypted with that
    # KMS key, which can be different from the KMS key of the source."
    INSTANCE.database(owner, key=key)
    another = key_open_to(owner)
    asked = {"SourceDBInstanceIdentifier": "database", "DBInstanceIdentifier": "replica"}
    made = rds.create_db_instance_read_replica(**asked, KmsKeyId=another)["DBInstance"]
    assert (made["StorageEncrypted"], made["KmsKeyId"]) == (True, another)


def test_a_replica_is_under_the_key_of_its_source_if_none_is_named(owner, rds, key):
    INSTANCE.database(owner, key=key)
    asked = {"SourceDBInstanceIdentifier": "database", "DBInstanceIdentifier": "replica"}
    assert rds.create_db_instance_read_replica(**asked)["DBInstance"]["KmsKeyId"] == key


def test_a_key_that_refuses_makes_no_replica(owner, rds, kms, key):
    INSTANCE.database(owner, key=key)
    another = key_open_to(owner)
    kms.disable_key(KeyId=another)
    text = f"Specified KMS key [{another}] does not exist, is not enabled or you do not have permissions to access it."
    with refused("KMSKeyNotAccessibleFault", text):
        rds.create_db_instance_read_replica(
            SourceDBInstanceIdentifier="database", DBInstanceIdentifier="replica", KmsKeyId=another
        )
    assert [each["DBInstanceIdentifier"] for each in rds.describe_db_instances()["DBInstances"]] == ["database"]
