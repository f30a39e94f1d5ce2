"""The transfers of boto3 with threads, presigned URLs and forms under SSE-KMS."""

import io
import xml.etree.ElementTree as ET
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import urllib3
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.claims import allow, refused
from tests.support.s3 import (
    ARN,
    BODY,
    BUCKET,
    HEADER,
    PART,
    SSE_S3,
    head,
    keys,
    kms_calls,
    put,
    read,
    set_default,
    shown,
    sse,
    under,
)

pytestmark = pytest.mark.evidence(
    "documented", '"Uploading and copying objects using multipart upload" (S3 user guide)'
)

LARGE = bytes(range(256)) * (11 * 4096)  # 11 MiB: three parts
SMALL_PARTS = TransferConfig(multipart_threshold=len(PART), multipart_chunksize=len(PART), max_concurrency=4)
NEEDS_V4 = "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
HERE = {"aws:s3:arn": f"{ARN}/k"}


def counted(calls):
    return Counter((name, context["aws:s3:arn"]) for name, context in calls)


# --- boto3's transfers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["file", "file object"])
def test_a_large_upload_goes_in_parts_under_one_data_key(aws_world, s3, key, tmp_path, by):
    with kms_calls(aws_world) as calls:
        if by == "file":
            path = tmp_path / "large"
            path.write_bytes(LARGE)
            s3.upload_file(str(path), BUCKET, "k", ExtraArgs=sse(key), Config=SMALL_PARTS)
        else:
            s3.upload_fileobj(io.BytesIO(LARGE), BUCKET, "k", ExtraArgs=sse(key), Config=SMALL_PARTS)
    # one for each part and one to check the checksums
    assert counted(calls) == {("GenerateDataKey", f"{ARN}/k"): 1, ("Decrypt", f"{ARN}/k"): 4}
    assert shown(head(s3)) == under(key)
    assert head(s3)["ETag"].endswith('-3"')
    assert read(s3) == LARGE


def test_a_small_upload_is_one_put(aws_world, s3, key):
    with kms_calls(aws_world) as calls:
        s3.upload_fileobj(io.BytesIO(BODY), BUCKET, "k", ExtraArgs=sse(key))
    assert calls == [("GenerateDataKey", HERE)]


def test_the_default_of_the_bucket_holds_for_transfers(s3, key):
    set_default(s3, key=key)
    for name, body in (("small", BODY), ("large", LARGE)):
        s3.upload_fileobj(io.BytesIO(body), BUCKET, name, Config=SMALL_PARTS)
        assert (shown(head(s3, name)), read(s3, name)) == (under(key), body)


@pytest.mark.parametrize("by", ["file", "file object"])
def test_a_large_download_decrypts_for_each_range(aws_world, s3, key, tmp_path, by):
    put(s3, body=LARGE, **sse(key))
    target = io.BytesIO()
    with kms_calls(aws_world) as calls:
        if by == "file":
            s3.download_file(BUCKET, "k", str(tmp_path / "large"), Config=SMALL_PARTS)
        else:
            s3.download_fileobj(BUCKET, "k", target, Config=SMALL_PARTS)
    assert calls == [("Decrypt", HERE)] * 3
    assert ((tmp_path / "large").read_bytes() if by == "file" else target.getvalue()) == LARGE


@pytest.mark.parametrize("body", [BODY, LARGE], ids=len)
def test_a_managed_copy_changes_the_key(s3, kms, key, another, body):
    put(s3, body=body, **sse(key))
    s3.copy({"Bucket": BUCKET, "Key": "k"}, BUCKET, "copied", ExtraArgs=sse(another), Config=SMALL_PARTS)
    kms.disable_key(KeyId=key)
    assert (shown(head(s3, "copied")), read(s3, "copied")) == (under(another), body)


