"""SSE-C: the customer sends the key with each write and read, and S3 keeps none."""

import base64
import hashlib
import io

import pytest
from boto3.s3.transfer import TransferConfig

from tests.support.claims import allow, refused
from tests.support.s3 import (
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
    kms_calls,
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
    uploads,
)

pytestmark = pytest.mark.evidence("recorded", "localstack (test_s3.snapshot.json, TestS3SSECEncryption)")

OTHER_KEY = customer(b"o")
FROM, FROM_OTHER = customer(prefix="CopySource"), customer(b"o", "CopySource")
TELLS = "Requests specifying Server Side Encryption with Customer provided keys must provide"
WITHOUT_KEY = (
    "InvalidRequest",
    "The object was stored using a form of Server Side Encryption. "
    "The correct parameters must be provided to retrieve the object.",
)
WRONG_KEY = ("AccessDenied", f"{TELLS} the correct secret key.", 403)
NOT_APPLICABLE = ("InvalidRequest", "The encryption parameters are not applicable to this object.")
PART_WITHOUT_KEY = (
    "InvalidRequest",
    "The multipart upload initiate requested encryption. "
    "Subsequent part requests must include the appropriate encryption parameters.",
)
PART_OTHER_KEY = ("InvalidRequest", "The provided encryption parameters did not match the ones used originally.")


@pytest.fixture
def secret(s3):
    """The object ``k`` under the customer's key."""
    return put(s3, **customer())


def encoded(value):
    return base64.b64encode(value).decode()


# --- a key that is not well-formed ---------------------------------------------------------------------------------------

NO_ALGORITHM, NO_KEY = f"{TELLS} a valid encryption algorithm.", f"{TELLS} an appropriate secret key."
MALFORMED = {
    "no algorithm": ({"SSECustomerKey": b"c" * 32}, "InvalidArgument", NO_ALGORITHM),
    "no key": ({"SSECustomerAlgorithm": "AES256"}, "InvalidArgument", NO_KEY),
    "unknown algorithm": (
        {**customer(), "SSECustomerAlgorithm": "AES128"},
        "InvalidEncryptionAlgorithmError",
        "The Encryption request you specified is not valid. Supported value: AES256.",
    ),
    "short key": (
        {**customer(), "SSECustomerKey": b"c" * 16},
        "InvalidArgument",
        "The secret key was invalid for the specified algorithm.",
    ),
    "long key": (
        {**customer(), "SSECustomerKey": b"c" * 33},
        "InvalidArgument",
        "The secret key was invalid for the specified algorithm.",
    ),
    "digest of another key": (
        {
            "SSECustomerAlgorithm": "AES256",
            "SSECustomerKey": encoded(b"c" * 32),
            "SSECustomerKeyMD5": encoded(hashlib.md5(b"o" * 32).digest()),
        },
        "InvalidArgument",
        "The calculated MD5 hash of the key did not match the hash that was provided.",
    ),
}


@pytest.mark.parametrize("malformed", MALFORMED)
def test_a_malformed_key_writes_nothing(s3, write, malformed):
    given, code, message = MALFORMED[malformed]
    with refused(code, message):
        write(s3, **given)
    assert (keys(s3), uploads(s3)) == ([], [])


@pytest.mark.parametrize("malformed", MALFORMED)
def test_a_malformed_key_reads_nothing(s3, secret, malformed):
    """As recorded, a key that is none is a wrong key for a read."""
    given, code, message = MALFORMED[malformed]
    if malformed in ("short key", "long key", "digest of another key"):
        with refused(*WRONG_KEY):
            get(s3, **given)
        return
    with refused(code, message):
        get(s3, **given)
    with refused("400", "Bad Request"):
        head(s3, **given)


@pytest.mark.parametrize("mode", ["AES256", "aws:kms", "aws:kms:dsse"])
def test_a_customers_key_and_a_mode_exclude_each_other(s3, write, mode):
    with refused(
        "InvalidArgument",
        "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
    ) as refusal:
        write(s3, ServerSideEncryption=mode, **customer())
    assert refusal.response["Error"]["ArgumentName"] == "x-amz-server-side-encryption"
    if mode == "AES256":
        assert refusal.response["Error"]["ArgumentValue"] == "AES256"
    assert (keys(s3), uploads(s3)) == ([], [])


