"""Pages of the documentation, done as a reader would who begins in an empty folder.

Blocks are taken in their order. One with a ``title`` is written into a file of that name; a ``python`` block without is
a test file or, if no test is in it, a program that is run. A ``console`` block is typed, and what it shows has to be in
what comes: ``…`` stands for anything in a line, alone on a line for any lines. A comment before a block says what is
expected of it: ``<!-- fails -->`` (its tests fail), ``<!-- exit 1 -->`` (the status), ``<!-- needs aiobotocore -->`` (a
package or a program; ``node`` stands for its packages too);
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

from tests.support import programs

ROOT = Path(__file__).parents[2]
NOT_TYPED = {
    "pip install": "tools/dist_check.py installs what is built",
    "python -m venv ": "likewise",
    ". .venv": "likewise",
    "make ": "CI does",
    "pytest -n": "two more processes; tests/plugin runs suites under xdist",
}
"""Commands that are shown and not run here, and why."""
_SUITE = """\
import boto3


def test_of_{name}(aws_world):
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    boto3.client("kms").encrypt(KeyId=key, Plaintext=b"x")
"""
_BLOCK = re.compile(
    r"^(?:<!-- (?P<said>[^\n]*) -->\n)?```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


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
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTEST_", "MOTO_"))
    }
    environment |= {
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "-p conftest_plugin.plugin -p no:cacheprovider",
        "COLUMNS": "80",
        "PATH": os.pathsep.join([str(programs.BIN), os.environ.get("PATH", os.defpath)]),  # as of who has activated it
    }
    command = [sys.executable, str(Path(__file__).with_name("page_server.py"))]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def close():
    """End the server, if there is one."""
    if _server.cache_info().currsize:
        with _server():
            pass  # which closes its pipes, and waits
        _server.cache_clear()


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
    reader, lacking = _Reader(folder), []
    for number, block in enumerate(blocks(page)):
        need = re.search(r"needs (\w+)", block.said)
        if need and not _has(need[1], folder):
            lacking.append(need[1])
        else:
            reader.take(number, block)
    reader.run_what_waits()
    if lacking:
        pytest.skip(f"all but what needs {', '.join(lacking)}, which is not installed")


def _has(need, folder):
    """Whether a package or a program is there; the packages of Node.js are where ``npm install`` puts them."""
    if need != "node":
        return find_spec(need) is not None or programs.found(need) is not None
    lacking = programs.why_no_javascript() is not None
    if not lacking:
        folder.joinpath("node_modules").symlink_to(programs.NODE_MODULES)
    return not lacking


class _Reader:
    """Somebody who types a page. ``waiting`` and ``failing`` are files whose tests nobody has run as they stand now."""

    def __init__(self, folder):
        self.folder, self.waiting, self.failing = folder, set(), set()

    def take(self, number, block):
        if block.said == "with a suite":
            for each in ("unit", "flows"):
                self.write(f"tests/{each}/test_{each}.py", _SUITE.format(name=each))
        name = block.title
        if block.language == "python" and not name and block.text not in _sources():
            name = f"test_{number}.py" if block.has_tests else f"program_{number}.py"
        if name:
            self.write(name, block.text)
        if block.language == "python" and block.has_tests and name:
            fails = block.said.startswith("fails")
            (self.failing if fails else self.waiting).add(name)
            (self.waiting if fails else self.failing).discard(name)
        if name.startswith("program_"):
            expect(_typed(self.folder, "python", name), block)
        if block.language == "console":
            for command, shown in _commands(block):
                self.type(command, shown, block)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def type(self, command, shown, block):
        typed = [name for each in shlex.split(command) for name in self.names(each)]
        expect(_typed(self.folder, *typed), block, shown)
        if typed[0] == "pytest":  # those that it names, or all; and what came was as it should be
            named = {each for each in typed[1:] if not each.startswith("-")}
            for files in (self.waiting, self.failing):
                files.difference_update(named or set(files))

    def names(self, word):
        """A word of a command, as a shell hands it over."""
        found = sorted(self.folder.glob(word)) if "*" in word else []
        return [each.relative_to(self.folder).as_posix() for each in found] or [word]

    def run_what_waits(self):
        for names, status in ((sorted(self.waiting), 0), *(([each], 1) for each in sorted(self.failing))):
            if names:
                found, wrote = _typed(self.folder, "pytest", "-q", *names)
                assert found == status, f"{', '.join(names)}\n{wrote}"


def _commands(block):
    """What is typed, without the commands that are not, each with what it shows."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        command = [lines.pop(0)]
        while command[-1].endswith("\\"):
            command.append(lines.pop(0))
        line = " ".join(each.rstrip("\\").strip() for each in command).partition("  #")[0]
        if not line.startswith(tuple(NOT_TYPED)):
            yield line, "\n".join(lines)


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