@pytest.mark.parametrize("body", [BODY, LARGE], ids=len)
def test_a_transfer_that_kms_refuses_fails_and_leaves_nothing(s3, kms, key, tmp_path, body):
    put(s3, "source", body, **sse(key))
    kms.disable_key(KeyId=key)
    path = tmp_path / "body"
    path.write_bytes(body)
    with pytest.raises(S3UploadFailedError, match=f"KMS.DisabledException.*{key} is disabled"):
        s3.upload_file(str(path), BUCKET, "k", ExtraArgs=sse(key), Config=SMALL_PARTS)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        s3.upload_fileobj(io.BytesIO(body), BUCKET, "k", ExtraArgs=sse(key), Config=SMALL_PARTS)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        s3.download_file(BUCKET, "source", str(path), Config=SMALL_PARTS)
    assert path.read_bytes() == body
    assert keys(s3) == ["source"]


def test_the_threads_of_a_transfer_act_for_the_user_of_its_client(owner, s3, key):
    can, cannot = (
        owner.user(name, [allow(["s3:*", *actions])]).client("s3")
        for name, actions in (("can", ["kms:GenerateDataKey", "kms:Decrypt"]), ("cannot", []))
    )

    def send(number):
        client = cannot if number % 2 else can
        try:
            client.upload_fileobj(io.BytesIO(LARGE), BUCKET, f"k{number}", ExtraArgs=sse(key), Config=SMALL_PARTS)
        except ClientError as error:
            return error.response["Error"]["Code"]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(6))) == [None, "AccessDenied"] * 3
    assert keys(s3) == ["k0", "k2", "k4"]


# --- presigned URLs --------------------------------------------------------------------------------------------------------


def by_requests(method, url, body=None, headers=None):
    answer = requests.request(method, url, data=body, headers=headers, timeout=10)
    return answer.status_code, answer.headers, answer.content


def by_urllib3(method, url, body=None, headers=None):
    answer = urllib3.PoolManager().request(method, url, body=body, headers=headers, timeout=10, retries=False)
    return answer.status, answer.headers, answer.data


@pytest.fixture(params=[by_requests, by_urllib3])
def send(request):
    """Each HTTP library in turn."""
    return request.param


@pytest.fixture
def signer(owner, s3):
    """A user whose URLs are signed in the way that SSE-KMS demands."""
    alice = owner.user("alice", [allow(["s3:*", "kms:*"])])
    return alice.client("s3", config=Config(signature_version="s3v4"))


def url(client, operation="get_object", key="k", **more):
    return client.generate_presigned_url(operation, Params={"Bucket": BUCKET, "Key": key, **more})


def error(content):
    tree = ET.fromstring(content)
    return {each.tag: each.text for each in tree}


def test_a_presigned_get_decrypts_when_it_is_used(aws_world, owner, s3, kms, key, signer, send):
    put(s3, **sse(key))
    link = url(signer)
    with kms_calls(aws_world) as calls:
        status, headers, content = send("GET", link)
    assert (status, content) == (200, BODY)
    assert (headers[HEADER], headers[f"{HEADER}-aws-kms-key-id"]) == ("aws:kms", key)
    assert calls == [("Decrypt", HERE)]
    kms.disable_key(KeyId=key)
    status, _, content = send("GET", link)
    assert (status, error(content)["Code"]) == (400, "KMS.DisabledException")
    assert error(content)["Message"] == f"{key} is disabled."


def test_a_presigned_get_is_no_better_than_its_signer(owner, s3, key, send):
    put(s3, **sse(key))
    weak = owner.user("weak", [allow("s3:*")])
    status, _, content = send("GET", url(weak.client("s3", config=Config(signature_version="s3v4"))))
    assert (status, error(content)["Code"]) == (403, "AccessDenied")
    assert error(content)["Message"] == (
        f"User: {weak.arn} is not authorized to perform: kms:Decrypt on resource: {key} "
        "because no identity-based policy allows the kms:Decrypt action"
    )


def test_a_presigned_put_encrypts_as_its_headers_say(s3, key, signer, send):
    link = url(signer, "put_object", **sse(key))
    status, headers, _ = send("PUT", link, BODY, {HEADER: "aws:kms", f"{HEADER}-aws-kms-key-id": key})
    assert (status, headers[f"{HEADER}-aws-kms-key-id"]) == (200, key)
    assert (shown(head(s3)), read(s3)) == (under(key), BODY)


