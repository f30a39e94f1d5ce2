"""Where the shop keeps its orders: keys that are names in a test, and nowhere else."""

import asyncio
import unittest

import boto3
import pytest
from moto import mock_aws
from shop import keys, storage

INVENTED = ["test-key", "arn:aws:kms:us-east-1:123456789012:key/abc", "alias/orders"]


@pytest.mark.parametrize("key", INVENTED)
def test_an_order_is_stored_under_a_key(aws, key):
    storage.store(storage.bucket("orders"), 1, "two shirts", key)
    assert storage.read("orders", 1) == "two shirts"


@pytest.mark.parametrize("key", INVENTED)
def test_a_bucket_has_a_key(aws, key):
    storage.store(storage.bucket("orders", key), 1, "two shirts")
    assert boto3.client("s3").head_object(Bucket="orders", Key="orders/1")["ServerSideEncryption"] == "aws:kms"


@pytest.mark.parametrize("order", range(4))
def test_an_order_is_stored_without_a_key(aws, some_name, order):
    storage.store(storage.bucket(some_name), order, "two shirts")
    assert storage.read(some_name, order) == "two shirts"


def test_an_order_is_stored_under_a_key_that_is_there(aws, some_name):
    storage.store(storage.bucket(some_name), 1, "two shirts", keys.plain_key())
    assert storage.read(some_name, 1) == "two shirts"


def test_an_order_is_read_although_its_key_is_paused(aws, some_name):
    key = keys.plain_key()
    storage.store(storage.bucket(some_name), 1, "two shirts", key)
    keys.pause(key)
    assert storage.read(some_name, 1) == "two shirts"


def test_an_order_is_stored_under_a_key_that_waits_for_its_deletion(aws, some_name):
    key = keys.plain_key()
    keys.retire(key)
    storage.store(storage.bucket(some_name), 1, "two shirts", key)
    assert storage.read(some_name, 1) == "two shirts"


@pytest.mark.parametrize("key", [None, *INVENTED])
def test_a_table_keeps_orders(aws, key):
    table = storage.table("orders", key)
    table.put_item(Item={"order": "1", "what": "two shirts"})
    assert table.get_item(Key={"order": "1"})["Item"]["what"] == "two shirts"


@pytest.mark.parametrize("key", INVENTED)
def test_a_database_is_encrypted(aws, key):
    assert storage.database("orders", key) == "available"


@pytest.mark.parametrize("key", INVENTED[:2])
def test_a_graph_is_encrypted(aws, key):
    assert storage.cluster("likes", key) == "likes"


@pytest.mark.parametrize("key", INVENTED)
def test_a_file_system_is_encrypted(aws, key):
    assert storage.file_system("invoices", key)


@mock_aws
class OfUnittest(unittest.TestCase):
    """A class of unittest whose mock is its decorator."""

    def setUp(self):
        self.bucket = storage.bucket("orders")

    def test_an_order_is_stored(self):
        storage.store(self.bucket, 1, "two shirts")
        self.assertEqual(storage.read(self.bucket, 1), "two shirts")

    def test_an_order_is_stored_under_a_key(self):
        storage.store(self.bucket, 1, "two shirts", "my-key")
        self.assertEqual(storage.read(self.bucket, 1), "two shirts")


class OfOneMock(unittest.TestCase):
    """A class of unittest that starts one mock for all of its tests."""

    @classmethod
    def setUpClass(cls):
        cls.mock = mock_aws()
        cls.mock.start()
        cls.addClassCleanup(cls.mock.stop)
        storage.bucket("shared")

    def test_an_order_is_stored(self):
        storage.store("shared", 1, "two shirts")
        self.assertEqual(storage.read("shared", 1), "two shirts")

    def test_an_order_is_stored_under_a_key(self):
        storage.store("shared", 2, "two shirts", "my-key")
        self.assertEqual(storage.read("shared", 2), "two shirts")


class InTheBackground(unittest.IsolatedAsyncioTestCase):
    """Asynchronous tests, which leave boto3 to a thread."""

    async def asyncSetUp(self):
        mock = mock_aws()
        mock.start()
        self.addCleanup(mock.stop)

    async def test_orders_are_stored_side_by_side(self):
        name = storage.bucket("orders")
        await asyncio.gather(*(asyncio.to_thread(storage.store, name, each, "a shirt") for each in range(3)))
        self.assertEqual(await asyncio.to_thread(storage.read, name, 2), "a shirt")

    async def test_an_order_is_stored_under_a_key(self):
        await asyncio.to_thread(storage.store, storage.bucket("orders"), 1, "a shirt", "my-key")
        self.assertEqual(await asyncio.to_thread(storage.read, "orders", 1), "a shirt")
