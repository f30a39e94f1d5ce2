"""Every partition of botocore: its Regions, ARNs, identities and keys are its own.

"Amazon Resource Names (ARNs)" in the IAM user guide; "Endpoints and ARNs for AWS in China", "ARNs in GovCloud".
"""

import json
from contextlib import contextmanager

import boto3
import botocore.session
import pytest

import kmsmock
from kmsmock import scenarios
from kmsmock.wire import regions
from tests.support.claims import allow, refused
from tests.support.policies import key_policy, trust_document

pytestmark = pytest.mark.evidence(
    "documented",
    '"Amazon Resource Names (ARNs)" (IAM user guide), the guides for China and GovCloud, botocore\'s partitions',
)

A, B = "111111111111", "222222222222"


def _partitions():
    session = botocore.session.get_session()
    for partition in session.get_available_partitions():
        found = session.get_available_regions("kms", partition)
        if found:  # an older botocore has no services in the newest partitions yet
            yield partition, "us-east-1" if "us-east-1" in found else found[0]


PARTITIONS = sorted(_partitions())
everywhere = pytest.mark.parametrize(("partition", "region"), PARTITIONS, ids=[each[0] for each in PARTITIONS])


@contextmanager
def world_in(region, **options):
    with kmsmock.World(region_name=region, **options) as world:
        yield world


def test_the_name_of_every_region_tells_its_partition():
    session = botocore.session.get_session()
    for partition, _ in PARTITIONS:
        for region in session.get_available_regions("kms", partition):
            assert regions.partition_by_name(region) == partition


# --- who --------------------------------------------------------------------------------------------------------------


@everywhere
def test_everybody_is_of_the_partition_that_he_calls(partition, region):
    with world_in(region) as world:
        account = world.account(A)
        alice, app = account.user("alice", [allow("*")]), account.role("app", [allow("*")])
        arns = {
            f"arn:{partition}:iam::{A}:root": account,
            f"arn:{partition}:iam::{A}:user/alice": alice,
            f"arn:{partition}:sts::{A}:assumed-role/app/kmsmock": app,
        }
        assert account.root.arn == f"arn:{partition}:iam::{A}:root"
        assert app.arn == f"arn:{partition}:iam::{A}:role/app"
        for arn, who in arns.items():
            assert who.client("sts").get_caller_identity()["Arn"] == arn
        assert boto3.client("sts").get_caller_identity()["Arn"] == f"arn:{partition}:iam::123456789012:root"


@everywhere
def test_the_root_user_of_a_world_elsewhere_is_at_home_in_each_partition(partition, region):
    with kmsmock.World() as world:
        seen = world.account(A).client("sts", region).get_caller_identity()["Arn"]
        assert seen == f"arn:{partition}:iam::{A}:root"


