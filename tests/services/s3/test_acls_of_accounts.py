"""ACLs that name another account, and objects that are their writer's and not the bucket owner's.

"Access control list (ACL) overview" and "Controlling ownership of objects and disabling ACLs" (Amazon S3 user guide):
the account that a grant names gives the permission on to its own principals, and a key lets nobody in for an ACL.
"""

import json

import pytest

from tests.support.claims import OTHER, allow, policy, refused
from tests.support.policies import key_policy, root, use
from tests.support.s3 import ARN, BODY, BUCKET, head, put, read, sse

pytestmark = pytest.mark.evidence(
    "documented", '"Access control list (ACL) overview" and "Controlling ownership of objects" (Amazon S3 user guide)'
)

OPEN = dict.fromkeys(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], False)
DENIED = ("AccessDenied", "Access Denied")


def owned_by(s3, rule):
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": rule}]})


def canonical(client):
    return client.list_buckets()["Owner"]["ID"]


@pytest.fixture
def acls(s3):
    """The bucket whose objects are their writers'."""
    owned_by(s3, "ObjectWriter")
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=OPEN)
    return s3


@pytest.fixture
def friend(other):
    """The client of a user of another account, whose own policies let him do everything."""
    return other.user("friend", [allow(["s3:*", "kms:*"])]).client("s3")


def test_each_account_has_an_id_of_its_own(s3, other, friend):
    mine, theirs = canonical(s3), canonical(friend)
    assert mine != theirs == canonical(other.client("s3"))
    assert {len(mine), len(theirs)} == {64}
    assert s3.get_bucket_acl(Bucket=BUCKET)["Owner"]["ID"] == mine
    assert s3.get_object_acl(Bucket=BUCKET, Key="plain")["Owner"]["ID"] == mine
    assert s3.list_objects(Bucket=BUCKET)["Contents"][0]["Owner"]["ID"] == mine


def test_an_object_is_read_by_the_account_that_its_acl_names(acls, friend):
    with refused(*DENIED, status=403):
        read(friend, "plain")
    acls.put_object_acl(Bucket=BUCKET, Key="plain", GrantRead=f"id={canonical(friend)}")
    assert read(friend, "plain") == BODY
    with refused(*DENIED, status=403):
        friend.get_object_acl(Bucket=BUCKET, Key="plain")
    with refused(*DENIED, status=403):
        put(friend, "plain")


def test_the_account_gives_on_what_it_was_given(acls, other, friend):
    put(acls, GrantRead=f"id={canonical(friend)}")
    nobody = other.user("nobody").client("s3")
    with refused(*DENIED, status=403):
        read(nobody)
    assert read(friend) == BODY


def test_an_acl_opens_no_key(acls, kms, key, friend):
    put(acls, GrantRead=f"id={canonical(friend)}", **sse(key))
    with refused("AccessDenied", status=403):
        read(friend)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(use(root(OTHER))))
    assert read(friend) == BODY


def test_the_acl_of_a_bucket_lets_an_account_write_and_list(acls, friend):
    named = f"id={canonical(friend)}"
    acls.put_bucket_acl(Bucket=BUCKET, GrantRead=named, GrantWrite=named)
    put(friend)
    assert [each["Key"] for each in friend.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["k", "plain"]
    with refused(*DENIED, status=403):
        friend.put_bucket_acl(Bucket=BUCKET, ACL="private")


@pytest.fixture
def writer(acls, friend):
    """The other account may write into the bucket, as its policy says."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": root(OTHER)},
        "Action": "s3:PutObject*",
        "Resource": f"{ARN}/*",
    }
    acls.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(statement)))
    return friend


def test_an_object_is_its_writers(acls, writer):
    put(writer)
    assert read(writer) == BODY
    with refused(*DENIED, status=403):
        read(acls)
    with refused(*DENIED, status=403):
        acls.get_object_acl(Bucket=BUCKET, Key="k")
    assert writer.get_object_acl(Bucket=BUCKET, Key="k")["Owner"]["ID"] == canonical(writer)
    acls.delete_object(Bucket=BUCKET, Key="k")


@pytest.mark.parametrize(
    ("acl", "permission"), [("bucket-owner-full-control", "FULL_CONTROL"), ("bucket-owner-read", "READ")]
)
def test_its_writer_may_let_the_buckets_owner_in(acls, writer, acl, permission):
    put(writer, ACL=acl)
    assert read(acls) == BODY
    grants = writer.get_object_acl(Bucket=BUCKET, Key="k")["Grants"]
    assert {each["Grantee"]["ID"]: each["Permission"] for each in grants} == {
        canonical(writer): "FULL_CONTROL",
        canonical(acls): permission,
    }
    if acl == "bucket-owner-read":
        with refused(*DENIED, status=403):
            acls.get_object_acl(Bucket=BUCKET, Key="k")
    else:
        assert acls.get_object_acl(Bucket=BUCKET, Key="k")["Owner"]["ID"] == canonical(writer)


def test_its_writer_may_do_so_later(acls, writer):
    put(writer)
    writer.put_object_acl(Bucket=BUCKET, Key="k", ACL="bucket-owner-full-control")
    assert read(acls) == BODY
    writer.put_object_acl(Bucket=BUCKET, Key="k", ACL="private")
    with refused(*DENIED, status=403):
        read(acls)


def test_a_bucket_may_prefer_to_own_what_it_is_given_full_control_of(acls, writer):
    owned_by(acls, "BucketOwnerPreferred")
    put(writer, "given", ACL="bucket-owner-full-control")
    put(writer, "kept")
    assert read(acls, "given") == BODY
    with refused(*DENIED, status=403):
        read(acls, "kept")
    with refused(*DENIED, status=403):
        read(writer, "given")


def test_where_acls_are_off_all_is_the_buckets_owners(s3, acls, writer):
    put(writer, "before")
    owned_by(s3, "BucketOwnerEnforced")
    put(writer, "after")
    assert read(s3, "after") == BODY == read(s3, "before")
    with refused(*DENIED, status=403):
        read(writer, "before")


def test_what_a_buckets_policy_allows_does_not_reach_what_others_own(acls, writer, other):
    put(writer)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/*"}
    denial = {**statement, "Effect": "Deny", "Resource": f"{ARN}/k"}
    acls.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(statement)))
    with refused(*DENIED, status=403):
        read(acls)
    assert read(writer) == BODY
    acls.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(statement, denial)))
    with refused("AccessDenied", status=403):
        read(writer)


def test_the_key_of_the_writer_is_the_writers(acls, writer, other):
    """The classic: the owner of the bucket is let in by the ACL, and not by the key."""
    key = other.client("kms").create_key()["KeyMetadata"]["Arn"]
    put(writer, ACL="bucket-owner-full-control", **sse(key))
    assert head(acls)["SSEKMSKeyId"] == key
    with refused("AccessDenied", status=403):
        read(acls)
