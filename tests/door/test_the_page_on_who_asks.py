"""What docs/who-asks.md shows runs as it stands, and it names what there is."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2].joinpath("docs/who-asks.md").read_text()


def test_the_code_of_the_page_passes_as_a_suite(pytester):
    suites = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    pytester.makepyfile(**{f"test_{number}": suite for number, suite in enumerate(suites)})
    pytester.runpytest_subprocess().assert_outcomes(passed=5)


def test_every_option_of_where_a_request_may_go_is_on_the_page():
    for name in ("custom_endpoints", "enforce_network", "acting_as", "act_as", "RealRequestRefused", "KmsMockError"):
        assert name in PAGE, name
