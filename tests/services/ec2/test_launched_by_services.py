"""Instances that other services of moto launch by themselves, after EC2 was used in the world."""

import json

import pytest

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Service": ["batch.amazonaws.com", "elasticmapreduce.amazonaws.com", "ec2.amazonaws.com"]
                },
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.fixture
def ec2(owner):
    client = owner.client("ec2")
    client.describe_volumes()
    return client


@pytest.fixture
def role(owner):
    made = owner.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    owner.client("iam").create_instance_profile(InstanceProfileName="profile")
    owner.client("iam").add_role_to_instance_profile(InstanceProfileName="profile", RoleName="role")
    return made


def run_job_flow(owner):
    return owner.client("emr").run_job_flow(
        Name="cluster",
        ReleaseLabel="emr-6.10.0",
        Instances={
            "InstanceGroups": [
                {"InstanceRole": "MASTER", "InstanceType": "m5.large", "InstanceCount": 1},
                {"InstanceRole": "CORE", "InstanceType": "m5.large", "InstanceCount": 1},
            ],
            "KeepJobFlowAliveWhenNoSteps": True,
        },
        JobFlowRole="profile",
        ServiceRole="role",
        VisibleToAllUsers=True,
    )["JobFlowId"]


def managed_environment(owner, ec2, role):
    subnet = ec2.describe_subnets()["Subnets"][0]
    groups = ec2.describe_security_groups()["SecurityGroups"]
    return owner.client("batch").create_compute_environment(
        computeEnvironmentName="environment",
        type="MANAGED",
        computeResources={
            "type": "EC2",
            "minvCpus": 2,
            "maxvCpus": 4,
            "desiredvCpus": 2,
            "instanceTypes": ["t2.small"],
            "imageId": "ami-12c6146b",
            "subnets": [subnet["SubnetId"]],
            "securityGroupIds": [groups[0]["GroupId"]],
            "instanceRole": f"arn:aws:iam::{owner.id}:instance-profile/profile",
        },
        serviceRole=role,
    )["computeEnvironmentArn"]


def test_emr_launches_its_cluster(owner, ec2, role):
    assert run_job_flow(owner).startswith("j-")
    running = [each for one in ec2.describe_instances()["Reservations"] for each in one["Instances"]]
    assert len(running) == 2


def test_batch_launches_its_environment(owner, ec2, role):
    assert managed_environment(owner, ec2, role).endswith("environment")
    running = [each for one in ec2.describe_instances()["Reservations"] for each in one["Instances"]]
    assert len(running) >= 1


def test_their_disks_are_encrypted_where_that_is_the_default(owner, ec2, kms, role):
    ec2.enable_ebs_encryption_by_default()
    run_job_flow(owner)
    managed_environment(owner, ec2, role)
    managed = kms.describe_key(KeyId="alias/aws/ebs")["KeyMetadata"]["Arn"]
    volumes = ec2.describe_volumes()["Volumes"]
    assert volumes
    assert {each.get("KmsKeyId") for each in volumes} == {managed}


def test_emr_asks_the_key_as_the_role_of_the_cluster(aws_world, owner, ec2, kms, role):
    # "Service role for Amazon EMR": it launches the instances, so it needs the key of their disks
    asked = launched_under_a_key(aws_world, ec2, kms, lambda: run_job_flow(owner))
    assert f"{owner.root.arn.rsplit(':', 1)[0].replace(':iam:', ':sts:')}:assumed-role/role/CCSSession" in asked


def test_batch_asks_the_key_as_auto_scaling(aws_world, owner, ec2, kms, role):
    # managed environments are Auto Scaling groups, whose service-linked role needs the key
    asked = launched_under_a_key(aws_world, ec2, kms, lambda: managed_environment(owner, ec2, role))
    assert any("assumed-role/AWSServiceRoleForAutoScaling/" in each for each in asked)


def launched_under_a_key(world, ec2, kms, launch):
    """Who asks for the account's default key while something is launched."""
    key = kms.create_key()["KeyMetadata"]["Arn"]
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    ec2.enable_ebs_encryption_by_default()
    start = len(world.decisions)
    launch()
    return {each.caller for each in world.decisions[start:] if each.resource == key}
