"""Every kind of policy that a suite uses is counted, and is called by the file and line that wrote it."""

import json
import re
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError

from tests.support.claims import OTHER, OWNER, allow, policy
from tests.support.organization import RCP, SCP, Organization
from tests.support.policies import assume, encrypt, key_policy, make_key, root, signing, trust, use

USED = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
SPARE = {"Sid": "Spare", "Effect": "Deny", "Action": "kms:Verify", "Resource": "*"}
TWO = policy(USED, SPARE)


def key(account):
    spare = {**use("*", "kms:Verify", effect="Deny"), "Sid": "Spare"}
    arn = account.client("kms").create_key(Policy=key_policy(spare))["KeyMetadata"]["Arn"]
    encrypt(account.client("kms"), arn)


def inline(account):
    account.user("u", [TWO]).client("kms").list_keys()


def managed(account):
    made = account.client("iam").create_policy(PolicyName="m", PolicyDocument=json.dumps(TWO))
    account.user("u", [made["Policy"]["Arn"]]).client("kms").list_keys()


def boundary(account):
    account.user("u", [allow("*")], boundary=TWO).client("kms").list_keys()


def session(account):
    role = account.role("r", [allow("*")])
    sts = account.user("s", [allow("sts:*")]).client("sts")
    signing(assume(sts, role, Policy=json.dumps(TWO))).list_keys()


def trusting(account):
    spare = {"Sid": "Spare", "Effect": "Deny", "Principal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}
    first = trust({"AWS": account.id})["Statement"][0]
    role = account.role("r", trust=policy(first, spare))
    assume(account.user("s", [allow("sts:*")]).client("sts"), role)


def on(arn, action, *more):
    """The policy of a resource: what is used, and what is not."""
    open_ = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": arn}
    return json.dumps(policy(open_, {**open_, "Effect": "Deny", "Sid": "Spare", "Action": list(more)}))


def encrypted(account):
    """A key that everybody of the account may use: services whose data it encrypts look at their own policies, too."""
    open_ = use("*", ["kms:GenerateDataKey", "kms:Decrypt"])
    return account.client("kms").create_key(Policy=key_policy(open_))["KeyMetadata"]["Arn"]


def bucket(account):
    s3 = account.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_bucket_policy(Bucket="bucket", Policy=on("arn:aws:s3:::bucket/*", "s3:GetObject", "s3:DeleteObject"))
    with suppress(ClientError):
        account.user("u").client("s3").get_object(Bucket="bucket", Key="k")


def queue(account):
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": encrypted(account)})["QueueUrl"]
    text = on(f"arn:aws:sqs:us-east-1:{account.id}:q", "sqs:SendMessage", "sqs:ReceiveMessage")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})
    account.user("u").client("sqs").send_message(QueueUrl=url, MessageBody="x")


def topic(account):
    sns = account.client("sns")
    arn = sns.create_topic(Name="t", Attributes={"KmsMasterKeyId": encrypted(account)})["TopicArn"]
    sns.set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=on(arn, "SNS:Publish", "SNS:Subscribe")
    )
    account.user("u").client("sns").publish(TopicArn=arn, Message="x")


def secret(account):
    client = account.client("secretsmanager")
    arn = client.create_secret(Name="s", SecretString="x")["ARN"]
    text = on("*", "secretsmanager:GetSecretValue", "secretsmanager:DeleteSecret")
    client.put_resource_policy(SecretId=arn, ResourcePolicy=text)
    account.user("u", [allow("kms:*")]).client("secretsmanager").get_secret_value(SecretId=arn)


KINDS = {
    "key": (key, "key policy"),
    "inline": (inline, 'inline policy "policy-1"'),
    "managed": (managed, 'managed policy "m"'),
    "boundary": (boundary, 'managed policy "u-boundary"'),
    "session": (session, "session policy"),
    "trust": (trusting, "trust policy"),
    "bucket": (bucket, "bucket policy"),
    "queue": (queue, "queue policy"),
    "topic": (topic, "topic policy"),
    "secret": (secret, "secret policy"),
}


@pytest.mark.kmsmock(enforce_iam="all")  # so that SQS and SNS ask the policies of queues and topics
@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_is_counted_and_called_by_the_line_that_wrote_it(aws_world, kind):
    write, title = KINDS[kind]
    write(aws_world.account(OWNER))
    found = next(each for each in aws_world.policy_coverage() if "Spare" in str(each.document))
    wrote = "tests/support/policies.py" if kind == "session" else "tests/policy_coverage/test_kinds.py"
    assert re.fullmatch(rf"{re.escape(wrote)}:\d+ {re.escape(title)}", found.title)
    *used, spare = found.statements
    assert [each.state for each in used] == ["allowed"] * len(used)
    assert (spare.label, spare.state, spare.unmatched > 0) == ('"Spare"', "not matched", True)
    assert found.percent == 100 * len(used) / (len(used) + 1)


