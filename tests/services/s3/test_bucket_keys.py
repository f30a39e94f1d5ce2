"""S3 Bucket Keys: the encryption context is the bucket, and with caches on AWS asks KMS only once in a while."""

import pytest

from tests.support.claims import OWNER, allow, policy, refused
from tests.support.policies import assume, key_policy, session_arn, signing, trust, use
from tests.support.s3 import (
    ARN,
    BODY,
    BUCKET,
    PART,
    complete,
    copy,
    create,
    denied,
    get,
    head,
    kms_calls,
    part,
    part_copy,
    put,
    read,
    set_default,
    sse,
    upload,
)

pytestmark = pytest.mark.evidence(
    "documented", '"Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys" (S3 user guide)'
)

ON = {"BucketKeyEnabled": True}
GENERATE, DECRYPT = "GenerateDataKey", "Decrypt"
USE = ["kms:GenerateDataKey", "kms:Decrypt"]
APP = session_arn("app", "kmsmock")
cached = pytest.mark.kmsmock(service_caches=True)


def seen(calls):
    """What KMS was asked, with the ARN that S3 put in the encryption context."""
    return [(name, context["aws:s3:arn"]) for name, context in calls]


def app(owner, *statements):
    """A role with every right in S3 and these statements about KMS."""
    return owner.role("app", policies=[policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}, *statements)])


def may(actions, key, **more):
    return {"Effect": "Allow", "Action": actions, "Resource": key, **more}


# --- when it is on -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [False, True], ids=["by default", "key in the request"])
@pytest.mark.parametrize("asked", [None, False, True])
@pytest.mark.parametrize("rule", [None, False, True])
def test_the_request_decides_and_else_the_rule_of_the_bucket(s3, key, aws_world, write, rule, asked, named):
    """The header overrides the bucket's rule both ways; without a header the rule is inherited."""
    set_default(s3, key=key, bucket_key=rule)
    options = {**(sse(key) if named else {}), **({} if asked is None else {"BucketKeyEnabled": asked})}
    expected = bool(rule if asked is None else asked)
    with kms_calls(aws_world) as calls:
        answer = write(s3, **options)
    assert seen(calls) == [(GENERATE, ARN if expected else f"{ARN}/k")]
    assert answer.get("BucketKeyEnabled") is (True if expected else None), "false is told by leaving it out"


@pytest.mark.parametrize("on", [True, False])
def test_reads_tell_of_the_bucket_key_and_use_its_context(s3, key, aws_world, on):
    """GetObject and HeadObject answer BucketKeyEnabled for an object under a bucket key only."""
    put(s3, **sse(key, BucketKeyEnabled=on))
    with kms_calls(aws_world) as calls:
        answers = [get(s3), head(s3)]
    assert [answer.get("BucketKeyEnabled") for answer in answers] == [True if on else None] * 2
    assert seen(calls) == [(DECRYPT, ARN if on else f"{ARN}/k")], "HeadObject asks nothing"
    assert answers[0]["Body"].read() == BODY


def test_the_pairs_of_the_client_are_kept_beside_the_bucket(s3, key, aws_world):
    """A context of the client's is merged with the ARN of the bucket."""
    with kms_calls(aws_world) as calls:
        put(s3, **sse(key, context={"team": "a"}, **ON))
        assert read(s3) == BODY
    assert calls == [(name, {"aws:s3:arn": ARN, "team": "a"}) for name in (GENERATE, DECRYPT)]


def test_dual_layer_encryption_never_uses_a_bucket_key(s3, key, aws_world):
    """DSSE-KMS keeps the object's ARN as context though the rule of the bucket turns bucket keys on."""
    set_default(s3, key=key, bucket_key=True)
    with kms_calls(aws_world) as calls:
        answers = [put(s3, **sse(key, "aws:kms:dsse")), get(s3), head(s3)]
    assert seen(calls) == [(GENERATE, f"{ARN}/k"), (DECRYPT, f"{ARN}/k")]
    assert not any("BucketKeyEnabled" in answer for answer in answers)


