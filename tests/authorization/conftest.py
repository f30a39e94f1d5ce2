"""Hundreds of small worlds, each with many clients: botocore reads the models of its services once for all of them."""

from copy import deepcopy
from functools import cache

import botocore.session
import pytest
from botocore.loaders import Loader


class Models(Loader):
    """botocore's clients write into the model of S3, so that everybody gets his own."""

    def load_service_model(self, service_name, type_name, api_version=None):
        model = super().load_service_model(service_name, type_name, api_version)
        return deepcopy(model) if service_name == "s3" else model


@cache
def _loader():
    return Models()


def _shared(search_path_string=None):
    loader = _loader()
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)  # boto3 appends its own for every session
    return loader


@pytest.fixture(autouse=True)
def one_loader(monkeypatch):
    monkeypatch.setattr(botocore.session, "create_loader", _shared)
