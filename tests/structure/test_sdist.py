"""The source distribution holds all that its own tests and its Makefile look at (it lacked docs and the Makefile)."""

import re

from tests.support.sources import ROOT

TABLE = ROOT.joinpath("pyproject.toml").read_text().partition("[tool.hatch.build.targets.sdist]")[2].partition("\n[")[0]
SHIPPED = set(re.findall(r'"([^"]+)"', TABLE))


def test_what_ships_is_there():
    assert [path for path in SHIPPED if not ROOT.joinpath(path).exists()] == []


def test_everything_that_the_makefile_checks_and_runs_ships():
    makefile = ROOT.joinpath("Makefile").read_text()
    checked = set(re.search(r"ruff check (.+)", makefile)[1].split())
    run = set(re.findall(r"python -m (\w+)[.\w]* *", makefile)) - {"venv", "pip", "uv", "pytest"}
    assert checked | run <= SHIPPED


def test_everything_that_tests_read_at_the_root_ships():
    pattern = re.compile(r'(?:ROOT|parents\[[12]\])(?:\.joinpath\(| / )"([^"/]+)')
    read = {found for path in ROOT.joinpath("tests").rglob("*.py") for found in pattern.findall(path.read_text())}
    assert {"README.md", "docs", "pyproject.toml"} <= read
    assert read - SHIPPED == {"pyproject.toml"}  # which every source distribution has
