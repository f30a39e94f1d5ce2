"""What Secrets Manager answers beside values: keys of versions, Regions of replicas, ARNs, and its errors as recorded."""

import json
import re

import pytest

from tests.support.claims import OWNER, policy, refused
from tests.support.secrets import failing

pytestmark = pytest.mark.evidence(
    "recorded", "public walk-throughs of list-secret-version-ids, stackd and the API reference"
)

ABSENT = f"arn:aws:secretsmanager:us-east-1:{OWNER}:secret:absent-AbCdEf"


# --- keys of versions -------------------------------------------------------------------------------------------------


def keys_of(secrets, **options):
    """Version -> its KmsKeyIds, of ListSecretVersionIds."""
    answer = secrets.list_secret_version_ids(SecretId="secret", **options)
    return {each["VersionId"]: each["KmsKeyIds"] for each in answer["Versions"]}


def test_versions_under_the_key_of_aws_say_so(secrets):
    # recorded in several public walk-throughs of list-secret-version-ids
    made = secrets.create_secret(Name="secret", SecretString="text")
    assert keys_of(secrets) == {made["VersionId"]: ["DefaultEncryptionKey"]}


def test_versions_tell_the_key_that_they_are_under(secrets, key):
    made = secrets.create_secret(Name="secret", SecretString="text", KmsKeyId=key)
    assert keys_of(secrets) == {made["VersionId"]: [key]}


@pytest.mark.evidence("assumed", "the code is declared by botocore's model, the text is chosen here")
def test_a_page_of_versions_that_does_not_exist_is_refused(secrets):
    # ListSecretVersionIds declares InvalidNextTokenException; its text is unverified
    secrets.create_secret(Name="secret", SecretString="text")
    with refused("InvalidNextTokenException"):
        keys_of(secrets, NextToken="page")


def test_each_version_tells_its_own_key(secrets, kms, key):
    first = secrets.create_secret(Name="secret", SecretString="first")["VersionId"]
    second = secrets.put_secret_value(SecretId="secret", SecretString="second")["VersionId"]
    third = secrets.put_secret_value(SecretId="secret", SecretString="third")["VersionId"]
    secrets.update_secret(SecretId="secret", KmsKeyId=key)
    # UpdateSecret, API reference: the versions with AWSCURRENT, AWSPENDING and AWSPREVIOUS come along
    assert keys_of(secrets, IncludeDeprecated=True) == {
        first: ["DefaultEncryptionKey"],
        second: [key],
        third: [key],
    }


def test_versions_without_labels_are_listed_only_if_asked_for(secrets):
    # ListSecretVersionIds, API reference: IncludeDeprecated, false by default
    first = secrets.create_secret(Name="secret", SecretString="first")["VersionId"]
    second = secrets.put_secret_value(SecretId="secret", SecretString="second")["VersionId"]
    third = secrets.put_secret_value(SecretId="secret", SecretString="third")["VersionId"]
    assert keys_of(secrets).keys() == {second, third}
    assert keys_of(secrets, IncludeDeprecated=True).keys() == {first, second, third}


def test_a_list_of_versions_names_the_secret(secrets):
    made = secrets.create_secret(Name="secret", SecretString="text")
    answer = secrets.list_secret_version_ids(SecretId="secret")
    assert (answer["ARN"], answer["Name"]) == (made["ARN"], "secret")


# --- Regions ----------------------------------------------------------------------------------------------------------


def test_a_replicated_secret_tells_its_primary_region_on_both_sides(owner, secrets):
    secrets.create_secret(Name="secret", SecretString="text", AddReplicaRegions=[{"Region": "eu-west-1"}])
    for region in ("us-east-1", "eu-west-1"):
        client = owner.client("secretsmanager", region)
        assert client.describe_secret(SecretId="secret")["PrimaryRegion"] == "us-east-1"
        (listed,) = client.list_secrets()["SecretList"]
        assert listed["PrimaryRegion"] == "us-east-1"


def test_a_secret_that_is_not_replicated_tells_no_region(secrets):
    secrets.create_secret(Name="secret", SecretString="text")
    assert "PrimaryRegion" not in secrets.describe_secret(SecretId="secret")
    (listed,) = secrets.list_secrets()["SecretList"]
    assert "PrimaryRegion" not in listed


# --- ARNs -------------------------------------------------------------------------------------------------------------


def test_a_secret_is_found_by_its_arn_with_and_without_the_six_characters(secrets):
    # "Finding a secret from a partial ARN", Secrets Manager user guide
    arn = secrets.create_secret(Name="secret", SecretString="text")["ARN"]
    assert re.fullmatch(rf"arn:aws:secretsmanager:us-east-1:{OWNER}:secret:secret-[A-Za-z0-9]{{6}}", arn)
    for name in (arn, arn.rpartition("-")[0], "secret"):
        answer = secrets.get_secret_value(SecretId=name)
        assert (answer["ARN"], answer["Name"], answer["SecretString"]) == (arn, "secret", "text")


