"""Writers, readers and what their answers tell about encryption, shared by the tests of S3."""

import base64
import hashlib
import json
from contextlib import contextmanager
from types import SimpleNamespace

from tests.support.claims import OTHER, OWNER, policy, refused
from tests.support.policies import KEY_SIDE

BUCKET, ARN = "bucket", "arn:aws:s3:::bucket"
BODY = b"The quick brown fox jumps over the lazy dog"
PART = b"p" * (5 * 1024**2)  # the smallest part that may be followed by another
WEST = "eu-west-1"
GHOST = "12345678-1234-1234-1234-123456789012"  # the id of no key
SSE_S3 = {"mode": "AES256"}

HEADER = "x-amz-server-side-encryption"
NAMES = {
    "": "mode",
    "-aws-kms-key-id": "key",
    "-bucket-key-enabled": "bucket_key",
    "-context": "context",
    "-customer-algorithm": "customer",
    "-customer-key-md5": "md5",
}


def shown(answer):
    """What the headers of an answer tell about encryption."""
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    told = {NAMES[name[len(HEADER) :]]: value for name, value in headers.items() if name.startswith(HEADER)}
    if "context" in told:
        told["context"] = json.loads(base64.b64decode(told["context"]))
    return told


def under(key, mode="aws:kms", **more):
    """What is shown of an object under a KMS key."""
    return {"mode": mode, "key": key, **more}


def sse(key=None, mode="aws:kms", **more):
    """The parameters of a request for a KMS key; ``context`` is a map."""
    given = {"ServerSideEncryption": mode, **more}
    if key:
        given["SSEKMSKeyId"] = key
    if "context" in given:
        given["SSEKMSEncryptionContext"] = base64.b64encode(json.dumps(given.pop("context")).encode()).decode()
    return given


def customer(letter=b"c", prefix=""):
    """The parameters of a request with the customer's own key."""
    return {f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": letter * 32}


def customer_shown(letter=b"c"):
    return {"customer": "AES256", "md5": base64.b64encode(hashlib.md5(letter * 32).digest()).decode()}


def on_the_wire(given):
    """The customer's key as it is sent, for operations where boto3 does not encode it (GetObjectAttributes)."""
    if not given:
        return {}
    key = given["SSECustomerKey"]
    encoded = {"SSECustomerKey": key, "SSECustomerKeyMD5": hashlib.md5(key).digest()}
    return given | {name: base64.b64encode(value).decode() for name, value in encoded.items()}


def set_default(s3, mode="aws:kms", key=None, bucket_key=None, bucket=BUCKET, **rule):
    """Set the default encryption of a bucket."""
    rule["ApplyServerSideEncryptionByDefault"] = {"SSEAlgorithm": mode, **({"KMSMasterKeyID": key} if key else {})}
    if bucket_key is not None:
        rule["BucketKeyEnabled"] = bucket_key
    return s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


# --- operations, each with the parameters that encryption needs ----------------------------------------------------------


def put(s3, key="k", body=BODY, bucket=BUCKET, **options):
    return s3.put_object(Bucket=bucket, Key=key, Body=body, **options)


def copy(s3, key="k", source="plain", bucket=BUCKET, from_bucket=BUCKET, **options):
    origin = {"Bucket": from_bucket, "Key": source} if isinstance(source, str) else source
    return s3.copy_object(Bucket=bucket, Key=key, CopySource=origin, **options)


def create(s3, key="k", bucket=BUCKET, **options):
    return s3.create_multipart_upload(Bucket=bucket, Key=key, **options)


WRITES = {"PutObject": put, "CopyObject": copy, "CreateMultipartUpload": create}


def get(s3, key="k", bucket=BUCKET, **options):
    return s3.get_object(Bucket=bucket, Key=key, **options)


def read(s3, key="k", bucket=BUCKET, **options):
    return get(s3, key, bucket, **options)["Body"].read()


def head(s3, key="k", bucket=BUCKET, **options):
    return s3.head_object(Bucket=bucket, Key=key, **options)


def part(s3, created, number=1, body=BODY, **options):
    where = {name: created[name] for name in ("Bucket", "Key", "UploadId")}
    return s3.upload_part(PartNumber=number, Body=body, **where, **options)


def part_copy(s3, created, number=1, source="plain", **options):
    where = {name: created[name] for name in ("Bucket", "Key", "UploadId")}
    origin = {"Bucket": BUCKET, "Key": source} if isinstance(source, str) else source
    return s3.upload_part_copy(PartNumber=number, CopySource=origin, **where, **options)


def complete(s3, created, parts, **options):
    """Complete an upload with the answers of its parts, checksums included as AWS wants them."""
    told = [each.get("CopyPartResult", each) for each in parts]
    named = ("ETag", "ChecksumCRC32")
    listed = [
        {"PartNumber": number, **{name: each[name] for name in named if name in each}}
        for number, each in enumerate(told, 1)
    ]
    where = {name: created[name] for name in ("Bucket", "Key", "UploadId")}
    return s3.complete_multipart_upload(MultipartUpload={"Parts": listed}, **where, **options)


def upload(s3, *bodies, key="k", bucket=BUCKET, **options):
    """An upload from its start to its end: the answers of each step."""
    own = {name: value for name, value in options.items() if name.startswith("SSECustomer")}
    created = create(s3, key, bucket, **options)
    parts = [part(s3, created, number, body, **own) for number, body in enumerate(bodies or [BODY], 1)]
    return SimpleNamespace(created=created, parts=parts, completed=complete(s3, created, parts, **own))


def keys(s3, bucket=BUCKET):
    """The names of the objects that tests made."""
    found = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return [name for name in found if name != "plain"]


def uploads(s3, bucket=BUCKET):
    return s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])


