"""Draws the pictures of the documentation: ``python -m tools.pictures``. Tests fail when one is out of date.

``denial.svg`` is the end of the report of the failing test in the tutorial, as a terminal shows it; ``rooms.svg`` is
the order of ``tests/structure/test_rooms.py``. Nothing in them is loaded from anywhere.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.structure.test_rooms import ORDER
from tests.support.pages import blocks

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
STEP = ROOT / "docs" / "tutorial" / "2-a-refusal.md"
_WIDTH = 112
_ONE_DAY = """\
import pytest
from freezegun import freeze_time


@pytest.fixture(autouse=True)
def day():
    with freeze_time("2026-11-30 12:00"):
        yield
"""
"""The picture is the same whenever it is drawn."""
_TERMINAL = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px; \
line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""rich's own form without its font, which would be loaded from a server."""


def denial() -> str:
    """What a terminal shows of the tutorial's failing test, from kmsmock's heading on."""
    with tempfile.TemporaryDirectory() as folder:
        for block in blocks(STEP):
            if block.title and not Path(folder, block.title).exists():
                Path(folder, block.title).write_text(block.text, encoding="utf-8")
        Path(folder, "conftest.py").write_text(_ONE_DAY, encoding="utf-8")
        command = [
            sys.executable,
            *["-m", "pytest", "-p", "no:cacheprovider", "--color=yes", "--kmsmock-fold", "test_app.py"],
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "FORCE_COLOR": "1", "COLUMNS": str(_WIDTH)}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  our own
    lines = done.stdout.splitlines()
    begin = next(number for number, line in enumerate(lines) if "kmsmock: refused" in line)
    end = next(number for number, line in enumerate(lines) if "short test summary" in line)
    console = Console(file=io.StringIO(), record=True, width=_WIDTH, highlight=False)
    console.print(Text.from_ansi("\n".join(lines[begin : end - 1])), overflow="fold")
    drawn = console.export_svg(title="pytest --kmsmock-fold", code_format=_TERMINAL, unique_id="denial")
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


_ROOM, _GAP, _HIGH = 150, 10, 34
_ACROSS = max(980, max(map(len, ORDER)) * (_ROOM + _GAP) + 2 * _GAP)


def rooms() -> str:
    """The rooms of the house, the roof above."""
    height = len(ORDER) * (_HIGH + _GAP) + _GAP
    floors = "\n".join(_floor(number, sorted(rooms)) for number, rooms in enumerate(ORDER))
    return (
        f'<svg viewBox="0 0 {_ACROSS} {height}" xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" '
        f'font-size="14" text-anchor="middle">\n<rect width="{_ACROSS}" height="{height}" rx="8" fill="#f7f5ef"/>\n'
        f"{floors}\n</svg>\n"
    )


def _floor(number: int, rooms: Sequence[str]) -> str:
    top = number * (_HIGH + _GAP) + _GAP
    left = (_ACROSS - len(rooms) * (_ROOM + _GAP) + _GAP) // 2
    return "\n".join(_boxes(rooms, left, top))


def _boxes(rooms: Sequence[str], left: int, top: int) -> Iterator[str]:
    for place, room in enumerate(rooms):
        x = left + place * (_ROOM + _GAP)
        name = escape(room.removeprefix("kmsmock.").replace("__init__", "kmsmock").replace("__main__", "command line"))
        yield (
            f'<rect x="{x}" y="{top}" width="{_ROOM}" height="{_HIGH}" rx="5" fill="#fff" stroke="#8a6d3b"/>'
            f'<text x="{x + _ROOM // 2}" y="{top + 22}" fill="#222">{name}</text>'
        )


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    PICTURES.joinpath("denial.svg").write_text(denial(), encoding="utf-8")
    PICTURES.joinpath("rooms.svg").write_text(rooms(), encoding="utf-8")