def test_sse_s3_never_shows_a_bucket_key(s3, aws_world):
    """The flag may stand in the rule of an AES256 bucket, but no object shows it and KMS is not asked."""
    set_default(s3, "AES256", bucket_key=True)
    with kms_calls(aws_world) as calls:
        answers = [put(s3), get(s3), head(s3)]
    assert calls == []
    assert [(a["ServerSideEncryption"], "BucketKeyEnabled" in a) for a in answers] == [("AES256", False)] * 3


def test_each_object_remembers_how_it_was_written(s3, key, aws_world):
    """Turning bucket keys on or off touches new objects only."""
    for name, on in [("first", True), ("second", False), ("third", True)]:
        set_default(s3, key=key, bucket_key=on)
        put(s3, name)
    set_default(s3, "AES256")
    with kms_calls(aws_world) as calls:
        for name in ("first", "second", "third"):
            read(s3, name)
    assert seen(calls) == [(DECRYPT, ARN), (DECRYPT, f"{ARN}/second"), (DECRYPT, ARN)]


def test_aws_s3_may_have_a_bucket_key_too(s3, managed, aws_world):
    """A rule without a key id takes aws/s3, with the bucket as context."""
    set_default(s3, bucket_key=True)
    with kms_calls(aws_world) as calls:
        answer = put(s3)
        assert read(s3) == BODY
    assert (answer["SSEKMSKeyId"], answer["BucketKeyEnabled"]) == (managed(), True)
    assert [call for call in seen(calls) if call[0] in (GENERATE, DECRYPT)] == [(GENERATE, ARN), (DECRYPT, ARN)]


# --- policies about the context ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["identity", "key"])
@pytest.mark.parametrize(
    ("operator", "value", "with_bucket_key", "without"),
    [
        ("StringEquals", ARN, True, False),
        ("StringEquals", f"{ARN}/k", False, True),
        ("StringLike", f"{ARN}/*", False, True),
        ("StringLike", f"{ARN}*", True, True),
    ],
)
def test_a_policy_about_the_context_must_name_the_bucket(
    s3, owner, kms, key, operator, value, with_bucket_key, without, where
):
    """kms:EncryptionContext:aws:s3:arn is the bucket with a bucket key, and the object without."""
    condition = {operator: {"kms:EncryptionContext:aws:s3:arn": value}}
    caller = app(owner, *([may(USE, key, Condition=condition)] if where == "identity" else []))
    if where == "key":
        kms.put_key_policy(KeyId=key, Policy=key_policy(use(caller.arn, USE, Condition=condition)))
    client = caller.client("s3")
    for on, allowed in [(True, with_bucket_key), (False, without)]:
        put(s3, **sse(key, BucketKeyEnabled=on))
        if allowed:
            assert read(client) == BODY
            put(client, **sse(key, BucketKeyEnabled=on))
            continue
        with denied(APP, "kms:GenerateDataKey", key):
            put(client, **sse(key, BucketKeyEnabled=on))
        with denied(APP, "kms:Decrypt", key):
            get(client)


# --- how often KMS is asked ----------------------------------------------------------------------------------------------


def test_every_use_is_checked_unless_caches_are_asked_for(s3, key, aws_world):
    """By default each write and each read is a call of KMS, so that a test sees a refusal at once."""
    set_default(s3, key=key, bucket_key=True)
    with kms_calls(aws_world) as calls:
        for name in ("a", "b"):
            put(s3, name)
            read(s3, name)
    assert seen(calls) == [(GENERATE, ARN), (DECRYPT, ARN)] * 2


REVOKED = {  # how, and what S3 answers then
    "disabled": ("disable_key", {}, "KMS.DisabledException", "{} is disabled.", 400),
    "pending deletion": ("schedule_key_deletion", {}, "KMS.KMSInvalidStateException", "{} is pending deletion.", 400),
    "denied": ("put_key_policy", {"Policy": key_policy(use("*", USE, "Deny"))}, "AccessDenied", None, 403),
}


