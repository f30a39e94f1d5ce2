"""Questions about logs, trails, functions, secrets and parameters under keys."""

import json

from tests.support.claims import OTHER, OWNER, allow, policy
from tests.support.functions import make_function
from tests.support.policies import everything_but_kms, root, use
from tests.support.questions import Table, each_time
from tests.support.reports import WEST, make_key
from tests.support.trail import open_bucket

QUESTIONS = Table()
LAMBDA = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


@QUESTIONS.ask(
    "The specified KMS key does not exist or is not allowed to be used with a log group?",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/8042",
    fix=["key policy", '"Service": "logs.us-east-1.amazonaws.com"', '"kms:'],
)
def log_group_under_a_closed_key(world):
    owner = world.account(OWNER)
    key = make_key(owner)
    return each_time(lambda name: owner.client("logs").create_log_group(logGroupName=name, kmsKeyId=key))


@QUESTIONS.ask(
    "AssociateKmsKey fails although the key policy has a statement for the logs service: of another log group?",
    source="https://github.com/ministryofjustice/modernisation-platform/issues/7870",
    fix=["key policy", "kms:EncryptionContext:aws:logs:arn", f"arn:aws:logs:us-east-1:{OWNER}:log-group:group"],
)
def log_group_of_another_context(world):
    owner = world.account(OWNER)
    other = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{OWNER}:log-group:other"}}
    logs = use({"Service": "logs.us-east-1.amazonaws.com"}, "kms:*", Condition=other)
    key = make_key(owner, logs)
    owner.client("logs").create_log_group(logGroupName="group")
    return lambda: owner.client("logs").associate_kms_key(logGroupName="group", kmsKeyId=key)


def trail_with(key, owner):
    open_bucket(owner.client("s3"), "logs")
    return lambda: owner.client("cloudtrail").create_trail(Name="trail", S3BucketName="logs", KmsKeyId=key)


@QUESTIONS.ask(
    "InsufficientEncryptionPolicyException, when a trail is created under a key?",
    source="https://github.com/trussworks/terraform-aws-cloudtrail/issues/186",
    fix=["key policy", '"Service": "cloudtrail.amazonaws.com"', '"kms:GenerateDataKey'],
    steps=2,  # CloudTrail describes the key before it asks for a data key
)
def trail_under_a_closed_key(world):
    owner = world.account(OWNER)
    return trail_with(make_key(owner), owner)


@QUESTIONS.ask(
    "The key policy names cloudtrail.amazonaws.com, and the trail is still refused?",
    source="https://github.com/Azure/Azure-Sentinel/issues/12242",
    fix=["key policy", '"Service": "cloudtrail.amazonaws.com"', '"Action": "kms:GenerateDataKey'],
    steps=2,  # CloudTrail describes the key before it asks for a data key
)
def trail_under_misspelled_actions(world):
    owner = world.account(OWNER)
    misspelled = use({"Service": "cloudtrail.amazonaws.com"}, ["kms=GenerateDataKey", "kms=Decrypt"])
    return trail_with(make_key(owner, misspelled), owner)


def function_role(owner, name="execution"):
    return owner.role(name, trust=LAMBDA)


def made_anew(owner):
    for each in owner.client("iam").list_role_policies(RoleName="execution")["PolicyNames"]:
        owner.client("iam").delete_role_policy(RoleName="execution", PolicyName=each)
    owner.client("iam").delete_role(RoleName="execution")
    return function_role(owner)


def reattached(owner, role):
    client = owner.client("lambda")
    for each in (function_role(owner, "another"), role):
        client.update_function_configuration(FunctionName="function", Role=each.arn)
    client.invoke(FunctionName="function")


@QUESTIONS.ask(
    "KMSAccessDeniedException from a function under the default key, after its role was deleted and made again?",
    source="https://www.lastweekinaws.com/blog/the-sneaky-weakness-behind-aws-managed-kms-keys/",
    fix=["UpdateFunctionConfiguration", "Role"],
)
def function_of_a_role_made_anew(world):
    owner = world.account(OWNER)
    make_function(owner.client("lambda"), function_role(owner).arn, {"A": "b"})
    role = made_anew(owner)
    return lambda: owner.client("lambda").invoke(FunctionName="function"), lambda: reattached(owner, role)


@QUESTIONS.ask(
    "Lambda was unable to configure access to your environment variables: Key Aliases are not supported?",
    source="https://github.com/hashicorp/terraform/issues/20813",
    fix=["key's id or ARN"],
)
def function_under_an_alias(world):
    owner = world.account(OWNER)
    key, role = make_key(owner), function_role(owner).arn
    owner.client("kms").create_alias(AliasName="alias/app", TargetKeyId=key)

    def make(name):
        make_function(owner.client("lambda"), role, {"A": "b"}, KMSKeyArn=name)

    return lambda: make(f"arn:aws:kms:us-east-1:{OWNER}:alias/app"), lambda: make(key)


