"""Who may write and read under a KMS key, within its account and from others, and how S3 tells a denial."""

import json

import pytest

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import assume, key_policy, make_key, session_arn, signing, trust, use
from tests.support.s3 import (
    BODY,
    GHOST,
    account,
    alias,
    denied,
    denied_by_key_side,
    get,
    head,
    key_arn,
    keys,
    made,
    put,
    read,
    shown,
    sse,
    under,
)

pytestmark = pytest.mark.evidence(
    "documented",
    '"Using server-side encryption with AWS KMS keys" (S3 user guide); the words of denials are those of public reports',
)

BY_CIPHERTEXT = "on the resource associated with this ciphertext"
EVERYTHING = allow(["s3:*", "kms:*"])


# --- denials within the account ------------------------------------------------------------------------------------------

ACTIONS = {"kms:GenerateDataKey": put, "kms:Decrypt": get}
DENY = policy(
    *({"Effect": effect, "Action": f"{of}*", "Resource": "*"} for effect, of in (("Allow", ""), ("Deny", "kms:")))
)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"policies": [allow("s3:*")]}, "because no identity-based policy allows the {} action"),
        ({"policies": [EVERYTHING], "boundary": allow("s3:*")}, "because no permissions boundary allows the {} action"),
        ({"policies": [DENY]}, "with an explicit deny in an identity-based policy"),
    ],
)
def test_a_user_without_the_key_is_told_so(owner, s3, key, action, options, reason):
    put(s3, **sse(key))
    alice = owner.user("alice", **options)
    request = sse(key) if action == "kms:GenerateDataKey" else {}
    with denied(alice.arn, action, key, reason.format(action)):
        ACTIONS[action](alice.client("s3"), **request)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("explicit", [True, False])
def test_a_key_policy_that_keeps_a_user_out(owner, s3, kms, key, action, explicit):
    put(s3, **sse(key))
    alice = owner.user("alice", [EVERYTHING])
    statement = use(alice.arn, "kms:*", "Deny") if explicit else use(account(OWNER), "kms:PutKeyPolicy")
    kms.put_key_policy(
        KeyId=key, Policy=key_policy(statement, delegate=explicit), BypassPolicyLockoutSafetyCheck=not explicit
    )
    reason = (
        "with an explicit deny in a resource-based policy"
        if explicit
        else f"because no resource-based policy allows the {action} action"
    )
    with denied(alice.arn, action, key, reason):
        ACTIONS[action](alice.client("s3"), **(sse(key) if action == "kms:GenerateDataKey" else {}))


@pytest.mark.parametrize("action", ACTIONS)
def test_a_session_policy_without_the_key(owner, s3, key, action):
    put(s3, **sse(key))
    alice = owner.user("alice", [allow("sts:AssumeRole")])
    role = owner.role("app", [EVERYTHING], trust=trust(account(OWNER)))
    limits = json.dumps(allow("s3:*"))
    session = signing(assume(alice.client("sts"), role, Policy=limits), "s3", region_name="us-east-1")
    with denied(session_arn("app"), action, key, f"because no session policy allows the {action} action"):
        ACTIONS[action](session, **(sse(key) if action == "kms:GenerateDataKey" else {}))


def test_each_write_and_read_without_the_key_is_refused_and_stores_nothing(owner, s3, write, reading, key):
    put(s3, **sse(key))
    client = owner.user("alice", [allow("s3:*")]).client("s3")
    with refused("AccessDenied", status=403):
        reading(client)
    with refused("AccessDenied", status=403):
        write(client, "new", **sse(key))
    assert keys(s3) == ["k"]


def test_the_head_of_an_object_hides_why_it_is_denied(owner, s3, key):
    put(s3, **sse(key))
    client = owner.user("alice", [allow("s3:*")]).client("s3")
    assert shown(head(client)) == under(key)
    with refused("403", "Forbidden", 403):
        head(client, ChecksumMode="ENABLED")