@pytest.mark.parametrize("default", [False, True])
def test_a_presigned_put_without_headers_leaves_it_to_the_bucket(s3, key, signer, send, default):
    if default:
        set_default(s3, key=key)
    status, headers, _ = send("PUT", url(signer, "put_object"), BODY)
    assert (status, headers[HEADER]) == (200, "aws:kms" if default else "AES256")
    assert (shown(head(s3)), read(s3)) == (under(key) if default else SSE_S3, BODY)


def test_a_presigned_put_that_kms_refuses_stores_nothing(s3, kms, key, signer, send):
    link = url(signer, "put_object", **sse(key))
    kms.disable_key(KeyId=key)
    status, _, content = send("PUT", link, BODY, {HEADER: "aws:kms", f"{HEADER}-aws-kms-key-id": key})
    assert (status, error(content)["Code"], keys(s3)) == (400, "KMS.DisabledException", [])


@pytest.mark.parametrize("kind", ["presigned", "client", "anonymous"])
def test_an_object_under_a_key_needs_signature_version_4(s3, owner, key, kind):
    put(s3, **sse(key))
    if kind == "presigned":
        old = owner.client("s3", config=Config(signature_version="s3"))
        status, _, content = by_requests("GET", url(old))
        told = error(content)
    else:
        s3.put_bucket_policy(Bucket=BUCKET, Policy=public())
        version = UNSIGNED if kind == "anonymous" else "s3"
        with refused("InvalidArgument", NEEDS_V4) as refusal:
            read(owner.client("s3", config=Config(signature_version=version)))
        status, told = 400, refusal.response["Error"]
    assert (status, told["Code"], told["Message"]) == (400, "InvalidArgument", NEEDS_V4)
    assert (told["ArgumentName"], told["ArgumentValue"]) == ("Authorization", "null")


@pytest.mark.parametrize("version", ["s3", UNSIGNED])
def test_an_object_under_sse_s3_does_not(s3, owner, version):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=public())
    assert read(owner.client("s3", config=Config(signature_version=version)), "plain") == BODY


def test_an_object_under_a_key_needs_https(owner, s3, key):
    put(s3, **sse(key))
    plain = owner.client("s3", use_ssl=False)
    assert read(plain, "plain") == BODY
    for act in (read, lambda client: put(client, **sse(key))):
        with pytest.raises(ClientError) as caught:
            act(plain)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def public():
    return (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", '
        f'"Action": "s3:GetObject", "Resource": "{ARN}/*"}}}}'
    )


# --- forms -----------------------------------------------------------------------------------------------------------------


def form(client, **fields):
    made = client.generate_presigned_post(
        BUCKET, "k", Fields=fields, Conditions=[{name: fields[name]} for name in fields]
    )
    return requests.post(made["url"], data=made["fields"], files={"file": ("k", BODY)}, timeout=10)


@pytest.mark.parametrize("default", [False, True])
def test_a_form_encrypts_as_its_fields_or_the_bucket_say(aws_world, s3, key, signer, default):
    fields = {} if default else {HEADER: "aws:kms", f"{HEADER}-aws-kms-key-id": key}
    if default:
        set_default(s3, key=key)
    with kms_calls(aws_world) as calls:
        answer = form(signer, **fields)
    assert answer.status_code == 204
    assert (answer.headers[HEADER], answer.headers[f"{HEADER}-aws-kms-key-id"]) == ("aws:kms", key)
    assert calls == [("GenerateDataKey", HERE)]
    assert (shown(head(s3)), read(s3)) == (under(key), BODY)


def test_a_form_that_kms_refuses_stores_nothing(owner, s3, kms, key):
    fields = {HEADER: "aws:kms", f"{HEADER}-aws-kms-key-id": key}
    weak = owner.user("weak", [allow("s3:*")]).client("s3", config=Config(signature_version="s3v4"))
    answer = form(weak, **fields)
    assert (answer.status_code, error(answer.content)["Code"]) == (403, "AccessDenied")
    kms.disable_key(KeyId=key)
    strong = owner.client("s3", config=Config(signature_version="s3v4"))
    answer = form(strong, **fields)
    assert (answer.status_code, error(answer.content)["Code"]) == (400, "KMS.DisabledException")
    assert keys(s3) == []
