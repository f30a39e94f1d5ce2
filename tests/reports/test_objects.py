"""Public reports on objects under keys: which key is taken, what S3 answers, what policies on headers do."""

import hashlib
import json
import re

import pytest
import requests
from botocore.config import Config

from tests.support.claims import OTHER, OWNER, allow, policy, refused
from tests.support.policies import everything_but_kms, lacking, root, use
from tests.support.reports import NO_KEY, WEST, bare, make_key, managed, set_policy

pytestmark = pytest.mark.evidence("reported", "public reports, named at each test")

BUCKET = "bucket"
KMS = {"ServerSideEncryption": "aws:kms"}
PART = b"p" * (5 * 1024**2)


@pytest.fixture
def s3(owner):
    client = owner.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def put(s3, key="k", body=b"x", **options):
    return s3.put_object(Bucket=BUCKET, Key=key, Body=body, **options)


def encrypted_by(s3, key="k"):
    """The mode and the key of an object."""
    head = s3.head_object(Bucket=BUCKET, Key=key)
    return head["ServerSideEncryption"], head.get("SSEKMSKeyId")


def by_default(s3, key):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})


def bucket_policy(s3, *statements):
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(*statements)))


def absent(s3, key="k"):
    return s3.list_objects_v2(Bucket=BUCKET, Prefix=key)["KeyCount"] == 0


def test_the_id_of_a_key_of_another_region_is_looked_for_in_the_region_of_the_bucket(owner, s3):
    # aws/aws-cli issue 1517
    key = bare(make_key(owner, region=WEST))
    with refused("KMS.NotFoundException", f"Key 'arn:aws:kms:us-east-1:{OWNER}:key/{key}' does not exist"):
        put(s3, **KMS, SSEKMSKeyId=key)
    assert absent(s3)


@pytest.mark.parametrize("state", ["disabled", "pending deletion"])
def test_neither_writing_nor_reading_works_while_the_key_is_out_of_order(kms, key, s3, state):
    # localstack/localstack issue 8422
    put(s3, "before", **KMS, SSEKMSKeyId=key)
    if state == "disabled":
        kms.disable_key(KeyId=key)
    else:
        kms.schedule_key_deletion(KeyId=key)
    code = "KMS.DisabledException" if state == "disabled" else "KMS.KMSInvalidStateException"
    with refused(code, f"{key} is {state}."):
        put(s3, **KMS, SSEKMSKeyId=key)
    with refused(code, f"{key} is {state}."):
        s3.get_object(Bucket=BUCKET, Key="before")
    assert absent(s3)


def test_a_copy_under_a_key_that_does_not_exist_is_refused(s3):
    # localstack/localstack issue 7177
    put(s3, "source")
    with refused("KMS.NotFoundException", f"Key 'arn:aws:kms:us-east-1:{OWNER}:key/{NO_KEY}' does not exist"):
        s3.copy_object(Bucket=BUCKET, Key="k", CopySource=f"{BUCKET}/source", **KMS, SSEKMSKeyId=NO_KEY)
    assert absent(s3)


def test_the_etag_of_an_object_under_a_key_is_not_its_md5(key, s3):
    # aws/aws-cli issue 1014 and pull request 1026, s3fs-fuse/s3fs-fuse issue 584
    md5 = f'"{hashlib.md5(b"x").hexdigest()}"'
    assert put(s3, "plain")["ETag"] == md5
    first, second = (put(s3, "k", **KMS, SSEKMSKeyId=key)["ETag"] for _ in range(2))
    assert len({md5, first, second}) == 3
    assert re.fullmatch('"[0-9a-f]{32}"', first)


