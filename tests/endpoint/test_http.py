"""What an address takes of HTTP/1.1 (RFC 9112), and what it does not."""

import base64
import http.client
import io
import json
import os
import socket
import tracemalloc
import zlib
from contextlib import suppress
from types import SimpleNamespace

import boto3
import pytest

from kmsmock.endpoint import server

pytestmark = pytest.mark.evidence("documented", "RFC 9112; Signature calculations with trailers, S3 API reference")

KMS = {"X-Amz-Target": "TrentService.CreateKey", "Content-Type": "application/x-amz-json-1.1"}


def lines(*parts):
    return "\r\n".join(parts).encode() + b"\r\n\r\n"


@pytest.fixture
def talk(address):
    """Bytes as they are, and what comes back until the server closes or has said as much."""

    def say(*sent, until=b""):
        with socket.create_connection((address.host, address.port), timeout=20) as connection:
            for each in sent:
                connection.sendall(each)
            if not until:
                with suppress(OSError):  # the other side may have closed it already
                    connection.shutdown(socket.SHUT_WR)
            answer = b""
            while (part := connection.recv(65536)) and not (until and until in answer + part):
                answer += part
            return answer + part

    return say


AUTHORIZATION = "Authorization: AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"


def test_a_connection_stays_open_for_further_requests(address):
    connection = http.client.HTTPConnection(address.host, address.port)
    headers = {**KMS, **dict([AUTHORIZATION.format("kms").split(": ", 1)])}
    used = set()
    for _ in range(3):
        connection.request("POST", "/", b"{}", headers)
        answer = connection.getresponse()
        assert (answer.status, "KeyMetadata" in json.loads(answer.read())) == (200, True)
        used.add(id(connection.sock))
    connection.close()
    assert len(used) == 1


def test_who_expects_to_continue_is_told_before_he_sends_the_body(address):
    head = lines(
        "POST / HTTP/1.1",
        "Host: kms",
        "Expect: 100-continue",
        "Content-Length: 2",
        AUTHORIZATION.format("kms"),
        *(f"{name}: {value}" for name, value in KMS.items()),
    )
    with socket.create_connection((address.host, address.port), timeout=20) as connection:
        connection.sendall(head)
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_body_may_come_in_chunks_and_another_request_after_it(talk):
    head = ("POST / HTTP/1.1", "Host: kms", "Transfer-Encoding: chunked", AUTHORIZATION.format("kms"))
    chunked = (
        lines(*head, *(f"{name}: {value}" for name, value in KMS.items()))
        + b"1\r\n{\r\n1;ext=1\r\n}\r\n0\r\nTrailer: x\r\n\r\n"
    )
    assert talk(chunked, chunked).count(b'"KeyMetadata"') == 2


def test_chunks_of_aws_with_a_trailer_are_what_is_stored(address, talk, aws_world):
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="a-bucket")
    crc = base64.b64encode(zlib.crc32(b"hello world").to_bytes(4, "big")).decode()
    body = f"6;chunk-signature={'0' * 64}\r\nhello \r\n5;chunk-signature={'0' * 64}\r\nworld\r\n0;chunk-signature={'0' * 64}\r\n"
    body += f"x-amz-checksum-crc32:{crc}\r\nx-amz-trailer-signature:{'0' * 64}\r\n\r\n"
    head = (
        "PUT /a-bucket/key HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Length: {len(body)}",
        "Content-Encoding: aws-chunked",
        "X-Amz-Decoded-Content-Length: 11",
        "X-Amz-Trailer: x-amz-checksum-crc32",
        "X-Amz-Content-SHA256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        AUTHORIZATION.format("s3"),
    )
    assert talk(lines(*head) + body.encode()).startswith(b"HTTP/1.1 200 OK")
    assert s3.get_object(Bucket="a-bucket", Key="key")["Body"].read() == b"hello world"


def test_a_large_object_goes_in_and_out_as_it_is(client):
    s3, content = client("s3"), os.urandom(2**20) * 17  # more than moto has in memory
    s3.create_bucket(Bucket="a-bucket")
    s3.put_object(Bucket="a-bucket", Key="large", Body=content)
    assert s3.get_object(Bucket="a-bucket", Key="large")["Body"].read() == content


@pytest.mark.evidence("assumed", "memory is kmsmock's own matter")
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_read_is_in_memory_once(chunked):
    content = bytes(2**20) * 16
    coming = io.BytesIO(content)  # which shares its bytes
    request = SimpleNamespace(
        chunked_read=chunked, rfile=SimpleNamespace(read=coming.read, read_trailer_lines=lambda: iter(()))
    )
    tracemalloc.start()
    try:
        read = server._read(request)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read == content
    assert peak < 1.3 * len(content)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET\r\n\r\n", b"400"),
        (b"GET / HTTP/9.1\r\n\r\n", b"505"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n{}", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: 9999999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\n", b"4"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", b"501"),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", b"413"),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % each for each in range(300)) + b"\r\n", b"431"),
        (b"GET /%ff%00?%zz=%\xff HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n", b"4"),
        (b"GET http://[ HTTP/1.1\r\n\r\n", b""),
    ],
)
def test_what_is_no_request_gets_a_status_and_no_traceback_and_the_next_is_served(talk, client, sent, status):
    answer = talk(sent)
    assert answer.startswith(b"HTTP/1.1 " + status) or (not status)
    assert b"Traceback" not in answer
    assert b"kmsmock/" not in answer
    assert client("kms").list_keys()["Keys"] == []


def test_a_client_that_goes_away_stops_nobody(address, client):
    for sent in (b"", b"POST / HT", b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf"):
        with socket.create_connection((address.host, address.port)) as connection:
            connection.sendall(sent)
    assert client("kms").list_keys()["Keys"] == []


def test_the_date_of_an_answer_is_the_worlds(address, aws_world, client):
    aws_world.clock.move_to("2031-05-06T07:08:09Z")
    headers = client("kms").list_keys()["ResponseMetadata"]["HTTPHeaders"]
    assert headers["date"] == "Tue, 06 May 2031 07:08:09 GMT"
