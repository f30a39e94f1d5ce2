"""How an object is encrypted: what the request, else the bucket, asks for, and what every answer shows of it."""

import base64
import hashlib
import re
import zlib

import pytest

from tests.support.claims import refused
from tests.support.s3 import (
    ARN,
    BODY,
    BUCKET,
    PART,
    SSE_S3,
    complete,
    copy,
    create,
    customer,
    customer_shown,
    get,
    head,
    keys,
    on_the_wire,
    part,
    part_copy,
    put,
    read,
    set_default,
    shown,
    sse,
    under,
    upload,
)

pytestmark = pytest.mark.evidence(
    "recorded", "localstack (test_s3.snapshot.json): headers of answers under each encryption"
)

KMS, DSSE = "aws:kms", "aws:kms:dsse"
CONTEXT = {"department": "10.103.1", "Größe": "ä"}


@pytest.fixture(params=["SSE-S3", "SSE-KMS", "SSE-KMS with aws/s3", "SSE-KMS with a Bucket Key", "DSSE-KMS", "SSE-C"])
def mode(request, key, managed):
    """Each mode: the parameters of a write, those of a read, and what is shown."""
    return {
        "SSE-S3": lambda: ({}, {}, SSE_S3),
        "SSE-KMS": lambda: (sse(key), {}, under(key)),
        "SSE-KMS with aws/s3": lambda: (sse(), {}, under(managed())),
        "SSE-KMS with a Bucket Key": lambda: (
            sse(key, BucketKeyEnabled=True),
            {},
            under(key, bucket_key="true"),
        ),
        "DSSE-KMS": lambda: (sse(key, DSSE), {}, under(key, DSSE)),
        "SSE-C": lambda: (customer(), customer(), customer_shown()),
    }[request.param]()


def md5(body):
    return f'"{hashlib.md5(body).hexdigest()}"'


def base64_of(text):
    return base64.b64encode(text.encode()).decode()


# --- which mode and key ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("default", "request_", "expected"),
    [
        (None, None, ("AES256", None)),
        (None, ("AES256", None), ("AES256", None)),
        (None, (KMS, None), (KMS, "managed")),
        (None, (KMS, "second"), (KMS, "second")),
        (None, (DSSE, None), (DSSE, "managed")),
        (None, (DSSE, "second"), (DSSE, "second")),
        (("AES256", None), None, ("AES256", None)),
        (("AES256", None), (KMS, "second"), (KMS, "second")),
        ((KMS, None), None, (KMS, "managed")),
        ((KMS, "first"), None, (KMS, "first")),
        ((KMS, "first"), ("AES256", None), ("AES256", None)),
        ((KMS, "first"), (KMS, "second"), (KMS, "second")),
        ((KMS, "first"), (KMS, None), (KMS, "managed")),
        ((KMS, "first"), (DSSE, None), (DSSE, "managed")),
        ((KMS, "first"), (DSSE, "second"), (DSSE, "second")),
        ((DSSE, None), None, (DSSE, "managed")),
        ((DSSE, "first"), None, (DSSE, "first")),
        ((DSSE, "first"), ("AES256", None), ("AES256", None)),
        ((DSSE, "first"), (KMS, "second"), (KMS, "second")),
    ],
)
def test_the_request_wins_over_the_bucket(s3, write, key, another, managed, default, request_, expected):
    named = {None: lambda: None, "first": lambda: key, "second": lambda: another, "managed": managed}
    if default:
        set_default(s3, default[0], named[default[1]]())
    options = sse(named[request_[1]](), request_[0]) if request_ else {}
    answer = write(s3, **options)
    mode, wanted = expected
    assert shown(answer) == (under(named[wanted](), mode) if wanted else {"mode": mode})


@pytest.mark.parametrize("default", [None, "AES256", KMS, DSSE])
def test_a_customers_key_wins_over_the_bucket(s3, write, default):
    if default:
        set_default(s3, default)
    assert shown(write(s3, **customer())) == customer_shown()


@pytest.mark.parametrize("by", ["default", "request"])
@pytest.mark.parametrize(
    ("rule", "request_", "enabled"),
    [
        (None, None, False),
        (None, True, True),
        (None, False, False),
        (False, None, False),
        (False, True, True),
        (True, None, True),
        (True, True, True),
        (True, False, False),
    ],
)
def test_a_bucket_key_is_inherited_from_the_bucket_unless_the_request_says(s3, write, key, by, rule, request_, enabled):
    set_default(s3, KMS, key, rule)
    options = sse(key) if by == "request" else {}
    if request_ is not None:
        options |= {"BucketKeyEnabled": request_}
    answer = write(s3, **options)
    assert shown(answer) == (under(key, bucket_key="true") if enabled else under(key))
    assert answer.get("BucketKeyEnabled", False) is enabled


