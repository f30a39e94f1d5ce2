"""A bucket with a plain object in it, and the ways of writing."""

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from tests.support.claims import allow
from tests.support.s3 import BODY, BUCKET, READS, WEST, WRITES, put, set_default, share, sse


@pytest.fixture
def s3(owner):
    """An S3 client of the root user of the owner's account; its bucket has the object ``plain``."""
    client = owner.client("s3")
    client.create_bucket(Bucket=BUCKET)
    put(client, "plain", BODY)
    return client


@pytest.fixture
def another(kms):
    """The ARN of a second key."""
    return kms.create_key()["KeyMetadata"]["Arn"]


@pytest.fixture
def managed(kms):
    """Tells the ARN of aws/s3 when asked; the first question makes it."""
    return lambda: kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["Arn"]


@pytest.fixture(params=WRITES)
def write(request):
    """Each operation in turn that decides how an object is encrypted."""
    return WRITES[request.param]


@pytest.fixture(params=READS)
def reading(request):
    return READS[request.param]


@pytest.fixture(params=["request", "default"])
def asks(request, s3):
    """The request names a key, or the bucket's default does; gives the parameters of the write."""

    def ask(key):
        if request.param == "request":
            return sse(key)
        set_default(s3, key=key)
        return {}

    return ask


@pytest.fixture
def west(owner):
    """An S3 client of another Region, with a bucket there."""
    client = owner.client("s3", region_name=WEST)
    client.create_bucket(Bucket="west", CreateBucketConfiguration={"LocationConstraint": WEST})
    return client


@pytest.fixture
def west_kms(owner):
    return owner.client("kms", region_name=WEST)


@pytest.fixture
def stranger(s3, other):
    """A user of another account who may do everything there and in the owner's bucket."""
    share(s3)
    return other.user("stranger", [allow(["s3:*", "kms:*"])])


@pytest.fixture
def signer(owner):
    """A user who may do everything."""
    return owner.user("signer", [allow(["s3:*", "kms:*"])])


@pytest.fixture
def anonymous(aws_world):
    """A client that signs nothing."""
    return boto3.client("s3", "us-east-1", config=Config(signature_version=UNSIGNED))