@QUESTIONS.ask(
    "Creating a function with variables under a key is denied?",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/4633",
    fix=["to a policy of ", '"kms:CreateGrant"'],
)
def function_without_create_grant(world):
    owner = world.account(OWNER)
    key, role = make_key(owner), function_role(owner).arn
    deployer = owner.user("deployer", [everything_but_kms("kms:Encrypt", "kms:Decrypt")])
    return lambda: make_function(deployer.client("lambda"), role, {"A": "b"}, KMSKeyArn=key)


def secret_of(account, key=None):
    under = {"KmsKeyId": key} if key else {}
    return account.client("secretsmanager").create_secret(Name="secret", SecretString="s", **under)["ARN"]


def open_secret(account, secret):
    named = {"Effect": "Allow", "Principal": {"AWS": root(OTHER)}, "Action": "secretsmanager:*", "Resource": "*"}
    document = json.dumps(policy(named))
    account.client("secretsmanager").put_resource_policy(SecretId=secret, ResourcePolicy=document)


@QUESTIONS.ask(
    "Access to KMS is not allowed, for a secret that is not under the default key?",
    source="https://github.com/external-secrets/external-secrets/issues/390",
    fix=["to a policy of ", '"kms:Decrypt"'],
)
def secret_without_the_key(world):
    owner = world.account(OWNER)
    secret = secret_of(owner, make_key(owner))
    reader = owner.user("reader", [allow("secretsmanager:GetSecretValue")]).client("secretsmanager")
    return lambda: reader.get_secret_value(SecretId=secret)


@QUESTIONS.ask(
    "A secret is shared with another account by its resource policy, and cannot be read there?",
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_examples_cross.html",
    fix=["key policy", f"arn:aws:iam::{OTHER}:user/reader", '"kms:Decrypt"'],
)
def secret_of_another_account(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    secret = secret_of(owner, make_key(owner))
    open_secret(owner, secret)
    reader = other.user("reader", [allow(["secretsmanager:*", "kms:*"])]).client("secretsmanager")
    return lambda: reader.get_secret_value(SecretId=secret)


@QUESTIONS.ask(
    "Can a secret under aws/secretsmanager be read from another account?",
    source="https://dev.to/khaldoun488/mastering-aws-cross-account-secrets-with-terraform-kms-c70",
    fix="customer managed key",
)
def secret_of_another_account_under_the_managed_key(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    secret = secret_of(owner)
    open_secret(owner, secret)
    reader = other.user("reader", [allow(["secretsmanager:*", "kms:*"])]).client("secretsmanager")

    def under_an_own_key():
        key = make_key(owner, use(root(OTHER)))
        owner.client("secretsmanager").update_secret(SecretId=secret, KmsKeyId=key)
        reader.get_secret_value(SecretId=secret)

    return lambda: reader.get_secret_value(SecretId=secret), under_an_own_key


@QUESTIONS.ask(
    "ssm:GetParameter is allowed; why is a SecureString denied WithDecryption?",
    source="https://github.com/KensioSoftware/yulin/issues/1156",
    fix=["to a policy of ", '"kms:Decrypt"'],
)
def parameter_without_the_key(world):
    owner = world.account(OWNER)
    owner.client("ssm").put_parameter(Name="secret", Value="v", Type="SecureString", KeyId=make_key(owner))
    reader = owner.user("reader", [allow("ssm:GetParameter")]).client("ssm")
    return lambda: reader.get_parameter(Name="secret", WithDecryption=True)


@QUESTIONS.ask(
    "Parameters are copied to another Region: InvalidKeyId?",
    source="https://github.com/binxio/aws-ssm-copy/issues/10",
    fix=["us-east-1", "or a key of us-west-2"],
)
def parameter_in_another_region(world):
    owner = world.account(OWNER)
    key, there = make_key(owner), owner.client("ssm", WEST)

    def put(key):
        there.put_parameter(Name="p", Value="v", Type="SecureString", KeyId=key)

    return lambda: put(key.replace("us-east-1", WEST)), lambda: put(make_key(owner, region=WEST))


@QUESTIONS.ask(
    "Chamber writes no secrets: Alias alias/parameter_store_key is not found?",
    source="https://github.com/cloudposse/docs/issues/152",
    fix="alias/parameter_store_keys",
)
def parameter_under_an_unknown_alias(world):
    owner = world.account(OWNER)
    ssm = owner.client("ssm")
    owner.client("kms").create_alias(AliasName="alias/parameter_store_keys", TargetKeyId=make_key(owner))

    def put(key):
        ssm.put_parameter(Name="p", Value="v", Type="SecureString", KeyId=key)

    return lambda: put("alias/parameter_store_key"), lambda: put("alias/parameter_store_keys")


@QUESTIONS.ask(
    "Creating a cluster of EKS with encrypted secrets: User not authorized to perform kms:CreateGrant?",
    source="https://github.com/kubernetes-sigs/cluster-api-provider-aws/issues/2432",
    fix=["to a policy of ", '"kms:CreateGrant"'],
)
def cluster_without_create_grant(world):
    owner = world.account(OWNER)
    key = make_key(owner)
    trust = policy({"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = owner.role("cluster", trust=trust).arn
    controller = owner.user("controller", [everything_but_kms("kms:DescribeKey")]).client("eks")
    return lambda: controller.create_cluster(
        name="cluster",
        roleArn=role,
        resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"]},
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": key}}],
    )