def test_an_upload_in_parts_needs_decrypt_where_a_single_put_does_not(owner, key, s3):
    # aws/aws-sdk-js issue 1814, aws/aws-cdk issue 8947, aws/aws-cli issue 4251: it fails at UploadPart
    writer = owner.user("writer", [everything_but_kms("kms:GenerateDataKey")])
    client = writer.client("s3")
    put(client, "small", **KMS, SSEKMSKeyId=key)
    upload = client.create_multipart_upload(Bucket=BUCKET, Key="k", **KMS, SSEKMSKeyId=key)["UploadId"]
    with refused("AccessDenied", lacking(writer, "kms:Decrypt", key), 403):
        client.upload_part(Bucket=BUCKET, Key="k", UploadId=upload, PartNumber=1, Body=PART)


def test_a_url_that_was_signed_the_old_way_does_not_open_an_object_under_a_key(owner, key, s3):
    # aws/aws-cli issue 1006, boto/boto3 issue 39, tailscale/tailscale issue 15195
    put(s3, **KMS, SSEKMSKeyId=key)
    old = owner.client("s3", config=Config(signature_version="s3"))
    answer = requests.get(old.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k"}), timeout=5)
    assert answer.status_code == 400
    assert "<Code>InvalidArgument</Code>" in answer.text
    assert (
        "<Message>Requests specifying Server Side Encryption with AWS KMS managed keys require "
        "AWS Signature Version 4.</Message>"
    ) in answer.text
    assert "<ArgumentName>Authorization</ArgumentName><ArgumentValue>null</ArgumentValue>" in answer.text
    new = owner.client("s3", config=Config(signature_version="s3v4"))
    url = new.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k"})
    # getmoto/moto issue 3334: and one that was signed the new way does
    assert requests.get(url, timeout=5).content == b"x"


def test_asking_for_kms_without_a_key_takes_the_managed_key_and_not_the_default_of_the_bucket(owner, key, s3):
    # aws/aws-cdk issue 18262 and pull request 18340, iterate-ch/cyberduck issue 17725
    by_default(s3, key)
    put(s3, "silent")
    put(s3, "asked", **KMS)
    assert encrypted_by(s3, "silent") == ("aws:kms", key)
    assert encrypted_by(s3, "asked") == ("aws:kms", managed(owner, "s3"))


def test_a_key_is_only_taken_together_with_the_mode(key, s3):
    # aws/aws-cdk issue 21354
    by_default(s3, key)
    with refused(
        "InvalidArgument",
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
    ):
        put(s3, SSEKMSKeyId=key)
    assert absent(s3)


def test_an_upload_that_asks_for_aes256_passes_by_the_default_key(key, s3):
    # aws/aws-cli issue 6753: "aws cloudformation package" adds AES256 of its own accord
    by_default(s3, key)
    put(s3, ServerSideEncryption="AES256")
    assert encrypted_by(s3) == ("AES256", None)


def deny_put(condition):
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
        "Condition": condition,
    }


def test_a_policy_that_wants_the_header_is_not_content_with_the_default_of_the_bucket(owner, key, s3):
    # aws-quickstart/quickstart-compliance-common issue 29, awslabs/mountpoint-s3 issue 534
    by_default(s3, key)
    bucket_policy(s3, deny_put({"Null": {"s3:x-amz-server-side-encryption": "true"}}))
    writer = owner.user("writer", [allow(["s3:*", "kms:*"])])
    client = writer.client("s3")
    text = f'User: {writer.arn} is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::{BUCKET}/k" '
    with refused("AccessDenied", f"{text}with an explicit deny in a resource-based policy", 403):
        put(client)
    put(client, "told", **KMS, SSEKMSKeyId=key)
    assert encrypted_by(s3, "told") == ("aws:kms", key)


def test_a_policy_may_deny_the_wrong_header_and_leave_its_absence_to_the_default(owner, key, s3):
    # aws/copilot-cli pull request 5329: StringNotEqualsIfExists beside Null false
    by_default(s3, key)
    header = "s3:x-amz-server-side-encryption"
    bucket_policy(s3, deny_put({"StringNotEqualsIfExists": {header: "aws:kms"}, "Null": {header: "false"}}))
    client = owner.user("writer", [allow(["s3:*", "kms:*"])]).client("s3")
    put(client)
    assert encrypted_by(s3) == ("aws:kms", key)
    with refused("AccessDenied", None, 403):
        put(client, "wrong", ServerSideEncryption="AES256")


