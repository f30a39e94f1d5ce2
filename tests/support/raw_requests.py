"""Requests that are signed by hand and sent by whatever speaks HTTP: what botocore's client would send, without it."""

import http.client
from urllib.parse import urlsplit

import botocore.session
import requests
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

REGION = "us-east-1"


def _by_requests(method, url, headers, body):
    answer = requests.request(method, url, headers=headers, data=body, timeout=10)
    return answer.status_code, answer.headers, answer.content


def _by_urllib3(method, url, headers, body):
    answer = urllib3.PoolManager().request(method, url, headers=headers, body=body)
    return answer.status, answer.headers, answer.data


def _by_http_client(method, url, headers, body):
    parts = urlsplit(url)
    connection = http.client.HTTPSConnection(parts.netloc, timeout=10)
    connection.request(method, f"{parts.path}{'?' + parts.query if parts.query else ''}", body, headers)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


WAYS = {"requests": _by_requests, "urllib3": _by_urllib3, "http.client": _by_http_client}


def model_of(service):
    return botocore.session.get_session().get_service_model(service)


def written(service, operation, params):
    """The parts of a request as botocore's serializer writes it: method, path and query, headers, body."""
    model = model_of(service).operation_model(operation)
    made = create_serializer(model.service_model.resolved_protocol).serialize_to_request(params, model)
    prepared = AWSRequest(
        made["method"], f"https://host{made['url_path']}", made["headers"], made["body"], made["query_string"]
    ).prepare()
    parts = urlsplit(prepared.url)
    return made["method"], parts._replace(scheme="", netloc="").geturl(), dict(prepared.headers), prepared.body or b""


def signed(principal, service, method, path, headers, body, host=None):
    """A URL, and the headers that go with it."""
    model = model_of(service)
    url = f"https://{host or f'{model.endpoint_prefix}.{REGION}.amazonaws.com'}{path}"
    request = AWSRequest(method, url, headers, body)
    SigV4Auth(principal.session().get_credentials(), model.signing_name, REGION).add_auth(request)
    return url, dict(request.headers.items())


def asked(principal, service, operation, params, way="requests", **options):
    """The answer to an operation: its status, and what botocore reads in it."""
    method, path, headers, body = written(service, operation, params)
    url, headers = signed(principal, service, method, path, headers, body, **options)
    return read(service, operation, WAYS[way](method, url, headers, body))


def read(service, operation, answer):
    status, headers, body = answer
    model = model_of(service).operation_model(operation)
    lowered = {name.lower(): value for name, value in headers.items()}
    told = {"status_code": status, "headers": lowered, "body": body}
    parsed = create_parser(model.service_model.resolved_protocol).parse(told, model.output_shape)
    return status, parsed
