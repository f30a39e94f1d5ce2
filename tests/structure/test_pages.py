"""Pages of the documentation that are made of lists say what the lists say."""

import ast

from tests.support.sources import trees
from tools import limits_page, moto_page


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
