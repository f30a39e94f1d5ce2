"""What a service's own call of KMS does not have of the request that caused it.

"AWS global condition context keys" and "Forward access sessions" in the IAM user guide: the network that the caller came
through (VPC, endpoint, private address) is that of his own request, and not of the service's.
"""

import json

import pytest

from tests.support.claims import refused
from tests.support.policies import key_policy, message, root

pytestmark = pytest.mark.evidence(
    "documented", '"AWS global condition context keys" and "Forward access sessions" (IAM user guide)'
)

OWNER = "111111111111"
NETWORK = {
    "aws:SourceVpc": "vpc-11111111",
    "aws:SourceVpcArn": f"arn:aws:ec2:us-east-1:{OWNER}:vpc/vpc-11111111",
    "aws:SourceVpce": "vpce-11111111",
    "aws:VpcSourceIp": "10.0.0.1",
    "aws:VpceAccount": OWNER,
    "aws:VpceOrgID": "o-1111111111",
    "aws:VpceOrgPaths": ["o-1111111111/r-1111/"],
}


def key_that_demands(kms, condition):
    """A key whose policy denies everything cryptographic without a condition."""
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt", "kms:Encrypt"],
        "Resource": "*",
        "Condition": condition,
    }
    return kms.create_key(Policy=key_policy(statement, account=OWNER))["KeyMetadata"]["Arn"]


def explicitly_denied(action, key):
    """What the root user is told of it."""
    return message(root(OWNER), action, f"on resource: {key}", "with an explicit deny in a resource-based policy")


@pytest.mark.parametrize("name", NETWORK)
def test_s3_does_not_carry_the_network_of_its_caller_to_kms(owner, name):
    session = owner.root.session(context={name: NETWORK[name]})
    key = key_that_demands(owner.client("kms"), {"Null": {name: "true"}})
    owner.client("s3").create_bucket(Bucket="bucket")
    assert session.client("kms").encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
    with refused("AccessDenied", explicitly_denied("kms:GenerateDataKey", key), 403):
        session.client("s3").put_object(
            Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
        )


@pytest.mark.parametrize("name", NETWORK)
def test_nor_is_it_what_a_test_sets_for_all_requests(aws_world, owner, name):
    key = key_that_demands(owner.client("kms"), {"Null": {name: "true"}})
    sqs = owner.client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    with aws_world.request_context(**{name: NETWORK[name]}):
        assert owner.client("kms").encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
        with refused("KMS.AccessDeniedException"):
            sqs.send_message(QueueUrl=url, MessageBody="x")


def test_a_key_that_is_kept_from_an_endpoint_may_be_used_through_a_service(owner):
    session = owner.root.session(context={"aws:SourceVpce": "vpce-11111111"})
    key = key_that_demands(owner.client("kms"), {"StringEquals": {"aws:SourceVpce": "vpce-11111111"}})
    owner.client("s3").create_bucket(Bucket="bucket")
    s3 = session.client("s3")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    shown = s3.get_object(Bucket="bucket", Key="k")
    assert (shown["SSEKMSKeyId"], shown["Body"].read()) == (key, b"x")
    with refused("AccessDeniedException", explicitly_denied("kms:Encrypt", key)):
        session.client("kms").encrypt(KeyId=key, Plaintext=b"x")


def test_what_the_caller_is_goes_along(owner):
    """The other half of a forward access session: the principal and what his credentials say about him."""
    session = owner.root.session(context={"aws:SourceIdentity": "alice"})
    key = key_that_demands(owner.client("kms"), {"StringNotEquals": {"aws:SourceIdentity": "alice"}})
    owner.client("s3").create_bucket(Bucket="bucket")
    s3 = session.client("s3")
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    shown = s3.get_object(Bucket="bucket", Key="k")
    assert (shown["SSEKMSKeyId"], shown["Body"].read()) == (key, b"x")
    with refused("AccessDenied", explicitly_denied("kms:GenerateDataKey", key), 403):
        owner.client("s3").put_object(
            Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
        )


FOR_THE_CALLER = {**NETWORK, "aws:SourceIp": "203.0.113.1", "aws:SourceIdentity": "alice"}


@pytest.mark.parametrize("name", FOR_THE_CALLER)
def test_a_service_that_acts_for_itself_has_nothing_of_anybodys_request(aws_world, owner, name):
    """SNS delivers to an encrypted queue as sns.amazonaws.com: there is no caller whose network it could be."""
    service = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
        "Condition": {"Null": {name: "true"}},
    }
    key = owner.client("kms").create_key(Policy=key_policy(service, account=OWNER))["KeyMetadata"]["Arn"]
    sqs, sns = owner.client("sqs"), owner.client("sns")
    queue = f"arn:aws:sqs:us-east-1:{OWNER}:q"
    open_ = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue}
    url = sqs.create_queue(
        QueueName="q",
        Attributes={"KmsMasterKeyId": key, "Policy": json.dumps({"Version": "2012-10-17", "Statement": [open_]})},
    )["QueueUrl"]
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    with aws_world.request_context(**{name: FOR_THE_CALLER[name]}):
        sns.publish(TopicArn=topic, Message="hello")
    assert len(sqs.receive_message(QueueUrl=url).get("Messages", [])) == 1
