"""The bill as an object: what it may be asked for, prices of one's own, parts, texts, and what machines read."""

import json
import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

import kmsmock
from kmsmock.billing import PRICES
from tests.support.billing import ALL_PAID, AWAY, REQUEST, no_such
from tests.support.claims import OWNER

ACCEPTED = 'give a month as "2026-02", a year as "2026", a date, or None for the present month'


def test_without_a_month_it_is_the_present_one_so_far(aws_world, clock, key):
    clock.move_to("2026-02-08")
    bill = aws_world.bill()
    assert (bill.month, bill.keys) == ("2026-02", Decimal("0.25"))
    clock.move_to("2026-02-15")
    assert aws_world.bill().keys == Decimal("0.5")


@pytest.mark.parametrize(
    "month",
    [
        "2026-02",
        date(2026, 2, 28),
        datetime(2026, 2, 1),
        datetime(2026, 3, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
    ],
)
def test_a_month_is_a_text_or_any_date_in_it(aws_world, clock, key, month):
    clock.move_to("2026-04-01")
    bill = aws_world.bill(month)
    assert (bill.month, bill.by_key) == ("2026-02", {key: 1})


def test_a_year_is_the_sum_of_its_months(aws_world, clock, kms, key):
    clock.move_to("2026-07-01")
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100)
    clock.move_to("2027-02-01")
    year = aws_world.bill("2026")
    months = [aws_world.bill(f"2026-{month:02}") for month in range(1, 13)]
    assert (year.month, year.total) == ("2026", sum(bill.total for bill in months))
    assert sorted(year.lines) == sorted(line for bill in months for line in bill.lines)
    assert list(year.by_month) == [bill.month for bill in months]


@pytest.mark.parametrize("month", ["", "February", "2026-13", "2026-2", "26-02", "2026-02-01", "0000", 2.5])
def test_what_is_no_month_is_refused_and_told_what_is(aws_world, month):
    with no_such(f"month={month!r} is no month; {ACCEPTED}"):
        aws_world.bill(month)


def test_a_month_that_has_not_begun_has_no_bill(aws_world, clock):
    with no_such(f"2026-02 has not begun: it is 2026-01-01 in this world; {ACCEPTED}"):
        aws_world.bill("2026-02")


def test_a_month_before_there_was_anything_costs_nothing(aws_world, clock, key):
    bill = aws_world.bill("2025-12")
    assert (bill.total, bill.lines, bill.by_account) == (0, (), {})
    assert str(bill) == "KMS in 2025-12, as of 2026-01-01 00:00 UTC: 0.00 USD"


def test_prices_are_one_table_of_decimals_whose_rows_may_be_replaced(aws_world, clock, kms, key):
    assert all(isinstance(price, Decimal) for price in PRICES.values())
    kms.rotate_key_on_demand(KeyId=key)
    kms.list_keys()
    clock.move_to("2026-02-01")
    own = {"key": Decimal("0.5"), "rotation": "0.25", "symmetric": 1, **ALL_PAID}
    bill = aws_world.bill("2026-01", prices=own)
    assert (bill.keys, bill.requests) == (Decimal("0.75"), Decimal("0.0003"))
    assert aws_world.bill("2026-01", prices={"billed rotations": 0}).keys == 1
    assert aws_world.bill("2026-01", prices=PRICES) == aws_world.bill("2026-01")


@pytest.mark.parametrize("price", [0.03, "cheap", -1, "NaN", Decimal("Infinity"), None, True])
def test_what_is_no_price_is_refused(aws_world, price):
    with no_such(f"the price 'key' is a Decimal, a whole number or a text such as '0.03', not negative; not {price!r}"):
        aws_world.bill(prices={"key": price})


def test_half_a_request_is_not_free(aws_world):
    with no_such("'free requests' is a whole number, not '0.5'"):
        aws_world.bill(prices={"free requests": "0.5"})


def test_a_row_that_there_is_not_is_refused(aws_world):
    with no_such(f"there is no price of 'symetric'; did you mean 'symmetric'? there are: {', '.join(PRICES)}"):
        aws_world.bill(prices={"symetric": 1})


