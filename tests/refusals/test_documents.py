"""A policy that a service does not store: which statement, element and value are at fault, and what to do about it."""

import ast
import json

import pytest

from kmsmock.refusals import assert_refused
from kmsmock.refusals.document_causes import BY_REASON
from tests.structure.test_rooms import files
from tests.support.claims import OWNER, allow
from tests.support.documents import ALLOW, TRUST, but, padded, text
from tests.support.organization import RCP, SCP
from tests.support.policies import root
from tests.support.templates import template

GHOST = f"arn:aws:iam::{OWNER}:role/ghost"
READ = {
    "Sid": "Read",
    "Effect": "Allow",
    "Principal": {"AWS": root(OWNER)},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::bucket/*",
}
SEND = but(READ, Action="sqs:SendMessage", Resource="*")
PUBLISH = but(READ, Action="sns:Publish", Resource=f"arn:aws:sns:us-east-1:{OWNER}:t")
ANY = but(READ, Principal="*", Action="*", Resource="*")
IAM = but(READ, Principal=None)
ONLY_DENY = {"Effect": "Deny", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*"}


def bucket(owner, document):
    owner.client("s3").put_bucket_policy(Bucket="bucket", Policy=document)


def queue(owner, document):
    owner.client("sqs").create_queue(QueueName="q", Attributes={"Policy": document})


def topic(owner, document):
    owner.client("sns").create_topic(Name="t", Attributes={"Policy": document})


def secret(owner, document):
    client = owner.client("secretsmanager")
    client.create_secret(Name="s", SecretString="x")
    client.put_resource_policy(SecretId="s", ResourcePolicy=document)


def endpoint(owner, document):
    ec2 = owner.client("ec2")
    where = {"VpcId": ec2.describe_vpcs()["Vpcs"][0]["VpcId"], "ServiceName": "com.amazonaws.us-east-1.s3"}
    ec2.create_vpc_endpoint(**where, PolicyDocument=document)


def repository(owner, document):
    owner.client("ecr").create_repository(repositoryName="repository")
    owner.client("ecr").set_repository_policy(repositoryName="repository", policyText=document)


def logs(owner, document):
    owner.client("logs").put_resource_policy(policyName="p", policyDocument=document)


def inline(owner, document):
    owner.user("app")
    owner.client("iam").put_user_policy(UserName="app", PolicyName="p", PolicyDocument=document)


def managed(owner, document):
    owner.client("iam").create_policy(PolicyName="p", PolicyDocument=document)


def trust(owner, document):
    owner.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=document)


def session(owner, document):
    role = owner.role("app", trust={"Version": "2012-10-17", "Statement": [but(TRUST, Principal={"AWS": OWNER})]})
    sts = owner.user("ci", [allow("sts:*")]).client("sts")
    sts.assume_role(RoleArn=role.arn, RoleSessionName="session", Policy=document)


def control(kind):
    def create(owner, document):
        client = owner.client("organizations")
        client.create_organization(FeatureSet="ALL")
        client.create_policy(Content=document, Description="", Name="p", Type=kind)

    return create


def key(owner, document):
    owner.client("kms").create_key(Policy=document)


WRONG = [
    (bucket, text(READ, but(READ, Sid="Own", Action="s3:GetObjekt")), "POLICY-ACTION",
     'statement 2 ("Own"), Action: "s3:GetObjekt"; there is no action s3:GetObjekt; did you mean s3:GetObject?'),
    (bucket, text(but(READ, Resource="arn:aws:s3:::other/*")), "POLICY-RESOURCE",
     'statement 1 ("Read"), Resource: "arn:aws:s3:::other/*"'),
    (bucket, text(but(READ, Resource="arn:aws:s3:::bucket")), "POLICY-RESOURCE",
     'statement 1 ("Read"), Resource: "arn:aws:s3:::bucket" has nothing that s3:GetObject is for'),
    (bucket, text(READ, but(READ, Sid=None, Principal={"AWS": GHOST})), "POLICY-PRINCIPAL-ABSENT",
     f"statement 2, Principal: {GHOST} does not exist"),
    (bucket, text(READ, Comment="x"), "POLICY-ELEMENT", "Comment: no such policy has this element"),
    (bucket, "{", "POLICY-JSON", "the text is no JSON: Expecting property name enclosed in double quotes: "
     "line 1 column 2 (char 1)"),
    (queue, text(SEND, but(SEND, Sid="B", Action="s3:GetObject")), "POLICY-ACTION",
     'statement 2 ("B"), Action: "s3:GetObject"'),
    (queue, text(but(SEND, Actions="*")), "POLICY-ELEMENT",
     'statement 1 ("Read"), Actions: no such policy has this element; did you mean Action?'),
    (topic, text(but(PUBLISH, Condition={"StringIs": {"aws:userid": "x"}})), "POLICY-CONDITION",
     'statement 1 ("Read"), Condition: Invalid Condition type : StringIs.'),
    (topic, text(but(PUBLISH, Principal=None)), "POLICY-PRINCIPAL", 'statement 1 ("Read"), Principal: it is missing'),
    (secret, text(but(SEND, Principal={"AWS": GHOST})), "POLICY-PRINCIPAL-ABSENT",
     f'statement 1 ("Read"), Principal: {GHOST} does not exist'),
    (secret, text(but(SEND, Principal={"AWS": "alice"})), "POLICY-PRINCIPAL",
     'statement 1 ("Read"), Principal: "AWS":"alice"'),
    (endpoint, text(ANY, but(ANY, Effect="Maybe")), "POLICY-EFFECT", 'statement 2 ("Read"), Effect: "Maybe"'),
    (endpoint, text(ANY, Version="2013-01-01"), "POLICY-VERSION", 'Version: "2013-01-01"'),
    (repository, text(but(ANY, Resource=None, Principal={"AWS": GHOST})), "POLICY-PRINCIPAL-ABSENT",
     f'statement 1 ("Read"), Principal: {GHOST} does not exist'),
    (logs, text(but(ANY, Action=None)), "POLICY-ACTION", 'statement 1 ("Read"), Action: it is missing'),
    (inline, text(IAM, but(IAM, Sid="Key", Resource="key/1234")), "POLICY-RESOURCE",
     'statement 2 ("Key"), Resource: "key/1234"'),
    (inline, text(IAM, IAM), "POLICY-SID", 'Sid: statements 1 and 2 are all "Read"'),
    (inline, text(but(IAM, Condition={"NumericEquals": {"kms:RotationPeriodInDays": "ninety"}})), "POLICY-CONDITION",
     'statement 1 ("Read"), Condition: NumericEquals kms:RotationPeriodInDays cannot read its value in '
     '{"NumericEquals": {"kms:RotationPeriodInDays": "ninety"}}'),
    (inline, text(READ), "POLICY-PRINCIPAL",
     f'statement 1 ("Read"), Principal: {json.dumps(READ["Principal"])}'),
    (managed, text(IAM, Version="2008-10-17"), "POLICY-VERSION", "Version: it is missing, or the older one"),
    (managed, text(but(IAM, Action=None, NotAction="Decrypt")), "POLICY-ACTION",
     'statement 1 ("Read"), NotAction: "Decrypt" has no service before it'),
    (trust, text(but(TRUST, Resource="*")), "POLICY-RESOURCE", 'statement 1, Resource: "*"'),
    (trust, text(but(TRUST, Principal={"AWS": GHOST})), "POLICY-PRINCIPAL-ABSENT",
     f"statement 1, Principal: {GHOST} does not exist"),
    (session, text(but(IAM, Resource="bucket")), "POLICY-RESOURCE", 'statement 1 ("Read"), Resource: "bucket"'),
    (control(SCP), text(but(ONLY_DENY, Sid="No")), "POLICY-PRINCIPAL", 'statement 1 ("No"), Principal: "*"'),
    (control(RCP), text(but(ONLY_DENY, Principal={"AWS": OWNER})), "POLICY-PRINCIPAL",
     f'statement 1, Principal: {{"AWS": "{OWNER}"}}'),
    (control(RCP), text(ONLY_DENY, but(ONLY_DENY, Effect="Allow")), "POLICY-EFFECT", 'statement 2, Effect: "Allow"'),
    (control(RCP), text(but(ONLY_DENY, Action="ec2:RunInstances")), "POLICY-ACTION",
     'statement 1, Action: "ec2:RunInstances"'),
    (key, text(but(ANY, Principal={"AWS": GHOST})), "KMS-POLICY-PRINCIPAL",
     f'statement 1 ("Read"), Principal: {GHOST} does not exist'),
    (key, text(ANY, but(ANY, Sid="B", Effect="Maybe")), "KMS-POLICY-MALFORMED", 'statement 2 ("B"), Effect: "Maybe"'),
    (key, text(but(ANY, Condition={"StringEquals": {"kms:ResourceAliases": "alias/a"}})), "KMS-POLICY-CONDITION-KEY",
     'statement 1 ("Read"), Condition: StringEquals kms:ResourceAliases'),
]  # fmt: skip


@pytest.mark.parametrize(("put", "document", "cause", "told"), WRONG, ids=lambda each: getattr(each, "__name__", ""))
def test_the_statement_the_element_and_the_value_at_fault_are_told(owner, put, document, cause, told):
    if put is bucket:
        owner.client("s3").create_bucket(Bucket="bucket")
    made = assert_refused(lambda: put(owner, document), cause=cause)
    assert made.history == (told,)
    assert made.remedies
    text = made.explain()
    assert f"  at fault  {made.names.within(told)}" in text
    assert f"  To do: {made.remedies[0]}" in text


def test_every_statement_that_is_wrong_is_told_though_the_service_tells_of_one(owner):
    document = text(but(IAM, Resource="key"), but(IAM, Sid="B"), but(IAM, Sid="C", Action="Decrypt"))
    made = assert_refused(lambda: managed(owner, document), cause="POLICY-RESOURCE")
    assert made.history == (
        'statement 1 ("Read"), Resource: "key"',
        'statement 3 ("C"), Action: "Decrypt" has no service before it',
    )


def test_who_was_missing_then_is_told_though_he_was_made_since(owner):
    owner.client("s3").create_bucket(Bucket="bucket")
    made = assert_refused(lambda: bucket(owner, text(READ, but(READ, Principal={"AWS": GHOST}))))
    owner.role("ghost")
    assert made.history == (f'statement 2 ("Read"), Principal: {GHOST} does not exist',)


@pytest.mark.parametrize(
    ("put", "document", "told"),
    [
        (managed, padded(ALLOW, 6_145), "it has 6,145 characters, without white space, of 6,144"),
        (inline, padded(ALLOW, 2_049), "it has 2,049 characters, without white space, of 2,048"),
        (bucket, text(but(READ, Sid="s" * 20_480)), "it has 20,"),
    ],
)
def test_a_document_that_is_too_long_says_by_how_much(owner, put, document, told):
    if put is bucket:
        owner.client("s3").create_bucket(Bucket="bucket")
    made = assert_refused(lambda: put(owner, document), cause="POLICY-SIZE")
    assert made.history[0].startswith(told)


def reasons():
    """The reason of every mistake that is written out in the product."""
    for path in files().values():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Mistake":
                assert isinstance(node.args[0], ast.Constant), path
                yield node.args[0].value


def test_every_mistake_that_a_document_may_have_has_a_cause_and_something_to_do():
    assert set(reasons()) == set(BY_REASON)
    assert all(row.words and row.cause.remedies for row in BY_REASON.values())


def test_a_document_in_a_template_is_told_of_as_that_of_a_call(aws_world, owner):
    wrong = but(IAM, Sid="Key", Resource="key/1234")
    body = template(
        Policy={"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": json.loads(text(wrong))}}
    )
    owner.client("cloudformation").create_stack(StackName="stack", TemplateBody=body)
    (made,) = [each for each in aws_world.refusals if each.late is not None]
    assert (made.operation, made.cause, made.late.about) == ("CreateStack", "POLICY-RESOURCE", "stack")
    assert made.history == ('statement 1 ("Key"), Resource: "key/1234"',)
