"""What a world saw is told in lines: keys over time, decisions, events, refusals, the bill, and what goes where."""

from collections import Counter
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError

from kmsmock.kms import lifecycle
from kmsmock.results import bills, lines, moments
from kmsmock.results.kinds import Bill, Decision, Event, Key, Link, Refusal, World
from tests.support.policies import use
from tests.support.reports import image_of, make_key, snapshot_of
from tests.support.results import of_kind, seen

PRODUCER, CONSUMER = "111111111111", "222222222222"


def states(key):
    """The states of a key with how many days after it was made."""
    first = int(key.states[0][0][8:10])
    return [(state, int(when[8:10]) - first) for when, state in key.states]


def test_the_states_of_a_key_over_world_time():
    def do(world):
        world.clock.freeze("2026-01-01 12:00:00")
        kms = world.account(PRODUCER).client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.create_alias(AliasName="alias/app", TargetKeyId=key)
        world.clock.advance(days=1)
        kms.disable_key(KeyId=key)
        world.clock.advance(days=1)
        kms.enable_key(KeyId=key)
        world.clock.advance(days=1)
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        world.clock.advance(days=1)
        kms.cancel_key_deletion(KeyId=key)
        world.clock.advance(days=1)
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
        world.clock.advance(days=8)

    (key,) = of_kind(seen(do), Key)
    assert states(key) == [
        ("Enabled", 0), ("Disabled", 1), ("Enabled", 2), ("PendingDeletion", 3), ("Disabled", 4),
        ("PendingDeletion", 5), ("Deleted", 12),
    ]  # fmt: skip
    assert (key.state, key.deletion) == ("Deleted", "")


THROTTLED = {
    "kms": ("CreateKey", "ThrottlingException", lambda kms: kms.create_key()),
    "s3": ("ListBuckets", "SlowDown", lambda s3: s3.list_buckets()),
    "ec2": ("DescribeVolumes", "RequestLimitExceeded", lambda ec2: ec2.describe_volumes()),
    "dynamodb": ("ListTables", "ProvisionedThroughputExceededException", lambda table: table.list_tables()),
}


@pytest.mark.parametrize("service", THROTTLED)
@pytest.mark.parametrize("throttles", [True, False])
def test_each_services_word_for_too_many_requests_is_counted(service, throttles):
    operation, code, ask = THROTTLED[service]

    def do(world):
        with world.fault(service, operation, error=code if throttles else "InternalFailure", times=1):
            ask(world.account(PRODUCER).client(service))

    (world,) = of_kind(seen(do), World)
    assert (world.refused, world.throttled) == (1, int(throttles))


def test_a_deletion_that_is_to_come():
    def do(world):
        world.clock.freeze("2026-01-01 12:00:00")
        kms = world.account(PRODUCER).client("kms")
        kms.schedule_key_deletion(KeyId=kms.create_key()["KeyMetadata"]["KeyId"], PendingWindowInDays=7)

    (key,) = of_kind(seen(do), Key)
    assert (key.state, key.deletion) == ("PendingDeletion", "2026-01-08T12:00:00Z")


def test_rotations_of_ten_years_are_told_although_nobody_looked():
    def do(world):
        world.clock.freeze("2026-01-01 12:00:00")
        kms = world.account(PRODUCER).client("kms")
        kms.enable_key_rotation(KeyId=kms.create_key()["KeyMetadata"]["KeyId"])
        world.clock.move_to("2036-01-02")

    found = seen(do)
    (key,) = of_kind(found, Key)
    assert len(key.rotations) == 10
    assert (key.rotations[0], key.rotations[-1]) == ("2027-01-01T12:00:00Z", "2035-12-30T12:00:00Z")
    (rotated,) = [each for each in of_kind(found, Event) if each.name == "RotateKey"]
    assert (rotated.times, rotated.when, rotated.who) == (10, "2027-01-01T12:00:00Z", "AWS Internal")
    (world,) = of_kind(found, World)
    assert (world.begun[:4], world.ended, world.over) == ("2026", "2036-01-02T00:00:00Z", True)


