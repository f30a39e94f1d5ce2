"""Users and roles that a template, Terraform or the code under test made: a test acts as them by name or ARN.

Names of sessions and the condition keys of their credentials: "Roles for EC2", "Lambda execution role", "Task IAM role"
and "AWS global condition context keys" (role delivery) in AWS's guides.
"""

import json
import re

import boto3
import pytest

import kmsmock
from tests.support.claims import OTHER, OWNER, allow, refused
from tests.support.documents import ALLOW, TRUST, but, text

pytestmark = pytest.mark.evidence(
    "documented", 'guides on roles of EC2, Lambda and ECS; "AWS global condition context keys"'
)

TEMPLATE = json.dumps(
    {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": "app",
                    "Path": "/service/",
                    "AssumeRolePolicyDocument": json.loads(text(TRUST)),
                    "Policies": [{"PolicyName": "p", "PolicyDocument": allow("s3:ListAllMyBuckets")}],
                },
            }
        },
    }
)


@pytest.fixture
def iam(owner):
    return owner.client("iam")


@pytest.fixture
def app(iam):
    """The ARN of a role that the code under test made."""
    made = iam.create_role(RoleName="app", Path="/service/", AssumeRolePolicyDocument=text(TRUST))
    iam.put_role_policy(RoleName="app", PolicyName="p", PolicyDocument=json.dumps(allow("s3:ListAllMyBuckets")))
    return made["Role"]["Arn"]


def arn_of(principal):
    return principal.client("sts").get_caller_identity()["Arn"]


@pytest.mark.parametrize("by", ["name", "arn"])
def test_a_role_that_exists_is_acted_as_with_the_permissions_that_it_has(owner, app, by):
    role = owner.get_role("app" if by == "name" else app)
    assert role.arn == app
    assert arn_of(role) == f"arn:aws:sts::{OWNER}:assumed-role/app/kmsmock"
    assert role.client("s3").list_buckets()["Buckets"] == []
    with refused("AccessDenied", status=403):
        role.client("s3").create_bucket(Bucket="bucket")
    with role.acting():
        assert boto3.client("sts").get_caller_identity()["Arn"].endswith("/app/kmsmock")


@pytest.mark.parametrize("by", ["name", "arn"])
def test_a_user_that_exists_is_acted_as_however_many_access_keys_he_has(owner, iam, by):
    arn = iam.create_user(UserName="alice", Path="/team/")["User"]["Arn"]
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps(allow("s3:ListAllMyBuckets")))
    for _ in range(2):
        iam.create_access_key(UserName="alice")
    alice = owner.get_user("alice" if by == "name" else arn)
    assert alice.arn == arn_of(alice) == arn
    assert alice.client("s3").list_buckets()["Buckets"] == []
    assert len(iam.list_access_keys(UserName="alice")["AccessKeyMetadata"]) == 2


