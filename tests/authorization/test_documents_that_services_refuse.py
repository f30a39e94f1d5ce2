"""What other services refuse to store: policies of buckets, queues, topics, secrets, VPC endpoints and organizations.

Sources of the words are public reports of AWS's answers: versity/versitygw issues 645, 647-650, 1176, 1536,
aws/aws-cli 2779, hashicorp/terraform 28688, noobaa/noobaa-core 10058 (buckets); hashicorp/terraform-provider-aws 42209
(queues); aws/serverless-application-model 1591, aws/aws-cli 3143 (topics); awsdocs/aws-cloudformation-user-guide 623
(secrets); hashicorp/terraform-provider-aws 42291 (endpoints); org-formation/org-formation-cli 225 (organizations).
"""

import json

import pytest

from tests.support.claims import OWNER, refused
from tests.support.documents import but, text

pytestmark = pytest.mark.evidence("reported", "public reports of each service's refusal, named in the module")

DEEP = "[" * 5000
ACCOUNT = f"arn:aws:iam::{OWNER}:root"

# --- buckets --------------------------------------------------------------------------------------------------------

READ = {
    "Effect": "Allow",
    "Principal": {"AWS": ACCOUNT},
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::bucket/*",
}
FIRST_BYTE = "Policies must be valid JSON and the first byte must be '{'"
RESOURCE = "Policy has invalid resource"
ACTION = "Policy has invalid action"
NOTHING = "Action does not apply to any resource(s) in statement"
BUCKET = [
    ("null", FIRST_BYTE),
    (DEEP, FIRST_BYTE),
    ("policy.json", FIRST_BYTE),
    ("[]", FIRST_BYTE),
    ("{", FIRST_BYTE),
    ('{"a": ' * 2000, FIRST_BYTE),
    (text(), "Could not parse the policy: Statement is empty!"),
    (text(READ, Statement=None), "Missing required field Statement"),
    (text(READ, Version="2013-01-01"), "The policy must contain a valid version string"),
    (text(READ, Comment="x"), "Unknown field Comment"),
    (text(but(READ, Actions="s3:*")), "Unknown field Actions"),
    (text(but(READ, Effect=None)), "Missing required field Effect"),
    (text(but(READ, Effect="Maybe")), "Invalid effect: Maybe"),
    (text(but(READ, Principal=None)), "Missing required field Principal"),
    (text(but(READ, Principal="alice")), "Invalid principal in policy"),
    (text(but(READ, Principal={"AWS": "alice"})), "Invalid principal in policy"),
    (text(but(READ, Principal={"AWS": f"arn:aws:iam::{OWNER}:role/ghost"})), "Invalid principal in policy"),
    (text(but(READ, Principal={"Service": "cloudtrail"})), "Invalid principal in policy"),
    (text(but(READ, Principal={"AWS": "arn:aws:iam::*:root"})), "Invalid principal in policy"),
    (text(but(READ, Action=None)), "Missing required field Action"),
    (text(but(READ, Action="ec2:*")), ACTION),
    (text(but(READ, Action="GetObject")), ACTION),
    (text(but(READ, Action="s3:GetObjekt")), ACTION),
    (text(but(READ, Resource=None)), "Missing required field Resource"),
    (text(but(READ, Resource="*")), RESOURCE),
    (text(but(READ, Resource="bucket/*")), RESOURCE),
    (text(but(READ, Resource="arn:aws:s3:::other/*")), RESOURCE),
    (text(but(READ, Resource=["arn:aws:s3:::bucket/*", "arn:aws:s3:::other/*"])), RESOURCE),
    (text(but(READ, Resource="arn:aws:s3:::bucket")), NOTHING),
    (text(but(READ, Action="s3:ListBucket")), NOTHING),
    (text(but(READ, Sid={"a": 1})), None),
    (text(READ, Id=["a"]), None),
    (text(but(READ, Condition={"StringIs": {"aws:userid": "x"}})), None),
    (text(but(READ, Condition={"IpAddress": {"aws:SourceIp": "10.0.0.300"}})), None),
]


@pytest.fixture
def s3(owner):
    client = owner.client("s3")
    client.create_bucket(Bucket="bucket")
    return client


def test_bucket_policies_are_read_before_they_are_stored(s3):
    for document, message in BUCKET:
        with refused("MalformedPolicy", message):
            s3.put_bucket_policy(Bucket="bucket", Policy=document)
    with refused("NoSuchBucketPolicy", status=404):
        s3.get_bucket_policy(Bucket="bucket")


@pytest.mark.parametrize(
    "statement",
    [
        READ,
        but(READ, Sid="with space"),
        but(READ, Principal="*"),
        but(READ, Principal={"AWS": "*"}),
        but(READ, Principal={"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
        but(READ, Principal={"Service": "cloudtrail.amazonaws.com"}, Action="s3:PutObject"),
        but(READ, Principal={"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}),
        but(READ, Principal=None, NotPrincipal={"AWS": OWNER}, Effect="Deny"),
        but(READ, Action="s3:*", Resource=["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]),
        but(READ, Action="*", Resource="arn:aws:s3:::bucket"),
        but(READ, Action=["s3:Get*", "s3:List*"], Resource="arn:aws:s3:::bucket*"),
        but(
            READ, Action=["s3:GetObject", "s3:ListBucket"], Resource=["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/a/*"]
        ),
        but(READ, Action="S3:GETOBJECT"),
        but(
            READ,
            Action=None,
            NotAction="s3:GetObject",
            Resource=None,
            NotResource="arn:aws:s3:::bucket/a",
            Effect="Deny",
        ),
    ],
)
def test_bucket_policies_that_are_right_are_stored(s3, statement):
    s3.put_bucket_policy(Bucket="bucket", Policy=text(statement))
    assert json.loads(s3.get_bucket_policy(Bucket="bucket")["Policy"])["Statement"]


def test_a_bucket_policy_has_a_size(s3):
    # "Bucket policies and user policies" in the S3 user guide: 20 KB
    s3.put_bucket_policy(Bucket="bucket", Policy=text(but(READ, Sid="s" * 20_000)))
    with refused("PolicyTooLarge"):
        s3.put_bucket_policy(Bucket="bucket", Policy=text(but(READ, Sid="s" * 20_480)))


# --- queues, topics, secrets, endpoints: one sentence for nearly everything -----------------------------------------

QUEUE = f"arn:aws:sqs:us-east-1:{OWNER}:q"
SEND = {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "sqs:SendMessage", "Resource": QUEUE}
TOPIC = f"arn:aws:sns:us-east-1:{OWNER}:t"
PUBLISH = {"Effect": "Allow", "Principal": {"AWS": OWNER}, "Action": "sns:Publish", "Resource": TOPIC}
SECRET = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
ENDPOINT = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def wrong(statement):
    """Documents that nobody takes."""
    return [
        "{",
        "null",
        "[]",
        DEEP,
        "policy.json",
        text(),
        text(statement, Statement=None),
        text(statement, Version="2013-01-01"),
        text(but(statement, Effect="Maybe")),
        text(but(statement, Effect=None)),
        text(but(statement, Principal=None)),
        text(but(statement, Action=None)),
        text(but(statement, Action={"a": 1})),
        text(but(statement, Actions="*")),
        text(but(statement, Sid={"a": 1})),
        text(but(statement, Condition={"StringIs": {"aws:userid": "x"}})),
    ]


def test_queue_policies_are_read_before_they_are_stored(owner):
    sqs = owner.client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"Policy": text(SEND)})["QueueUrl"]
    bad = [*wrong(SEND), text(but(SEND, Principal={"AWS": "alice"})), text(but(SEND, Action="s3:GetObject"))]
    for document in bad:
        with refused("InvalidAttributeValue", "Invalid value for the parameter Policy."):
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
        with refused("InvalidAttributeValue", "Invalid value for the parameter Policy."):
            sqs.create_queue(QueueName="other", Attributes={"Policy": document})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"] == text(SEND)
    assert sqs.list_queues()["QueueUrls"] == [url]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])


@pytest.mark.parametrize(
    "statement", [SEND, but(SEND, Action="SQS:SendMessage"), but(SEND, Action="sqs:*"), but(SEND, Principal="*"),
                  but(SEND, Principal={"Service": "sns.amazonaws.com"}), but(SEND, Resource="*")]
)  # fmt: skip
def test_queue_policies_that_are_right_are_stored(owner, statement):
    sqs = owner.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text(statement)})


def test_topic_policies_are_read_before_they_are_stored(owner):
    sns = owner.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    before = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    for document in wrong(PUBLISH):
        with refused("InvalidParameter", "Invalid parameter: Policy Error: null"):
            sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document)
        with refused("InvalidParameter", "Invalid parameter: Policy Error: null"):
            sns.create_topic(Name="other", Attributes={"Policy": document})
    for action in ("sns:CreateTopic", "sns:Pubish", "sqs:SendMessage"):
        with refused("InvalidParameter", "Invalid parameter: Policy statement action out of service scope!"):
            sns.set_topic_attributes(
                TopicArn=topic, AttributeName="Policy", AttributeValue=text(but(PUBLISH, Action=action))
            )
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"] == before
    assert [each["TopicArn"] for each in sns.list_topics()["Topics"]] == [topic]
    for action in ("sns:Publish", "SNS:Publish", ["sns:Subscribe", "sns:SetTopicAttributes"], "sns:*"):
        sns.set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=text(but(PUBLISH, Action=action))
        )


def test_policies_of_secrets_are_read_before_they_are_stored(owner):
    client = owner.client("secretsmanager")
    client.create_secret(Name="s", SecretString="x")
    for document in wrong(SECRET):
        with refused("MalformedPolicyDocumentException", "This policy has invalid syntax."):
            client.put_resource_policy(SecretId="s", ResourcePolicy=document)
    with refused("MalformedPolicyDocumentException", "This resource policy contains an unsupported principal."):
        client.put_resource_policy(
            SecretId="s", ResourcePolicy=text(but(SECRET, Principal={"AWS": f"arn:aws:iam::{OWNER}:role/ghost"}))
        )
    assert "ResourcePolicy" not in client.get_resource_policy(SecretId="s")
    client.put_resource_policy(SecretId="s", ResourcePolicy=text(SECRET))
    assert json.loads(client.get_resource_policy(SecretId="s")["ResourcePolicy"])["Statement"] == [SECRET]


def test_policies_of_endpoints_are_read_before_they_are_stored(owner):
    ec2 = owner.client("ec2")
    where = {"VpcId": ec2.describe_vpcs()["Vpcs"][0]["VpcId"], "ServiceName": "com.amazonaws.us-east-1.s3"}
    for document in wrong(ENDPOINT):
        with refused("InvalidPolicyDocument") as refusal:
            ec2.create_vpc_endpoint(**where, PolicyDocument=document)
        assert refusal.response["Error"]["Message"].startswith("The Policy Document is not valid.")
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    made = ec2.create_vpc_endpoint(**where, PolicyDocument=text(ENDPOINT))["VpcEndpoint"]["VpcEndpointId"]
    with refused("InvalidPolicyDocument"):
        ec2.modify_vpc_endpoint(VpcEndpointId=made, PolicyDocument="{")
    ec2.modify_vpc_endpoint(VpcEndpointId=made, PolicyDocument=text(ENDPOINT, Version=None))


# --- organizations --------------------------------------------------------------------------------------------------

REQUIREMENTS = "The provided policy document does not meet the requirements of the specified policy type."
SCP = {"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Resource": "*"}
RCP = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
CONTROL = {
    # "SCP syntax", "RCP syntax" in the Organizations user guide
    "SERVICE_CONTROL_POLICY": (
        SCP,
        [
            but(SCP, Principal="*"),
            but(SCP, Action=None),
            but(SCP, Resource=None),
            but(SCP, Effect="deny"),
            but(SCP, Resource="key"),
            but(SCP, Actions="*"),
        ],
        [SCP, but(SCP, Effect="Allow", Action="*"), but(SCP, Action=None, NotAction="iam:*")],
    ),
    "RESOURCE_CONTROL_POLICY": (
        RCP,
        [
            but(RCP, Principal=None),
            but(RCP, Principal={"AWS": OWNER}),
            but(RCP, Effect="Allow"),
            but(RCP, Action="*"),
            but(RCP, Action="ec2:RunInstances"),
            but(RCP, Action=None, NotAction="s3:GetObject"),
            but(RCP, Resource=None),
        ],
        [
            RCP,
            but(RCP, Action=["kms:*", "sts:AssumeRole", "sqs:*", "secretsmanager:GetSecretValue"]),
            but(RCP, Principal={"AWS": "*"}),
            but(RCP, Resource=None, NotResource="arn:aws:s3:::bucket"),
        ],
    ),
}


@pytest.mark.parametrize("kind", CONTROL)
def test_control_policies_are_read_before_they_are_stored(owner, kind):
    statement, bad, good = CONTROL[kind]
    client = owner.client("organizations")
    client.create_organization(FeatureSet="ALL")
    before = len(client.list_policies(Filter=kind)["Policies"])
    made = client.create_policy(Content=text(statement), Description="", Name="right", Type=kind)["Policy"]
    policy_id = made["PolicySummary"]["Id"]
    whole = [each for each in wrong(statement) if "Principal" in each or kind == "RESOURCE_CONTROL_POLICY"]
    for document in [*whole, "{", "null", text(), *map(text, bad)]:
        with refused("MalformedPolicyDocumentException", REQUIREMENTS):
            client.create_policy(Content=document, Description="", Name="wrong", Type=kind)
        with refused("MalformedPolicyDocumentException", REQUIREMENTS):
            client.update_policy(PolicyId=policy_id, Content=document)
    assert client.describe_policy(PolicyId=policy_id)["Policy"]["Content"] == text(statement)
    assert len(client.list_policies(Filter=kind)["Policies"]) == before + 1
    for number, each in enumerate(good):
        client.create_policy(Content=text(each), Description="", Name=f"right-{number}", Type=kind)


# --- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        text(but(ENDPOINT, Sid={"a": 1})),
        text(but(ENDPOINT, Sid=7)),
        text(ENDPOINT, Id={"a": 1}),
        '{"Version": "2012-10-17", "Id": ' + "[" * 340 + "]" * 340 + ', "Statement": []}',
        "[" * 5000,
    ],
)
def test_ids_of_key_policies_are_texts(kms, key, document):
    before = kms.get_key_policy(KeyId=key)["Policy"]
    with refused("MalformedPolicyDocumentException"):
        kms.put_key_policy(KeyId=key, Policy=document)
    with refused("MalformedPolicyDocumentException"):
        kms.create_key(Policy=document)
    assert kms.get_key_policy(KeyId=key)["Policy"] == before
