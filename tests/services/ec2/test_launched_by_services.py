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


def test_their_launches_ask_the_default_key_as_somebody_of_the_account(aws_world, owner, ec2, kms, role):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)
    ec2.enable_ebs_encryption_by_default()
    start = len(aws_world.decisions)
    run_job_flow(owner)
    asked = [each for each in aws_world.decisions[start:] if each.resource == key]
    assert asked
    assert {each.request.principal.account for each in asked if "aws:ec2-infrastructure" not in each.caller} == {
        owner.id
    }
