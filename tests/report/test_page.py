"""The page is one file, small, and safe of whatever names tests have."""

import json
import re
from html.parser import HTMLParser

import pytest

from kmsmock.report import build, data
from kmsmock.results.kinds import Decision, Event, Key, World
from kmsmock.results.merging import Results
from tests.support.results import HOSTILE, hostile_results, merged, seen

WHEN = "2026-01-01T00:00:00Z"


def embedded(page):
    return json.loads(page.partition('id="data">')[2].partition("</script>")[0])


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_no_name_is_markup(tmp_path):
    page = build.page(hostile_results(tmp_path), title=f"The {HOSTILE}")
    tags = Tags(page).tags
    assert [tag for tag, _ in tags if tag == "script"] == ["script", "script"]
    assert [tag for tag, _ in tags if tag == "img"] == []
    page.encode("utf-8")
    strings = embedded(page)["strings"]
    assert f"alias/{HOSTILE}" in strings


def test_the_page_loads_nothing(tmp_path):
    page = build.page(merged(tmp_path / "results.jsonl", {"t.py::test": seen(lambda world: None)}))
    tags = Tags(page).tags
    assert {tag for tag, attrs in tags if "src" in attrs or tag in {"link", "iframe", "object", "base"}} == set()
    (policy,) = [attrs["content"] for tag, attrs in tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert re.findall(r"url\(|@import|fetch\(|XMLHttpRequest|innerHTML|insertAdjacentHTML|document\.write", page) == []


def test_without_a_script_the_numbers_are_there(tmp_path):
    def do(world):
        world.account("111111111111").client("kms").create_key()

    page = build.page(merged(tmp_path / "results.jsonl", {"t.py::one": seen(do), "t.py::two": seen(do)}))
    tiles = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert tiles == {
        "tests with a world": "2", "of them failed": "0", "worlds": "2", "calls": "2", "decisions": "2", "refusals": "0",
        "throttled": "0", "on the bill": "$0.00",
    }  # fmt: skip


def test_a_run_without_a_world_has_a_page():
    assert "No run." in build.page(Results())


def test_worlds_in_which_the_same_happened_are_kept_once(tmp_path):
    def do(world):
        world.clock.freeze("2026-01-01")
        kms = world.account("111111111111").client("kms")
        key = kms.create_key()["KeyMetadata"]["Arn"]
        kms.encrypt(KeyId=key, Plaintext=b"x")

    tests = {f"t.py::test[{number}]": seen(do, seed=number) for number in range(4)}
    packed = data.packed(merged(tmp_path / "results.jsonl", tests))
    assert len(packed["bodies"]) == 1
    assert len({world[7][0] for test in packed["tests"] for world in test[6]}) == 4


def crowd(tests, events):
    """Worlds in which nothing is like anything else, which is the worst that can be."""
    for number in range(tests):
        arn = f"arn:aws:kms:us-east-1:111111111111:key/{number:08x}-1111-1111-1111-111111111111"
        who = f"arn:aws:sts::111111111111:assumed-role/role-{number}/session"
        yield f"tests/test_file_{number // 40}.py::test_of_something_that_has_a_long_name[{number}]", [
            World(1, "111111111111", "us-east-1", "strict", WHEN, WHEN, calls=events),
            Key(arn, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS", "CUSTOMER", "Enabled", [[WHEN, "Enabled"]]),
            *(
                Event(f"2026-01-01T00:{n // 60:02}:{n % 60:02}Z", "Decrypt", "kms.amazonaws.com", "111111111111", "us-east-1",
                      f"{who}{n}", keys=[arn])
                for n in range(events)
            ),
            *(Decision(f"{who}{n}", "kms:Decrypt", arn, "allowed", "resource-based policy") for n in range(events)),
        ]  # fmt: skip


@pytest.mark.parametrize(("tests", "events"), [(2000, 3), (60, 200)])
def test_two_thousand_tests_are_less_than_a_megabyte(tmp_path, tests, events):
    page = build.page(merged(tmp_path / "results.jsonl", dict(crowd(tests, events))))
    assert len(page.encode()) < 1_000_000
    left_out = [world[8] for test in embedded(page)["tests"] for world in test[6] if len(world) > 8]
    shown = len(embedded(page)["bodies"][0][2])
    assert shown + (left_out[0][2] if left_out else 0) == events
