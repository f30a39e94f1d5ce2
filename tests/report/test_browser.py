"""The page in a headless Chromium: it opens from a file, without a word on the console, and everybody can use it."""

import os
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from kmsmock.report import build
from tests.support import browser
from tests.support.reports import make_key
from tests.support.results import hostile_results, merged, seen

pytestmark = [
    pytest.mark.skipif(browser.installed() is None, reason="there is no Chromium: apt-get install chromium"),
]
AXE = Path(os.environ.get("KMSMOCK_AXE") or Path(sys.prefix) / "axe.min.js")
"""What ``make test`` fetches with npm, where there is one."""
VIEWS = ("tests", "map", "uses", "refusals", "policies", "events", "bill")
PRODUCER, CONSUMER = "111111111111", "222222222222"


def travels(world):
    world.clock.freeze("2026-01-01 12:00:00")
    kms = world.account(PRODUCER).client("kms")
    key = make_key(world.account(PRODUCER), MultiRegion=True)
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    kms.replicate_key(KeyId=key, ReplicaRegion="eu-west-1")
    kms.enable_key_rotation(KeyId=key)
    role = world.account(PRODUCER).role("reader", policies=[{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": key},
        {"Effect": "Deny", "Action": "kms:Sign", "Resource": "*"},
    ]}])  # fmt: skip
    role.client("kms").encrypt(KeyId=key, Plaintext=b"x")
    world.clock.advance(days=800)
    kms.disable_key(KeyId=key)


