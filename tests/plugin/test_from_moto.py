"""docs/from-moto.md, done with examples/from_moto: a hundred tests that pass with moto alone."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

SUITE = Path(__file__).parents[2] / "examples" / "from_moto"


@pytest.fixture
def run(pytester):
    def run(*options):
        command = [sys.executable, "-m", "pytest", SUITE, f"--rootdir={SUITE}", "-p", "no:cacheprovider", "-q"]
        return pytester.run(*command, *(str(each) for each in options))

    return run


def test_it_is_green_in_audit_and_with_a_baseline_and_strict_shows_what_audit_listed(run, tmp_path):
    baseline, summary, junit = tmp_path / "kms.json", tmp_path / "all.json", tmp_path / "strict.xml"
    audited = run(f"--kmsmock-baseline={baseline}", "--kmsmock-update-baseline", f"--kmsmock-summary={summary}")
    audited.assert_outcomes(passed=100)
    known = run(f"--kmsmock-baseline={baseline}", "-n", "2")
    known.assert_outcomes(passed=100)
    assert not any("does not know" in line or "did not happen" in line for line in known.outlines)

    listed = {}
    for each in json.loads(summary.read_text())["found"]:
        listed.setdefault(each["test"].rpartition("::")[2], []).append(each["error"])
    assert len(listed) > 25
    run("--kmsmock=strict", f"--junitxml={junit}")
    failed = {}
    for case in ElementTree.parse(junit).iter("testcase"):
        for problem in (*case.iter("failure"), *case.iter("error")):
            (code, *_) = re.findall(r"An error occurred \((\S+)\)", problem.text or "")
            failed.setdefault((case.get("name") or "").partition("[")[0], set()).add(code)
    assert failed.keys() == listed.keys()
    assert {test: codes for test, codes in failed.items() if not codes & set(listed[test])} == {}