def test_every_answer_names_the_secret_by_its_full_arn(secrets):
    arn = secrets.create_secret(Name="secret", SecretString="text")["ARN"]
    partial = arn.rpartition("-")[0]
    document = policy({"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "*", "Resource": "*"})
    version = secrets.get_secret_value(SecretId="secret")["VersionId"]
    answers = [
        secrets.describe_secret(SecretId=partial),
        secrets.list_secret_version_ids(SecretId=partial),
        secrets.put_resource_policy(SecretId=partial, ResourcePolicy=json.dumps(document)),
        secrets.get_resource_policy(SecretId=partial),
        secrets.delete_resource_policy(SecretId=partial),
        secrets.put_secret_value(SecretId=partial, SecretString="next"),
        secrets.update_secret(SecretId=partial, SecretString="third"),
        secrets.update_secret_version_stage(SecretId=partial, VersionStage="mine", MoveToVersionId=version),
        secrets.delete_secret(SecretId=partial),
        secrets.restore_secret(SecretId=partial),
    ]
    assert [each["ARN"] for each in answers] == [arn] * len(answers)


# --- errors -----------------------------------------------------------------------------------------------------------

NOT_FOUND = "Secrets Manager can't find the specified secret."
ON_A_SECRET = {
    "cancel_rotate_secret": {},
    "delete_resource_policy": {},
    "delete_secret": {},
    "describe_secret": {},
    "get_resource_policy": {},
    "get_secret_value": {},
    "list_secret_version_ids": {},
    "put_resource_policy": {
        "ResourcePolicy": json.dumps(
            policy({"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "*", "Resource": "*"})
        )
    },
    "put_secret_value": {"SecretString": "text"},
    "remove_regions_from_replication": {"RemoveReplicaRegions": ["eu-west-1"]},
    "replicate_secret_to_regions": {"AddReplicaRegions": [{"Region": "eu-west-1"}]},
    "restore_secret": {},
    "rotate_secret": {},
    "tag_resource": {"Tags": [{"Key": "name", "Value": "value"}]},
    "untag_resource": {"TagKeys": ["name"]},
    "update_secret": {"SecretString": "text"},
    "update_secret_version_stage": {"VersionStage": "AWSCURRENT", "MoveToVersionId": "0" * 32},
}


@pytest.mark.parametrize("name", ["absent", ABSENT])
@pytest.mark.parametrize("operation", ON_A_SECRET)
def test_an_unknown_secret_is_400_by_every_operation(secrets, operation, name):
    # recorded; AWS JSON 1.1 errors of the client are 400
    with refused("ResourceNotFoundException", NOT_FOUND, 400):
        getattr(secrets, operation)(SecretId=name, **ON_A_SECRET[operation])


def test_a_version_that_does_not_exist_is_400_in_its_own_words(secrets):
    secrets.create_secret(Name="secret", SecretString="text")
    with refused("ResourceNotFoundException", status=400):
        secrets.get_secret_value(SecretId="secret", VersionId="0" * 32)


@pytest.mark.parametrize(
    ("lost", "text"), [("disable_key", "is disabled."), ("schedule_key_deletion", "is pending deletion.")]
)
def test_a_value_whose_key_cannot_be_used_is_told_in_the_words_of_the_service(secrets, kms, key, lost, text):
    secrets.create_secret(Name="secret", SecretString="text", KmsKeyId=key)
    getattr(kms, lost)(KeyId=key)
    with failing("DecryptionFailure", f"{key} {text}"):
        secrets.get_secret_value(SecretId="secret")
    with failing("EncryptionFailure", f"{key} {text}"):
        secrets.put_secret_value(SecretId="secret", SecretString="next")


# --- of two mistakes -------------------------------------------------------------------------------------------------
# AWS's order is unverified; moto's own tests have this one (test_policies_for_unknown_secrets, test_update_replica and
# test_put_secret_binary_requires_either_string_or_binary).


@pytest.mark.evidence("assumed", "which of two mistakes is told: as in moto's tests")
def test_a_policy_for_no_secret_is_refused_for_that(secrets):
    with refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret."):
        secrets.put_resource_policy(SecretId="absent", ResourcePolicy="p")


@pytest.mark.evidence("assumed", "which of two mistakes is told: as in moto's tests")
@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("put_resource_policy", {"ResourcePolicy": "p"}),
        ("put_resource_policy", {"ResourcePolicy": json.dumps(policy())}),
        ("replicate_secret_to_regions", {"AddReplicaRegions": [{}]}),
    ],
)
def test_a_replica_is_refused_for_what_it_is(owner, secrets, operation, params):
    arn = secrets.create_secret(Name="secret", SecretString="text", AddReplicaRegions=[{"Region": "us-west-2"}])["ARN"]
    text = "Operation not permitted on a replica secret. Call must be made in primary secret's region."
    far = owner.client("secretsmanager", "us-west-2")
    with refused("InvalidParameterException", text):
        getattr(far, operation)(SecretId=arn.replace("us-east-1", "us-west-2"), **params)


@pytest.mark.evidence("assumed", "which of two mistakes is told: as in moto's tests")
@pytest.mark.parametrize("secret", ["absent", "secret"])
def test_no_value_is_refused_whatever_secret_is_named(secrets, secret):
    secrets.create_secret(Name="secret", SecretString="text")
    with refused("InvalidRequestException", "You must provide either SecretString or SecretBinary."):
        secrets.put_secret_value(SecretId=secret)
