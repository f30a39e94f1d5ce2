"""What suites written for moto do every day goes on working, and is decided as AWS decides it."""

import json

import boto3
import pytest
import requests

from tests.support.claims import OTHER, OWNER, allow, policy, refused

OVER_HTTP = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "arn:aws:s3:::bucket/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
TABLE = {
    "TableName": "t",
    "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def s3(owner):
    client = owner.client("s3")
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="k", Body=b"x")
    return client


def test_a_deny_whose_condition_does_not_hold_denies_nothing(s3):
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy(OVER_HTTP)))
    s3.put_object(Bucket="bucket", Key="k2", Body=b"x")
    assert s3.head_object(Bucket="bucket", Key="k2")["ContentLength"] == 1
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
    s3.delete_object(Bucket="bucket", Key="k")


def test_over_plain_http_the_bucket_policy_refuses_and_head_has_no_body_to_say_why(owner, s3):
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy(OVER_HTTP)))
    plain = owner.client("s3", endpoint_url="http://s3.us-east-1.amazonaws.com")
    message = (
        f'User: {owner.root.arn} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::bucket/k" '
        "with an explicit deny in a resource-based policy"
    )
    with refused("AccessDenied", message, 403):
        plain.get_object(Bucket="bucket", Key="k")
    with refused("403", "Forbidden", 403):
        plain.head_object(Bucket="bucket", Key="k")


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E15MNIMTCFKK4C"},
        {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
    ],
)
def test_whoever_a_bucket_policy_names_the_bucket_goes_on_working(s3, principal):
    statement = {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bucket/*",
    }
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy(statement)))
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"


def test_the_owners_root_user_is_never_locked_out_of_the_bucket_policy(s3):
    everything = {**OVER_HTTP, "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]}
    del everything["Condition"]
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy(everything)))
    with refused("AccessDenied", status=403):
        s3.get_object(Bucket="bucket", Key="k")
    s3.delete_bucket_policy(Bucket="bucket")
    assert s3.get_object(Bucket="bucket", Key="k")


def test_deleting_many_objects_tells_of_each_that_may_not_be_deleted(owner, s3):
    s3.put_object(Bucket="bucket", Key="tmp/a")
    cleaner = owner.user("cleaner", [allow("s3:DeleteObject", "arn:aws:s3:::bucket/tmp/*")])
    ask = {"Bucket": "bucket", "Delete": {"Objects": [{"Key": "tmp/a"}, {"Key": "k"}]}}
    message = (
        f'User: {cleaner.arn} is not authorized to perform: s3:DeleteObject on resource: "arn:aws:s3:::bucket/k" '
        "because no identity-based policy allows the s3:DeleteObject action"
    )
    answer = cleaner.client("s3").delete_objects(**ask)
    assert answer["Deleted"] == [{"Key": "tmp/a"}]
    assert answer["Errors"] == [{"Key": "k", "Code": "AccessDenied", "Message": message}]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket="bucket")["Contents"]] == ["k"]
    nothing = cleaner.client("s3").delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "k"}]})
    assert ("Deleted" in nothing, [each["Key"] for each in nothing["Errors"]]) == (False, ["k"])


@pytest.mark.parametrize(
    ("service", "operation", "params", "action", "resource"),
    [
        ("s3", "put_bucket_website", {"Bucket": "bucket", "WebsiteConfiguration": {}}, "s3:PutBucketWebsite", '"arn:aws:s3:::bucket"'),
        ("ec2", "create_security_group", {"GroupName": "g", "Description": "d"}, "ec2:CreateSecurityGroup", "*"),
        ("ec2", "describe_instance_status", {}, "ec2:DescribeInstanceStatus", "*"),
        (
            "ec2",
            "create_tags",
            {"Resources": ["vol-12345678"], "Tags": [{"Key": "a", "Value": "b"}]},
            "ec2:CreateTags",
            f"arn:aws:ec2:us-east-1:{OWNER}:volume/vol-12345678",
        ),
    ],
)  # fmt: skip
def test_operations_that_no_table_lists_need_the_action_of_their_name(
    owner, s3, service, operation, params, action, resource
):
    nobody = owner.user("nobody")
    code = "AccessDenied" if service == "s3" else "UnauthorizedOperation"
    with refused(code, status=403) as refusal:
        getattr(nobody.client(service), operation)(**params)
    assert f"is not authorized to perform: {action} on resource: {resource}" in refusal.response["Error"]["Message"]


def test_presigned_forms_and_urls_of_other_services_take_the_same_way(owner, s3):
    form = s3.generate_presigned_post("bucket", "posted")
    assert requests.post(form["url"], data=form["fields"], files={"file": b"x"}, timeout=5).status_code == 204
    nobody = owner.user("nobody")
    assert requests.get(nobody.client("ec2").generate_presigned_url("describe_volumes"), timeout=5).status_code == 403
    who = requests.get(nobody.client("sts").generate_presigned_url("get_caller_identity"), timeout=5)
    assert f"<Arn>{nobody.arn}</Arn>" in who.text


def test_a_user_who_was_renamed_keeps_his_access_key(owner):
    iam = owner.client("iam")
    user = owner.user("before")
    iam.update_user(UserName="before", NewUserName="after")
    assert user.client("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{OWNER}:user/after"


def test_a_trust_policy_that_is_none_is_refused_where_the_suite_does_not_only_want_to_know(owner):
    # moto stores it; suites that rely on that run with enforce="audit"
    import kmsmock

    with refused("MalformedPolicyDocument", "This policy contains invalid Json"):
        owner.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="some policy")
    for enforce in ("audit", "off"):
        with kmsmock.World(enforce=enforce) as world:
            world.account(OWNER).client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="some policy")


@pytest.mark.parametrize("options", [{"enforce": "audit"}, {"enforce": "off"}, {"enforce_iam": "off"}])
def test_where_nothing_is_refused_a_role_need_not_exist(options):
    import kmsmock

    with kmsmock.World(**options):
        made = boto3.client("sts").assume_role(RoleArn=f"arn:aws:iam::{OTHER}:role/none", RoleSessionName="ci")
        given = made["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        assert session.client("sts", "us-east-1").get_caller_identity()["Account"] == OTHER


def test_a_role_of_a_template_has_the_policies_that_the_template_gives_it(owner, kms, key):
    trust = policy({"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "sts:AssumeRole"})
    properties = {
        "RoleName": "made",
        "AssumeRolePolicyDocument": trust,
        "Policies": [{"PolicyName": "p", "PolicyDocument": allow("kms:DescribeKey")}],
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"],
    }
    template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}
    owner.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(template))
    sts = owner.user("steward", [allow("sts:AssumeRole")]).client("sts")
    given = sts.assume_role(RoleArn=f"arn:aws:iam::{OWNER}:role/made", RoleSessionName="ci")["Credentials"]
    session = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name="us-east-1"
    )
    assert session.client("kms").describe_key(KeyId=key)
    assert session.client("s3").list_buckets()
    with refused("AccessDeniedException"):
        session.client("kms").encrypt(KeyId=key, Plaintext=b"x")


def test_the_access_role_of_a_new_account_may_do_everything(aws_world):
    management = aws_world.account("999999999999")
    organizations = management.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="member", Email="member@example.com")
    account = made["CreateAccountStatus"]["AccountId"]
    admin = management.user("admin", [allow("sts:AssumeRole")])
    role = f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole"
    given = admin.client("sts").assume_role(RoleArn=role, RoleSessionName="ci")["Credentials"]
    session = boto3.Session(
        given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name="us-east-1"
    )
    assert session.client("kms").create_key()["KeyMetadata"]["AWSAccountId"] == account


def test_a_new_version_of_a_boundary_counts_at_once(owner, key):
    user = owner.user("bound", [allow("kms:*")], boundary=allow("kms:Describe*"))
    arn = owner.client("iam").get_user(UserName="bound")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    with refused("AccessDeniedException"):
        user.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    owner.client("iam").create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps(allow("kms:*")), SetAsDefault=True
    )
    assert user.client("kms").encrypt(KeyId=key, Plaintext=b"x")


def test_two_federated_users_of_one_name_have_each_his_own_users_permissions(owner, key):
    def federated(user):
        given = user.client("sts").get_federation_token(Name="bob", Policy=json.dumps(allow("*")))["Credentials"]
        return boto3.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name="us-east-1"
        )

    mighty = federated(owner.user("mighty", [allow("*")]))
    humble = federated(owner.user("humble", [allow("sts:*")]))
    assert mighty.client("kms").list_keys()
    with refused("AccessDeniedException"):
        humble.client("kms").list_keys()


@pytest.mark.kmsmock(enforce_iam="all")
def test_all_services_ask_and_administrators_notice_nothing(owner):
    dynamodb, sqs = owner.client("dynamodb"), owner.client("sqs")
    dynamodb.create_table(**TABLE)
    dynamodb.put_item(TableName="t", Item={"a": {"S": "x"}})
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    attributes = {"colour": {"DataType": "String", "StringValue": "red"}}
    assert sqs.send_message(QueueUrl=queue, MessageBody="x", MessageAttributes=attributes)["MessageId"]


def test_the_mfa_code_of_assume_role_itself_satisfies_the_trust_policy(owner):
    alice = owner.user("alice")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": alice.arn},
        "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    }
    role = owner.role("safe", trust=policy(statement))
    sts = alice.client("sts")
    with refused("AccessDenied", status=403):
        sts.assume_role(RoleArn=role.arn, RoleSessionName="ci")
    serial = f"arn:aws:iam::{OWNER}:mfa/alice"
    assert sts.assume_role(RoleArn=role.arn, RoleSessionName="ci", SerialNumber=serial, TokenCode="123456")