def test_an_organization_denies_uploads_without_the_header_whatever_the_bucket_does(aws_world, owner):
    # aws/aws-cdk issue 11265: cdk deploy under a service control policy
    organizations = owner.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(AccountName="member", Email="m@example.com")["CreateAccountStatus"]
    condition = {"Null": {"s3:x-amz-server-side-encryption": "true"}}
    denial = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*", "Condition": condition}
    scp = organizations.create_policy(
        Content=json.dumps(policy(denial)), Description="", Name="headers", Type="SERVICE_CONTROL_POLICY"
    )["Policy"]["PolicySummary"]
    organizations.attach_policy(PolicyId=scp["Id"], TargetId=made["AccountId"])
    member = aws_world.account(made["AccountId"])
    deployer = member.user("deployer", [allow(["s3:*", "kms:*"])])
    client = deployer.client("s3")
    client.create_bucket(Bucket=BUCKET)
    by_default(client, make_key(member))
    denied = re.compile(
        rf"User: {re.escape(deployer.arn)} is not authorized to perform: s3:PutObject on resource: "
        rf'"arn:aws:s3:::{BUCKET}/k" with an explicit deny in a service control policy(: arn:aws:organizations:.*)?'
    )
    with refused("AccessDenied", denied, 403):
        put(client)
    put(client, "told", **KMS)
    assert encrypted_by(client, "told") == ("aws:kms", managed(member, "s3"))


def test_users_of_another_account_need_the_bucket_policy_the_key_policy_and_their_own(owner, other, s3):
    # repost.aws/knowledge-center "Why do cross-account users receive Access Denied errors … AWS KMS customer managed key?"
    key = make_key(owner)
    by_default(s3, key)
    put(s3)
    bucket_policy(
        s3,
        {
            "Effect": "Allow",
            "Principal": {"AWS": OTHER},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        },
    )
    reader = other.user("reader", [allow("s3:*")])
    client = reader.client("s3")

    def reading():
        return client.get_object(Bucket=BUCKET, Key="k")["Body"].read()

    key_side = (
        f"User: {reader.arn} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext "
        "because the resource does not exist in this Region, no resource-based policies allow access, "
        "or a resource-based policy explicitly denies access"
    )
    with refused("AccessDenied", key_side, 403):
        reading()
    set_policy(owner, key, use(reader.arn, "kms:Decrypt"))
    caller_side = (
        f"User: {reader.arn} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext "
        "because no identity-based policy allows the kms:Decrypt action"
    )
    with refused("AccessDenied", caller_side, 403):
        reading()
    other.client("iam").put_user_policy(
        UserName="reader", PolicyName="key", PolicyDocument=json.dumps(allow("kms:Decrypt", key))
    )
    assert reading() == b"x"


def test_an_alias_as_the_default_of_a_bucket_is_looked_for_in_the_account_of_the_writer(owner, other, s3):
    # the same page of re:Post: a default by alias works within the account of the bucket only
    key = make_key(owner, use(root(OTHER)))
    owner.client("kms").create_alias(AliasName="alias/data", TargetKeyId=key)
    by_default(s3, "alias/data")
    put(s3, "own")
    assert encrypted_by(s3, "own") == ("aws:kms", key)
    bucket_policy(
        s3,
        {
            "Effect": "Allow",
            "Principal": {"AWS": OTHER},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        },
    )
    writer = other.user("writer", [allow(["s3:*", "kms:*"])]).client("s3")
    with refused("KMS.NotFoundException", f"Alias arn:aws:kms:us-east-1:{OTHER}:alias/data is not found."):
        put(writer)
    by_default(s3, key)
    put(writer)
    assert encrypted_by(s3) == ("aws:kms", key)


