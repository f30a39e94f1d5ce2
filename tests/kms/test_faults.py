"""Faults on demand: what fails, how often, and that nothing else changes."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.claims import refused

ONCE = Config(retries={"total_max_attempts": 1})
INTERNAL = "The request was rejected because an internal exception occurred. The request can be retried."
FAILURES = {
    "ThrottlingException": (
        400,
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
    ),
    "KMSInternalException": (500, INTERNAL),
    "DependencyTimeoutException": (
        500,
        "The system timed out while trying to fulfill the request. You can retry the request.",
    ),
    "KeyUnavailableException": (
        500,
        "The request was rejected because the specified KMS key was not available. You can retry the request.",
    ),
}


@pytest.fixture
def once(owner):
    """A KMS client that asks once."""
    return owner.client("kms", config=ONCE)


@pytest.mark.parametrize(
    ("service", "operation", "ask", "code", "status"),
    [
        ("ec2", "DescribeVolumes", lambda client: client.describe_volumes(), "RequestLimitExceeded", 503),
        ("s3", "ListBuckets", lambda client: client.list_buckets(), "SlowDown", 503),
        ("s3", "CreateBucket", lambda client: client.create_bucket(Bucket="bucket"), "BucketAlreadyExists", 409),
        ("lambda", "ListFunctions", lambda client: client.list_functions(), "TooManyRequestsException", 429),
        ("lambda", "ListFunctions", lambda client: client.list_functions(), "ServiceException", 500),
        ("efs", "DescribeFileSystems", lambda client: client.describe_file_systems(), "FileSystemNotFound", 404),
        ("secretsmanager", "ListSecrets", lambda client: client.list_secrets(), "InternalServiceError", 500),
        ("dynamodb", "ListTables", lambda client: client.list_tables(), "ThrottlingException", 400),
        ("sqs", "ListQueues", lambda client: client.list_queues(), "QueueDoesNotExist", 400),
    ],
)
def test_a_failure_of_a_service_comes_with_the_status_of_its_model(
    aws_world, owner, service, operation, ask, code, status
):
    client = owner.client(service, config=ONCE)
    with aws_world.fault(service, operation, error=code), pytest.raises(ClientError) as refusal:
        ask(client)
    answer = refusal.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_every_mode_of_retries_tries_again_what_is_throttled(aws_world, owner, mode):
    client = owner.client("ec2", config=Config(retries={"mode": mode, "total_max_attempts": 3}))
    with aws_world.fault("ec2", "DescribeVolumes", error="RequestLimitExceeded", times=2):
        assert client.describe_volumes()["ResponseMetadata"]["RetryAttempts"] == 2


@pytest.mark.parametrize("code", FAILURES)
def test_a_failure_of_aws_comes_with_its_status_and_text(aws_world, once, key, code):
    status, text = FAILURES[code]
    with aws_world.fault("kms", "Encrypt", error=code), refused(code, text, status) as refusal:
        once.encrypt(KeyId=key, Plaintext=b"x")
    assert refusal.response["Error"]["Code"] == code
    once.encrypt(KeyId=key, Plaintext=b"x")


@pytest.mark.parametrize("code", [*FAILURES])
def test_the_clients_own_exception_classes_catch_it(aws_world, once, key, code):
    wanted = getattr(once.exceptions, code, once.exceptions.ClientError)
    with aws_world.fault("kms", "Decrypt", error=code), pytest.raises(wanted, match=code):
        once.decrypt(KeyId=key, CiphertextBlob=b"x")


def test_any_other_code_has_the_text_that_the_test_gives(aws_world, once, key):
    with aws_world.fault("kms", "DescribeKey", error="NotFoundException"), refused("NotFoundException", ""):
        once.describe_key(KeyId=key)
    given = aws_world.fault("kms", "DescribeKey", error="NotFoundException", message="not yet")
    with given, refused("NotFoundException", "not yet"):
        once.describe_key(KeyId=key)
    given = aws_world.fault("kms", "DescribeKey", error="KMSInternalException", message="sorry")
    with given, refused("KMSInternalException", "sorry", 500):
        once.describe_key(KeyId=key)


def test_it_fails_so_many_times_and_then_no_more(aws_world, once, key):
    with aws_world.fault("kms", "DescribeKey", error="KMSInternalException", times=2):
        for _ in range(2):
            with refused("KMSInternalException", INTERNAL, 500):
                once.describe_key(KeyId=key)
        once.describe_key(KeyId=key)


def test_without_times_it_fails_until_the_block_ends(aws_world, once, key):
    with aws_world.fault("kms", "DescribeKey", error="KMSInternalException"):
        for _ in range(10):
            with refused("KMSInternalException", INTERNAL, 500):
                once.describe_key(KeyId=key)
    once.describe_key(KeyId=key)


def test_a_fault_that_was_not_used_up_ends_with_its_block(aws_world, once, key):
    with aws_world.fault("kms", "DescribeKey", error="KMSInternalException", times=5):
        pass
    once.describe_key(KeyId=key)


def test_a_block_that_raises_ends_the_fault(aws_world, once, key):
    with pytest.raises(RuntimeError), aws_world.fault("kms", "*", error="KMSInternalException"):
        raise RuntimeError
    once.describe_key(KeyId=key)


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize("code", ["ThrottlingException", "KMSInternalException"])
def test_retries_get_over_two_failures(aws_world, owner, key, mode, code):
    retrying = owner.client("kms", config=Config(retries={"mode": mode, "total_max_attempts": 3}))
    with aws_world.fault("kms", "Encrypt", error=code, times=2):
        answer = retrying.encrypt(KeyId=key, Plaintext=b"x")
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_only_the_named_operation_fails(aws_world, once, key):
    with aws_world.fault("kms", "Encrypt", error="ThrottlingException"):
        once.describe_key(KeyId=key)
        once.generate_random(NumberOfBytes=1)


def test_a_star_hits_every_operation_of_the_service(aws_world, owner, once, key):
    with aws_world.fault("kms", "*", error="ThrottlingException"):
        for ask in (once.list_keys, once.create_key, lambda: once.describe_key(KeyId=key)):
            with refused("ThrottlingException", FAILURES["ThrottlingException"][1]):
                ask()
        assert owner.client("s3", config=ONCE).list_buckets()["Buckets"] == []


def test_other_services_fail_too(aws_world, owner):
    s3, ec2 = (owner.client(service, config=ONCE) for service in ("s3", "ec2"))
    with aws_world.fault("s3", "ListBuckets", error="SlowDown", message="Please reduce your request rate."):
        with pytest.raises(s3.exceptions.ClientError, match=r"\(SlowDown\).*Please reduce your request rate\.") as slow:
            s3.list_buckets()
        assert slow.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        ec2.describe_volumes()
    with aws_world.fault("ec2", "*", error="RequestLimitExceeded", message="Request limit exceeded."):
        with pytest.raises(ec2.exceptions.ClientError, match=r"\(RequestLimitExceeded\).*Request limit exceeded\."):
            ec2.describe_volumes()
        s3.list_buckets()


def test_a_failure_reaches_what_services_do_for_the_caller(aws_world, owner, key):
    s3 = owner.client("s3", config=ONCE)
    s3.create_bucket(Bucket="bucket")
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    given = aws_world.fault("kms", "GenerateDataKey", error="ThrottlingException")
    with given, pytest.raises(s3.exceptions.ClientError, match="SlowDown"):
        s3.put_object(Bucket="bucket", Key="k", Body=b"x", **sealed)
    assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 0
    s3.put_object(Bucket="bucket", Key="k", Body=b"x", **sealed)


def test_faults_nest_and_the_outer_one_comes_first(aws_world, once):
    outer = aws_world.fault("kms", "*", error="KMSInternalException", times=1)
    inner = aws_world.fault("kms", "ListKeys", error="ThrottlingException", times=1)
    with outer, inner:
        seen = []
        for _ in range(3):
            try:
                once.list_keys()
                seen.append("")
            except once.exceptions.ClientError as error:
                seen.append(error.response["Error"]["Code"])
    assert seen == ["KMSInternalException", "ThrottlingException", ""]


def test_the_outer_fault_goes_on_after_the_inner_one(aws_world, once):
    with aws_world.fault("kms", "ListKeys", error="KMSInternalException"):
        with aws_world.fault("kms", "ListKeys", error="ThrottlingException"):
            pass
        with refused("KMSInternalException", INTERNAL, 500):
            once.list_keys()


def test_it_hits_every_account_region_and_client(aws_world, other):
    with aws_world.fault("kms", "ListKeys", error="KMSInternalException"):
        for client in (
            other.client("kms", "eu-west-1", config=ONCE),
            boto3.client("kms", region_name="ap-south-1", config=ONCE),
        ):
            with refused("KMSInternalException", INTERNAL, 500):
                client.list_keys()


def test_a_call_that_failed_changed_nothing_and_stands_in_the_trail(aws_world, once, key):
    with aws_world.fault("kms", "*", error="KMSInternalException"):
        for ask in (
            once.create_key,
            lambda: once.disable_key(KeyId=key),
            lambda: once.schedule_key_deletion(KeyId=key),
            lambda: once.enable_key_rotation(KeyId=key),
            lambda: once.create_alias(AliasName="alias/a", TargetKeyId=key),
        ):
            with refused("KMSInternalException", INTERNAL, 500):
                ask()
    assert [item["KeyArn"] for item in once.list_keys()["Keys"]] == [key]
    assert once.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    assert once.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    assert once.list_aliases(KeyId=key)["Aliases"] == []
    failed = [event["eventName"] for event in aws_world.events if event.get("errorCode") == "KMSInternalException"]
    assert failed == ["CreateKey", "DisableKey", "ScheduleKeyDeletion", "EnableKeyRotation", "CreateAlias"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (("kmss", "Decrypt"), "service='kmss': botocore has no such service"),
        (("kms", "decrypt"), "operation='decrypt': kms has no such operation; names are as in '"),
        (("s3", "Decrypt"), "operation='Decrypt': s3 has no such operation"),
    ],
)
def test_what_does_not_exist_cannot_fail(aws_world, given, text):
    with pytest.raises(ValueError, match=text), aws_world.fault(*given, error="ThrottlingException"):
        pass


@pytest.mark.parametrize("times", [0, -1, True, "2", 1.5])
def test_times_is_a_number_of_calls(aws_world, times):
    given = aws_world.fault("kms", "Decrypt", error="ThrottlingException", times=times)
    with pytest.raises(ValueError, match=r"times=.*: give a number of calls from 1, or None for all"), given:
        pass
