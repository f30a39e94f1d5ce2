"""What DescribeLogGroups says of a group ("LogGroup", CloudWatch Logs API reference; recorded)."""

import json

import pytest

from tests.support import floors
from tests.support.claims import OWNER, policy

pytestmark = pytest.mark.evidence("recorded", "localstack (CloudWatch Logs snapshots of 2026): DescribeLogGroups")

NAME = "/app/log"
ARN = f"arn:aws:logs:us-east-1:{OWNER}:log-group:{NAME}"


@pytest.fixture
def logs(owner):
    return owner.client("logs")


@pytest.fixture
def log_key(kms):
    """A key that lets CloudWatch Logs in."""
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{OWNER}:root"}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
            "Action": "kms:*",
            "Resource": "*",
        },
    ]
    return kms.create_key(Policy=json.dumps(policy(*statements)))["KeyMetadata"]["Arn"]


def shown(logs):
    (group,) = logs.describe_log_groups(logGroupNamePrefix=NAME)["logGroups"]
    return group


@floors.newest_botocore
def test_a_group_has_its_class_and_protection_and_both_arns(logs):
    logs.create_log_group(logGroupName=NAME)
    group = shown(logs)
    assert isinstance(group.pop("creationTime"), int)
    assert group == {
        "logGroupName": NAME,
        "arn": f"{ARN}:*",
        "logGroupArn": ARN,
        "logGroupClass": "STANDARD",
        "deletionProtectionEnabled": False,
        "metricFilterCount": 0,
        "storedBytes": 0,
    }


@pytest.mark.parametrize("name", ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"])
def test_a_group_has_the_class_that_it_was_made_with(logs, name):
    logs.create_log_group(logGroupName=NAME, logGroupClass=name)
    assert shown(logs)["logGroupClass"] == name


def test_groups_are_listed_by_their_class(logs):
    logs.create_log_group(logGroupName=NAME, logGroupClass="INFREQUENT_ACCESS")
    logs.create_log_group(logGroupName="/other")
    found = logs.describe_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"]
    assert [each["logGroupName"] for each in found] == [NAME]


def test_a_group_under_a_key_names_it(logs, log_key):
    logs.create_log_group(logGroupName=NAME, kmsKeyId=log_key)
    assert shown(logs)["kmsKeyId"] == log_key
    logs.disassociate_kms_key(logGroupName=NAME)
    assert "kmsKeyId" not in shown(logs)
    logs.associate_kms_key(logGroupName=NAME, kmsKeyId=log_key)
    assert shown(logs)["kmsKeyId"] == log_key


def test_a_protected_group_says_so_and_cannot_be_deleted(logs):
    # CreateLogGroup and PutLogGroupDeletionProtection, API reference
    logs.create_log_group(logGroupName=NAME, deletionProtectionEnabled=True)
    assert shown(logs)["deletionProtectionEnabled"] is True
    with pytest.raises(logs.exceptions.ValidationException):
        logs.delete_log_group(logGroupName=NAME)
    logs.put_log_group_deletion_protection(logGroupIdentifier=NAME, deletionProtectionEnabled=False)
    assert shown(logs)["deletionProtectionEnabled"] is False
    logs.delete_log_group(logGroupName=NAME)
    assert logs.describe_log_groups()["logGroups"] == []