def select(s3):
    csv = {"InputSerialization": {"CSV": {}}, "OutputSerialization": {"CSV": {}}}
    return s3.select_object_content(
        Bucket=BUCKET, Key="k", Expression="SELECT * FROM s3object", ExpressionType="SQL", **csv
    )


READS = {
    "GetObject": get,
    "CopyObject": lambda s3: copy(s3, "copied", "k"),
    "UploadPartCopy": lambda s3: part_copy(s3, create(s3, "target"), 1, "k"),
    "SelectObjectContent": select,
}


# --- permissions -------------------------------------------------------------------------------------------------------


def share(s3, bucket=BUCKET, account=OTHER):
    """Let another account do everything with a bucket."""
    root, arn = f"arn:aws:iam::{account}:root", f"arn:aws:s3:::{bucket}"
    everything = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "s3:*", "Resource": [arn, f"{arn}/*"]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(everything)))


def denied(caller, action, where, reason=None):
    """S3 passes a denial of KMS on; ``where`` is a key's ARN or the words that stand for it."""
    place = f"on resource: {where}" if where.startswith("arn:") else where
    reason = reason or f"because no identity-based policy allows the {action} action"
    return refused("AccessDenied", f"User: {caller} is not authorized to perform: {action} {place} {reason}", 403)


def denied_by_key_side(caller, action, where="on this resource"):
    """KMS refuses another account's key without telling why."""
    return denied(caller, action, where, KEY_SIDE)


# --- what KMS saw ------------------------------------------------------------------------------------------------------


@contextmanager
def kms_calls(world):
    """The calls of KMS that the block caused: name and encryption context of each."""
    before, calls = len(world.events), []
    yield calls
    calls += [
        (event["eventName"], (event["requestParameters"] or {}).get("encryptionContext", {}))
        for event in world.events[before:]
        if event["eventSource"] == "kms.amazonaws.com"
        and event["eventType"] == "AwsApiCall"
        and event["userIdentity"]["type"] != "AWSAccount"  # what the owner of a foreign key sees of the same call
    ]


def key_arn(key_id, account=OWNER, region="us-east-1"):
    return f"arn:aws:kms:{region}:{account}:key/{key_id}"


def account(number):
    return f"arn:aws:iam::{number}:root"


def alias(kms, key, name="alias/app"):
    kms.create_alias(AliasName=name, TargetKeyId=key)
    return name


def made(kms, **options):
    return kms.create_key(**options)["KeyMetadata"]
