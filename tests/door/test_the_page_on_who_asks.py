"""docs/who-asks.md names what there is; that its code runs is seen by tests/structure/test_pages_run.py."""

from pathlib import Path

PAGE = Path(__file__).parents[2].joinpath("docs/who-asks.md").read_text()


def test_every_option_of_where_a_request_may_go_is_on_the_page():
    for name in ("custom_endpoints", "enforce_network", "acting_as", "act_as", "RealRequestRefused", "KmsMockError"):
        assert name in PAGE, name
