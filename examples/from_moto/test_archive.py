"""Tests that share the bucket of their module."""

import pytest
from shop import storage


class TestArchive:
    """Tests that share the bucket of their module, in whatever order."""

    @pytest.mark.parametrize("order", [10, 11, 12])
    def test_an_order_is_archived(self, archive, order):
        storage.store(archive, order, "archived")
        assert storage.read(archive, order) == "archived"

    @pytest.mark.parametrize("key", ["test-key", "arn:aws:kms:us-east-1:123456789012:key/abc"])
    def test_an_order_is_archived_under_a_key(self, archive, some_name, key):
        storage.store(archive, some_name, "archived", key)
        assert storage.read(archive, some_name) == "archived"
