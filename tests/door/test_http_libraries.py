"""HTTP libraries that aim at AWS are answered or refused; what aims elsewhere is the test's own affair."""

import asyncio
import http.client
import socket
import urllib.error
import urllib.parse
import urllib.request

import boto3
import pytest
import urllib3
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

import kmsmock
from kmsmock import KmsMockError, RealRequestRefused
from tests.support.servers import serving
from tests.support.sockets import watched


@pytest.fixture
def url(sockets, owner):
    """A presigned URL of an object whose content is b"body"."""
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="k", Body=b"body")
    return s3.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "k"})


def test_urllib_request_reads_a_presigned_url(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert (answer.status, answer.read(), answer.headers["Content-Length"]) == (200, b"body", "4")


def test_urllib_request_puts_a_file(url, owner, tmp_path):
    (tmp_path / "file").write_bytes(b"0123456789" * 10_000)
    put = owner.client("s3").generate_presigned_url(
        "put_object", {"Bucket": "bucket", "Key": "put", "ContentType": "application/octet-stream"}
    )
    with (tmp_path / "file").open("rb") as file:
        request = urllib.request.Request(
            put,
            data=file,
            method="PUT",
            headers={"Content-Length": "100000", "Content-Type": "application/octet-stream"},
        )
        assert urllib.request.urlopen(request, timeout=5).status == 200
    assert owner.client("s3").get_object(Bucket="bucket", Key="put")["Body"].read() == b"0123456789" * 10_000


def test_a_proxy_of_the_machine_is_not_asked(url, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setattr(urllib.request, "_opener", None)  # the first one made reads the proxies, for the whole process
    with urllib.request.urlopen(url, timeout=5) as answer:
        assert answer.read() == b"body"


def test_urllib_request_has_awss_errors(url, owner):
    gone = owner.client("s3").generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "gone"})
    with pytest.raises(urllib.error.HTTPError, match="404") as caught:
        urllib.request.urlopen(gone, timeout=5)
    assert b"<Code>NoSuchKey</Code>" in caught.value.read()
    caught.value.close()


def test_http_client_with_and_without_tls_and_more_than_once(url):
    host, _, path = url.removeprefix("https://").partition("/")
    for kind in (http.client.HTTPSConnection, http.client.HTTPConnection):
        connection = kind(host, timeout=5)
        for _ in range(2):
            connection.request("GET", "/" + path)
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"body")
        connection.close()