def is_refused(world):
    key = make_key(world.account(PRODUCER))
    for _ in range(2):
        with pytest.raises(ClientError):
            world.account(CONSUMER).client("kms").decrypt(KeyId=key, CiphertextBlob=b"x")
        with pytest.raises(ClientError):
            world.account(CONSUMER).client("kms").encrypt(KeyId=key, Plaintext=b"x")
    world.account(PRODUCER).client("kms").schedule_key_deletion(KeyId=key)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    tests = {"tests/test_a.py::test_travels": seen(travels), "tests/test_b.py::test_is_refused": seen(is_refused)}
    tests |= {f"tests/test_c.py::test_many[{number}]": [] for number in range(200)}
    path = folder / "report.html"
    path.write_text(build.page(merged(folder / "results.jsonl", tests)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def chromium():
    with browser.chromium() as page:
        yield page


@pytest.fixture
def page(chromium, report):
    chromium.complaints.clear()
    chromium.requests.clear()
    chromium.look()
    chromium.open(report)
    yield chromium
    assert chromium.complaints == []
    assert {each.partition("#")[0] for each in chromium.requests} == {report.as_uri()}


def view(page, name):
    page.run(f"location.hash = '{name}'")
    page.settle()


def test_it_opens_with_the_first_test_and_its_world(page):
    assert page.run("document.title") == "What the tests did with KMS"
    assert page.texts("h2")[-1] == "test_travels"
    assert page.texts(".tests .name")[:2] == ["test_travels", "test_is_refused 4 refusals"]
    assert page.texts(".keyname .what") == ["alias/app", page.texts(".keyname .what")[1]]
    assert "Disabled from 2028-03-11 12:00:00; rotated 2 times" in page.run(
        "document.querySelector('.keyname').textContent"
    )


def test_a_click_on_a_key_shows_its_decisions_and_events(page):
    assert page.run("document.querySelector('.keyname').ariaExpanded") == "false"
    page.click(".keyname")
    assert page.run("document.querySelector('.keyname').ariaExpanded") == "true"
    shown = page.texts(".axis .detail")[0]
    assert "SYMMETRIC_DEFAULT · ENCRYPT_DECRYPT · AWS_KMS · multi-Region primary" in shown
    assert "role reader of 111111111111" in shown
    assert "RotateKey" in shown
    assert "2026-01-01 12:00:00 Enabled" in " ".join(shown.split())


def test_tests_are_found_by_name_and_by_refusals(page):
    assert page.texts(".list .count") == ["202 tests"]
    page.type_into(".list input[type=search]", "many[17")
    assert page.texts(".list .count") == ["11 tests"]
    view(page, "events")
    view(page, "tests")
    page.open(page.run("location.href").removeprefix("file://").partition("#")[0])
    page.click(".list input[type=checkbox]")
    assert page.texts(".tests .name") == ["test_is_refused 4 refusals"]


def test_a_long_list_comes_in_pieces(page):
    assert len(page.texts(".tests .name")) == 150
    page.click(".tests .more button")
    assert len(page.texts(".tests .name")) == 202


def test_views_filter(page):
    view(page, "events")
    (all_events,) = page.texts("#panel .count")
    assert all_events.endswith("events")
    page.run("const box = document.querySelectorAll('#panel select')[0]; box.value = 'Encrypt'; box.dispatchEvent(new Event('change'))")  # fmt: skip
    page.settle()
    assert page.texts("#panel .count") == ["3 events"]
    page.click("#panel input[type=checkbox]")
    assert page.texts("#panel .count") == ["2 events"]
    page.type_into("#panel input[type=search]", "nobody at all")
    assert page.texts("#panel .count") == ["No event fits."]
    view(page, "refusals")
    assert page.texts("#panel .count") == ["4 refusals"]
    page.type_into("#panel input[type=search]", "kms:encrypt")
    assert page.texts("#panel .count") == ["2 refusals"]
    view(page, "uses")
    page.click("#panel input[type=checkbox]")
    assert page.texts("#panel .count") == ["1 row"]
    told = page.run("[...document.querySelectorAll('#panel .chip.bad')].map((each) => each.textContent)")
    assert told == ["✗ kms:Decrypt ×2 refused", "✗ kms:Encrypt ×2 refused"]


def test_a_refusal_has_its_explanation_or_says_where_one_is(page):
    view(page, "refusals")
    page.run("document.querySelectorAll('#panel details').forEach((each) => { each.open = true; })")
    page.settle()
    explained = page.texts("#panel pre")
    assert any("add this statement to the key policy in account 111111111111" in each for each in explained)
    assert any(
        "One of its kind is explained in full in test_is_refused." in each for each in page.texts("#panel details")
    )


def test_the_map_has_what_goes_from_place_to_place(page):
    view(page, "map")
    assert page.run("document.querySelector('svg.map').getAttribute('aria-label')") == (
        "2 accounts, 2 Regions, 2 links; the table below has them all"
    )
    rows = [" ".join(each.split()) for each in page.texts("#panel tbody tr")]
    assert rows[0].startswith("replica of a key 111111111111 us-east-1 111111111111 eu-west-1")
    assert rows[1].startswith("refused use 222222222222 us-east-1 111111111111 us-east-1 kms:Decrypt; kms:Encrypt 4")


def test_policies_are_coloured(page):
    view(page, "policies")
    page.type_into("#panel input[type=search]", "inline")
    page.click("#panel details summary")
    spans = page.run(
        "[...document.querySelectorAll('#panel pre .span')].map((each) => [each.className, each.innerText])"
    )
    coloured = {kind.removeprefix("span "): "".join(text for name, text in spans if name == kind) for kind, _ in spans}
    assert '"kms:Encrypt"' in coloured["hit"]
    assert coloured["gap"].strip() == '"kms:Decrypt"'
    assert '"kms:Sign"' in coloured["part"]


def test_the_bill_has_a_sum(page):
    view(page, "bill")
    (total, *_) = page.texts("#panel tfoot td")
    assert total.startswith("$")
    assert float(total[1:].replace(",", "")) > 50


def test_the_keyboard_is_enough(page):
    page.run("document.querySelector('[role=tab][tabindex=\"0\"]').focus()")
    page.press("ArrowRight")
    assert page.run("[document.activeElement.innerText, location.hash]") == ["Map", "#map"]
    page.press("End")
    assert page.run("[document.activeElement.innerText, document.activeElement.ariaSelected]") == ["Bill", "true"]
    page.press("ArrowRight")
    assert page.run("document.activeElement.innerText") == "Tests"
    page.run("document.querySelector('.tests button[tabindex=\"0\"]').focus()")
    page.press("ArrowDown")
    page.press("Enter")
    assert page.run("location.hash") == "#tests/1"
    assert page.texts("h2")[-1] == "test_is_refused"
    page.run("document.querySelector('.keyname').focus()")
    page.press("Enter")
    assert page.run("document.activeElement.ariaExpanded") == "true"


def test_an_address_leads_to_a_test(page, report):
    page.open(report, "#tests/1")
    assert page.texts("h2")[-1] == "test_is_refused"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_are_as_the_system_has_them_until_one_is_chosen(page, report, scheme):
    other = {"light": "dark", "dark": "light"}[scheme]
    ground = {"light": "rgb(248, 248, 246)", "dark": "rgb(19, 22, 27)"}
    page.look(scheme=scheme)
    asked = "getComputedStyle(document.body).backgroundColor"
    assert page.run(asked) == ground[scheme]
    for _ in range(1 if other == "light" else 2):
        page.click("#theme")
    assert page.texts("#theme") == [f"Theme: {other}"]
    assert page.run(asked) == ground[other]
    page.run("localStorage.clear()")


@pytest.mark.parametrize("name", VIEWS)
def test_a_phone_scrolls_one_way_only(page, name):
    page.look(width=390, height=844)
    view(page, name)
    page.run("document.querySelectorAll('.keyname').forEach((each) => each.click())")
    page.settle()
    assert page.run("document.documentElement.scrollWidth") <= 390


def test_no_name_runs(chromium, tmp_path):
    """Whatever tests, keys, roles and policies are called, it is text."""
    path = tmp_path / "report.html"
    path.write_text(build.page(hostile_results(tmp_path)), encoding="utf-8")
    chromium.complaints.clear()
    chromium.look()
    chromium.open(path)
    for name in VIEWS:
        view(chromium, name)
        chromium.run("document.querySelectorAll('.keyname').forEach((each) => each.click())")
        chromium.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        chromium.settle()
    assert chromium.run("[typeof window.hacked, document.querySelectorAll('img').length]") == ["undefined", 0]
    assert chromium.complaints == []


@pytest.mark.skipif(
    not (AXE.is_file() and AXE.stat().st_size), reason=f"there is no axe-core at {AXE}: npm pack axe-core"
)
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)])
def test_axe_finds_nothing(page, scheme, width):
    page.look(width=width, scheme=scheme)
    page.run(f"{AXE.read_text(encoding='utf-8')};0")
    for name in VIEWS:
        view(page, name)
        page.run("document.querySelectorAll('.keyname').forEach((each) => each.click())")
        page.run("document.querySelectorAll('#panel details').forEach((each) => { each.open = true; })")
        page.settle()
        found = page.run("axe.run().then((told) => told.violations.map((each) => `${each.id}: ${each.nodes[0].html}`))")
        assert found == [], name
