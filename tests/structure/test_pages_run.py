"""What the pages show is true: their code runs, their commands are typed, and what comes is what they show."""

import pytest

from tests.support import pages

RUN = [page for page in pages.pages() if any(each.language in {"python", "console"} for each in pages.blocks(page))]


@pytest.fixture(autouse=True, scope="session")
def server():
    """Whoever types the pages is sent home at the end."""
    yield
    pages.close()


@pytest.mark.parametrize("page", RUN, ids=[page.relative_to(pages.ROOT).as_posix() for page in RUN])
def test_a_page_does_what_it_says(page, tmp_path):
    pages.do(page, tmp_path)