# --- writing and reading -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("default", [None, "AES256", "aws:kms", "aws:kms:dsse"])
def test_the_key_of_the_request_is_all_that_counts(aws_world, s3, kms, key, default):
    if default:
        set_default(s3, default, key if "kms" in default else None)
    kms.disable_key(KeyId=key)
    with kms_calls(aws_world) as calls:
        assert shown(put(s3, **customer())) == customer_shown()
        answer = get(s3, **customer())
        assert (shown(answer), answer["Body"].read()) == (customer_shown(), BODY)
        assert shown(head(s3, **customer())) == customer_shown()
    assert calls == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, WITHOUT_KEY), (OTHER_KEY, WRONG_KEY)],
    ids=["no key", "another key"],
)
def test_the_object_opens_with_its_own_key_only(s3, secret, given, expected):
    with refused(*expected):
        get(s3, **given)
    with refused(*expected):
        get(s3, Range="bytes=0-3", **given)
    status, word = ("403", "Forbidden") if given else ("400", "Bad Request")
    with refused(status, word, int(status)):
        head(s3, **given)
    attributes = {"Bucket": BUCKET, "Key": "k", "ObjectAttributes": ["ETag"]}
    with refused(expected[0], status=int(status)):
        s3.get_object_attributes(**attributes, **on_the_wire(given))
    assert s3.get_object_attributes(**attributes, **on_the_wire(customer()))["ETag"] == secret["ETag"].strip('"')


@pytest.mark.parametrize("mode", ["SSE-S3", "SSE-KMS", "DSSE-KMS"])
def test_a_customers_key_is_no_key_to_other_objects(aws_world, s3, key, mode):
    put(s3, **{"SSE-S3": {}, "SSE-KMS": sse(key), "DSSE-KMS": sse(key, "aws:kms:dsse")}[mode])
    with kms_calls(aws_world) as calls:
        with refused(*NOT_APPLICABLE):
            get(s3, **customer())
        with refused("400", "Bad Request"):
            head(s3, **customer())
        with refused("InvalidRequest"):
            copy(s3, "copied", "k", **FROM)
    assert (calls, keys(s3)) == ([], ["k"])


def test_each_version_has_its_own_key(s3):
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    first, second, plain = (
        put(s3, body=body, **given) for body, given in ((b"1", customer()), (b"2", OTHER_KEY), (b"3", {}))
    )
    assert read(s3, VersionId=first["VersionId"], **customer()) == b"1"
    assert read(s3, VersionId=second["VersionId"], **OTHER_KEY) == b"2"
    assert read(s3, VersionId=plain["VersionId"]) == b"3"
    with refused(*WRONG_KEY):
        get(s3, VersionId=first["VersionId"], **OTHER_KEY)
    with refused(*NOT_APPLICABLE):
        get(s3, VersionId=plain["VersionId"], **OTHER_KEY)


