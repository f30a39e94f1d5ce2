"""Encrypted streams: producers need data keys and consumers decryption; each record stays under the key of its time."""

import pytest

from tests.support.claims import OWNER
from tests.support.ec2 import kms_events
from tests.support.policies import lacking, make_key, use
from tests.support.services import actions, contexts, decided, person, refused_by_kms, refused_somehow

pytestmark = pytest.mark.evidence(
    "documented",
    '"Data protection in Amazon Kinesis Data Streams" (developer guide); a denial\'s text is known from public reports',
)

STREAM = f"arn:aws:kinesis:us-east-1:{OWNER}:stream/stream"
AFTER = ".*"  # whether Kinesis says more than KMS is not known


@pytest.fixture
def kinesis(owner):
    client = owner.client("kinesis")
    client.create_stream(StreamName="stream", ShardCount=1)
    return client


def encrypt(kinesis, key):
    kinesis.start_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=key)


@pytest.fixture
def encrypted(kinesis, key):
    encrypt(kinesis, key)
    return kinesis


def put(kinesis, text="record"):
    return kinesis.put_record(StreamName="stream", Data=text.encode(), PartitionKey="p")


def get(kinesis):
    shard = kinesis.list_shards(StreamName="stream")["Shards"][0]["ShardId"]
    start = kinesis.get_shard_iterator(StreamName="stream", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return [each["Data"].decode() for each in kinesis.get_records(ShardIterator=start["ShardIterator"])["Records"]]


def shown(kinesis):
    told = kinesis.describe_stream_summary(StreamName="stream")["StreamDescriptionSummary"]
    return told["EncryptionType"], told.get("KeyId")


def test_records_are_encrypted_and_decrypted_in_the_name_of_the_stream(aws_world, encrypted):
    with kms_events(aws_world) as events:
        put(encrypted)
        assert get(encrypted) == ["record"]
    context = {"aws:kinesis:arn": STREAM}
    assert contexts(events, "GenerateDataKey") == contexts(events, "Decrypt") == [context]


def test_a_producer_needs_no_decryption_and_a_consumer_no_data_key(owner, encrypted, key):
    producer = person(owner, "kms:GenerateDataKey", name="producer").client("kinesis")
    consumer = person(owner, "kms:Decrypt", name="consumer").client("kinesis")
    put(producer)
    assert get(consumer) == ["record"]
    with refused_somehow("KMSAccessDeniedException"):
        get(producer)
    with refused_somehow("KMSAccessDeniedException"):
        put(consumer)
    assert get(consumer) == ["record"]


def test_a_denial_is_told_with_the_words_of_kms(owner, encrypted, key):
    alice = person(owner)
    with refused_by_kms("KMSAccessDeniedException", lacking(alice, "kms:GenerateDataKey", key), after=AFTER):
        put(alice.client("kinesis"))
    put(encrypted)
    with refused_by_kms("KMSAccessDeniedException", lacking(alice, "kms:Decrypt", key), after=AFTER):
        get(alice.client("kinesis"))


def test_a_batch_of_records_is_refused_as_a_whole(encrypted, kms, key):
    kms.disable_key(KeyId=key)
    records = [{"Data": each.encode(), "PartitionKey": "p"} for each in "ab"]
    with refused_by_kms("KMSDisabledException", f"{key} is disabled.", after=AFTER):
        encrypted.put_records(StreamName="stream", Records=records)
    kms.enable_key(KeyId=key)
    assert get(encrypted) == []
    encrypted.put_records(StreamName="stream", Records=records)
    assert get(encrypted) == ["a", "b"]


def test_the_stream_and_its_answers_tell_that_they_are_encrypted(encrypted, key):
    assert shown(encrypted) == ("KMS", key)
    assert put(encrypted)["EncryptionType"] == "KMS"


def test_each_record_stays_under_the_key_of_its_time(kinesis, kms, key):
    put(kinesis, "plain")
    encrypt(kinesis, key)
    put(kinesis, "first key")
    second = kms.create_key()["KeyMetadata"]["Arn"]
    encrypt(kinesis, second)
    put(kinesis, "second key")
    kinesis.stop_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=second)
    put(kinesis, "plain again")
    assert shown(kinesis)[0] == "NONE"
    assert get(kinesis) == ["plain", "first key", "second key", "plain again"]
    kms.disable_key(KeyId=key)
    with refused_by_kms("KMSDisabledException", f"{key} is disabled.", after=AFTER):
        get(kinesis)
    kms.enable_key(KeyId=key)
    kms.disable_key(KeyId=second)
    with refused_by_kms("KMSDisabledException", f"{second} is disabled.", after=AFTER):
        get(kinesis)


def test_what_was_never_encrypted_is_read_without_the_key(kinesis, kms, key):
    put(kinesis, "plain")
    encrypt(kinesis, key)
    kms.disable_key(KeyId=key)
    assert get(kinesis) == ["plain"]


def test_stopping_and_describing_need_no_key(aws_world, encrypted, kms, key):
    kms.disable_key(KeyId=key)
    with decided(aws_world) as asked:
        encrypted.stop_stream_encryption(StreamName="stream", EncryptionType="KMS", KeyId=key)
        put(encrypted)
        assert get(encrypted) == ["record"]
        encrypted.delete_stream(StreamName="stream")
    assert asked == []


def test_a_key_policy_may_open_one_stream_alone(owner, kinesis, kms):
    alice = person(owner)
    only = {"StringEquals": {"kms:EncryptionContext:aws:kinesis:arn": STREAM}}
    key = make_key(kms, use(alice.arn, ["kms:GenerateDataKey", "kms:Decrypt"], Condition=only))
    encrypt(kinesis, key)
    put(alice.client("kinesis"))
    kinesis.create_stream(StreamName="other", ShardCount=1)
    kinesis.start_stream_encryption(StreamName="other", EncryptionType="KMS", KeyId=key)
    with refused_somehow("KMSAccessDeniedException"):
        alice.client("kinesis").put_record(StreamName="other", Data=b"x", PartitionKey="p")


def test_the_key_of_aws_serves_everybody_who_may_use_the_stream(aws_world, owner, kinesis):
    encrypt(kinesis, "alias/aws/kinesis")
    alice = person(owner)
    with decided(aws_world) as asked:
        put(alice.client("kinesis"))
        assert get(alice.client("kinesis")) == ["record"]
    assert actions(asked, alice.arn) == ["kms:GenerateDataKey", "kms:Decrypt"]


def test_an_alias_is_followed_to_its_key(aws_world, kinesis, kms, key):
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    encrypt(kinesis, "alias/app")
    with decided(aws_world) as asked:
        put(kinesis)
    assert {each.resource for each in asked} == {key}
