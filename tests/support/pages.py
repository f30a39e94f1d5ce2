"""Pages of the documentation, done as a reader would who begins in an empty folder.

Blocks are taken in their order. One with a ``title`` is written into a file of that name; a ``python`` block without is
a test file or, if no test is in it, a program that is run. A ``console`` block is typed, and what it shows has to be in
what comes: ``…`` stands for anything in a line, alone on a line for any lines. A comment before a block says what is
expected of it: ``<!-- fails -->`` (its tests fail), ``<!-- exit 1 -->`` (the status), ``<!-- needs aiobotocore -->``;
``<!-- with a suite -->`` stands for the reader's own tests, in ``tests/unit`` and ``tests/flows``. At the end of the page all tests are run that stand in its files.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
NOT_TYPED = {
    "pip install": "tools/dist_check.py installs what is built",
    "python -m venv ": "likewise",
    ". .venv": "likewise",
    "make ": "CI does",
    "git clone": "there is no network",
    "pytest -n": "two more processes; tests/plugin runs suites under xdist",
    "npx ": "there is no network",
}
"""Commands that are shown and not run here, and why."""
_SUITE = """\
import boto3


def test_of_{name}(aws_world):
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    boto3.client("kms").encrypt(KeyId=key, Plaintext=b"x")
"""
_BLOCK = re.compile(r"^(?:<!-- (?P<said>[^\n]*) -->\n)?```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    language: str
    title: str
    said: str
    text: str

    @property
    def has_tests(self):
        return bool(re.search(r"^\s*(?:async )?def test_|^class .*TestCase", self.text, re.MULTILINE))


def blocks(page):
    """All blocks of a page."""
    for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        language, _, rest = found["info"].partition(" ")
        title = re.search(r'title="([^"]+)"', rest)
        yield Block(language, title[1] if title else "", found["said"] or "", found["text"])


def pages():
    """All pages that a reader meets."""
    return [*sorted(ROOT.glob("*.md")), *sorted(ROOT.joinpath("docs").rglob("*.md"))]


@cache
def _server():
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_", "MOTO_"))}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "-p conftest_plugin.plugin -p no:cacheprovider",
        "COLUMNS": "80",
    }
    command = [sys.executable, str(Path(__file__).with_name("page_server.py"))]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def _typed(folder, *command):
    """The exit status of a command, and what it wrote."""
    server = _server()
    server.stdin.write(json.dumps([str(folder), command]) + "\n")
    server.stdin.flush()
    return json.loads(server.stdout.readline())


@cache
def _sources():
    return "\n".join(path.read_text(encoding="utf-8") for path in ROOT.joinpath("kmsmock").rglob("*.py"))


def do(page, folder):
    """Do what a page says, in an empty folder."""
    failing, waiting = set(), set()
    for number, block in enumerate(blocks(page)):
        need = re.search(r"needs (\w+)", block.said)
        if need and find_spec(need[1]) is None:
            pytest.skip(f"{need[1]} is not installed")
        if block.said == "with a suite":
            for each in ("unit", "flows"):
                _write(folder / "tests" / each / f"test_{each}.py", _SUITE.format(name=each))
        name = block.title
        if block.language == "python" and not name and block.text not in _sources():
            name = f"test_{number}.py" if block.has_tests else f"program_{number}.py"
        if name:
            _write(folder / name, block.text)
            if block.language == "python" and block.has_tests:
                fails = block.said.startswith("fails")
                (failing if fails else waiting).add(name)
                (waiting if fails else failing).discard(name)
        if name.startswith("program_"):
            expect(_typed(folder, "python", name), block)
        if block.language == "console" and _ran_all(folder, block):
            waiting.clear()
            failing.clear()
    for names, status in ((sorted(waiting), 0), *(([each], 1) for each in sorted(failing))):
        if names:
            found, wrote = _typed(folder, "pytest", "-q", *names)
            assert found == status, f"{page.name}: {', '.join(names)}\n{wrote}"


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _ran_all(folder, block):
    """Type what the block shows; whether that was all tests."""
    ran = False
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        command = [lines.pop(0)]
        while command[-1].endswith("\\"):
            command.append(lines.pop(0))
        line = " ".join(each.rstrip("\\").strip() for each in command).partition("  #")[0]
        if not line.startswith(tuple(NOT_TYPED)):
            typed = [name for each in shlex.split(line) for name in _names(folder, each)]
            expect(_typed(folder, *typed), block, "\n".join(lines))
            ran |= typed[0] == "pytest" and all(each.startswith("-") for each in typed[1:])
    return ran


def _names(folder, word):
    """A word of a command, as a shell hands it over."""
    found = sorted(each.relative_to(folder).as_posix() for each in folder.glob(word)) if "*" in word else []
    return found or [word]


def expect(came, block, shown=""):
    """The status that the block says, and all that it shows."""
    status, wrote = came
    wanted = re.search(r"exit (\d+)", block.said)
    assert status == int(wanted[1] if wanted else 0), f"{block.text}\nended with {status}:\n{wrote}"
    if shown.strip():
        written = "".join(f"{line.rstrip()}\n" for line in wrote.splitlines() if line.strip())
        assert re.search(_pattern(shown), written, re.MULTILINE), f"{shown}\nis not in\n{written}"


def _pattern(shown):
    lines = []
    for line in filter(str.strip, shown.splitlines()):
        any_lines = line.strip() in ("…", "...")
        lines.append(r"(?:.*\n)*?" if any_lines else ".*".join(map(re.escape, line.rstrip().split("…"))) + r"\n")
    return "^" + "".join(lines)