def test_what_is_not_the_body_needs_no_key(s3, secret):
    s3.put_object_tagging(Bucket=BUCKET, Key="k", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.get_object_tagging(Bucket=BUCKET, Key="k")["TagSet"] == [{"Key": "a", "Value": "b"}]
    assert s3.get_object_acl(Bucket=BUCKET, Key="k")["Grants"]
    assert keys(s3) == ["k"]
    s3.delete_object(Bucket=BUCKET, Key="k")
    assert keys(s3) == []


def test_an_object_is_overwritten_without_its_old_key(s3, secret):
    put(s3, body=b"new")
    assert read(s3) == b"new"


def test_a_user_without_kms_needs_nothing_more(owner, s3, secret):
    client = owner.user("alice", [allow("s3:*")]).client("s3")
    assert read(client, **customer()) == BODY


# --- copies --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["SSE-S3", "SSE-KMS", "the same key", "another key"])
def test_a_copy_opens_its_source_and_closes_its_target(s3, key, secret, target):
    given, reading, expected = {
        "SSE-S3": ({}, {}, SSE_S3),
        "SSE-KMS": (sse(key), {}, under(key)),
        "the same key": (customer(), customer(), customer_shown()),
        "another key": (OTHER_KEY, OTHER_KEY, customer_shown(b"o")),
    }[target]
    assert shown(copy(s3, "copied", "k", **FROM, **given)) == expected
    assert shown(head(s3, "copied", **reading)) == expected
    assert read(s3, "copied", **reading) == BODY


def test_a_copy_in_place_changes_the_key(s3, secret):
    copy(s3, "k", "k", **FROM, **OTHER_KEY)
    assert read(s3, **OTHER_KEY) == BODY
    with refused(*WRONG_KEY):
        get(s3, **customer())


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, WITHOUT_KEY), (customer(), WITHOUT_KEY), (FROM_OTHER, ("AccessDenied", None, 403))],
    ids=["no key", "only the target's key", "another key"],
)
def test_a_copy_without_the_key_of_its_source(s3, secret, given, expected):
    with refused(*expected):
        copy(s3, "copied", "k", **given)
    created = create(s3, "parts")
    with refused(*expected):
        part_copy(s3, created, 1, "k", **{name: given[name] for name in given if name.startswith("CopySource")})
    assert keys(s3) == ["k"]


# --- multipart uploads -----------------------------------------------------------------------------------------------------


def test_an_upload_takes_parts_that_bring_its_key(aws_world, s3):
    with kms_calls(aws_world) as calls:
        done = upload(s3, PART, BODY, **customer())
        assert [shown(each) for each in (done.created, *done.parts)] == [customer_shown()] * 3
        assert shown(head(s3, **customer())) == customer_shown()
        assert read(s3, **customer()) == PART + BODY
    assert calls == []
    with refused(*WITHOUT_KEY):
        get(s3)


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, PART_WITHOUT_KEY), (OTHER_KEY, PART_OTHER_KEY)],
    ids=["no key", "another key"],
)
def test_a_part_without_the_key_of_its_upload_is_not_taken(s3, given, expected):
    created = create(s3, **customer())
    with refused(*expected):
        part(s3, created, **given)
    with refused(*expected):
        part_copy(s3, created, **given)
    where = {name: created[name] for name in ("Bucket", "Key", "UploadId")}
    assert s3.list_parts(**where).get("Parts", []) == []
    sent = part(s3, created, **customer())
    complete(s3, created, [sent], **customer())
    assert read(s3, **customer()) == BODY


def test_a_part_is_copied_from_one_key_to_another(s3, secret):
    created = create(s3, "copied", **OTHER_KEY)
    answer = part_copy(s3, created, 1, "k", **FROM, **OTHER_KEY)
    assert shown(answer) == customer_shown(b"o")
    complete(s3, created, [answer], **OTHER_KEY)
    assert read(s3, "copied", **OTHER_KEY) == BODY


def test_an_upload_is_aborted_without_its_key(s3):
    created = create(s3, **customer())
    part(s3, created, **customer())
    s3.abort_multipart_upload(**{name: created[name] for name in ("Bucket", "Key", "UploadId")})
    assert uploads(s3) == []


# --- transfers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1000, 2 * len(PART) + 1000])
def test_boto3_transfers_with_the_key(s3, size):
    body = bytes(range(250)) * (size // 250)
    small = TransferConfig(multipart_threshold=len(PART), multipart_chunksize=len(PART), max_concurrency=3)
    s3.upload_fileobj(io.BytesIO(body), BUCKET, "k", ExtraArgs=customer(), Config=small)
    target = io.BytesIO()
    s3.download_fileobj(BUCKET, "k", target, ExtraArgs=customer(), Config=small)
    assert target.getvalue() == body
    s3.copy({"Bucket": BUCKET, "Key": "k"}, BUCKET, "copied", ExtraArgs={**FROM, **OTHER_KEY}, Config=small)
    assert read(s3, "copied", **OTHER_KEY) == body
    with refused("400", "Bad Request"):
        s3.download_fileobj(BUCKET, "k", io.BytesIO(), Config=small)
    with refused("403", "Forbidden", 403):
        s3.download_fileobj(BUCKET, "k", io.BytesIO(), ExtraArgs=OTHER_KEY, Config=small)