@everywhere
def test_roles_are_assumed_by_those_whom_they_trust(partition, region):
    with world_in(region) as world:
        alice = world.account(A).user("alice", [allow("sts:*")])
        role = world.account(B).role("app", [allow("kms:*")], trust=json.loads(trust_document(alice.arn)))
        made = alice.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="ci")
        arn = f"arn:{partition}:sts::{B}:assumed-role/app/ci"
        assert made["AssumedRoleUser"]["Arn"] == arn
        given = made["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region)
        assert session.client("sts").get_caller_identity()["Arn"] == arn
        assert session.client("kms").create_key()["KeyMetadata"]["Arn"].startswith(f"arn:{partition}:kms:{region}:{B}:")
        bob = world.account(A).user("bob", [allow("sts:*")])
        with refused(
            "AccessDenied",
            f"User: arn:{partition}:iam::{A}:user/bob is not authorized to perform: sts:AssumeRole on resource: "
            f"{role.arn}",
            403,
        ):
            bob.client("sts").assume_role(RoleArn=role.arn, RoleSessionName="ci")


@everywhere
def test_federated_users_are_of_the_partition_too(partition, region):
    with world_in(region) as world:
        alice = world.account(A).user("alice", [allow("*")])
        made = alice.client("sts").get_federation_token(Name="bob", Policy=json.dumps(allow("*")))
        assert made["FederatedUser"]["Arn"] == f"arn:{partition}:sts::{A}:federated-user/bob"


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_credentials_of_one_partition_are_worth_nothing_in_another(region):
    """ "IAM users and credentials of one partition cannot be used in another" ("Partitions", AWS Fault Isolation)."""
    with kmsmock.World() as world:
        alice, app = world.account(A).user("alice", [allow("*")]), world.account(A).role("app", [allow("*")])
        for who in (alice, app):
            with refused("UnrecognizedClientException", "The security token included in the request is invalid."):
                who.client("kms", region).list_keys()
            with refused("InvalidClientTokenId", "The security token included in the request is invalid.", 403):
                who.client("sts", region).get_caller_identity()


# --- KMS --------------------------------------------------------------------------------------------------------------


@everywhere
def test_policies_of_users_and_roles_count(partition, region):
    with world_in(region) as world:
        account = world.account(A)
        key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
        assert key.startswith(f"arn:{partition}:kms:{region}:{A}:key/")
        for who in (
            account.user("alice", [allow("kms:Encrypt", key)]),
            account.role("app", [allow("kms:Encrypt", key)]),
        ):
            assert who.client("kms").encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
        nobody = account.user("nobody")
        with refused(
            "AccessDeniedException",
            f"User: arn:{partition}:iam::{A}:user/nobody is not authorized to perform: kms:Encrypt on resource: {key} "
            "because no identity-based policy allows the kms:Encrypt action",
        ):
            nobody.client("kms").encrypt(KeyId=key, Plaintext=b"x")


@everywhere
def test_key_policies_name_principals_of_their_partition(partition, region):
    with world_in(region) as world:
        owner, other = world.account(A), world.account(B)
        alice, app = owner.user("alice"), other.role("app", [allow("kms:*")])
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": [alice.arn, app.arn, B]},
            "Action": "kms:*",
            "Resource": "*",
        }
        policy = key_policy(statement, account=A, partition=partition)
        key = owner.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
        for who in (alice, app, other):
            assert who.client("kms").encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
        shown = owner.client("kms").get_key_policy(KeyId=key)["Policy"]
        assert alice.arn in shown
        default = owner.client("kms").create_key()["KeyMetadata"]["KeyId"]
        assert f'"arn:{partition}:iam::{A}:root"' in owner.client("kms").get_key_policy(KeyId=default)["Policy"]


