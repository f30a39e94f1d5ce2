import http.client
import json

import pytest

from kmsmock.serve.admin import Admin
from kmsmock.serve.served import Served


class Api:
    """The admin API as whoever has no library of ours asks it."""

    def __init__(self, url):
        self.url, self.headers = url, {}

    def ask(self, method, path, body=None, **headers):
        """The status, the headers and what was answered, read if it is JSON."""
        connection = http.client.HTTPConnection(self.url.host, self.url.port)
        sent = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
        connection.request(method, f"/_kmsmock{path}", sent, {**self.headers, **headers})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        is_json = answer.getheader("Content-Type") == "application/json" and content
        return answer.status, dict(answer.getheaders()), json.loads(content) if is_json else content

    def __call__(self, method, path, body=None):
        """What is answered where all is well."""
        status, _, content = self.ask(method, path, body)
        assert status == 200, content
        return content


@pytest.fixture
def serve(aws_world):
    """The world of the test with its admin API, as the program has it."""
    opened = []

    def begin(token=None, names=(), **options):
        served = Served(aws_world, aws_world.snapshot())
        endpoint = aws_world.endpoint(pages=Admin(served, token, names).pages, **options)
        served.address = endpoint.open()
        opened.append(endpoint)
        return Api(served.address)

    yield begin
    for each in opened:
        each.close()


@pytest.fixture
def api(serve):
    return serve()
