"""At rest: what the disks hold of an object under KMS is ciphertext, and only its key opens it."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto.s3.models import s3_backends

from tests.support.claims import OWNER, allow, refused
from tests.support.policies import key_policy, use
from tests.support.s3 import (
    ARN,
    BUCKET,
    PART,
    complete,
    copy,
    create,
    denied,
    get,
    head,
    part,
    part_copy,
    put,
    read,
    set_default,
    sse,
    upload,
)

pytestmark = pytest.mark.evidence(
    "documented",
    '"Using server-side encryption with AWS KMS keys" (S3 user guide): envelope encryption; what lies on the disks nobody outside sees',
)

MARKER = b"the marker that no disk may show"
BODY = b"before " + MARKER + b" after"
LONG = MARKER + PART  # a part that another may follow
ROOT = f"arn:aws:iam::{OWNER}:root"
MODES = ["aws:kms", "aws:kms:dsse"]


def on_disk():
    """What moto holds: the bytes of every object, version and part of every bucket."""
    held = []
    for bucket in s3_backends[OWNER]["aws"].buckets.values():
        stored = [version for name in bucket.keys for version in bucket.keys.getlist(name)]
        stored += [each for started in bucket.multiparts.values() for each in started.parts.values()]
        for each in stored:
            buffer = getattr(each, "_value_buffer", None)  # a delete marker has none
            if buffer is not None:
                buffer.seek(0)
                held.append(buffer.read())
    return held


def assert_sealed(count=None):
    """No disk shows the marker; ``plain`` of the fixture is the one object in the clear."""
    held = on_disk()
    assert not any(MARKER in each for each in held)
    assert count is None or len(held) == count + 1


def opened(kms, rest, **more):
    return kms.decrypt(CiphertextBlob=rest.wrapped_key, EncryptionContext=rest.encryption_context, **more)


# --- what there is -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_the_disk_holds_ciphertext_and_a_wrapped_key(s3, kms, key, aws_world, mode):
    """The data key is wrapped by the object's KMS key under the object's context."""
    put(s3, body=BODY, **sse(key, mode))
    rest = aws_world.at_rest(f"{ARN}/k")
    assert isinstance(rest.ciphertext, bytes)
    assert MARKER not in rest.ciphertext
    assert len(rest.ciphertext) >= len(BODY)
    assert (rest.key_arn, rest.encryption_context) == (key, {"aws:s3:arn": f"{ARN}/k"})
    answer = opened(kms, rest)
    assert (len(answer["Plaintext"]), answer["KeyId"]) == (32, key)
    assert_sealed(1)
    assert rest.ciphertext in on_disk()


@pytest.mark.parametrize("context", [{}, {"aws:s3:arn": f"{ARN}/other"}, {"aws:s3:arn": f"{ARN}/k", "more": "x"}])
def test_the_wrapped_key_opens_under_its_context_only(s3, kms, key, aws_world, context):
    """It is a ciphertext of KMS like any other, bound to the ARN of the object."""
    put(s3, body=BODY, **sse(key))
    rest = aws_world.at_rest(f"{ARN}/k")
    with refused("InvalidCiphertextException"):
        kms.decrypt(CiphertextBlob=rest.wrapped_key, EncryptionContext=context)


def test_who_may_not_decrypt_cannot_open_the_wrapped_key(s3, owner, kms, key, aws_world):
    """Having the disk is not having the key."""
    put(s3, body=BODY, **sse(key))
    rest = aws_world.at_rest(f"{ARN}/k")
    thief = owner.user("thief", policies=[allow("s3:*")]).client("kms")
    with refused("AccessDeniedException"):
        opened(thief, rest)
    kms.disable_key(KeyId=key)
    with refused("DisabledException"):
        opened(kms, rest)


def test_the_context_of_the_client_and_the_bucket_key_are_at_rest_too(s3, kms, key, aws_world):
    """The context is the one that KMS was asked with."""
    put(s3, body=BODY, **sse(key, context={"team": "a"}))
    put(s3, "b", body=BODY, **sse(key, BucketKeyEnabled=True))
    contexts = [aws_world.at_rest(f"{ARN}/{name}").encryption_context for name in ("k", "b")]
    assert contexts == [{"aws:s3:arn": f"{ARN}/k", "team": "a"}, {"aws:s3:arn": ARN}]
    assert_sealed(2)


def test_the_default_of_the_bucket_seals_as_well(s3, managed, aws_world):
    """An object under aws/s3 by default is ciphertext, too."""
    set_default(s3)
    put(s3, body=BODY)
    assert aws_world.at_rest(f"{ARN}/k").key_arn == managed()
    assert_sealed(1)


def test_equal_bodies_make_different_ciphertexts(s3, key, aws_world):
    """Every object has a data key of its own; the ETag tells nothing of the body."""
    tags = {put(s3, name, BODY, **sse(key))["ETag"] for name in ("a", "b", "c")}
    rests = [aws_world.at_rest(f"{ARN}/{name}") for name in ("a", "b", "c")]
    assert len(tags) == len({rest.ciphertext for rest in rests}) == len({rest.wrapped_key for rest in rests}) == 3


def test_the_sizes_that_are_told_are_those_of_the_body(s3, key):
    """No answer tells the length of the ciphertext."""
    put(s3, body=BODY, **sse(key))
    listed = next(each for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"] if each["Key"] == "k")
    assert (head(s3)["ContentLength"], get(s3)["ContentLength"], listed["Size"]) == (len(BODY),) * 3


def test_each_version_is_sealed_by_itself(s3, key, another, aws_world):
    """A version names its own key, and stays when a later one or a delete marker covers it."""
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    made = {chosen: put(s3, body=BODY, **sse(chosen))["VersionId"] for chosen in (key, another)}
    assert aws_world.at_rest(f"{ARN}/k").key_arn == another
    s3.delete_object(Bucket=BUCKET, Key="k")
    rests = {chosen: aws_world.at_rest(f"{ARN}/k", version_id=version) for chosen, version in made.items()}
    assert {chosen: rest.key_arn for chosen, rest in rests.items()} == {key: key, another: another}
    assert rests[key].wrapped_key != rests[another].wrapped_key
    assert [read(s3, VersionId=version) for version in made.values()] == [BODY, BODY]
    assert_sealed(2)


def test_the_parts_of_an_upload_are_sealed_before_and_after_its_end(s3, kms, key, aws_world):
    """Parts on their way are ciphertext, copied ones as well, and so is the object they make."""
    put(s3, "from", BODY, **sse(key))
    created = create(s3, **sse(key))
    parts = [part(s3, created, 1, LONG), part_copy(s3, created, 2, "from")]
    assert_sealed(3)
    complete(s3, created, parts)
    assert_sealed(2)
    rest = aws_world.at_rest(f"{ARN}/k")
    assert (rest.key_arn, len(opened(kms, rest)["Plaintext"])) == (key, 32)
    assert read(s3) == LONG + BODY
    assert head(s3)["ContentLength"] == len(LONG + BODY)


@pytest.mark.parametrize("of", MODES)
@pytest.mark.parametrize("to", MODES)
def test_a_copy_is_sealed_anew(s3, kms, key, another, aws_world, of, to):
    """The copy has its own data key, under its own key and context."""
    put(s3, "from", BODY, **sse(key, of))
    copy(s3, "k", "from", **sse(another, to))
    origin, rest = aws_world.at_rest(f"{ARN}/from"), aws_world.at_rest(f"{ARN}/k")
    assert (rest.key_arn, rest.encryption_context) == (another, {"aws:s3:arn": f"{ARN}/k"})
    assert opened(kms, rest)["Plaintext"] != opened(kms, origin)["Plaintext"]
    assert rest.ciphertext != origin.ciphertext
    assert read(s3) == BODY
    assert_sealed(2)


RANGES = ["bytes=0-0", "bytes=3-9", "bytes=-7", "bytes=5-", "bytes=0-99999999"]


def sliced(body, wanted):
    first, last = wanted.removeprefix("bytes=").split("-")
    return body[-int(last) :] if not first else body[int(first) : int(last) + 1 if last else None]


@pytest.mark.parametrize("mode", MODES)
def test_a_range_is_of_the_body(s3, key, mode):
    """Ranges count the bytes of the plaintext."""
    put(s3, body=BODY, **sse(key, mode))
    for wanted in RANGES:
        answer, expected = get(s3, Range=wanted), sliced(BODY, wanted)
        assert (answer["Body"].read(), answer["ContentLength"]) == (expected, len(expected)), wanted
        assert answer["ContentRange"].endswith(f"/{len(BODY)}")
    with refused("InvalidRange", None, 416):
        get(s3, Range=f"bytes={len(BODY)}-")


def test_a_range_may_cross_the_parts_of_an_upload(s3, key):
    """An object of several parts is one body."""
    upload(s3, LONG, BODY, **sse(key))
    edge = len(LONG)
    for wanted in (f"bytes={edge - 5}-{edge + 5}", f"bytes={edge}-{edge}", "bytes=-3", f"bytes={edge - 1}-"):
        assert read(s3, Range=wanted) == sliced(LONG + BODY, wanted)


# --- what there is not ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arn", [f"{ARN}/plain", f"{ARN}/missing", "arn:aws:s3:::nobody/k", "arn:aws:sqs:us-east-1:111111111111:queue", "k"]
)
def test_only_an_object_under_kms_is_at_rest(s3, aws_world, arn):
    """There is nothing to show of objects without KMS, of no object, and of what is no object."""
    with pytest.raises(ValueError, match=r"."):
        aws_world.at_rest(arn)


def test_a_version_that_is_not_there_is_not_at_rest(s3, key, aws_world):
    """Neither an unknown version nor a deleted object is found."""
    put(s3, body=BODY, **sse(key))
    with pytest.raises(ValueError, match=r"."):
        aws_world.at_rest(f"{ARN}/k", version_id="nothing")
    s3.delete_object(Bucket=BUCKET, Key="k")
    with pytest.raises(ValueError, match=r"."):
        aws_world.at_rest(f"{ARN}/k")
    assert_sealed(0)


# --- without the key -----------------------------------------------------------------------------------------------------

READS = {
    "GetObject": get,
    "a range": lambda s3: get(s3, Range="bytes=0-0"),
    "CopyObject": lambda s3: copy(s3, "copy", "k"),
    "UploadPartCopy": lambda s3: part_copy(s3, create(s3, "copy"), 1, "k"),
}
LOST = {  # how the key is lost, and what S3 answers then
    "disabled": ("KMS.DisabledException", "{} is disabled."),
    "pending deletion": ("KMS.KMSInvalidStateException", "{} is pending deletion."),
    "deleted": ("KMS.NotFoundException", "Key '{}' does not exist"),
}


@pytest.mark.parametrize("operation", READS)
@pytest.mark.parametrize("how", LOST)
def test_without_its_key_nothing_reads_an_object(s3, owner, kms, key, aws_world, how, operation):
    """Neither root nor an administrator, whole or in part; the ciphertext is still there."""
    put(s3, body=BODY, **sse(key))
    sealed = aws_world.at_rest(f"{ARN}/k").ciphertext
    if how == "disabled":
        kms.disable_key(KeyId=key)
    else:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    if how == "deleted":
        aws_world.clock.advance(days=8)
    code, text = LOST[how]
    for client in (s3, owner.user("admin", policies=[allow("*")]).client("s3")):
        with refused(code, text.format(key)):
            READS[operation](client)
    assert aws_world.at_rest(f"{ARN}/k").ciphertext == sealed
    assert head(s3)["SSEKMSKeyId"] == key
    assert_sealed()


@pytest.mark.parametrize("operation", READS)
def test_root_of_the_bucket_is_refused_when_the_key_denies_it(s3, kms, key, operation):
    """Owning the bucket and the object does not help against the key's policy."""
    put(s3, body=BODY, **sse(key))
    kms.put_key_policy(KeyId=key, Policy=key_policy(use(ROOT, "kms:Decrypt", "Deny")))
    with denied(ROOT, "kms:Decrypt", key, "with an explicit deny in a resource-based policy"):
        READS[operation](s3)
    kms.put_key_policy(KeyId=key, Policy=key_policy())
    assert read(s3) == BODY