@pytest.mark.parametrize(("home", "away"), [("us-east-1", "aws-cn"), ("cn-north-1", "aws"), ("us-gov-west-1", "aws")])
def test_a_key_policy_takes_no_principal_of_another_partition(home, away):
    partition = {"us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}[home]
    with world_in(home) as world:
        account = world.account(A)
        account.user("alice")
        for name in (f"arn:{away}:iam::{A}:user/alice", f"arn:{away}:iam::{B}:root"):
            statement = {"Effect": "Allow", "Principal": {"AWS": name}, "Action": "kms:*", "Resource": "*"}
            with refused(
                "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals."
            ):
                account.client("kms").create_key(Policy=key_policy(statement, account=A, partition=partition))


@everywhere
def test_grants_go_to_everybody_of_the_partition(partition, region):
    with world_in(region) as world:
        owner, other = world.account(A), world.account(B)
        kms = owner.client("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        grantees = {
            f"arn:{partition}:iam::{A}:role/app": owner.role("app"),
            f"arn:{partition}:iam::{A}:user/alice": owner.user("alice"),
            f"arn:{partition}:iam::{B}:root": other,
        }
        for arn, who in grantees.items():
            grant = kms.create_grant(KeyId=key, GranteePrincipal=arn, RetiringPrincipal=arn, Operations=["Encrypt"])[
                "GrantId"
            ]
            assert who.client("kms").encrypt(KeyId=key, Plaintext=b"x")["KeyId"] == key
            (entry,) = kms.list_grants(KeyId=key, GranteePrincipal=arn)["Grants"]
            assert (entry["GranteePrincipal"], entry["RetiringPrincipal"]) == (arn, arn)
            assert entry["IssuingAccount"] == f"arn:{partition}:iam::{A}:root"
            kms.revoke_grant(KeyId=key, GrantId=grant)
        with refused("InvalidArnException", status=400):
            elsewhere = "aws" if partition != "aws" else "aws-cn"
            kms.create_grant(KeyId=key, GranteePrincipal=f"arn:{elsewhere}:iam::{A}:role/app", Operations=["Encrypt"])


@everywhere
def test_the_issuing_account_retires_its_grants(partition, region):
    with world_in(region) as world:
        owner = world.account(A)
        kms = owner.client("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        made = kms.create_grant(KeyId=key, GranteePrincipal=owner.role("app").arn, Operations=["Encrypt"])
        kms.retire_grant(KeyId=key, GrantId=made["GrantId"])
        assert kms.list_grants(KeyId=key)["Grants"] == []


@everywhere
def test_keys_of_other_accounts_are_used_through_services(partition, region):
    """S3 with a customer's key of another account, from a role."""
    with world_in(region) as world:
        owner, other = world.account(A), world.account(B)
        app = other.role("app", [allow("*")])
        statement = {"Effect": "Allow", "Principal": {"AWS": app.arn}, "Action": "kms:*", "Resource": "*"}
        policy = key_policy(statement, account=A, partition=partition)
        key = owner.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
        s3 = app.client("s3")
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket="bucket", **where)
        s3.put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
        read = s3.get_object(Bucket="bucket", Key="k")
        assert (read["Body"].read(), read["SSEKMSKeyId"]) == (b"x", key)
        owner.client("kms").disable_key(KeyId=key)
        with refused("KMS.DisabledException", f"{key} is disabled."):
            s3.get_object(Bucket="bucket", Key="k")


@everywhere
def test_bucket_policies_name_principals_of_their_partition(partition, region):
    with world_in(region) as world:
        alice = world.account(B).user("alice", [allow("s3:*")])
        s3 = world.account(A).client("s3")
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket="bucket", **where)
        s3.put_object(Bucket="bucket", Key="k", Body=b"x")
        statement = {"Effect": "Allow", "Principal": {"AWS": alice.arn}, "Action": "s3:GetObject"}
        resource = {"Resource": f"arn:{partition}:s3:::bucket/*"}
        with refused("AccessDenied", "Access Denied", 403):
            alice.client("s3").get_object(Bucket="bucket", Key="k")
        document = {"Version": "2012-10-17", "Statement": [{**statement, **resource}]}
        s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(document))
        assert alice.client("s3").get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"


@everywhere
def test_services_use_their_managed_keys(partition, region):
    with world_in(region) as world:
        app = world.account(A).role("app", [allow("*")])
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        app.client("s3").create_bucket(Bucket="bucket", **where)
        put = app.client("s3").put_object(Bucket="bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms")
        assert put["SSEKMSKeyId"].startswith(f"arn:{partition}:kms:{region}:{A}:key/")
        described = app.client("kms").describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
        assert (described["Arn"], described["KeyManager"]) == (put["SSEKMSKeyId"], "AWS")
        assert app.client("s3").get_object(Bucket="bucket", Key="k")["Body"].read() == b"x"
        with refused("AccessDeniedException"):
            app.client("kms").encrypt(KeyId="alias/aws/s3", Plaintext=b"x")
        aliases = app.client("kms").list_aliases()["Aliases"]
        assert all(each["AliasArn"].startswith(f"arn:{partition}:kms:{region}:{A}:alias/aws/") for each in aliases)


@everywhere
def test_ec2_opens_encrypted_volumes(partition, region):
    with world_in(region) as world:
        app = world.account(A).role("app", [allow("*")])
        ec2 = app.client("ec2")
        key = app.client("kms").create_key()["KeyMetadata"]["Arn"]
        volume = ec2.create_volume(AvailabilityZone=f"{region}a", Size=1, Encrypted=True, KmsKeyId=key)
        assert volume["KmsKeyId"] == key
        image = ec2.register_image(Name="image", RootDeviceName="/dev/xvda")["ImageId"]
        mapping = {"DeviceName": "/dev/xvdb", "Ebs": {"VolumeSize": 1, "Encrypted": True, "KmsKeyId": key}}
        started = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, BlockDeviceMappings=[mapping])
        (instance,) = ec2.describe_instances(InstanceIds=[started["Instances"][0]["InstanceId"]])["Reservations"][0][
            "Instances"
        ]
        assert instance["State"]["Name"] == "running"
        grantees = {each["GranteePrincipal"] for each in app.client("kms").list_grants(KeyId=key)["Grants"]}
        assert grantees == {f"arn:{partition}:sts::{A}:assumed-role/aws:ec2-infrastructure/{instance['InstanceId']}"}


