"""Events and the life of a key as tables: when, what, who, from where; equal ones folded, and within the width."""

from datetime import datetime, timedelta, timezone
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kmsmock
from kmsmock.telling import columns
from kmsmock.trail import tables

OWNER, OTHER = "111111111111", "222222222222"
START = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)


@pytest.fixture
def lived(aws_world):
    """A key that was used, refused, rotated for years and deleted; the id is that of the seed."""
    aws_world.clock.freeze(START)
    kms = aws_world.account(OWNER).client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.enable_key_rotation(KeyId=key)
    for _ in range(3):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    with pytest.raises(Exception, match="AccessDenied"):
        aws_world.account(OTHER).client("kms").encrypt(KeyId=key, Plaintext=b"x")
    aws_world.clock.move_to("2036-01-02 10:00:00")
    s3 = aws_world.account(OWNER).client("s3")
    s3.create_bucket(Bucket="bucket-of-the-table")
    s3.put_object(Bucket="bucket-of-the-table", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    aws_world.clock.advance(days=8)
    return key


def text(of):
    return "\n" + dedent(of).strip("\n")


def test_events_in_a_wide_terminal(aws_world, lived):
    name = f"key {lived.rpartition('/')[2][:8]}"
    assert "\n" + aws_world.events.table(120) == text(
        f"""
        when (UTC)  what                                    who                   from              about         result
        2026-01-01
        12:00:00    CreateKey                               root of 111111111111  127.0.0.1         {name}
        12:00:00    EnableKeyRotation                       root of 111111111111  127.0.0.1         {name}
        12:00:00    Encrypt (3 times)                       root of 111111111111  127.0.0.1         {name}
        12:00:00    Encrypt                                 root of 222222222222  127.0.0.1         {name}  AccessDenied
        2027-01-01
        12:00:00    RotateKey (10 times, until 2035-12-30)  AWS Internal                            {name}
        2036-01-02
        10:00:00    GenerateDataKey                         root of 111111111111  s3.amazonaws.com  {name}
        10:00:00    ScheduleKeyDeletion                     root of 111111111111  127.0.0.1         {name}
        2036-01-09
        10:00:00    DeleteKey                               AWS Internal                            {name}
        """
    )


def test_events_in_a_narrow_one(aws_world, lived):
    name = f"key {lived.rpartition('/')[2][:8]}"
    assert "\n" + aws_world.events[:4].table(60) == text(
        f"""
        2026-01-01
        12:00:00  CreateKey
                  root of 111111111111 from 127.0.0.1, {name}
        12:00:00  EnableKeyRotation
                  root of 111111111111 from 127.0.0.1, {name}
        12:00:00  Encrypt (2 times)
                  root of 111111111111 from 127.0.0.1, {name}
        """
    )


def test_the_life_of_a_key(aws_world, lived):
    assert "\n" + aws_world.timeline(lived).table(100) == text(
        """
        when (UTC)  what                              who                   from       with
        2026-01-01
        12:00:00    CreateKey                         root of 111111111111  127.0.0.1
        12:00:00    EnableKeyRotation                 root of 111111111111  127.0.0.1
        2027-01-01
        12:00:00    RotateKey (10 times, until        AWS Internal
                    2035-12-30)
        2036-01-02
        10:00:00    ScheduleKeyDeletion               root of 111111111111  127.0.0.1  pendingWindowInDays=7
        2036-01-09
        10:00:00    DeleteKey                         AWS Internal
        """
    )


def test_nothing_is_said_to_be_nothing(aws_world):
    assert aws_world.events.table() == "nothing happened"


def test_an_event_of_two_accounts_is_one_row(aws_world, lived):
    assert len(aws_world.events.where(name="Encrypt", account=OWNER)) == 3
    assert aws_world.events.table(120).count("Encrypt") == 2


def test_rotations_of_a_key_and_of_its_replica_are_a_row_each(aws_world):
    aws_world.clock.freeze(START)
    kms = aws_world.account(OWNER).client("kms")
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["Arn"]
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    kms.enable_key_rotation(KeyId=key)
    aws_world.clock.advance(days=3650)
    rows = [line for line in aws_world.events.table(140).splitlines() if "RotateKey" in line]
    assert [("10 times" in line, line.rpartition(" in ")[2]) for line in rows] == [
        (True, "us-east-1"),
        (True, "eu-west-1"),
    ]


def test_a_rotation_comes_after_who_asked_for_it():
    """KMS dates what it does in milliseconds: cut, they are before the call. The clock runs here."""
    with kmsmock.World() as world:
        kms = world.account(OWNER).client("kms")
        for _ in range(5):
            key = kms.create_key()["KeyMetadata"]["Arn"]
            kms.rotate_key_on_demand(KeyId=key)
            kms.describe_key(KeyId=key)
            told = [each["eventName"] for each in world.events.where(key=key)]
            assert told == ["CreateKey", "RotateKeyOnDemand", "RotateKey", "DescribeKey"]
            assert [moment.what for moment in world.timeline(key)] == ["CreateKey", "RotateKeyOnDemand", "RotateKey"]


def row(seconds, what, *, by_itself=False, **more):
    return tables.Row(
        START + timedelta(seconds=seconds), what, "AWS Internal" if by_itself else "x", "", by_itself=by_itself, **more
    )


def folds(*rows):
    return [(each.row.what, each.times) for each in tables.folded(rows)]


def test_calls_are_folded_where_they_follow_on_each_other():
    assert folds(row(0, "A"), row(1, "A"), row(2, "B"), row(3, "A")) == [("A", 2), ("B", 1), ("A", 1)]
    assert folds(row(0, "A"), row(1, "A", result="AccessDenied")) == [("A", 1), ("A", 1)]


def test_what_kms_does_by_itself_is_folded_up_to_the_next_call():
    turn, share = row(0, "RotateKey", by_itself=True), row(0, "Synchronize", by_itself=True)
    assert folds(turn, share, turn, share, row(1, "A"), turn) == [
        ("RotateKey", 2), ("Synchronize", 2), ("A", 1), ("RotateKey", 1),
    ]  # fmt: skip


WORDS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), max_size=30)


@given(
    st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(WORDS, min_size=n, max_size=n), min_size=1, max_size=6)),
    st.integers(40, 120),
)
def test_columns_fit_and_lose_nothing(rows, width):
    told = list(columns.lines(rows, width))
    first = max(len(line[0]) for line in rows)
    assert all(len(line) <= max(width, first + 4 * len(rows[0])) for line in told)
    assert sorted("".join(told).replace(" ", "")) == sorted(
        "".join(cell for line in rows for cell in line).replace(" ", "")
    )


ROWS = st.builds(
    tables.Row,
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    WORDS, WORDS, WORDS,
    st.lists(st.sampled_from([f"arn:aws:kms:us-east-1:{OWNER}:key/{n}2345678-1234-1234-1234-123456789012" for n in (1, 2)]), max_size=2).map(tuple),
    WORDS, WORDS, st.booleans(),
)  # fmt: skip


@given(st.lists(ROWS, max_size=8), st.integers(50, 160))
def test_a_table_fits_its_width(rows, width):
    assert all(len(line) <= width for line in tables.table(rows, width).splitlines())


@given(st.lists(st.sampled_from([row(0, "A"), row(1, "B"), row(2, "R", by_itself=True), row(3, "S", by_itself=True)])))
def test_folding_loses_nothing(rows):
    found = tables.folded(rows)
    assert sum(each.times for each in found) == len(rows)
    assert {each.row.what for each in found} == {each.what for each in rows}
