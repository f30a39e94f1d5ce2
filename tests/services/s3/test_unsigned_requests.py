"""Requests that nobody signed: what is not there is told to everybody who could see that it is not.

Sources: recorded answers of AWS in localstack/localstack (test_s3_get_object_with_anon_credentials and others), and
"Access control list (ACL) overview" in the Amazon S3 user guide.
"""

import json

import pytest
import requests

from tests.support.claims import allow, policy, refused
from tests.support.s3 import ARN, BODY, BUCKET, copy, get, head, put, read

pytestmark = pytest.mark.evidence(
    "recorded", "localstack (test_s3.snapshot.json, test_s3_get_object_with_anon_credentials and others)"
)

NO_BUCKET = ("NoSuchBucket", "The specified bucket does not exist", 404)
NO_KEY = ("NoSuchKey", "The specified key does not exist.", 404)
DENIED = ("AccessDenied", "Access Denied", 403)
EVERYBODY = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'


def opened(s3, acl):
    """The bucket takes ACLs, and has this one."""
    s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_acl(Bucket=BUCKET, ACL=acl)


ASKED = {
    "GetObject": lambda s3: get(s3, "k", "absent"),
    "PutObject": lambda s3: put(s3, "k", BODY, "absent"),
    "DeleteObject": lambda s3: s3.delete_object(Bucket="absent", Key="k"),
    "DeleteObjects": lambda s3: s3.delete_objects(Bucket="absent", Delete={"Objects": [{"Key": "k"}]}),
    "ListObjects": lambda s3: s3.list_objects(Bucket="absent"),
    "ListObjectsV2": lambda s3: s3.list_objects_v2(Bucket="absent"),
    "ListObjectVersions": lambda s3: s3.list_object_versions(Bucket="absent"),
    "ListMultipartUploads": lambda s3: s3.list_multipart_uploads(Bucket="absent"),
    "CreateMultipartUpload": lambda s3: s3.create_multipart_upload(Bucket="absent", Key="k"),
    "GetBucketPolicy": lambda s3: s3.get_bucket_policy(Bucket="absent"),
    "GetBucketLocation": lambda s3: s3.get_bucket_location(Bucket="absent"),
    "GetBucketAcl": lambda s3: s3.get_bucket_acl(Bucket="absent"),
    "GetBucketEncryption": lambda s3: s3.get_bucket_encryption(Bucket="absent"),
    "GetObjectTagging": lambda s3: s3.get_object_tagging(Bucket="absent", Key="k"),
    "GetObjectAcl": lambda s3: s3.get_object_acl(Bucket="absent", Key="k"),
    "DeleteBucket": lambda s3: s3.delete_bucket(Bucket="absent"),
    "PutBucketVersioning": lambda s3: s3.put_bucket_versioning(
        Bucket="absent", VersioningConfiguration={"Status": "Enabled"}
    ),
}


@pytest.mark.parametrize("operation", ASKED)
def test_a_bucket_that_does_not_exist_is_told_to_everybody(s3, anonymous, operation):
    with refused(*NO_BUCKET) as refusal:
        ASKED[operation](anonymous)
    assert refusal.response["Error"]["BucketName"] == "absent"


def test_head_of_what_is_in_no_bucket_is_404(s3, anonymous):
    for act in (lambda: head(anonymous, "k", "absent"), lambda: anonymous.head_bucket(Bucket="absent")):
        with refused("404", "Not Found", 404):
            act()
    assert requests.get("https://absent.s3.amazonaws.com/k", timeout=10).status_code == 404
    assert requests.get("https://s3.amazonaws.com/absent/k", timeout=10).status_code == 404


def test_a_bucket_that_does_not_exist_is_told_to_users_who_may_nothing(s3, owner, other):
    """As recorded for signed requests: the bucket is looked up first."""
    for account in (owner, other):
        with refused(*NO_BUCKET):
            get(account.user("nobody").client("s3"), "k", "absent")


