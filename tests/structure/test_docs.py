"""The README is true: its code runs, and what the plugin offers stands in it."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT.joinpath("README.md").read_text()


def test_the_code_of_the_readme_passes_as_a_suite(pytester):
    suites = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    pytester.makepyfile(**{f"test_{number}": suite for number, suite in enumerate(suites)})
    pytester.runpytest_subprocess().assert_outcomes(passed=5)


def test_every_public_name_and_option_is_in_the_readme():
    for name in (
        "aws_world",
        "aws_clock",
        "RealRequestRefused",
        "enforce",
        "account_id",
        "region_name",
        "acting",
        "explain",
        "simulate",
        "enforce_iam",
        "request_context",
        "quotas",
        "fault",
        "timeline",
        "delays",
        "service_caches",
        "extra_regions",
        "get_role",
        "get_user",
        "used_by",
        "PolicyWarning",
        "at_rest",
        "scenarios",
        ".where(",
        "kmsmock.scenarios",
        "python -m kmsmock explain",
    ):
        assert name in README, name


def test_the_page_on_adding_a_service_shows_the_file_that_ships():
    page = ROOT.joinpath("docs/adding-a-service.md").read_text()
    assert ROOT.joinpath("kmsmock/services/firehose.py").read_text() in page


def test_the_page_on_adding_an_operation_shows_the_row_that_ships():
    page = ROOT.joinpath("docs/adding-an-operation.md").read_text()
    (row,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert row in ROOT.joinpath("kmsmock/kms/operations.py").read_text()
