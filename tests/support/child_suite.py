"""Suites as a user writes them, many of them in one run of pytest in a process of its own: starting it is what is dear."""

import re
from collections import Counter
from dataclasses import dataclass, field
from textwrap import dedent
from xml.etree import ElementTree

from tests.support import children


@dataclass
class Part:
    """What became of one of the suites: how many of its tests passed, failed and so on, and the reports of those."""

    outcomes: Counter = field(default_factory=Counter)
    text: str = ""


def run(folder, suites, *options):
    """Run them, each a file of its own; what became of each, by its name."""
    for name, code in suites.items():
        (folder / f"test_{name}.py").write_text(dedent(code), encoding="utf-8")
    done = children.run(folder, "--junitxml=out.xml", "-p", "no:randomly", "-p", "no:cacheprovider", *options)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    told = re.split(r"^_{3,} (?:ERROR at \w+ of )?([\w.]+) _{3,}$", done.stdout, flags=re.MULTILINE)[1:]
    assert len(set(told[::2])) == len(told[::2]), "tests that fail are told apart by their names"
    reports, parts = dict(zip(told[::2], told[1::2], strict=True)), {name: Part() for name in suites}
    for case in ElementTree.parse(folder / "out.xml").iter("testcase"):
        suite, *path = case.get("classname").split(".")
        part = parts[suite.removeprefix("test_")]
        part.outcomes.update([each.tag for each in case if each.tag in {"error", "failure", "skipped"}] or ["passed"])
        part.text += reports.get(".".join([*path, case.get("name")]), "")
    return parts
