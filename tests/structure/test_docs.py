"""What there is stands in the documentation, and what it shows of the code is what ships."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHEAT_SHEET = ROOT.joinpath("docs/cheat-sheet.md").read_text() + ROOT.joinpath("docs/recipes/simulate.md").read_text()


def test_every_public_name_and_option_is_on_the_cheat_sheet():
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
        assert name in CHEAT_SHEET, name


def test_the_page_on_adding_a_service_shows_the_file_that_ships():
    page = ROOT.joinpath("docs/adding-a-service.md").read_text()
    assert ROOT.joinpath("kmsmock/services/firehose.py").read_text() in page


def test_the_page_on_adding_an_operation_shows_the_row_that_ships():
    page = ROOT.joinpath("docs/adding-an-operation.md").read_text()
    (row,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert row in ROOT.joinpath("kmsmock/kms/operations.py").read_text()
