"""Requests that nobody signed: bucket policies and ACLs for everybody are all that lets them in."""

import json

import pytest
import requests

from tests.support.claims import policy, refused
from tests.support.s3 import ARN, BODY, BUCKET, get, put, read

pytestmark = pytest.mark.evidence(
    "documented", '"Access control list (ACL) overview" and "Bucket policies" (S3 user guide)'
)

DENIED = ("AccessDenied", "Access Denied", 403)


def test_nobody_may_do_anything(s3, anonymous, aws_world):
    for act in (
        lambda: get(anonymous, "plain"),
        lambda: put(anonymous),
        lambda: anonymous.list_objects_v2(Bucket=BUCKET),
        lambda: anonymous.delete_object(Bucket=BUCKET, Key="plain"),
        lambda: anonymous.put_bucket_policy(Bucket=BUCKET, Policy="{}"),
    ):
        with refused(*DENIED):
            act()
    assert aws_world.decisions[-1].caller == "*"
    assert requests.get(f"https://{BUCKET}.s3.amazonaws.com/plain", timeout=10).status_code == 403
    assert read(s3, "plain") == BODY


def test_a_bucket_policy_lets_everybody_read(s3, anonymous):
    open_ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"{ARN}/*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(open_)))
    assert read(anonymous, "plain") == BODY
    with refused(*DENIED):
        put(anonymous)


def test_a_public_object_of_a_bucket_with_acls(s3, anonymous):
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.put_object(Bucket=BUCKET, Key="open", Body=BODY, ACL="public-read")
    assert read(anonymous, "open") == BODY
    assert requests.get(f"https://{BUCKET}.s3.amazonaws.com/open", timeout=10).content == BODY
    with refused(*DENIED):
        get(anonymous, "plain")
    s3.put_bucket_acl(Bucket=BUCKET, ACL="public-read-write")
    assert put(anonymous, "theirs")
    assert anonymous.list_objects_v2(Bucket=BUCKET)["KeyCount"] == 3
