"""moto's own interception while a world is active: enabled, as its services look at that, and silent."""

import boto3
from moto import mock_aws
from moto.core.models import botocore_stubber

import kmsmock
from tests.support.claims import OWNER


def test_it_is_enabled_in_a_world_and_as_before_afterwards():
    assert not botocore_stubber.enabled
    with kmsmock.World():
        assert botocore_stubber.enabled
        with kmsmock.World():
            assert botocore_stubber.enabled
        assert botocore_stubber.enabled
    assert not botocore_stubber.enabled
    with mock_aws():
        with kmsmock.World():
            assert botocore_stubber.enabled
        assert botocore_stubber.enabled
    assert not botocore_stubber.enabled


def test_a_mock_inside_a_world_leaves_it_enabled():
    with kmsmock.World():
        with mock_aws():
            assert botocore_stubber.enabled
        assert botocore_stubber.enabled


def test_a_mock_around_a_world_answers_again_afterwards():
    with mock_aws():
        client = boto3.client("sqs", "us-east-1")
        url = client.create_queue(QueueName="outside")["QueueUrl"]
        with kmsmock.World(account_id=OWNER) as world:
            assert "QueueUrls" not in world.account(OWNER).client("sqs").list_queues()
        assert client.list_queues()["QueueUrls"] == [url]


def test_each_request_is_answered_once(aws_world, owner, key):
    before = len(aws_world.decisions)
    owner.client("kms").encrypt(KeyId=key, Plaintext=b"text")
    assert [each.action for each in aws_world.decisions[before:]] == ["kms:Encrypt"]
