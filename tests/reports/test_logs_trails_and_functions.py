"""Public reports on log groups, trails and functions: services that ask for themselves, and functions' variables."""

import io
import json
import re
import zipfile

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.policies import everything_but_kms, lacking
from tests.support.reports import managed, service, set_policy

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

LOGS = service(
    "logs.us-east-1.amazonaws.com",
    ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
)


def not_allowed(group):
    return (
        "The specified KMS key does not exist or is not allowed to be used with "
        f"Arn 'arn:aws:logs:us-east-1:{OWNER}:log-group:{group}'"
    )


def test_a_log_group_cannot_be_created_under_a_key_that_does_not_admit_the_logs_service(owner, key):
    # hashicorp/terraform-provider-aws issues 8042 and 29282, aws/aws-cdk issue 28304
    logs = owner.client("logs")
    with refused("AccessDeniedException", not_allowed("vpc-flow-logs")):
        logs.create_log_group(logGroupName="vpc-flow-logs", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"] == []
    set_policy(owner, key, LOGS)
    logs.create_log_group(logGroupName="vpc-flow-logs", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key


def test_a_log_group_keeps_what_it_had_when_the_new_key_does_not_admit_the_logs_service(owner, key):
    # ministryofjustice/modernisation-platform issue 7870: AssociateKmsKey with the shared key of a business unit
    logs = owner.client("logs")
    logs.create_log_group(logGroupName="delius-jitbit-ecs")
    with refused("AccessDeniedException", not_allowed("delius-jitbit-ecs")):
        logs.associate_kms_key(logGroupName="delius-jitbit-ecs", kmsKeyId=key)
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    set_policy(owner, key, LOGS)
    logs.associate_kms_key(logGroupName="delius-jitbit-ecs", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key


def test_who_gives_a_log_group_a_key_needs_no_permission_in_kms(owner, key):
    # awsdocs/amazon-cloudwatch-logs-user-guide pull request 25
    set_policy(owner, key, LOGS)
    logs = owner.user("operator", [allow("logs:*")]).client("logs")
    logs.create_log_group(logGroupName="group")
    logs.associate_kms_key(logGroupName="group", kmsKeyId=key)
    assert logs.describe_log_groups()["logGroups"][0]["kmsKeyId"] == key


def bucket_for_trails(account):
    s3, trails = account.client("s3"), {"Service": "cloudtrail.amazonaws.com"}
    s3.create_bucket(Bucket="logs")
    arn = "arn:aws:s3:::logs"
    look = {"Effect": "Allow", "Principal": trails, "Action": "s3:GetBucketAcl", "Resource": arn}
    write = {"Effect": "Allow", "Principal": trails, "Action": "s3:PutObject", "Resource": f"{arn}/AWSLogs/{OWNER}/*"}
    s3.put_bucket_policy(Bucket="logs", Policy=json.dumps(policy(look, write)))


@pytest.mark.parametrize("actions", [[], ["kms=GenerateDataKey", "kms=Decrypt"]])
def test_a_trail_needs_a_key_that_admits_cloudtrail(owner, key, actions):
    # trussworks/terraform-aws-cloudtrail issue 186, aws/aws-cdk issues 3822 and 23391;
    # Azure/Azure-Sentinel issue 12242: KMS takes the misspelled actions, and they allow nothing
    bucket_for_trails(owner)
    if actions:
        set_policy(owner, key, service("cloudtrail.amazonaws.com", actions))
    trails = owner.client("cloudtrail")
    ask = {"Name": "trail", "S3BucketName": "logs", "KmsKeyId": key}
    text = f"Insufficient permissions to access S3 bucket logs or KMS key {key}."
    with refused("InsufficientEncryptionPolicyException", text):
        trails.create_trail(**ask)
    assert trails.describe_trails()["trailList"] == []
    set_policy(owner, key, service("cloudtrail.amazonaws.com", ["kms:GenerateDataKey*", "kms:DescribeKey"]))
    assert trails.create_trail(**ask)["KmsKeyId"] == key


def code():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event\n")
    return {"ZipFile": file.getvalue()}


def function(client, role, **more):
    return client.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Role=role.arn,
        Handler="app.handler",
        Code=code(),
        Environment={"Variables": {"A": "b"}},
        **more,
    )


TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


def execution_role(account, *policies):
    return account.role("execution", policies=list(policies), trust=TRUST)


def test_a_function_takes_the_arn_of_a_key_and_not_of_an_alias(no_containers, owner, kms, key):
    # hashicorp/terraform issue 20813, ministryofjustice/modernisation-platform pull request 8298
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    client, role = owner.client("lambda"), execution_role(owner)
    before = (
        "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. "
        "Please check your KMS key settings. KMS Exception: InvalidArnException "
        "KMS Message: Key Aliases are not supported for this operation."
    )
    with refused("InvalidParameterValueException", re.compile(re.escape(before) + ".*")):
        function(client, role, KMSKeyArn=f"arn:aws:kms:us-east-1:{OWNER}:alias/app")
    assert client.list_functions()["Functions"] == []
    assert function(client, role, KMSKeyArn=key)["KMSKeyArn"] == key


def test_creating_a_function_with_variables_under_a_key_needs_create_grant_and_encrypt(no_containers, owner, key):
    # hashicorp/terraform-provider-aws issue 4633 and awsdocs/aws-lambda-developer-guide pull request 144: a grant is made
    role = execution_role(owner)
    deployer = owner.user("deployer", [everything_but_kms("kms:Encrypt", "kms:Decrypt")])
    text = re.escape(lacking(deployer, "kms:CreateGrant", key))
    with refused(
        "InvalidParameterValueException", re.compile(f".*KMS Exception: AccessDeniedException ?KMS Message: {text}.*")
    ):
        function(deployer.client("lambda"), role, KMSKeyArn=key)
    assert owner.client("kms").list_grants(KeyId=key)["Grants"] == []
    enough = owner.user("enough", [everything_but_kms("kms:Encrypt", "kms:CreateGrant")])
    function(enough.client("lambda"), role, KMSKeyArn=key)
    assert len(owner.client("kms").list_grants(KeyId=key)["Grants"]) >= 1


def made_anew(account, role):
    """The role is deleted, and one of the same name and policies takes its place."""
    iam, name = account.client("iam"), role.arn.rsplit("/", 1)[1]
    for each in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=each)
    iam.delete_role(RoleName=name)
    return execution_role(account)


@pytest.mark.parametrize("under", ["a customer key", "aws/lambda"])
def test_a_function_whose_role_was_made_anew_cannot_open_its_variables(no_containers, owner, key, under):
    # "The Sneaky Weakness Behind AWS' Managed KMS Keys" (lastweekinaws.com), serverless/examples issue 279,
    # hashicorp/terraform-provider-aws issue 6352; the texts are those of cattle-ops/terraform-aws-gitlab-runner
    # pull request 1253 and github-aws-runners/terraform-aws-github-runner issue 4775
    client, role = owner.client("lambda"), execution_role(owner)
    customer = under == "a customer key"
    function(client, role, **({"KMSKeyArn": key} if customer else {}))
    client.invoke(FunctionName="f")
    again = made_anew(owner, role)
    assert again.arn == role.arn
    which, kind = (key, "identity-based policy") if customer else (managed(owner, "lambda"), "resource-based policy")
    session = re.escape(again.arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/"))
    before = (
        "Lambda was unable to decrypt the environment variables because KMS access was denied. "
        "Please check the function's KMS key settings. KMS Exception: AccessDeniedExceptionKMS Message: User: "
    )
    after = (
        f" is not authorized to perform: kms:Decrypt on resource: {which} "
        f"because no {kind} allows the kms:Decrypt action (Service: Kms, Status Code: 400, Request ID: "
    )
    whole = f"{re.escape(before)}{session}/f{re.escape(after)}[0-9a-f-]{{36}}\\).*"
    with refused("KMSAccessDeniedException", re.compile(whole), status=502):
        client.invoke(FunctionName="f")
    # the remedy of issue 279: another role, and then the former one again
    another = owner.role("another", trust=TRUST)
    client.update_function_configuration(FunctionName="f", Role=another.arn)
    client.update_function_configuration(FunctionName="f", Role=again.arn)
    assert client.invoke(FunctionName="f")["StatusCode"] == 200


def test_a_function_that_goes_back_to_the_managed_key_keeps_working(no_containers, owner, kms, key):
    # "AWS Lambdaでカスタマー管理キーによる環境変数のKMS暗号化を無効にしたら…" (dev.classmethod.jp): the change needs its own grant
    client, role = owner.client("lambda"), execution_role(owner)
    function(client, role, KMSKeyArn=key)
    client.update_function_configuration(FunctionName="f", KMSKeyArn="")
    kms.schedule_key_deletion(KeyId=key)
    assert client.invoke(FunctionName="f")["StatusCode"] == 200
    assert "KMSKeyArn" not in client.get_function_configuration(FunctionName="f")
