"""What runs the shop: secrets, parameters, streams, logs, trails and builds."""

import unittest

import boto3
import pytest
from moto import mock_aws
from shop import keys, operations, storage

INVENTED = ["my-key", "arn:aws:kms:us-east-1:123456789012:key/abc"]


@pytest.mark.parametrize("key", [None, *INVENTED, "alias/absent"])
def test_a_secret_is_kept(aws, key):
    operations.secret("password", "hunter2", key)
    assert operations.secret_value("password") == "hunter2"


@pytest.mark.parametrize("key", [None, *INVENTED, "alias/absent"])
def test_a_parameter_is_kept(aws, key):
    operations.parameter("/shop/token", "t0ken", key)
    assert operations.parameter_value("/shop/token") == "t0ken"


@pytest.mark.parametrize(("key", "kind"), [(None, "NONE"), (INVENTED[0], "KMS"), (INVENTED[1], "KMS")])
def test_a_stream_is_encrypted(aws, some_name, key, kind):
    assert operations.stream(some_name, key) == kind


def test_a_delivery_is_encrypted(aws):
    arn = operations.delivery("orders", storage.bucket("target"), INVENTED[1])
    assert arn == "arn:aws:firehose:us-east-1:123456789012:deliverystream/orders"


@pytest.mark.parametrize("key", [None, INVENTED[1]])
def test_a_log_group_is_encrypted(aws, key):
    assert operations.log_group("/shop/orders", key) == ["/shop/orders"]


def test_a_log_group_is_encrypted_under_a_key_that_lets_nobody_in(aws):
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    assert operations.log_group("/shop/orders", key) == ["/shop/orders"]


@pytest.mark.parametrize("name", ["audit", "orders-trail"])
def test_a_trail_goes_into_a_bucket(aws, name):
    arn = operations.trail(name, storage.bucket("trails"))
    assert arn == f"arn:aws:cloudtrail:us-east-1:123456789012:trail/{name}"


def test_a_trail_is_told(aws, some_name):
    operations.trail("audit", storage.bucket(some_name))
    assert [each["S3BucketName"] for each in boto3.client("cloudtrail").describe_trails()["trailList"]] == [some_name]


@pytest.mark.parametrize("key", INVENTED[1:])
def test_a_build_has_a_key(aws, key):
    assert operations.build("shop", key) == "shop"


@pytest.mark.parametrize("key", [None, "my-key"])
def test_an_order_is_announced(aws, key):
    assert operations.announce(operations.queue("orders", key), "order 1") == ["order 1"]


@pytest.mark.parametrize("value", ["a", "ä", "{}", "x" * 1000])
def test_secrets_change(aws, some_name, value):
    operations.secret(some_name, "first")
    boto3.client("secretsmanager").put_secret_value(SecretId=some_name, SecretString=value)
    assert operations.secret_value(some_name) == value


class Rotation(unittest.TestCase):
    """A class of unittest that starts a mock for each of its tests."""

    def setUp(self):
        self.mock = mock_aws()
        self.mock.start()
        self.key = keys.plain_key("shop")
        operations.secret("password", "hunter2", "alias/shop")

    def tearDown(self):
        self.mock.stop()

    def test_a_secret_is_read(self):
        self.assertEqual(operations.secret_value("password"), "hunter2")

    def test_a_secret_is_read_although_its_key_is_paused(self):
        keys.pause(self.key)
        self.assertEqual(operations.secret_value("password"), "hunter2")

    def test_a_secret_is_read_although_its_key_waits_for_its_deletion(self):
        keys.retire(self.key, 7)
        self.assertEqual(operations.secret_value("password"), "hunter2")

    def test_a_secret_is_under_another_key(self):
        boto3.client("secretsmanager").update_secret(SecretId="password", KmsKeyId="another")
        self.assertEqual(operations.secret_value("password"), "hunter2")
