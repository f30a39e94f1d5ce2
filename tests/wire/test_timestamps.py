"""Times in answers are what botocore reads, whatever the machine's own zone."""

import time
from datetime import datetime, timezone

import pytest
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as some

from kmsmock.wire import timestamps

ZONES = ("UTC", "Europe/London", "America/New_York", "Asia/Kolkata")
TIMES = some.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31))
FORMS = ("%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ", "%a, %d %b %Y %H:%M:%S GMT")


def told(read, text):
    """What is read, with all that could differ between times that are equal."""
    try:
        found = read(text)
    except (ValueError, OverflowError, RuntimeError) as error:
        return type(error)
    return found, type(found.tzinfo), found.tzname(), found.fold


@pytest.mark.parametrize("zone", ZONES)
@given(when=TIMES, form=some.sampled_from(FORMS))
def test_the_forms_that_services_write_are_read_as_botocore_reads_them(zone, when, form):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        try:
            text = when.strftime(form)
            assert told(timestamps.read, text) == told(parse_timestamp, text)
        finally:
            patch.undo()
            time.tzset()


@pytest.mark.parametrize(
    "value",
    [
        *("2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "Mon, 31 Feb 2026 00:00:00 GMT", "", "x", "1790000000"),
        *("2026-02-03", "2026-02-03T04:05:06+02:00", "2026-02-03T24:00:00Z", "0001-01-01T00:00:00Z"),
        *(1790000000, 1790000000.25, "2026-02-03T04:05:06.1234567Z", "2026-02-03T04:05:06.1Z"),
    ],
)
def test_any_other_value_is_left_to_botocore(value):
    assert told(timestamps.read, value) == told(parse_timestamp, value)


def test_a_time_is_one_in_utc():
    assert timestamps.read("2026-02-03T04:05:06Z") == datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
