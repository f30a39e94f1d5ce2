"""Replica Regions that are named badly: refused, and nothing is made."""

import pytest

from tests.support.claims import refused

pytestmark = pytest.mark.evidence(
    "assumed", "both operations declare InvalidParameterException; that it is that one is chosen here, the text too"
)

# botocore's ReplicaRegionType says nothing of it; InvalidParameterException is what both operations declare, the text
# is unverified
CODE = "InvalidParameterException"


def test_create_secret_with_a_replica_without_a_region(secrets):
    with refused(CODE):
        secrets.create_secret(Name="secret", SecretString="value", AddReplicaRegions=[{}])
    assert secrets.list_secrets()["SecretList"] == []


def test_create_secret_with_a_key_but_no_region(secrets, key):
    with refused(CODE):
        secrets.create_secret(Name="secret", SecretString="value", AddReplicaRegions=[{"KmsKeyId": key}])


def test_replicate_secret_to_regions_with_a_replica_without_a_region(secrets):
    secrets.create_secret(Name="secret", SecretString="value")
    with refused(CODE):
        secrets.replicate_secret_to_regions(SecretId="secret", AddReplicaRegions=[{"Region": "eu-west-1"}, {}])
    assert "ReplicationStatus" not in secrets.describe_secret(SecretId="secret")