@everywhere
def test_secrets_queues_and_topics_use_keys_of_other_accounts(partition, region):
    with world_in(region) as world:
        owner, other = world.account(A), world.account(B)
        app = other.role("app", [allow("*")])
        statement = {"Effect": "Allow", "Principal": {"AWS": app.arn}, "Action": "kms:*", "Resource": "*"}
        policy = key_policy(statement, account=A, partition=partition)
        key = owner.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
        app.client("secretsmanager").create_secret(Name="s", SecretString="x", KmsKeyId=key)
        assert app.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == "x"
        sqs = app.client("sqs")
        url = sqs.create_queue(QueueName="q", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="x")
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "x"
        topic = app.client("sns").create_topic(Name="t", Attributes={"KmsMasterKeyId": key})["TopicArn"]
        assert app.client("sns").publish(TopicArn=topic, Message="x")["MessageId"]


@everywhere
def test_the_default_keys_of_queues_and_topics_resolve(partition, region):
    with world_in(region) as world:
        app = world.account(A).role("app", [allow("*")])
        for alias in ("alias/aws/sqs", "alias/mine"):
            if alias == "alias/mine":
                made = app.client("kms").create_key()["KeyMetadata"]["KeyId"]
                app.client("kms").create_alias(AliasName=alias, TargetKeyId=made)
            name = alias.rsplit("/", 1)[-1]
            sqs = app.client("sqs")
            url = sqs.create_queue(QueueName=name, Attributes={"KmsMasterKeyId": alias})["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody="x")
            assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "x"
        topic = app.client("sns").create_topic(Name="t", Attributes={"KmsMasterKeyId": "alias/mine"})["TopicArn"]
        assert app.client("sns").publish(TopicArn=topic, Message="x")["MessageId"]


@everywhere
def test_the_policies_of_aws_itself_are_attached(partition, region):
    with world_in(region) as world:
        account = world.account(A)
        reader = account.user("reader")
        arn = f"arn:{partition}:iam::aws:policy/AmazonS3ReadOnlyAccess"
        account.client("iam").attach_user_policy(UserName="reader", PolicyArn=arn)
        assert reader.client("s3").list_buckets()["Buckets"] == []
        attached = account.client("iam").list_attached_user_policies(UserName="reader")["AttachedPolicies"]
        assert attached == [{"PolicyName": "AmazonS3ReadOnlyAccess", "PolicyArn": arn}]


@everywhere
def test_multi_region_keys_stay_in_their_partition(partition, region):
    session = botocore.session.get_session()
    others = [each for each in session.get_available_regions("kms", partition) if each != region]
    with world_in(region) as world:
        kms = world.account(A).client("kms")
        key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
        elsewhere = "cn-north-1" if partition != "aws-cn" else "us-east-1"
        with refused(
            "ValidationException", "The replica key Region must be in the same AWS partition as the primary key Region."
        ):
            kms.replicate_key(KeyId=key, ReplicaRegion=elsewhere)
        for other in others[:1]:
            made = kms.replicate_key(KeyId=key, ReplicaRegion=other)["ReplicaKeyMetadata"]["Arn"]
            assert made.startswith(f"arn:{partition}:kms:{other}:{A}:key/")


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1"])
def test_the_scenarios_are_at_home_in_every_partition(region):
    with world_in(region) as world:
        made = scenarios.image_shared_with_account(world.account(A), world.account(B), region)
        key = world.account(B).client("kms", region).describe_key(KeyId=made.key_arn)["KeyMetadata"]
        assert key["KeyState"] == "Enabled"
