"""Pages of the documentation that are made of lists say what the lists say."""

import ast
import html
import re

import pytest

import kmsmock
from tests.support import pages as shown
from tests.support.sources import ROOT, trees
from tools import (
    api_page,
    limits_page,
    lint_page,
    moto_page,
    moto_suites,
    operations_page,
    options_page,
    pictures,
    services_page,
)
from tools.pages import WRITERS


def test_the_page_about_moto_is_up_to_date():
    assert moto_page.PAGE.read_text(encoding="utf-8") == moto_page.page(), "run: python -m tools.moto_page"


def test_every_list_is_on_the_page_about_moto():
    homes = [
        path.removesuffix("__init__.py")
        for path, tree in trees().items()
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Contract(")
    ]
    assert sorted(home for _, home in moto_page._LISTS) == sorted(homes)


def test_the_page_of_limits_is_up_to_date():
    assert limits_page.PAGE.read_text(encoding="utf-8") == limits_page.page(), "run: python -m tools.limits_page"


def test_the_page_of_lint_is_up_to_date():
    assert lint_page.PAGE.read_text(encoding="utf-8") == lint_page.page(), "run: python -m tools.lint_page"


def test_the_page_about_motos_own_suites_is_up_to_date():
    assert moto_suites.PAGE.read_text(encoding="utf-8") == moto_suites.page(), "run: python -m tools.moto_suites page"


def test_every_entry_of_motos_own_suites_has_a_kind_and_a_test_is_on_the_list_once():
    data = moto_suites.known()
    assert {entry["kind"] for entry in data["differs"]} <= set(data["kinds"])
    assert all(entry["why"] and entry["tests"] and entry["count"] >= 1 for entry in data["differs"])
    names = [name for entry in data["differs"] for name in entry["tests"]]
    assert len(names) == len(set(names))
    assert all(moto_suites.reason(f"tests/{name}[a]", data["differs"]) for name in names if "[" not in name)


def test_what_differs_is_what_passes_alone_only():
    def ran(**outcomes):
        return moto_suites.Run(
            {name: {"outcome": each, "said": each} for name, each in outcomes.items()}, 1.0, 1.0, None
        )

    alone = ran(a="passed", b="passed", c="failed", d="skipped", e="passed")
    within = ran(a="passed", b="failed", c="failed", d="failed")
    assert moto_suites.differing(alone, within) == {"b": "failed", "e": "did not run"}


@pytest.mark.parametrize(
    "made", [api_page, options_page, operations_page, services_page], ids=lambda each: each.__name__
)
def test_the_pages_of_the_reference_are_up_to_date(made):
    assert made.PAGE.read_text(encoding="utf-8") == made.page(), f"run: python -m {made.__name__}"


def test_every_public_name_is_on_the_page_about_python():
    assert set(kmsmock.__all__) <= api_page.told()


def test_every_page_that_is_made_is_made_by_one_command():
    there = {f"tools.{path.stem}" for path in ROOT.joinpath("tools").glob("*_page.py")}
    assert there <= set(WRITERS)


def test_the_picture_of_the_rooms_is_up_to_date():
    assert pictures.PICTURES.joinpath("rooms.svg").read_text(encoding="utf-8") == pictures.rooms()


def test_the_picture_of_a_denial_shows_what_the_tutorial_shows_there():
    """Which comes of running it; only where lines end is the picture's own."""
    block = next(each for each in shown.blocks(pictures.STEP) if "kmsmock: refused, and why" in each.text)
    wanted = block.text.partition("refused, and why")[2].partition("kmsmock: 1 world")[0].strip("- ")
    parts = ["".join(each.split()) for each in re.split("…", wanted)]
    drawn = re.findall(r"<text[^>]*>(.*?)</text>", pictures.PICTURES.joinpath("denial.svg").read_text(encoding="utf-8"))
    text = "".join("".join(map(html.unescape, drawn)).split())
    assert re.search(".*?".join(map(re.escape, filter(None, parts))), text)


def test_pages_say_how_many_questions_there_are():
    rows = [line for line in ROOT.joinpath("docs/questions.md").read_text().splitlines() if line.startswith("| ")]
    count = sum(not line.startswith("| question |") for line in rows)
    for page in shown.pages():
        assert {*re.findall(r"\[(\d+) questions\]", page.read_text())} <= {str(count)}, page