def test_a_key_that_comes_back_opens_what_it_sealed(s3, kms, key):
    """Enabling the key again, or cancelling its deletion, brings the object back."""
    put(s3, body=BODY, **sse(key))
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    kms.cancel_key_deletion(KeyId=key)
    with refused("KMS.DisabledException"):
        get(s3)
    kms.enable_key(KeyId=key)
    assert read(s3) == BODY


def test_a_rotated_key_still_opens_what_it_sealed(s3, kms, key, aws_world):
    """Rotation keeps old material, so that old objects are read as they are."""
    put(s3, "old", BODY, **sse(key))
    before = aws_world.at_rest(f"{ARN}/old")
    kms.rotate_key_on_demand(KeyId=key)
    aws_world.clock.advance(days=1)
    put(s3, "new", BODY, **sse(key))
    assert (read(s3, "old"), read(s3, "new")) == (BODY, BODY)
    assert aws_world.at_rest(f"{ARN}/old").wrapped_key == before.wrapped_key


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=4096), mode=st.sampled_from(MODES), bucket_key=st.booleans())
def test_every_body_comes_back(s3, key, aws_world, body, mode, bucket_key):
    """Whatever is written is read again, and is not what the disk holds."""
    put(s3, body=body, **sse(key, mode, **({"BucketKeyEnabled": bucket_key} if mode == "aws:kms" else {})))
    assert read(s3) == body
    if len(body) >= 16:
        assert not any(body in held for held in on_disk())
        assert body not in aws_world.at_rest(f"{ARN}/k").ciphertext