def test_http_client_sends_in_pieces(url, owner):
    put = owner.client("s3").generate_presigned_url("put_object", {"Bucket": "bucket", "Key": "put"})
    host, _, path = put.removeprefix("https://").partition("/")
    connection = http.client.HTTPSConnection(host, timeout=5)
    connection.request(
        "PUT", "/" + path, body=iter([b"one ", b"two"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"}
    )
    assert connection.getresponse().status == 200
    assert owner.client("s3").get_object(Bucket="bucket", Key="put")["Body"].read() == b"one two"


def test_urllib3_as_before(url):
    assert urllib3.PoolManager().request("GET", url).data == b"body"


def test_a_refusal_says_what_may_not_leave(sockets, aws_world):
    with pytest.raises(RealRequestRefused, match="no request leaves the process"):
        urllib.request.urlopen("https://braket.us-east-1.amazonaws.com/devices", timeout=5)


HOSTS = [
    "kms.us-east-1.amazonaws.com",
    "kms.cn-north-1.amazonaws.com.cn",
    "kms.us-east-1.api.aws",
    "s3.dualstack.us-east-1.amazonaws.com",
    "vpce-1-2.kms.us-east-1.vpce.amazonaws.com",
    "kms.us-iso-east-1.c2s.ic.gov",
    "x.lambda-url.us-east-1.on.aws",
    "KMS.US-EAST-1.AMAZONAWS.COM",
    "kms.us-east-1.amazonaws.com.",
    "169.254.169.254",
    "169.254.170.2",
    "fd00:ec2::254",
]


@pytest.mark.parametrize("host", HOSTS)
def test_whatever_resolves_or_connects_through_pythons_sockets_is_refused(aws_world, host):
    """httpx, aiohttp, gRPC's pure Python kin, and everything else that is not known by name."""
    ways = [
        lambda: socket.getaddrinfo(host, 443),
        lambda: socket.create_connection((host, 443), timeout=1),
        lambda: plain.connect((host, 443)),
        lambda: plain.connect_ex((host, 443)),
        lambda: asyncio.run(asyncio.open_connection(host, 443)),
    ]
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as plain:
        for way in ways:
            with pytest.raises(RealRequestRefused, match="no request leaves the process"):
                way()


def test_an_event_loop_is_refused_too(aws_world):
    async def main():
        await asyncio.open_connection("kms.us-east-1.amazonaws.com", 443)

    with pytest.raises(RealRequestRefused):
        asyncio.run(main())


def test_aiohttp_on_its_own_is_refused(aws_world):
    aiohttp = pytest.importorskip("aiohttp", reason="an extra")

    async def main():
        async with aiohttp.ClientSession() as session:
            await session.get("https://kms.us-east-1.amazonaws.com/")

    with pytest.raises(RealRequestRefused):
        asyncio.run(main())


def test_httpx_is_refused_with_and_without_an_event_loop(aws_world):
    httpx = pytest.importorskip("httpx", reason="an extra")
    for url in ("https://kms.us-east-1.amazonaws.com/", "http://169.254.169.254/latest/meta-data/"):
        with pytest.raises(RealRequestRefused, match="no request leaves the process"):
            httpx.get(url, timeout=5)

        async def main(url=url):
            async with httpx.AsyncClient() as client:
                await client.get(url)

        try:
            asyncio.run(main())
        except Exception as error:  # anyio groups what connecting raises
            (refusal,) = getattr(error, "exceptions", (error,))
            assert isinstance(refusal, RealRequestRefused)
        else:
            pytest.fail("nothing was refused")


def test_awscrt_is_refused_on_its_own_and_under_boto3s_transfers(owner, tmp_path, monkeypatch):
    http = pytest.importorskip("awscrt.http", reason="an extra of boto3's")
    # one process of a machine may use it, and others' suites may run beside this one
    monkeypatch.setattr("boto3.crt.acquire_crt_s3_process_lock", lambda name: object())
    from boto3.s3.transfer import TransferConfig

    with pytest.raises(RealRequestRefused):
        http.HttpClientConnection.new(host_name="kms.us-east-1.amazonaws.com", port=443)
    tmp_path.joinpath("file").write_bytes(b"x")
    owner.client("s3").create_bucket(Bucket="bucket")
    with pytest.raises(RealRequestRefused):
        owner.client("s3").upload_file(
            str(tmp_path / "file"), "bucket", "k", Config=TransferConfig(preferred_transfer_client="crt")
        )


@pytest.fixture
def outside(local, monkeypatch):
    """Whoever asks for the address of a host gets that of a local server; the hosts that were asked for."""
    asked, find = [], socket.getaddrinfo
    place = urllib.parse.urlsplit(local)

    def there(host, port, *args, **options):
        asked.append(host)
        return find(place.hostname, place.port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", there)
    return asked


def test_without_enforcement_http_client_lets_out_what_nobody_serves(outside):
    host = "braket.us-east-1.amazonaws.com"
    connection = http.client.HTTPConnection(host, timeout=5)
    with kmsmock.World(enforce_network=False):
        for _ in range(2):
            connection.request("GET", "/devices")
            assert connection.getresponse().read() == b"local"
        connection.close()
        assert urllib.request.urlopen(f"http://{host}/devices", timeout=5).read() == b"local"
    assert outside == [host] * 3


def test_a_connection_that_let_a_request_out_is_answered_again(outside):
    with kmsmock.World(enforce_network=False), mock_aws(config={"core": {"passthrough": {"urls": [".*/out"]}}}):
        connection = http.client.HTTPConnection("s3.us-east-1.amazonaws.com", timeout=5)
        connection.request("GET", "/out")
        assert connection.getresponse().read() == b"local"
        connection.request("GET", "/bucket/k")
        assert b"NoSuchBucket" in connection.getresponse().read()
        connection.close()
    assert outside == ["s3.us-east-1.amazonaws.com"]


def test_https_is_let_out_too(outside):
    """As far as TLS: nobody there speaks it."""
    with kmsmock.World(enforce_network=False), pytest.raises(OSError, match="SSL"):
        urllib.request.urlopen("https://braket.us-east-1.amazonaws.com/devices", timeout=5)
    assert outside == ["braket.us-east-1.amazonaws.com"]


@pytest.mark.parametrize("passthrough", [{"services": ["dynamodb"]}, {"urls": ["https?://dynamodb.*"]}])
def test_what_moto_lets_through_finds_the_address_of_its_host(outside, aws_world, passthrough):
    with mock_aws(config={"core": {"passthrough": passthrough}}):
        urllib.request.urlopen("http://dynamodb.us-east-1.amazonaws.com/", timeout=5).close()
        assert urllib3.PoolManager().request("GET", "http://dynamodb.us-east-1.amazonaws.com/").data == b"local"
        with pytest.raises(RealRequestRefused):
            socket.getaddrinfo("kms.us-east-1.amazonaws.com", 443)
    assert outside == ["dynamodb.us-east-1.amazonaws.com"] * 2


@pytest.fixture
def local():
    with serving(body=b"local") as server:
        yield server.url


def test_loopback_is_the_tests_own(aws_world, local):
    import requests

    assert urllib.request.urlopen(local, timeout=5).read() == b"local"
    assert urllib3.PoolManager().request("GET", local).data == b"local"
    assert requests.get(local, timeout=5).content == b"local"


@pytest.mark.parametrize(
    "host", ["example.com", "amazonaws.com.example.org", "notamazonaws.com", "d111.cloudfront.net"]
)
def test_other_hosts_are_not_asked_about(aws_world, monkeypatch, host):
    """The network of the machine that runs this may have none of them: what is asked is told, not answered."""
    asked = []
    with watched() as reached:
        try:
            socket.getaddrinfo(host, 443)
        except BaseException as error:  # the watch's own
            asked.append(type(error).__name__)
    assert (asked, [each[0] for each in reached]) == (["LeftTheProcess"], [host])


def test_what_botocore_raises_when_nothing_answers_is_what_is_raised(aws_world):
    """Libraries fall back on it, and tests expect it."""
    client = boto3.client("braket", region_name="us-east-1")
    before = aws_world.clock.now()
    with pytest.raises(EndpointConnectionError) as caught:
        client.search_devices(filters=[])
    assert isinstance(caught.value, RealRequestRefused)
    assert isinstance(caught.value, KmsMockError)
    assert caught.value.kwargs["endpoint_url"] == "https://braket.us-east-1.amazonaws.com/devices"
    assert 'Could not connect to the endpoint URL: "https://braket.us-east-1.amazonaws.com/devices"' in str(
        caught.value
    )
    assert "neither kmsmock nor moto serves this" in str(caught.value)
    assert (aws_world.clock.now() - before).total_seconds() < 5  # nothing was tried again


def test_the_refusal_can_be_pickled_and_is_importable_without_botocore(aws_world):
    import pickle
    import subprocess
    import sys

    with pytest.raises(EndpointConnectionError) as caught:
        boto3.client("braket", region_name="us-east-1").search_devices(filters=[])
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    code = "import kmsmock, sys; assert 'botocore' not in sys.modules; from kmsmock import RealRequestRefused"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
