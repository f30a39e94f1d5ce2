"""The example suite, whose clients go out and come in over HTTP."""

import re
from pathlib import Path

from tests.support import children

ROOT = Path(__file__).parents[2]


def test_the_examples_hold_over_http_as_in_the_process():
    options = ("-p", "no:cacheprovider", "-p", "tests.support.over_http", "-q")
    done = children.run(ROOT, *options, "examples", PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stdout
    assert int(re.search(r"(\d+) requests over HTTP", done.stdout)[1]) > 100
    assert re.search(r"^\d+ passed in", done.stdout, re.MULTILINE)