def test_a_bucket_key_works_with_the_managed_key(s3, write, managed):
    set_default(s3, bucket_key=True)
    assert shown(write(s3)) == under(managed(), bucket_key="true")


@pytest.mark.parametrize("mode", ["AES256", DSSE])
def test_only_sse_kms_has_a_bucket_key(s3, write, key, mode):
    named = key if mode == DSSE else None
    expected = under(key, DSSE) if mode == DSSE else SSE_S3
    set_default(s3, KMS, key, bucket_key=True)
    assert shown(write(s3, **sse(named, mode))) == expected
    set_default(s3, mode, named, bucket_key=True)
    assert shown(write(s3)) == expected


def test_an_upload_keeps_what_was_chosen_at_its_start(s3, key, another):
    set_default(s3, KMS, key)
    created = create(s3)
    set_default(s3, KMS, another)
    sent = part(s3, created)
    assert shown(sent) == shown(complete(s3, created, [sent])) == shown(head(s3)) == under(key)


# --- what is shown -----------------------------------------------------------------------------------------------------


def test_each_answer_about_an_object_shows_its_mode(s3, mode):
    write, reading, expected = mode
    assert shown(put(s3, **write)) == expected
    assert shown(get(s3, **reading)) == shown(head(s3, **reading)) == expected
    assert shown(copy(s3, "copied", **write)) == expected
    assert shown(head(s3, "copied", **reading)) == expected


def test_each_answer_about_an_upload_shows_its_mode(s3, mode):
    write, reading, expected = mode
    created = create(s3, **write)
    parts = [part(s3, created, 1, PART, **reading), part_copy(s3, created, 2, **reading)]
    completed = complete(s3, created, parts, **reading)
    # CompleteMultipartUpload has no member for a customer's key in its answer
    answers = [created, *parts, *([] if "customer" in expected else [completed]), get(s3, **reading)]
    assert [shown(each) for each in answers] == [expected] * len(answers)
    assert read(s3, **reading) == PART + BODY


def test_the_fields_of_boto3_tell_the_same(s3, key):
    answer = put(s3, **sse(key, BucketKeyEnabled=True))
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"], answer["BucketKeyEnabled"]) == (KMS, key, True)


def test_a_context_of_the_request_is_shown_by_what_takes_it_and_by_nothing_else(s3, write, key):
    expected = {**CONTEXT, "aws:s3:arn": f"{ARN}/k"}
    assert shown(write(s3, **sse(key, context=CONTEXT))) == under(key, context=expected)
    assert shown(write(s3, **sse(key))) == under(key)


def test_a_context_is_not_shown_by_parts_and_reads(s3, key):
    done = upload(s3, **sse(key, context=CONTEXT))
    assert [shown(each) for each in (*done.parts, done.completed, get(s3), head(s3))] == [under(key)] * 4
    assert read(s3) == BODY


def test_a_copy_does_not_take_the_context_of_its_source_along(s3, key):
    put(s3, **sse(key, context=CONTEXT))
    assert shown(copy(s3, "copied", "k", **sse(key))) == under(key)
    assert read(s3, "copied") == BODY


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("list_objects_v2", {}),
        ("get_object_attributes", {"Key": "k", "ObjectAttributes": ["ETag", "ObjectSize"]}),
        ("get_object_tagging", {"Key": "k"}),
        ("delete_object", {"Key": "k"}),
    ],
)
def test_other_answers_show_no_encryption(s3, key, operation, parameters):
    put(s3, **sse(key))
    assert shown(getattr(s3, operation)(Bucket=BUCKET, **parameters)) == {}


