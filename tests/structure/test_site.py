"""The site has every page, its links lead somewhere, and what it says of files and commands is so."""

import re

import pytest
import yaml

from tests.support import pages
from tests.support.pages import ROOT
from tools import dist_check

DOCS = ROOT / "docs"
SITE = yaml.safe_load(ROOT.joinpath("mkdocs.yml").read_text())
AT_THE_ROOT = {"contributing.md": "CONTRIBUTING.md", "changelog.md": "CHANGELOG.md", "security.md": "SECURITY.md"}
"""Pages of the site that tools/site_hooks.py takes from the root."""


def in_nav(entry):
    if isinstance(entry, str):
        yield entry
    else:
        for each in entry.values() if isinstance(entry, dict) else entry:
            yield from in_nav(each)


def test_every_page_is_in_the_navigation_once():
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} | AT_THE_ROOT.keys()
    assert sorted(in_nav(SITE["nav"])) == sorted(there)


def prose(page):
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page):
    """The anchors of headings, as GitHub and MkDocs make them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", pages.pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?://|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page if not path else page.parent / AT_THE_ROOT.get(path.removeprefix("../"), path)
        if not target.exists():  # a page of the site that stands at the root
            target = ROOT / target.name
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_console_block_shows_what_is_typed_and_every_exception_is_needed():
    lines = [
        line.removeprefix("$ ")
        for page in pages.pages()
        for block in pages.blocks(page)
        if block.language == "console"
        for line in block.text.splitlines()
        if line.startswith("$ ")
    ]
    assert all(any(line.startswith(each) for line in lines) for each in pages.NOT_TYPED)
    for page in pages.pages():
        assert all("$ " in each.text for each in pages.blocks(page) if each.language == "console"), page


def test_the_readme_is_a_page():
    assert len(ROOT.joinpath("README.md").read_text().splitlines()) <= 250


def test_the_site_loads_no_fonts_of_others():
    assert SITE["theme"]["font"] is False
    assert SITE["strict"] is True


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_files_that_are_named_are_there(page):
    named = re.findall(r"`([\w./]+/[\w./]*\w)`", prose(ROOT / page))
    places = (ROOT, ROOT / "kmsmock", *sorted(ROOT.joinpath("kmsmock").glob("*/")))
    missing = [each for each in named if not any(place.joinpath(each).exists() for place in places)]
    assert missing == []


def test_forms_and_workflows_can_be_read():
    found = {path.name: yaml.safe_load(path.read_text()) for path in ROOT.joinpath(".github").rglob("*.yml")}
    assert {"ci.yml", "nightly.yml", "release.yml", "differs-from-aws.yml", "fault.yml", "wish.yml"} <= found.keys()
    for name in ("ci.yml", "nightly.yml", "release.yml"):
        assert found[name]["permissions"] == {"contents": "read"}
        assert found[name]["jobs"]


def test_the_list_of_what_is_distributed_has_every_folder_of_the_packages():
    there = [
        path.relative_to(ROOT).as_posix()
        for package in ("kmsmock", "conftest_plugin")
        for path in ROOT.joinpath(package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    wheel = {kind for kind in dist_check.listed()["wheel"] if not kind.startswith("kmsmock.dist-info/")}
    assert dist_check.kinds(there) == wheel, "run: python -m tools.dist_check --update"
