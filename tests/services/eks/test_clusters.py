"""Clusters whose secrets are under a key ("Encrypt Kubernetes secrets with KMS", EKS user guide).

"The user needs kms:DescribeKey and kms:CreateGrant on the key." An unknown key is InvalidParameterException; a denial is
InvalidRequestException with the words of aws-quickstart/quickstart-amazon-eks-cluster-resource-provider#25 and
kubernetes-sigs/cluster-api-provider-aws#2432.
"""

import pytest

from tests.support.claims import OWNER, refused
from tests.support.functions import make_role, person

pytestmark = pytest.mark.evidence(
    "reported",
    "aws-quickstart/quickstart-amazon-eks-cluster-resource-provider#25, kubernetes-sigs/cluster-api-provider-aws#2432",
)

UNKNOWN = f"arn:aws:kms:us-east-1:{OWNER}:key/00000000-0000-0000-0000-000000000000"


@pytest.fixture
def role(owner):
    return make_role(owner, "cluster-role", "eks.amazonaws.com")


def make(client, role, key=None):
    under = {} if key is None else {"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": key}}]}
    return client.create_cluster(
        name="cluster", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]}, **under
    )["cluster"]


@pytest.mark.parametrize(
    "name",
    [UNKNOWN, UNKNOWN.replace("us-east-1", "eu-west-1"), f"arn:aws:kms:us-east-1:{OWNER}:alias/absent", "nonsense"],
)
def test_an_unknown_key_is_an_invalid_parameter(owner, role, name):
    clusters = owner.client("eks")
    with refused("InvalidParameterException"):
        make(clusters, role, name)
    assert clusters.list_clusters()["clusters"] == []


@pytest.mark.parametrize("lost", ["disable_key", "schedule_key_deletion"])
def test_a_key_that_cannot_be_used_is_an_invalid_parameter(owner, kms, key, role, lost):
    getattr(kms, lost)(KeyId=key)
    with refused("InvalidParameterException"):
        make(owner.client("eks"), role, key)


def test_a_key_of_another_kind_is_an_invalid_parameter(owner, kms, role):
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    with refused("InvalidParameterException"):
        make(owner.client("eks"), role, key)


@pytest.mark.parametrize("lacks", ["kms:DescribeKey", "kms:CreateGrant"])
def test_who_makes_a_cluster_needs_to_describe_the_key_and_to_make_a_grant(owner, key, role, lacks):
    maker = person(owner, *({"kms:DescribeKey", "kms:CreateGrant"} - {lacks}))
    with refused("InvalidRequestException", f"User not authorized to perform {lacks} operation"):
        make(maker.client("eks"), role, key)
    assert owner.client("eks").list_clusters()["clusters"] == []


def test_a_cluster_under_a_key_has_a_grant_on_it(owner, kms, key, role):
    maker = person(owner, "kms:DescribeKey", "kms:CreateGrant")
    made = make(maker.client("eks"), role, key)
    assert made["encryptionConfig"] == [{"resources": ["secrets"], "provider": {"keyArn": key}}]
    (grant,) = kms.list_grants(KeyId=key)["Grants"]
    assert {"Encrypt", "Decrypt"} <= set(grant["Operations"])


def test_a_cluster_without_a_key_asks_for_none(aws_world, owner, role):
    before = len(aws_world.decisions)
    make(person(owner).client("eks"), role)
    assert [each for each in aws_world.decisions[before:] if each.action.startswith("kms:")] == []


def test_a_second_cluster_of_the_name_leaves_no_grant(owner, kms, key, role):
    clusters = owner.client("eks")
    make(clusters, role)
    with refused("ResourceInUseException", status=409):
        make(clusters, role, key)
    assert kms.list_grants(KeyId=key)["Grants"] == []
