"""What docs/worlds.md shows runs as it stands, by pytest and, where it is unittest's, by that; and it names what there is."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2].joinpath("docs/worlds.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_code_of_the_page_passes_as_a_suite(pytester):
    pytester.makepyfile(**{f"test_{number}": block for number, block in enumerate(BLOCKS)})
    pytester.runpytest_subprocess().assert_outcomes(passed=14)


def test_the_code_for_unittest_needs_no_pytest(tmp_path):
    (block,) = (each for each in BLOCKS if "import unittest" in each)
    (tmp_path / "test_page.py").write_text(block)
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "-v"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Ran 4 tests" in done.stderr


def test_scripts_run_and_a_world_that_is_left_open_ends_with_the_process(tmp_path):
    scripts = [each for each in BLOCKS if "def test" not in each and "class " not in each]
    assert len(scripts) == 2
    for script in (*scripts, scripts[1].partition("world.stop()")[0]):
        command = [sys.executable, "-X", "dev", "-W", "error", "-c", script]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")


def test_every_way_in_is_on_the_page():
    for name in (
        *(
            "aws_world",
            "aws_clock",
            "aws_world_module",
            "aws_world_session",
            "snapshot()",
            "restore()",
            "start()",
            "stop()",
        ),
        *("setUpClass", "setUpModule", "setup_class", "xdist", "hypothesis", "boto3-stubs"),
    ):
        assert name in PAGE, name