def revoke(kms, key, how):
    operation, options, *_ = REVOKED[how]
    getattr(kms, operation)(KeyId=key, **options)


def refused_after(how, key):
    *_, code, message, status = REVOKED[how]
    return refused(code, message and message.format(key), status)


@pytest.mark.parametrize("how", REVOKED)
def test_a_revoked_key_is_refused_at_once(s3, kms, key, how):
    """Without caches the first read and the first write after a revocation fail."""
    set_default(s3, key=key, bucket_key=True)
    put(s3)
    revoke(kms, key, how)
    with refused_after(how, key):
        get(s3)
    with refused_after(how, key):
        put(s3, "other")


@cached
def test_the_first_write_verifies_its_bucket_key_and_later_ones_are_free(s3, key, aws_world):
    """A requester's first write is GenerateDataKey and Decrypt; then KMS hears nothing for a while."""
    set_default(s3, key=key, bucket_key=True)
    with kms_calls(aws_world) as first:
        put(s3, "a")
    with kms_calls(aws_world) as later:
        put(s3, "b")
        assert (read(s3, "a"), read(s3, "b")) == (BODY, BODY)
    assert (seen(first), later) == ([(GENERATE, ARN), (DECRYPT, ARN)], [])


@cached
def test_a_reader_asks_once(s3, owner, key, aws_world):
    """The first read of a requester is one Decrypt, the next ones none."""
    put(s3, "a", **sse(key, **ON))
    put(s3, "b", **sse(key, **ON))
    client = app(owner, may(USE, key)).client("s3")
    with kms_calls(aws_world) as calls:
        bodies = [read(client, name) for name in ("a", "a", "b")]
    assert (bodies, seen(calls)) == ([BODY] * 3, [(DECRYPT, ARN)])


@cached
def test_a_writer_needs_decrypt_to_verify_its_bucket_key(s3, owner, key):
    """kms:GenerateDataKey alone does not do for the first write of a requester."""
    client = app(owner, may("kms:GenerateDataKey", key)).client("s3")
    with denied(APP, "kms:Decrypt", key):
        put(client, **sse(key, **ON))
    put(client, **sse(key))


@cached
@pytest.mark.parametrize("how", REVOKED)
def test_a_revocation_is_felt_within_five_minutes(s3, kms, key, aws_world, how):
    """While the bucket key is cached nothing is checked again; after five minutes everything is."""
    aws_world.clock.freeze()
    set_default(s3, key=key, bucket_key=True)
    put(s3)
    revoke(kms, key, how)
    aws_world.clock.advance(minutes=4)
    assert read(s3) == BODY
    put(s3, "other")
    aws_world.clock.advance(minutes=1, seconds=1)
    with refused_after(how, key):
        get(s3)
    with refused_after(how, key):
        put(s3, "third")


@cached
def test_using_a_cached_key_does_not_prolong_it(s3, key, aws_world):
    """The five minutes run from the call of KMS, not from the last use."""
    aws_world.clock.freeze()
    set_default(s3, key=key, bucket_key=True)
    with kms_calls(aws_world) as calls:
        for _ in range(4):
            put(s3)
            aws_world.clock.advance(minutes=2)
    assert seen(calls) == [(GENERATE, ARN), (DECRYPT, ARN)] * 2, "at 0 and at 6 minutes"


@cached
def test_each_session_has_its_own_bucket_key(s3, owner, kms, key, aws_world):
    """A new session of the same role asks KMS itself, and is refused where the old one still is served."""
    role = owner.role("app", policies=[allow("*")], trust=trust(f"arn:aws:iam::{OWNER}:root"))
    sts = owner.user("alice", policies=[allow("sts:AssumeRole")]).client("sts")
    old, new, late = (signing(assume(sts, role, name), "s3") for name in ("ci", "ci", "late"))
    for client in (old, new):
        with kms_calls(aws_world) as calls:
            put(client, **sse(key, **ON))
        assert seen(calls) == [(GENERATE, ARN), (DECRYPT, ARN)]
    kms.disable_key(KeyId=key)
    put(old, "other", **sse(key, **ON))
    assert read(new) == BODY
    with refused_after("disabled", key):
        get(late)