# --- public buckets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("acl", ["public-read", "public-read-write"])
def test_an_absent_object_of_a_public_bucket_is_404_for_everybody(s3, anonymous, other, acl):
    opened(s3, acl)
    stranger = other.user("stranger", [allow("s3:*")]).client("s3")
    for client in (anonymous, stranger):
        with refused(*NO_KEY):
            get(client, "absent")
        with refused("404", "Not Found", 404):
            head(client, "absent")
    with refused(*DENIED):
        get(anonymous, "plain")  # the ACL of the bucket is none of its objects
    assert requests.get(f"https://{BUCKET}.s3.amazonaws.com/absent", timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("actions", "code"), [(["s3:GetObject", "s3:ListBucket"], "NoSuchKey"), (["s3:GetObject"], "AccessDenied")]
)
def test_a_policy_for_everybody_tells_of_absent_objects_if_it_lets_list(s3, anonymous, actions, code):
    everybody = {"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": [ARN, f"{ARN}/*"]}
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(everybody)))
    with refused(*(NO_KEY if code == "NoSuchKey" else DENIED)):
        get(anonymous, "absent")


def test_an_absent_object_of_a_private_bucket_is_403(s3, anonymous):
    for act in (lambda: get(anonymous, "absent"), lambda: get(anonymous, "plain")):
        with refused(*DENIED):
            act()


# --- writing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"ACL": "public-read"}, {"ACL": "private"}, {"GrantRead": EVERYBODY}], ids=str)
def test_everybody_writes_into_a_bucket_that_is_open_for_writing(s3, anonymous, options):
    opened(s3, "public-read-write")
    assert put(anonymous, "theirs", **options)
    public = "GrantRead" in options or options.get("ACL") == "public-read"
    if public:
        assert read(anonymous, "theirs") == BODY
        assert requests.get(f"https://{BUCKET}.s3.amazonaws.com/theirs", timeout=10).content == BODY


@pytest.mark.parametrize("options", [{}, {"ACL": "public-read"}], ids=str)
def test_everybody_uploads_in_parts_into_a_bucket_that_is_open_for_writing(s3, anonymous, options):
    opened(s3, "public-read-write")
    upload = anonymous.create_multipart_upload(Bucket=BUCKET, Key="parts", **options)["UploadId"]
    where = {"Bucket": BUCKET, "Key": "parts", "UploadId": upload}
    made = anonymous.upload_part(PartNumber=1, Body=BODY, **where)
    listed = [{"PartNumber": 1, "ETag": made["ETag"], "ChecksumCRC32": made["ChecksumCRC32"]}]
    assert anonymous.complete_multipart_upload(MultipartUpload={"Parts": listed}, **where)["ETag"]


def test_everybody_copies_what_is_public_within_a_bucket_that_is_open_for_writing(s3, anonymous):
    opened(s3, "public-read-write")
    put(s3, "open", ACL="public-read")
    assert copy(anonymous, "copied", "open", ACL="public-read")["CopyObjectResult"]["ETag"]
    assert read(anonymous, "copied") == BODY


def test_the_acl_of_a_bucket_is_no_right_to_change_acls(s3, anonymous):
    opened(s3, "public-read-write")
    for act in (
        lambda: anonymous.put_object_acl(Bucket=BUCKET, Key="plain", ACL="public-read"),
        lambda: anonymous.put_bucket_acl(Bucket=BUCKET, ACL="private"),
    ):
        with refused(*DENIED):
            act()


def test_nobody_writes_with_an_acl_where_only_a_policy_lets_write(s3, anonymous):
    """A policy with s3:PutObject alone does not let set an ACL ("Amazon S3 API operations and required permissions")."""
    opened(s3, "private")
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{ARN}/*"}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(everybody)))
    assert put(anonymous, "theirs")
    with refused(*DENIED):
        put(anonymous, "theirs", ACL="public-read")


def test_a_public_access_block_closes_what_an_acl_opened(s3, anonymous):
    opened(s3, "public-read-write")
    closed = dict.fromkeys(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True)
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=closed)
    for act in (lambda: put(anonymous, "theirs"), lambda: get(anonymous, "absent")):
        with refused(*DENIED):
            act()