def test_a_part_has_the_sums_of_its_lines(aws_world, clock, kms, owner, key):
    owner.client("kms", region_name=AWAY).create_key()
    clock.move_to("2026-02-01")
    bill = aws_world.bill("2026-01", prices=ALL_PAID)
    part = bill.where(region=AWAY, account=OWNER)
    assert (part.keys, part.requests, part.total) == (1, REQUEST, 1 + REQUEST)
    assert bill.where(kind="key", key=key).by_region == {"us-east-1": 1}


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ({"kind": "symetric"}, "a bill has no 'symetric'; did you mean 'symmetric'? there are: key, rotation, "),
        ({"acount": OWNER}, "a bill has no 'acount'; did you mean 'account'? there are: account, region, kind, "),
    ],
)
def test_a_part_that_there_cannot_be_is_refused(aws_world, conditions, said):
    with no_such(said):
        aws_world.bill().where(**conditions)


@pytest.fixture
def printed(aws_world, clock, owner, kms, key):
    """A world with something in each table."""
    s3 = owner.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="a", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)
    clock.move_to("2026-01-22")
    kms.schedule_key_deletion(KeyId=key)
    clock.move_to("2026-02-05")
    kms.cancel_key_deletion(KeyId=key)
    clock.move_to("2026-03-01")
    return aws_world


def test_it_prints_as_tables(printed, key):
    lines = printed.bill("2026-01", prices=ALL_PAID).table(width=120).splitlines()
    name = key.rpartition("/")[2]
    assert lines == [
        "KMS in 2026-01, as of 2026-03-01 00:00 UTC: 0.677428 USD",
        "",
        "keys: 0.677419 USD",
        "account       Region     key                                   what  hours  USD",
        f"111111111111  us-east-1  {name}  key   504    0.677419",
        "",
        "requests: 0.000009 USD",
        "account       Region     requests of kind  requests  free  USD",
        "111111111111  us-east-1  symmetric         3         0     0.000009",
        "",
        "of them, by services: 0.000003 USD",
        "asked by          for                             Region     requests  free  USD",
        "s3.amazonaws.com  arn:aws:iam::111111111111:root  us-east-1  1         0     0.000003",
    ]
    assert "key, arrears of 2026-01" in printed.bill("2026-02").table(width=120)


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_it_fits_the_width(printed, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    text = str(printed.bill("2026-02", prices=ALL_PAID))
    assert max(map(len, text.splitlines())) <= width
    assert text == printed.bill("2026-02", prices=ALL_PAID).table(width)


def test_machines_read_it_as_json(printed, key):
    bill = printed.bill("2026-02", prices=ALL_PAID)
    read = json.loads(json.dumps(bill.as_dict()))
    assert {name: read[name] for name in ("month", "until", "currency", "request_count", "free_requests")} == {
        "month": "2026-02",
        "until": "2026-03-01T00:00:00+00:00",
        "currency": "USD",
        "request_count": 1,
        "free_requests": 0,
    }
    assert Decimal(read["total"]) == bill.total == sum(Decimal(line["amount"]) for line in read["lines"])
    assert read["lines"][1] == {
        "month": "2026-02",
        "account": OWNER,
        "region": "us-east-1",
        "kind": "key",
        "quantity": 240,
        "amount": "0.3225806452",
        "key": key,
        "free": 0,
        "via": "",
        "principal": "",
        "arrears": "2026-01",
    }
    assert read["savings"]["data key caching"] == {"requests": 0, "amount": "0E-10"}


def test_it_tells_itself_in_a_line_and_in_a_notebook(aws_world, clock, key):
    clock.move_to("2026-02-01")
    bill = aws_world.bill("2026-01")
    assert repr(bill) == "<Bill 2026-01: 1.00 USD, 1 requests>"
    assert "keys: 1.00 USD" in bill._repr_html_()


def test_a_world_that_is_over_still_has_one(clock):
    with kmsmock.World() as world:
        key = world.account(OWNER).client("kms").create_key()["KeyMetadata"]["Arn"]
        world.clock.move_to("2026-02-01")
    assert world.bill("2026-01").by_key == {key: 1}


def test_who_never_asks_does_not_even_import_it():
    code = (
        "import sys, boto3, kmsmock\n"
        "with kmsmock.World():\n"
        "    boto3.client('kms', region_name='us-east-1').create_key()\n"
        "print([name for name in sys.modules if name.startswith('kmsmock.billing')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