def test_time_that_went_back_is_told_to_its_latest():
    """A test may have ended its own freeze before the world ends."""

    def do(world):
        world.clock.freeze("2040-01-01")
        world.account(PRODUCER).client("kms").create_key()
        world.clock.move_to("2026-01-01")

    found = seen(do)
    (world,) = of_kind(found, World)
    assert world.ended == "2040-01-01T00:00:00Z"
    assert {each.year for each in of_kind(found, Bill)} <= {"2040"}


def test_equal_decisions_and_events_are_counted():
    def do(world):
        kms = world.account(PRODUCER).client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        for _ in range(3):
            kms.encrypt(KeyId=key, Plaintext=b"x")

    found = seen(do)
    (decision,) = [each for each in of_kind(found, Decision) if each.action == "kms:Encrypt"]
    assert (decision.times, decision.effect, decision.reason) == (3, "allowed", "resource-based policy")
    assert decision.by.startswith('Allow "Enable IAM User Permissions" in key policy of arn:aws:kms:')
    (event,) = [each for each in of_kind(found, Event) if each.name == "Encrypt"]
    assert (event.times, event.account, event.source) == (3, PRODUCER, "kms.amazonaws.com")
    assert event.keys == [decision.resource]


def test_a_refusal_is_told_and_one_of_a_kind_explained():
    def do(world):
        key = make_key(world.account(PRODUCER))
        for _ in range(2):
            with pytest.raises(ClientError):
                world.account(CONSUMER).client("kms").encrypt(KeyId=key, Plaintext=b"x")

    found = seen(do)
    first, second = of_kind(found, Refusal)
    assert first.cause == "IAM-RESOURCE-POLICY"
    assert first.general == "The policy of the resource does not let the caller in."
    assert (first.asked, first.code, first.principal) == (
        "kms:Encrypt", "AccessDeniedException", f"arn:aws:iam::{CONSUMER}:root",
    )  # fmt: skip
    assert first.at.startswith("tests/report/test_collecting.py:") or "test_collecting.py:" in first.at
    assert "add this statement to the key policy in account 111111111111" in first.explanation
    assert first.expected
    assert (second.cause, second.expected) == (first.cause, True)
    assert second.explanation == ""
    (world,) = of_kind(found, World)
    assert (world.denied, world.refused) == (2, 2)


def test_what_goes_from_place_to_place():
    def do(world):
        producer, consumer = world.account(PRODUCER), world.account(CONSUMER)
        key = make_key(producer, use({"AWS": f"arn:aws:iam::{CONSUMER}:root"}, ["kms:*"]))
        ec2 = producer.client("ec2")
        snapshot = snapshot_of(ec2, key)
        image = image_of(ec2, snapshot)
        permission = {"Add": [{"UserId": CONSUMER}]}
        ec2.modify_snapshot_attribute(
            SnapshotId=snapshot, CreateVolumePermission=permission, Attribute="createVolumePermission"
        )
        ec2.modify_image_attribute(ImageId=image, LaunchPermission=permission)
        there = consumer.client("ec2", "eu-west-1")
        there.copy_snapshot(SourceSnapshotId=snapshot, SourceRegion="us-east-1", Encrypted=True)
        producer.client("kms").create_grant(KeyId=key, GranteePrincipal=consumer.root.arn, Operations=["Decrypt"])
        related = make_key(producer, MultiRegion=True)
        producer.client("kms").replicate_key(KeyId=related, ReplicaRegion="eu-west-1")

    found = of_kind(seen(do), Link)
    assert Counter((each.what, each.account, each.region, each.to_account, each.to_region) for each in found) == {
        ("share", PRODUCER, "us-east-1", CONSUMER, "us-east-1"): 2,
        ("copy", PRODUCER, "us-east-1", CONSUMER, "eu-west-1"): 1,
        ("grant", PRODUCER, "us-east-1", CONSUMER, "us-east-1"): 1,
        ("replica", PRODUCER, "us-east-1", PRODUCER, "eu-west-1"): 1,
    }