def test_s3_has_the_first_say(owner, s3, write, key):
    with refused("NoSuchBucket", status=404):
        write(s3, bucket="nowhere", **sse(GHOST))
    with refused("NoSuchKey", status=404):
        get(s3, "missing")
    nobody = owner.user("nobody")
    reason = "because no identity-based policy allows the s3:PutObject action"
    with denied(nobody.arn, "s3:PutObject", 'on resource: "arn:aws:s3:::bucket/k"', reason):
        put(nobody.client("s3"), **sse(key))


# --- across accounts -----------------------------------------------------------------------------------------------------


def test_another_accounts_key_is_used_by_its_arn_if_both_sides_allow(s3, write, kms, stranger):
    theirs = make_key(kms, use(account(OTHER)))
    assert shown(write(stranger.client("s3"), **sse(theirs))) == under(theirs)
    put(stranger.client("s3"), **sse(theirs))
    assert read(stranger.client("s3")) == read(s3) == BODY


def test_a_bare_id_is_looked_for_in_the_account_of_the_caller(s3, write, kms, stranger, asks):
    identifier = make_key(kms, use(account(OTHER))).split("/")[1]
    options = asks(identifier)
    with refused("KMS.NotFoundException", f"Key '{key_arn(identifier, OTHER)}' does not exist"):
        write(stranger.client("s3"), **options)


def test_an_alias_of_the_bucket_is_the_callers_own_of_that_name(s3, write, kms, key, other, stranger, asks):
    own = made(other.client("kms"))["Arn"]
    options = asks(alias(kms, key))
    alias(other.client("kms"), own)
    assert shown(write(stranger.client("s3"), **options)) == under(own)


def test_a_key_side_that_refuses_is_not_told_from_no_key(s3, write, key, stranger, asks):
    for name in (key, key_arn(GHOST)):
        options = asks(name)
        with denied_by_key_side(stranger.arn, "kms:GenerateDataKey"):
            write(stranger.client("s3"), **options)
    assert keys(s3) == []


def test_the_callers_side_must_allow_another_accounts_key_too(s3, write, kms, other, stranger):
    theirs = make_key(kms, use(account(OTHER)))
    half = other.user("half", [allow("s3:*")])
    with denied(half.arn, "kms:GenerateDataKey", "on this resource"):
        write(half.client("s3"), **sse(theirs))
    put(s3, **sse(theirs))
    with denied(half.arn, "kms:Decrypt", BY_CIPHERTEXT):
        get(half.client("s3"))


def test_an_object_under_a_key_that_does_not_let_the_reader_in(s3, reading, key, stranger):
    put(s3, **sse(key))
    with denied_by_key_side(stranger.arn, "kms:Decrypt", BY_CIPHERTEXT):
        reading(stranger.client("s3"))


def test_the_owner_of_a_bucket_cannot_read_what_others_wrote_under_their_key(s3, other, stranger):
    own = made(other.client("kms"))["Arn"]
    put(stranger.client("s3"), **sse(own))
    with denied_by_key_side(account(OWNER), "kms:Decrypt", BY_CIPHERTEXT):
        get(s3)
    other.client("kms").put_key_policy(
        KeyId=own, Policy=json.dumps(policy(use(account(OTHER)), use(account(OWNER), "kms:Decrypt")))
    )
    assert read(s3) == BODY


def test_a_deny_of_the_user_holds_for_the_managed_key(owner, s3, managed):
    put(s3, **sse())
    alice = owner.user("alice", [DENY])
    with denied(alice.arn, "kms:Decrypt", managed(), "with an explicit deny in an identity-based policy"):
        get(alice.client("s3"))


def test_nobody_else_can_use_the_managed_key(s3, write, reading, managed, stranger):
    put(s3, **sse())
    with denied_by_key_side(stranger.arn, "kms:Decrypt", BY_CIPHERTEXT):
        reading(stranger.client("s3"))
    with denied_by_key_side(stranger.arn, "kms:GenerateDataKey"):
        write(stranger.client("s3"), "new", **sse(managed()))
    assert keys(s3) == ["k"]
