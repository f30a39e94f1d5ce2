"""Questions about objects of S3 under keys."""

import json

import requests
from botocore.config import Config

from tests.support.claims import OTHER, OWNER, allow, policy
from tests.support.policies import everything_but_kms, root, use
from tests.support.questions import Table, each_time
from tests.support.replication import configure as replicate
from tests.support.replication import make_bucket, may, replicator, rule, status
from tests.support.reports import WEST, bare, make_key, managed
from tests.support.s3 import BUCKET, PART, copy, create, get, part, put, set_default, share, sse

QUESTIONS = Table()
OBJECTS = f"arn:aws:s3:::{BUCKET}/*"


def bucket_of(account):
    client = account.client("s3")
    client.create_bucket(Bucket=BUCKET)
    return client


def deny_put(s3, condition):
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": OBJECTS, "Condition": condition}
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy(denial)))


@QUESTIONS.ask(
    "Why do users of another account get Access Denied for objects under a customer key, though the bucket lets them in?",
    source="https://repost.aws/knowledge-center/cross-account-access-denied-error-s3",
    fix=["key policy", f'"AWS": "arn:aws:iam::{OTHER}:user/reader"', '"kms:Decrypt"'],
)
def reader_of_another_account(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    s3, key = bucket_of(owner), make_key(owner)
    put(s3, **sse(key))
    share(s3)
    reader = other.user("reader", [allow(["s3:*", "kms:*"])]).client("s3")
    return lambda: get(reader)


@QUESTIONS.ask(
    "The key policy lets the other account in, and its user is still denied?",
    source="https://repost.aws/knowledge-center/cross-account-access-denied-error-s3",
    fix=["a policy of", '"kms:Decrypt"', f'"Resource": "arn:aws:kms:us-east-1:{OWNER}:key/'],
)
def reader_of_an_admitted_account(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    s3, key = bucket_of(owner), make_key(owner, use(root(OTHER)))
    put(s3, **sse(key))
    share(s3)
    reader = other.user("reader", [allow("s3:*")]).client("s3")
    return lambda: get(reader)


@QUESTIONS.ask(
    "How can another account read objects under the default key aws/s3?",
    source="https://github.com/awslabs/aws-refarch-cross-account-pipeline/issues/8",
    fix="use a customer managed key",
)
def reader_under_the_managed_key(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    s3 = bucket_of(owner)
    put(s3, **sse())
    share(s3)
    reader = other.user("reader", [allow(["s3:*", "kms:*"])]).client("s3")

    def with_an_own_key():
        put(s3, **sse(make_key(owner, use(root(OTHER)))))
        get(reader)

    return lambda: get(reader), with_an_own_key


@QUESTIONS.ask(
    "A role with s3:GetObject gets AccessDenied: which permission is missing?",
    source="https://github.com/boto/boto3/issues/2952",
    fix=["a policy of", '"kms:Decrypt"'],
)
def reader_without_the_key(world):
    owner = world.account(OWNER)
    s3 = bucket_of(owner)
    put(s3, **sse(make_key(owner)))
    reader = owner.role("reader", [everything_but_kms()]).client("s3")
    return lambda: get(reader)


@QUESTIONS.ask(
    "s3:PutObject is allowed, and the upload into an encrypted bucket is denied?",
    source="https://github.com/aws/aws-cli/issues/6713",
    fix=["a policy of", '"kms:GenerateDataKey"'],
)
def writer_without_the_key(world):
    owner = world.account(OWNER)
    s3 = bucket_of(owner)
    set_default(s3, key=make_key(owner))
    writer = owner.user("writer", [everything_but_kms()]).client("s3")
    return lambda: put(writer)


@QUESTIONS.ask(
    "Small uploads work with kms:GenerateDataKey; why do large ones, in parts, fail?",
    source="https://github.com/aws/aws-cdk/issues/8947",
    fix=["a policy of", '"kms:Decrypt"'],
)
def writer_in_parts(world):
    owner = world.account(OWNER)
    key = make_key(owner)
    bucket_of(owner)
    writer = owner.user("writer", [everything_but_kms("kms:GenerateDataKey")]).client("s3")
    made = create(writer, **sse(key))
    return lambda: part(writer, made, body=PART)


@QUESTIONS.ask(
    "Why does CopyObject need more than the permission to write the copy?",
    source="https://github.com/CMSgov/beneficiary-fhir-data/pull/134",
    fix=["a policy of", '"kms:Decrypt"'],
)
def copier_without_the_source_key(world):
    owner = world.account(OWNER)
    s3, source, target = bucket_of(owner), make_key(owner), make_key(owner)
    put(s3, "plain", **sse(source))
    copier = owner.user("copier", [everything_but_kms("kms:GenerateDataKey", "kms:Decrypt", resource=target)])
    return lambda: copy(copier.client("s3"), **sse(target))


@QUESTIONS.ask(
    "The bucket encrypts by default; why is an upload without a header denied by its policy?",
    source="https://github.com/awslabs/mountpoint-s3/issues/534",
    fix="send ServerSideEncryption='aws:kms'",
)
def upload_without_the_header(world):
    owner = world.account(OWNER)
    s3, key = bucket_of(owner), make_key(owner)
    set_default(s3, key=key)
    deny_put(s3, {"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}})
    writer = owner.user("writer", [allow("*")]).client("s3")
    return lambda: put(writer), lambda: put(writer, **sse(key))


@QUESTIONS.ask(
    "The bucket policy demands one key: how must an upload name it?",
    source="https://github.com/apache/polaris/pull/1424",
    fix=f"send SSEKMSKeyId='arn:aws:kms:us-east-1:{OWNER}:key/",
)
def upload_under_another_key(world):
    owner = world.account(OWNER)
    s3, key = bucket_of(owner), make_key(owner)
    deny_put(s3, {"StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": key}})
    writer = owner.user("writer", [allow("*")]).client("s3")
    return lambda: put(writer, **sse(make_key(owner))), lambda: put(writer, **sse(key))


@QUESTIONS.ask(
    "With bucket keys switched on, a policy for the objects' encryption context does not match any more?",
    source="https://github.com/awsdocs/amazon-s3-userguide/pull/116",
    fix=["a policy of", f'"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::{BUCKET}"'],
)
def context_of_a_bucket_key(world):
    owner = world.account(OWNER)
    s3, key = bucket_of(owner), make_key(owner)
    set_default(s3, key=key, bucket_key=True)
    put(s3)
    of_objects = {"StringLike": {"kms:EncryptionContext:aws:s3:arn": OBJECTS}}
    using = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key, "Condition": of_objects}
    reader = owner.user("reader", [everything_but_kms(), policy(using)]).client("s3")
    return lambda: get(reader)


@QUESTIONS.ask(
    "The default key of a bucket is an alias, and writers of another account get NotFoundException?",
    source="https://www.repost.aws/knowledge-center/cross-account-access-denied-error-s3",
    fix=["another account's", f"arn:aws:kms:us-east-1:{OWNER}:alias/data"],
)
def default_key_by_alias(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    s3, key = bucket_of(owner), make_key(owner, use(root(OTHER)))
    owner.client("kms").create_alias(AliasName="alias/data", TargetKeyId=key)
    set_default(s3, key="alias/data")
    share(s3)
    writer = other.user("writer", [allow(["s3:*", "kms:*"])]).client("s3")

    def by_arn():
        set_default(s3, key=key)
        put(writer)

    return lambda: put(writer), by_arn


@QUESTIONS.ask(
    "KMS.NotFoundException for a key id that exists, in another Region than the bucket?",
    source="https://github.com/aws/aws-cli/issues/1517",
    fix=["us-west-2", "or a key of us-east-1"],
)
def key_of_another_region(world):
    owner = world.account(OWNER)
    s3 = bucket_of(owner)
    key = bare(make_key(owner, region=WEST))
    return lambda: put(s3, **sse(key)), lambda: put(s3, **sse(make_key(owner)))


@QUESTIONS.ask(
    "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4?",
    source="https://github.com/aws/aws-cli/issues/1006",
    fix="s3v4",
)
def signed_the_old_way(world):
    owner = world.account(OWNER)
    put(bucket_of(owner), **sse(make_key(owner)))

    def opened(version):
        client = owner.client("s3", config=Config(signature_version=version))
        url = client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k"})
        return requests.get(url, timeout=5)

    return lambda: opened("s3"), lambda: opened("s3v4").raise_for_status()


@QUESTIONS.ask(
    "A key is given, and S3 answers InvalidArgument?",
    source="https://github.com/aws/aws-cdk/issues/21354",
    fix="ServerSideEncryption='aws:kms'",
)
def key_without_the_mode(world):
    owner = world.account(OWNER)
    s3, key = bucket_of(owner), make_key(owner)
    return lambda: put(s3, SSEKMSKeyId=key), lambda: put(s3, **sse(key))


@QUESTIONS.ask(
    "Replication of objects under a key is FAILED: what does the role lack?",
    source="https://github.com/hashicorp/terraform/issues/18966",
    fix=["to a policy of ", '"kms:Decrypt"'],
)
def replicator_without_the_source_key(world):
    owner = world.account(OWNER)
    key, replica_key = make_key(owner), make_key(owner, region="us-east-1")
    s3 = make_bucket(owner, "source")
    make_bucket(owner, "target")
    replicator(owner, may("kms:Encrypt", replica_key))
    replicate(s3, rule(replica_key))

    def replicated(name):
        s3.put_object(Bucket="source", Key=name, Body=b"x", **sse(key))
        status(s3, name)

    return each_time(replicated)


@QUESTIONS.ask(
    "An object that CI of another account uploaded cannot be read by the owner of the bucket?",
    source="https://github.com/hypnoglow/helm-s3/issues/115",
    fix="use a customer managed key",
)
def reader_under_the_writers_managed_key(world):
    owner, other = world.account(OWNER), world.account(OTHER)
    s3 = bucket_of(owner)
    share(s3)
    writer = other.user("writer", [allow(["s3:*", "kms:*"])]).client("s3")
    put(writer, **sse())
    assert managed(other, "s3")

    def under_the_key_of_the_bucket():
        put(writer, **sse(make_key(owner, use(root(OTHER)))))
        get(s3)

    return lambda: get(s3), under_the_key_of_the_bucket