# --- what is read ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", BODY, bytes(range(256)) * 1000], ids=len)
def test_what_was_written_is_read_with_its_length(s3, mode, body):
    write, reading, _ = mode
    put(s3, body=body, **write)
    assert read(s3, **reading) == body
    assert head(s3, **reading)["ContentLength"] == len(body)
    (size,) = [each["Size"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"] if each["Key"] == "k"]
    assert size == len(body)


def test_an_etag_is_the_md5_under_sse_s3_and_nothing_known_otherwise(s3, mode):
    write, reading, expected = mode
    tags = [put(s3, **write)["ETag"] for _ in range(2)] + [copy(s3, **write)["CopyObjectResult"]["ETag"]]
    assert all(re.fullmatch('"[0-9a-f]{32}"', tag) for tag in tags)
    if expected == SSE_S3:
        assert tags == [md5(BODY)] * 3
    else:
        assert len({*tags, md5(BODY)}) == 4
    listed = [each["ETag"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"] if each["Key"] == "k"]
    assert [get(s3, **reading)["ETag"], head(s3, **reading)["ETag"], *listed] == tags[-1:] * 3
    assert read(s3, IfMatch=tags[-1], **reading) == BODY
    with refused("PreconditionFailed", status=412):
        get(s3, IfMatch=tags[0] if expected != SSE_S3 else md5(b""), **reading)


def test_an_etag_follows_the_mode_of_a_copy_and_not_of_its_source(s3, key):
    put(s3, **sse(key))
    assert copy(s3, "copied", "k")["CopyObjectResult"]["ETag"] == md5(BODY)
    assert copy(s3, "copied", "plain", **sse(key))["CopyObjectResult"]["ETag"] != md5(BODY)


def test_an_etag_of_an_upload_ends_in_the_number_of_parts(s3, mode):
    write, reading, _ = mode
    tag = upload(s3, PART, BODY, **write).completed["ETag"]
    assert re.fullmatch('"[0-9a-f]{32}-2"', tag)
    assert head(s3, **reading)["ETag"] == tag


@pytest.mark.parametrize(
    ("algorithm", "digest"),
    [
        ("CRC32", zlib.crc32(BODY).to_bytes(4, "big")),
        ("SHA1", hashlib.sha1(BODY).digest()),
        ("SHA256", hashlib.sha256(BODY).digest()),
    ],
    ids=["CRC32", "SHA1", "SHA256"],
)
def test_a_checksum_is_that_of_the_plaintext(s3, mode, algorithm, digest):
    write, reading, _ = mode
    answer = put(s3, ChecksumAlgorithm=algorithm, **write)
    seen = head(s3, ChecksumMode="ENABLED", **reading)
    expected = base64.b64encode(digest).decode()
    assert answer[f"Checksum{algorithm}"] == seen[f"Checksum{algorithm}"] == expected
    attributes = s3.get_object_attributes(Bucket=BUCKET, Key="k", ObjectAttributes=["Checksum"], **on_the_wire(reading))
    assert attributes["Checksum"][f"Checksum{algorithm}"] == expected


# --- requests that are not well-formed -----------------------------------------------------------------------------------


@pytest.mark.parametrize("default", ["AES256", KMS])
def test_a_key_needs_the_mode_that_has_keys(s3, write, key, default):
    set_default(s3, default)
    with refused(
        "InvalidArgument",
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
    ):
        write(s3, SSEKMSKeyId=key)
    assert keys(s3) == []


def test_an_unknown_mode_is_refused(s3, write):
    with refused("InvalidArgument", "The encryption method specified is not supported"):
        write(s3, ServerSideEncryption="aws:kmz")
    assert keys(s3) == []


@pytest.mark.parametrize(
    "sent",
    [
        "{}",
        '{"a": "b"}',
        "not base64",
        *map(base64_of, ["[1, 2]", '"text"', "not json", '{"a": 1}', '{"a": {"b": "c"}}']),
    ],
)
def test_a_context_is_base64_of_a_map_of_strings(s3, write, key, sent):
    with refused(
        "InvalidArgument",
        "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON "
        "which represents a string-string map",
    ):
        write(s3, SSEKMSEncryptionContext=sent, **sse(key))
    assert keys(s3) == []


def test_a_context_does_not_name_another_object(s3, write, key):
    with refused("InvalidArgument"):
        write(s3, **sse(key, context={"aws:s3:arn": f"{ARN}/other"}))
    assert keys(s3) == []


@pytest.mark.parametrize("write_options", [{}, {"ServerSideEncryption": KMS}])
def test_a_read_does_not_ask_for_a_mode(s3, write_options):
    put(s3, **write_options)
    for operation in ("GetObject", "HeadObject"):
        s3.meta.events.register(
            f"before-call.s3.{operation}",
            lambda params, **_: params["headers"].update({"x-amz-server-side-encryption": "AES256"}),
        )
    with refused("InvalidArgument"):
        get(s3)
    with refused("400", "Bad Request"):
        head(s3)