def test_a_role_of_a_template_is_acted_as(owner):
    owner.client("cloudformation").create_stack(
        StackName="s", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    role = owner.get_role("app")
    assert role.arn == f"arn:aws:iam::{OWNER}:role/service/app"
    assert role.client("s3").list_buckets()["Buckets"] == []


def test_what_a_role_is_given_later_counts(owner, iam, app):
    role = owner.get_role("app")
    with refused("AccessDenied", status=403):
        role.client("s3").create_bucket(Bucket="bucket")
    iam.put_role_policy(RoleName="app", PolicyName="more", PolicyDocument=json.dumps(allow("s3:CreateBucket")))
    assert role.client("s3").create_bucket(Bucket="bucket")


@pytest.mark.parametrize("kind", ["role", "user"])
def test_who_does_not_exist_cannot_be_acted_as(owner, iam, app, kind):
    iam.create_user(UserName="alice")
    close = {"role": ("ap", "app"), "user": ("alise", "alice")}[kind]
    get = getattr(owner, f"get_{kind}")
    with pytest.raises(
        ValueError,
        match=f"account {OWNER} has no {kind} '{close[0]}'; did you mean '{close[1]}'.*account.{kind}.'{close[0]}'.* makes",
    ):
        get(close[0])
    with pytest.raises(ValueError, match=f"account {OWNER} has no {kind} 'entirely-different'"):
        get("entirely-different")
    with pytest.raises(ValueError, match=f"world.account.'{OTHER}'..get_{kind}"):
        get(f"arn:aws:iam::{OTHER}:{kind}/x")
    with pytest.raises(ValueError, match=f"give the name or ARN of a {kind}"):
        get("arn:aws:s3:::bucket")
    with pytest.raises((TypeError, ValueError), match=f"give the name or ARN of a {kind}"):
        get(7)


@pytest.mark.parametrize("kind", ["role", "user"])
def test_making_one_that_exists_names_the_other_verb(owner, kind):
    getattr(owner, kind)("app")
    with pytest.raises(
        ValueError, match=f"account {OWNER} has a {kind} 'app' already; account.get_{kind}.'app'. acts as"
    ):
        getattr(owner, kind)("app", [allow("kms:*")])
    assert (
        owner.client("iam")
        .get_paginator(f"list_{kind}_policies")
        .paginate(**{f"{kind.title()}Name": "app"})
        .build_full_result()["PolicyNames"]
        == []
    )


# --- sessions that services make ------------------------------------------------------------------------------------

FUNCTION = f"arn:aws:lambda:us-east-1:{OWNER}:function:reader"
INSTANCE = f"arn:aws:ec2:us-east-1:{OWNER}:instance/i-0123456789abcdef0"
TASK = f"arn:aws:ecs:us-east-1:{OWNER}:task/cluster/0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("service", "used_by", "session", "keys"),
    [
        ("lambda.amazonaws.com", FUNCTION, "reader", {"lambda:SourceFunctionArn": FUNCTION}),
        (
            "ec2.amazonaws.com",
            INSTANCE,
            "i-0123456789abcdef0",
            {"ec2:SourceInstanceArn": INSTANCE, "ec2:RoleDelivery": "2.0"},
        ),
        ("ecs-tasks.amazonaws.com", TASK, "0123456789abcdef0123456789abcdef", {}),
    ],
)
@pytest.mark.parametrize("verb", ["role", "get_role"])
def test_the_session_of_a_role_is_the_one_that_the_service_makes(owner, verb, service, used_by, session, keys):
    condition = {"StringEquals": keys} if keys else {}
    mine = [allow("s3:ListAllMyBuckets", Condition=condition)]
    if verb == "get_role":
        owner.role("app", mine, trust=service)
        role = owner.get_role("app", used_by=used_by)
    else:
        role = owner.role("app", mine, trust=service, used_by=used_by)
    assert arn_of(role) == f"arn:aws:sts::{OWNER}:assumed-role/app/{session}"
    assert role.client("s3").list_buckets()["Buckets"] == []


def test_a_service_only_makes_sessions_of_roles_that_trust_it(owner):
    owner.role("app", trust="ecs-tasks.amazonaws.com")
    with pytest.raises(
        ValueError,
        match=r"the trust policy of role app does not let lambda.amazonaws.com assume it; .*trust='lambda.amazonaws.com'",
    ):
        owner.get_role("app", used_by=FUNCTION)
    with pytest.raises(ValueError, match="used_by='arn:aws:s3:::bucket': give the ARN of a Lambda function"):
        owner.get_role("app", used_by="arn:aws:s3:::bucket")
    with pytest.raises(ValueError, match="used_by"):
        owner.get_role("app", used_by="reader")


# --- policies in every form -----------------------------------------------------------------------------------------

LIST = allow("s3:ListAllMyBuckets")
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


@pytest.fixture(params=["dict", "text", "path", "arn", "own-arn", "template"])
def form(request, owner, tmp_path):
    """One and the same permission, as what a test may have in its hand."""
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(LIST), encoding="utf-8")
    made = owner.client("iam").create_policy(PolicyName="own", PolicyDocument=json.dumps(LIST))["Policy"]["Arn"]
    return {
        "dict": LIST,
        "text": json.dumps(LIST),
        "path": file,
        "arn": READ_ONLY,
        "own-arn": made,
        "template": {"PolicyName": "listing", "PolicyDocument": LIST},
    }[request.param]


def test_policies_come_as_documents_texts_files_arns_and_parts_of_templates(owner, form):
    for who in (owner.user("alice", [form]), owner.role("app", [form, allow("kms:*")])):
        assert who.client("s3").list_buckets()["Buckets"] == []
        with refused("AccessDenied", status=403):
            who.client("s3").create_bucket(Bucket="bucket")


def test_boundaries_too(owner, form):
    for who in (
        owner.user("alice", [allow("s3:*")], boundary=form),
        owner.role("app", [allow("s3:*")], boundary=form),
    ):
        assert who.client("s3").list_buckets()["Buckets"] == []
        with refused("AccessDenied", status=403):
            who.client("s3").create_bucket(Bucket="bucket")


def test_an_arn_is_attached_and_a_policy_of_a_template_keeps_its_name(owner):
    owner.role("app", [READ_ONLY, {"PolicyName": "listing", "PolicyDocument": LIST}, LIST])
    iam = owner.client("iam")
    attached = iam.list_attached_role_policies(RoleName="app")["AttachedPolicies"]
    assert [each["PolicyArn"] for each in attached] == [READ_ONLY]
    assert sorted(iam.list_role_policies(RoleName="app")["PolicyNames"]) == ["listing", "policy-3"]