def test_a_replication_goes_from_bucket_to_bucket():
    def do(world):
        here, there = world.account(PRODUCER), world.account(CONSUMER)
        for account, name in ((here, "source-bucket"), (there, "target-bucket")):
            s3 = account.client("s3")
            s3.create_bucket(Bucket=name)
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        role = here.role("replicator")
        rule = {"Status": "Enabled", "Priority": 1, "Filter": {}, "DeleteMarkerReplication": {"Status": "Disabled"},
                "Destination": {"Bucket": "arn:aws:s3:::target-bucket"}}  # fmt: skip
        configuration = {"Role": role.arn, "Rules": [rule]}
        here.client("s3").put_bucket_replication(Bucket="source-bucket", ReplicationConfiguration=configuration)

    (link,) = of_kind(seen(do), Link)
    assert (link.what, link.account, link.to_account, link.about, link.why) == (
        "replication", PRODUCER, CONSUMER, "arn:aws:s3:::source-bucket", "to arn:aws:s3:::target-bucket",
    )  # fmt: skip


def busy(world):
    """Keys of all prices, services, other accounts, failures, deletions, years."""
    producer, consumer = world.account(PRODUCER), world.account(CONSUMER)
    world.clock.freeze("2026-02-03 04:05:06")
    shared = make_key(producer, use({"AWS": f"arn:aws:iam::{CONSUMER}:root"}, ["kms:*"]))
    kms, other = producer.client("kms"), consumer.client("kms")
    made = kms.encrypt(KeyId=shared, Plaintext=b"x")["CiphertextBlob"]
    other.decrypt(CiphertextBlob=made)
    pair = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    kms.sign(KeyId=pair, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
    kms.generate_data_key_pair(KeyId=shared, KeyPairSpec="ECC_NIST_P256")
    with pytest.raises(ClientError):
        other.sign(KeyId=f"arn:aws:kms:us-east-1:{PRODUCER}:key/{pair}", Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
    with pytest.raises(ClientError):
        kms.encrypt(KeyId="alias/none", Plaintext=b"x")
    related = make_key(producer, MultiRegion=True)
    kms.replicate_key(KeyId=related, ReplicaRegion="eu-west-1")
    kms.enable_key_rotation(KeyId=related)
    s3 = producer.client("s3")
    s3.create_bucket(Bucket="busy-bucket")
    s3.put_object(Bucket="busy-bucket", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=shared)
    snapshot_of(producer.client("ec2"), shared)
    world.clock.advance(days=500)
    kms.schedule_key_deletion(KeyId=pair)
    world.clock.advance(days=5)
    kms.cancel_key_deletion(KeyId=pair)
    world.clock.advance(days=300)


def test_the_bill_in_sums_is_that_of_the_world(aws_world):
    """It is worked out without writing out the trail, and has to come to the same cent."""
    busy(aws_world)
    now = aws_world.clock.now()
    lifecycle.run_due(aws_world.store, now)
    sums = list(bills.lines(aws_world.store, moments.moments(aws_world.store, 0), now))
    years = {year: aws_world.bill(year) for year in ("2026", "2027", "2028")}
    assert {year: sum((Decimal(each.amount) for each in sums if each.year == year), Decimal(0)) for year in years} == {
        year: bill.total for year, bill in years.items()
    }
    assert sum(each.free for each in sums) == sum(bill.free_requests for bill in years.values())
    assert {(each.account, each.region, each.item, each.via) for each in sums} == {
        (line.account, line.region, line.kind, line.via) for bill in years.values() for line in bill.lines
    }


def test_moments_are_the_same_once_the_trail_is_written_out(aws_world):
    busy(aws_world)
    lifecycle.run_due(aws_world.store, aws_world.clock.now())
    before = moments.moments(aws_world.store, 0)
    assert len(aws_world.events) >= len(before)  # of some calls there is one for each account
    assert moments.moments(aws_world.store, 0) == before


def test_collecting_changes_nothing_of_a_world():
    """The trail of a world that was looked at is that of one that was not."""

    def trail(look):
        events = []

        def do(world):
            busy(world)
            if look:
                from kmsmock.results.collecting import Mark, collect
                from kmsmock.results.explained import Explained

                collect(world.store, 1, Mark(world.clock.now()), Explained(), over=False)
            events.extend(dict(each) for each in world.events)

        seen(do, seed="the same")
        return events

    assert trail(look=True) == trail(look=False)


def test_all_lines_of_a_busy_world_are_read_as_they_are_written():
    for each in seen(busy):
        assert lines.record(lines.as_line(each)) == each
