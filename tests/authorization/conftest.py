"""Hundreds of small worlds, each with many clients: botocore reads the models of its services once for all of them."""

from functools import cache

import botocore.session
import pytest

_create = cache(botocore.session.create_loader)


def _shared(search_path_string=None):
    loader = _create(search_path_string)
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)  # boto3 appends its own for every session
    return loader


@pytest.fixture(autouse=True)
def one_loader(monkeypatch):
    monkeypatch.setattr(botocore.session, "create_loader", _shared)