def test_a_bucket_whose_default_was_taken_away_asks_no_key_any_more(owner, key, s3):
    # scality/cloudserver pull request 5700: after DeleteBucketEncryption aws:kms means the managed key
    by_default(s3, key)
    s3.delete_bucket_encryption(Bucket=BUCKET)
    put(s3, "plain")
    put(s3, "asked", **KMS)
    assert encrypted_by(s3, "plain") == ("AES256", None)
    assert encrypted_by(s3, "asked") == ("aws:kms", managed(owner, "s3"))


def test_a_key_is_used_in_the_bucket_of_another_account_without_a_word_about_it_in_the_key_policy(owner, other, s3):
    # FogSecurity/finders-keypers pull request 19: the writer is of the account of the key, the bucket is not
    key = make_key(other)
    bucket_policy(
        s3,
        {
            "Effect": "Allow",
            "Principal": {"AWS": OTHER},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        },
    )
    writer = other.user("writer", [allow(["s3:PutObject", "kms:GenerateDataKey"])])
    put(writer.client("s3"), **KMS, SSEKMSKeyId=key)
    assert encrypted_by(s3) == ("aws:kms", key)
    with refused("AccessDenied", None, 403):
        s3.get_object(Bucket=BUCKET, Key="k")


@pytest.mark.parametrize("default", [True, False])
def test_a_copy_does_not_take_the_encryption_of_its_source_along(owner, key, s3, default):
    # sivchari/kumo pull request 841: the headers of the copy, or else the default of the bucket; and
    # floci-io/floci pull request 2145, localstack/localstack issue 4951: the answer tells what it was
    put(s3, "source", **KMS, SSEKMSKeyId=key)
    other_key = make_key(owner)
    if default:
        by_default(s3, other_key)
    source = {"Bucket": BUCKET, "Key": "source"}
    answer = s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=source)
    expected = ("aws:kms", other_key) if default else ("AES256", None)
    assert (answer["ServerSideEncryption"], answer.get("SSEKMSKeyId")) == expected
    assert encrypted_by(s3, "copy") == expected
    answer = s3.copy_object(Bucket=BUCKET, Key="named", CopySource=source, **KMS, SSEKMSKeyId=key)
    assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", key)
    assert encrypted_by(s3, "named") == ("aws:kms", key)


def test_every_answer_of_an_upload_in_parts_tells_the_key(key, s3):
    # localstack/localstack issue 6604, s3s-project/s3s issue 325, floci-io/floci pull request 2145 (UploadPartCopy)
    put(s3, "source", PART)
    made = s3.create_multipart_upload(Bucket=BUCKET, Key="k", **KMS, SSEKMSKeyId=key)
    upload = {"Bucket": BUCKET, "Key": "k", "UploadId": made["UploadId"]}
    first = s3.upload_part(**upload, PartNumber=1, Body=PART)
    second = s3.upload_part_copy(**upload, PartNumber=2, CopySource={"Bucket": BUCKET, "Key": "source"})
    parts = [
        {"PartNumber": 1, "ETag": first["ETag"]},
        {"PartNumber": 2, "ETag": second["CopyPartResult"]["ETag"]},
    ]
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    for answer in (made, first, second, done, s3.get_object(Bucket=BUCKET, Key="k")):
        assert (answer["ServerSideEncryption"], answer["SSEKMSKeyId"]) == ("aws:kms", key)


def test_whether_a_bucket_key_is_used_is_told_by_put_and_head(key, s3):
    # localstack/localstack issue 3463
    answer = put(s3, **KMS, SSEKMSKeyId=key, BucketKeyEnabled=True)
    assert answer["BucketKeyEnabled"] is True
    assert s3.head_object(Bucket=BUCKET, Key="k")["BucketKeyEnabled"] is True
    answer = put(s3, **KMS, SSEKMSKeyId=key)
    assert "BucketKeyEnabled" not in answer
    assert "BucketKeyEnabled" not in s3.head_object(Bucket=BUCKET, Key="k")