@pytest.mark.parametrize(("kind", "word"), [(SCP, "service"), (RCP, "resource")])
def test_control_policies_are_counted(aws_world, kind, word):
    organization = Organization(aws_world, OTHER)
    everybody = {"Principal": "*"} if kind == RCP else {}
    organization.client.enable_policy_type(RootId=organization.root, PolicyType=kind)
    organization.attach(
        "account",
        policy({**SPARE, **everybody}, {**SPARE, **everybody, "Sid": "Encrypt", "Action": "kms:Encrypt"}),
        kind,
    )
    kms = organization.member.client("kms")
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    caller = organization.member.user("u", [allow("kms:*")]).client("kms")
    with suppress(ClientError):
        encrypt(caller, arn)
    [found] = aws_world.policy_coverage().where(kind=kind)
    assert found.title.endswith(f'{word} control policy "policy-1"')
    assert [each.state for each in found.statements] == ["not matched", "denied"]


def test_policies_of_vpc_endpoints_are_counted(aws_world):
    account = aws_world.account(OWNER)
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    text = json.dumps(policy({**USED, "Principal": "*"}, {**SPARE, "Principal": "*"}))
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.kms", PolicyDocument=text)
    with aws_world.request_context(**{"aws:SourceVpce": made["VpcEndpoint"]["VpcEndpointId"]}):
        account.client("kms").list_keys()
    [found] = aws_world.policy_coverage().where(kind="endpoint")
    assert found.title.endswith("VPC endpoint policy")
    assert [each.state for each in found.statements] == ["allowed", "not matched"]


def test_grants_are_counted_with_their_operations_and_constraints(aws_world):
    account = aws_world.account(OWNER)
    kms, app = account.client("kms"), account.role("app")
    arn = make_key(kms)
    kms.create_grant(
        KeyId=arn,
        GranteePrincipal=app.arn,
        Operations=["Encrypt", "Decrypt"],
        Constraints={"EncryptionContextSubset": {"a": "b"}},
    )
    encrypt(app.client("kms"), arn, EncryptionContext={"a": "b"})
    with suppress(ClientError):
        encrypt(app.client("kms"), arn, EncryptionContext={"a": "c"})
    [found] = aws_world.policy_coverage().where(kind="grant")
    [statement] = found.statements
    assert (statement.state, statement.allowed, statement.unmatched) == ("allowed", 1, 1)
    assert {(each.element, str(each.value)): each.exercised for each in statement.parts} == {
        ("GranteePrincipal", app.arn): True,
        ("Operations", "Encrypt"): True,
        ("Operations", "Decrypt"): False,
        ("Constraints", str({"EncryptionContextSubset": {"a": "b"}})): True,
    }


def test_what_aws_makes_is_left_out_unless_it_is_asked_for(aws_world):
    account = aws_world.account(OWNER)
    arn = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    reader = account.user("u", ["arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"])
    reader.client("kms").list_aliases()
    with suppress(ClientError):
        encrypt(reader.client("kms"), arn)
    account.client("s3").create_bucket(Bucket="bucket")
    account.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms")
    assert list(aws_world.policy_coverage()) == []
    assert str(aws_world.policy_coverage()) == "No policies were used."
    with_all = {each.title.partition(" of ")[0] for each in aws_world.policy_coverage(aws_made=True)}
    assert with_all == {"key policy", 'managed policy "AWSKeyManagementServicePowerUser"'}


def test_a_default_policy_that_a_test_writes_is_its_own(aws_world):
    account = aws_world.account(OWNER)
    kms = account.client("kms")
    text = kms.get_key_policy(KeyId=kms.create_key()["KeyMetadata"]["Arn"])["Policy"]
    kms.describe_key(KeyId=kms.create_key(Policy=text)["KeyMetadata"]["Arn"])
    assert [each.name for each in aws_world.policy_coverage()] == ["key-default-1"]


def test_the_trust_policy_that_a_helper_makes_is_nobodys(aws_world):
    account = aws_world.account(OWNER)
    account.role("r")
    account.role("f", trust="lambda.amazonaws.com")
    assert aws_world.policy_coverage() == []


def test_a_policy_in_a_file_is_called_by_its_place_there(aws_world, tmp_path):
    file = tmp_path / "app.json"
    file.write_text(json.dumps(TWO, indent=2), encoding="utf-8")
    aws_world.account(OWNER).user("u", [file]).client("kms").list_keys()
    [found] = aws_world.policy_coverage()
    assert found.places == (f"{file}:4",)


def test_a_policy_in_a_template_is_called_by_the_file_and_the_resource(aws_world, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": "app",
            "AssumeRolePolicyDocument": trust({"Service": "lambda.amazonaws.com"}),
            "Policies": [{"PolicyName": "p", "PolicyDocument": TWO}],
        },
    }
    key_ = {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": json.loads(key_policy(use(root(OTHER))))}}
    text = json.dumps({"Resources": {"AppRole": role, "AppKey": key_}})
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "app.json").write_text(text, encoding="utf-8")
    account = aws_world.account(OWNER)
    account.client("cloudformation").create_stack(
        StackName="s", TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    assert {each.title for each in aws_world.policy_coverage()} == {
        "stacks/app.json:AppKey key policy",
        "stacks/app.json:AppRole trust policy",
        'stacks/app.json:AppRole inline policy "p"',
    }


def test_a_template_that_is_in_no_file_is_called_by_the_line_that_made_the_stack(aws_world):
    text = json.dumps(
        {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": json.loads(key_policy())}}}}
    )
    aws_world.account(OWNER).client("cloudformation").create_stack(StackName="s", TemplateBody=text)
    [found] = aws_world.policy_coverage()
    assert found.title.startswith("tests/policy_coverage/test_kinds.py:")
    assert found.title.endswith(":Key key policy")
