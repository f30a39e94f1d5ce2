"""A plugin of pytest, ``-p tests.support.over_http``: what clients ask in a world goes out, and comes in over HTTP."""

import http.client
import ssl
from urllib.parse import urlsplit

import pytest

from kmsmock.door import botocore_clients, raw_requests, short_way, shortest_way, ways

COUNTED = []
"""The requests that went that way."""


@pytest.fixture(autouse=True)
def _over_http(request, monkeypatch):
    """Nothing takes a short way, and at the end of the long one is the address of the world."""
    if "aws_world" not in request.fixturenames:
        yield
        return
    world = request.getfixturevalue("aws_world")
    for module in (short_way, shortest_way, ways):
        for name in ("why_long", "why_serialized", "why_of_client"):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, lambda ask: "it goes over HTTP")
    monkeypatch.setattr(ways, "is_looked_at", lambda ask: True)
    with world.endpoint(tls=True) as url:
        trusted = ssl.create_default_context(cafile=str(url.ca_bundle))

        def route(store, asked, operation, write, signature=None, params=None):
            parts, body = urlsplit(asked.url), raw_requests.bytes_of(asked.body)
            connection = http.client.HTTPSConnection(url.host, url.port, context=trusted)
            headers = {**{name: _text(value) for name, value in asked.headers.items()}, "Host": parts.netloc}
            headers.pop("Transfer-Encoding", None)
            headers["Content-Length"] = str(len(body))
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(asked.method, target, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            COUNTED.append(operation.name)
            return answer.status, dict(answer.getheaders()), content

        monkeypatch.setattr(botocore_clients, "route", route)
        yield


def _text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"{len(COUNTED)} requests over HTTP")
