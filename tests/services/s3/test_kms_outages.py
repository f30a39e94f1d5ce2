"""KMS throttles S3, or fails: S3 says so in words of its own, with a status that clients retry.

Source: "Please reduce your request rate for operations involving AWS KMS." (503 SlowDown) in aws-samples/cql-replicator#92
and other public reports. S3's error codes have no code of KMS's for what is KMS's own failure ("Error responses" in the
Amazon S3 API reference lists KMS.DisabledException, KMS.InvalidKeyUsageException, KMS.KMSInvalidStateException and
KMS.NotFoundException only), so it is S3's internal error.
"""

import pytest
from botocore.config import Config

from tests.support.claims import refused
from tests.support.s3 import BODY, BUCKET, READS, WRITES, create, part, put, read, set_default, sse

pytestmark = pytest.mark.evidence("reported", "aws-samples/cql-replicator#92 and others: 503 SlowDown")

ONCE = Config(retries={"total_max_attempts": 1})
SLOW = ("SlowDown", "Please reduce your request rate for operations involving AWS KMS.", 503)
FAILED = ("InternalError", "We encountered an internal error. Please try again.", 500)
FAILURES = ["KMSInternalException", "DependencyTimeoutException", "KeyUnavailableException"]


@pytest.fixture
def once(owner, s3):
    """A client that tries once."""
    return owner.client("s3", config=ONCE)


@pytest.mark.parametrize("operation", WRITES)
def test_a_write_that_kms_throttles_is_slowed_down(aws_world, once, key, operation):
    with aws_world.fault("kms", "GenerateDataKey", error="ThrottlingException"), refused(*SLOW):
        WRITES[operation](once, **sse(key))


@pytest.mark.parametrize("operation", READS)
def test_a_read_that_kms_throttles_is_slowed_down(aws_world, once, s3, key, operation):
    put(s3, "k", b"a,b\n", **sse(key))
    with aws_world.fault("kms", "Decrypt", error="ThrottlingException"), refused(*SLOW):
        READS[operation](once)


def test_a_part_that_kms_throttles_is_slowed_down(aws_world, once, key):
    created = create(once, **sse(key))
    with aws_world.fault("kms", "Decrypt", error="ThrottlingException"), refused(*SLOW):
        part(once, created)


@pytest.mark.parametrize("failure", FAILURES)
def test_what_kms_fails_at_itself_is_an_internal_error(aws_world, once, s3, key, failure):
    put(s3, **sse(key))
    with aws_world.fault("kms", "*", error=failure):
        with refused(*FAILED):
            put(once, "other", **sse(key))
        with refused(*FAILED):
            read(once)


@pytest.mark.parametrize("failure", ["ThrottlingException", *FAILURES])
def test_botocore_retries_both(aws_world, s3, key, failure):
    """The default of botocore is four retries in legacy mode; statuses 500 and 503 are retried by all modes."""
    with aws_world.fault("kms", "GenerateDataKey", error=failure, times=2):
        assert put(s3, **sse(key))["ResponseMetadata"]["RetryAttempts"] == 2
    with aws_world.fault("kms", "Decrypt", error=failure, times=1):
        assert read(s3) == BODY


def test_a_default_of_the_bucket_is_no_different(aws_world, once, s3, key):
    set_default(s3, key=key)
    with aws_world.fault("kms", "GenerateDataKey", error="ThrottlingException"), refused(*SLOW):
        put(once)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["plain"]


def test_what_the_caller_did_wrong_keeps_its_code(once, kms, key):
    kms.disable_key(KeyId=key)
    with refused("KMS.DisabledException", f"{key} is disabled."):
        put(once, **sse(key))
