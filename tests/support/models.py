"""botocore's data, read once in a run."""

from contextlib import contextmanager

import pytest
from botocore.loaders import JSONFileLoader, Loader


def _own_uris(data):
    """A model as every session gets it: clients of S3 write into the URIs, and what else it has nobody changes."""
    if "operations" not in (data or {}):
        return data
    operations = data["operations"].items()
    return {**data, "operations": {name: {**each, "http": dict(each.get("http", {}))} for name, each in operations}}


@contextmanager
def read_once():
    """In the block a session has botocore's own data as the first one read it, like the clients of one session.

    Each test has a default session of its own, and a session that reads and parses all data anew was a quarter of the
    suite's time. Data of other places, which tests write, is read as ever.
    """
    read, known = JSONFileLoader.load_file, {}

    def load_file(loader, path):
        if not path.startswith(Loader.BUILTIN_DATA_PATH):
            return read(loader, path)
        if path not in known:
            known[path] = read(loader, path)
        return _own_uris(known[path])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(JSONFileLoader, "load_file", load_file)
        yield
