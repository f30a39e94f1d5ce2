"""A service that is not modelled looks at its own parameters before it looks at a key, and answers with its own codes.

Which codes an operation declares is botocore's; those that every service of a protocol may answer are in "Common errors".
"""

import json

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.session import get_session

from tests.support.claims import allow, refused

pytestmark = pytest.mark.evidence("documented", 'errors that botocore\'s models declare, "Common errors"')

A = "111111111111"
ROLE = f"arn:aws:iam::{A}:role/service-role"
GHOST = f"arn:aws:kms:us-east-1:{A}:key/00000000-0000-4000-8000-000000000000"
COMMON = {"AccessDeniedException", "AccessDenied", "ValidationException", "InvalidParameterValue", "ValidationError"}


@pytest.fixture
def account(aws_world):
    return aws_world.account(A)


@pytest.fixture
def disabled(account):
    kms = account.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.disable_key(KeyId=key)
    return key


LOGIN = {"MasterUsername": "administrator", "MasterUserPassword": "Correct-horse1"}
MACHINE = json.dumps({"StartAt": "a", "States": {"a": {"Type": "Succeed"}}})
CALLS = {
    "glue": (
        "CreateSecurityConfiguration",
        lambda key: {
            "Name": "n",
            "EncryptionConfiguration": {"S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": key}]},
        },
    ),
    "redshift": (
        "CreateCluster",
        lambda key: {
            "ClusterIdentifier": "n",
            "NodeType": "ra3.xlplus",
            "Encrypted": True,
            "KmsKeyId": key,
            **LOGIN,
        },
    ),
    "sagemaker": (
        "CreateNotebookInstance",
        lambda key: {"NotebookInstanceName": "n", "InstanceType": "ml.t2.medium", "RoleArn": ROLE, "KmsKeyId": key},
    ),
    "timestream-write": ("CreateDatabase", lambda key: {"DatabaseName": "name", "KmsKeyId": key}),
    "opensearch": (
        "CreateDomain",
        lambda key: {"DomainName": "name", "EncryptionAtRestOptions": {"Enabled": True, "KmsKeyId": key}},
    ),
    "stepfunctions": (
        "CreateStateMachine",
        lambda key: {
            "name": "n",
            "definition": MACHINE,
            "roleArn": ROLE,
            "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": key},
        },
    ),
}


def declared(service, operation):
    model = get_session().get_service_model(service).operation_model(operation)
    return {shape.metadata.get("error", {}).get("code", shape.name) for shape in model.error_shapes}


def code_of(call):
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("bad", ["disabled", "missing"])
def test_no_service_answers_with_a_code_that_it_does_not_have(account, disabled, service, bad):
    operation, params = CALLS[service]
    key = disabled if bad == "disabled" else GHOST
    client = account.client(service)
    code = code_of(lambda: getattr(client, xform_name(operation))(**params(key)))
    assert code in declared(service, operation) | COMMON


@pytest.mark.parametrize("service", CALLS)
def test_a_caller_without_permission_is_denied_in_a_code_of_the_service(account, service):
    operation, params = CALLS[service]
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    client = account.user("nobody", [allow(["iam:*"])]).client(service)
    code = code_of(lambda: getattr(client, xform_name(operation))(**params(key)))
    assert code in declared(service, operation) | COMMON


def test_a_name_that_is_taken_is_refused_before_the_key_is_looked_at(account, disabled):
    glue = account.client("glue")
    good = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    _, params = CALLS["glue"]
    glue.create_security_configuration(**params(good))
    with refused("AlreadyExistsException"):
        glue.create_security_configuration(**params(disabled))
    redshift = account.client("redshift")
    redshift.create_cluster(**CALLS["redshift"][1](good))
    with refused("ClusterAlreadyExists"):
        redshift.create_cluster(**CALLS["redshift"][1](disabled))


def test_a_parameter_that_is_wrong_is_refused_before_the_key_is_looked_at(account, disabled):
    sagemaker = account.client("sagemaker")
    params = CALLS["sagemaker"][1](disabled)
    with refused("ValidationException") as caught:
        sagemaker.create_notebook_instance(**{**params, "InstanceType": "ml.none.at-all"})
    assert "ml.none.at-all" in caught.response["Error"]["Message"]


def test_the_key_of_something_that_is_not_there_is_not_looked_at(aws_world, account, disabled):
    redshift = account.client("redshift")
    with refused("ClusterNotFound", status=404):
        redshift.modify_cluster(ClusterIdentifier="nothing", Encrypted=True, KmsKeyId=disabled)


@pytest.mark.parametrize("service", ["glue", "redshift", "sagemaker", "timestream-write"])
def test_what_is_refused_for_its_key_can_be_made_afterwards(account, disabled, service):
    operation, params = CALLS[service]
    client = account.client(service)
    call = getattr(client, xform_name(operation))
    with pytest.raises(ClientError):
        call(**params(disabled))
    account.client("kms").enable_key(KeyId=disabled)
    assert call(**params(disabled))


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "status"),
    [
        ("s3", "put_bucket_policy", {"Bucket": "absent", "Policy": "{"}, "NoSuchBucket", 404),
        ("secretsmanager", "put_resource_policy", {"SecretId": "absent", "ResourcePolicy": "{"}, "ResourceNotFoundException", 400),
        ("kafka", "put_cluster_policy", {"ClusterArn": "arn:aws:kafka:us-east-1:111111111111:cluster/a/b", "Policy": ""}, "BadRequestException", 400),
    ],
)  # fmt: skip
def test_what_is_not_there_has_no_policy_to_look_at(owner, service, operation, params, code, status):
    with refused(code, status=status):
        getattr(owner.client(service, "us-east-1"), operation)(**params)