@pytest.mark.parametrize(
    "trust",
    ["lambda.amazonaws.com", "ec2.amazonaws.com.cn", json.loads(text(TRUST)), text(TRUST), "path"],
)
def test_a_trust_policy_is_a_document_a_file_or_the_name_of_a_service(owner, tmp_path, trust):
    if trust == "path":
        trust = tmp_path / "trust.json"
        trust.write_text(text(TRUST), encoding="utf-8")
    owner.role("app", trust=trust)
    stored = owner.client("iam").get_role(RoleName="app")["Role"]["AssumeRolePolicyDocument"]
    named = stored["Statement"][0] if isinstance(stored["Statement"], list) else stored["Statement"]
    assert named["Principal"] == {
        "Service": trust if isinstance(trust, str) and trust[0] != "{" else "lambda.amazonaws.com"
    }
    assert (named["Effect"], named["Action"]) == ("Allow", "sts:AssumeRole")


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        (LIST, "put the document in a list"),
        (json.dumps(LIST), "put the document in a list"),
        (READ_ONLY, "put the document in a list"),
        ([7], "a policy is a dict, a JSON text, a pathlib.Path or the ARN of a managed policy, not 7"),
        ([None], "a policy is a dict, a JSON text, a pathlib.Path or the ARN of a managed policy, not None"),
        (["policy.json"], re.escape("write pathlib.Path('policy.json')")),
        (["s3:ListAllMyBuckets " * 500], "is neither the JSON of a policy nor the ARN of a managed one"),
        (["s3:ListAllMyBuckets"], "'s3:ListAllMyBuckets' is neither the JSON of a policy nor the ARN of a managed one"),
        (["AmazonS3ReadOnlyAccess"], "write 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'"),
        (
            ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAcces"],
            "did you mean 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'",
        ),
        ([f"arn:aws:iam::{OWNER}:policy/none"], f"there is no managed policy 'arn:aws:iam::{OWNER}:policy/none'"),
        (["arn:aws:s3:::bucket"], "is no ARN of a managed policy"),
        ([{"PolicyName": "x"}], "PolicyDocument"),
    ],
)
def test_what_is_no_policy_is_told_in_a_sentence_and_nobody_is_made(owner, policies, message):
    for kind in ("user", "role"):
        with pytest.raises((TypeError, ValueError), match=message):
            getattr(owner, kind)("app", policies)
        with refused("NoSuchEntity", status=404):
            getattr(owner.client("iam"), f"get_{kind}")(**{f"{kind.title()}Name": "app"})


def test_a_file_that_is_not_there_is_told(owner, tmp_path):
    with pytest.raises((ValueError, FileNotFoundError), match=r"there is no file .*missing\.json"):
        owner.role("app", [tmp_path / "missing.json"])
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match=r"broken\.json is no JSON"):
        owner.role("app", [tmp_path / "broken.json"])


@pytest.mark.parametrize(
    ("trust", "message"),
    [
        ("lambda", "write 'lambda.amazonaws.com'"),
        ("lambda.amazonaws.con", "did you mean 'lambda.amazonaws.com'"),
        (f"arn:aws:iam::{OWNER}:user/alice", "trust=.*the name of a service"),
        (7, "trust=7"),
        ([], "trust="),
    ],
)
def test_what_is_no_trust_policy_is_told_in_a_sentence(owner, trust, message):
    with pytest.raises((TypeError, ValueError), match=message):
        owner.role("app", trust=trust)
    with refused("NoSuchEntity", status=404):
        owner.client("iam").get_role(RoleName="app")


def test_a_principal_that_aws_refuses_half_way_is_not_left_behind(owner):
    bad = json.loads(text(but(ALLOW, Resource=None)))
    for kind in ("user", "role"):
        with refused("MalformedPolicyDocument", "Policy statement must contain resources."):
            getattr(owner, kind)("app", [LIST, READ_ONLY, bad], boundary=LIST)
        with refused("NoSuchEntity", status=404):
            getattr(owner.client("iam"), f"get_{kind}")(**{f"{kind.title()}Name": "app"})
        assert owner.client("iam").list_policies(Scope="Local")["Policies"] == []
        assert getattr(owner, kind)("app", [LIST], boundary=READ_ONLY)


def test_outside_of_a_world_too():
    with kmsmock.World() as world:
        assert world.account(OWNER).role("app", [READ_ONLY]).client("s3").list_buckets()["Buckets"] == []