@cached
def test_each_key_and_each_bucket_has_its_own_bucket_key(s3, key, another, aws_world):
    """What is cached for one key and bucket serves no other."""
    s3.create_bucket(Bucket="second")
    with kms_calls(aws_world) as calls:
        for bucket, chosen in [(BUCKET, key), (BUCKET, another), ("second", key), (BUCKET, key), ("second", key)]:
            put(s3, bucket=bucket, **sse(chosen, **ON))
    both = (GENERATE, DECRYPT)
    assert seen(calls) == [(name, where) for where in (ARN, ARN, "arn:aws:s3:::second") for name in both]


@cached
def test_without_a_bucket_key_nothing_is_cached(s3, kms, key, aws_world):
    """Objects under a data key of their own are checked at every use, also with caches on."""
    put(s3, "warm", **sse(key, **ON))
    with kms_calls(aws_world) as calls:
        for name in ("a", "b"):
            put(s3, name, **sse(key))
            read(s3, name)
    assert seen(calls) == [(call, f"{ARN}/{name}") for name in ("a", "b") for call in (GENERATE, DECRYPT)]
    kms.disable_key(KeyId=key)
    with refused_after("disabled", key):
        get(s3, "a")
    assert read(s3, "warm") == BODY


def test_an_upload_keeps_the_bucket_key_it_started_with(s3, key, aws_world):
    """Every step of a multipart upload uses the bucket's ARN and shows the bucket key, whatever the rule becomes."""
    set_default(s3, key=key, bucket_key=True)
    with kms_calls(aws_world) as calls:
        created = create(s3)
        set_default(s3, key=key, bucket_key=False)
        parts = [part(s3, created, 1, PART), part(s3, created, 2), part_copy(s3, created, 3)]
        completed = complete(s3, created, parts[:2])
    assert [answer["BucketKeyEnabled"] for answer in (created, *parts, completed)] == [True] * 5
    assert seen(calls)[:4] == [(GENERATE, ARN)] + [(DECRYPT, ARN)] * 3
    assert set(seen(calls)[4:]) <= {(DECRYPT, ARN)}
    assert (read(s3), head(s3)["BucketKeyEnabled"]) == (PART + BODY, True)


@cached
def test_the_parts_of_an_upload_are_free_while_the_bucket_key_is_cached(s3, key, aws_world):
    """With caches on only the start of an upload asks KMS."""
    with kms_calls(aws_world) as calls:
        upload(s3, PART, BODY, **sse(key, **ON))
    assert seen(calls) == [(GENERATE, ARN), (DECRYPT, ARN)]


@pytest.mark.parametrize("to", [True, False])
@pytest.mark.parametrize("of", [True, False])
def test_a_copy_reads_by_the_source_and_writes_by_the_destination(s3, key, another, aws_world, of, to):
    """The source is decrypted under its own context; the copy follows the rule of its bucket."""
    s3.create_bucket(Bucket="second")
    set_default(s3, key=another, bucket_key=to, bucket="second")
    put(s3, "from", **sse(key, BucketKeyEnabled=of))
    with kms_calls(aws_world) as calls:
        answer = copy(s3, "k", "from", bucket="second")
    target = "arn:aws:s3:::second" if to else "arn:aws:s3:::second/k"
    assert sorted(seen(calls)) == [(DECRYPT, ARN if of else f"{ARN}/from"), (GENERATE, target)]
    assert (answer["SSEKMSKeyId"], answer.get("BucketKeyEnabled", False)) == (another, to)
    assert read(s3, bucket="second") == BODY


def test_a_copy_onto_itself_turns_the_bucket_key_on(s3, key, aws_world):
    """That is how AWS has existing objects moved to a bucket key."""
    put(s3, **sse(key))
    assert copy(s3, "k", "k", **sse(key, **ON))["BucketKeyEnabled"] is True
    with kms_calls(aws_world) as calls:
        assert read(s3) == BODY
    assert seen(calls) == [(DECRYPT, ARN)]
