"""Explanations where a terminal or a notebook can show more than plain text; ``rich`` is imported when one does."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

_STYLES = (  # a pattern, and how it looks; later ones go over earlier ones
    (r"arn:[\w-]+:[^\s\"',)\]}]+", "dim"),
    (r'"[^"\n]*"', "green"),
    (r"(?m)^ *\{.*\}$", "cyan"),
    (r"(?m)^  [a-z]\S*(?: said)?(?=  )", "bold"),
    (r"(?m)^  (?:[A-Z]\w+[\w ]*|and|or): ", "bold yellow"),
    (r"(?m)^[A-Z]+(?:-[A-Z0-9]+)+(?=:)", "bold red"),
    (r"(?m)^DENIED[^:]*", "bold red"),
    (r"(?m)^ALLOWED", "bold green"),
    (r"\N{CHECK MARK}", "bold green"),
    (r"(?m)\N{BALLOT X}", "bold red"),
)


def text_of(text: str) -> Text:
    """An explanation with its colours."""
    from rich.text import Text

    made = Text(text)
    for pattern, style in _STYLES:
        made.highlight_regex(pattern, style)
    return made


def may_colour(output: IO[str]) -> bool:
    """Whether an output is a person's terminal ("NO_COLOR", "FORCE_COLOR"; what CI runs is read as a log)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return output.isatty() and not os.environ.get("CI") and os.environ.get("TERM") != "dumb"


def ansi(text: str, width: int | None = None) -> str:
    """An explanation for a terminal: coloured, and wrapped under its own indentation. What is to be copied stays in one
    line. The width is the terminal's, unless told otherwise."""
    from rich.console import Console

    width = Console().width if width is None else width
    made = io.StringIO()
    console = Console(file=made, force_terminal=True, width=width, highlight=False, legacy_windows=False)
    for line in text_of(text).split("\n", allow_blank=True):
        plain = line.plain
        indent = len(plain) - len(plain.lstrip())
        if plain.lstrip().startswith("{") or len(plain) <= width:
            console.print(line, soft_wrap=True)
            continue
        first, *others = line.divide(_breaks(plain, width, indent + 4))
        first.rstrip()
        console.print(first, soft_wrap=True)
        for more in others:
            more.rstrip()
            console.print(" " * (indent + 4), more, sep="", soft_wrap=True)
    return made.getvalue().rstrip("\n")


def _breaks(text: str, width: int, indent: int) -> list[int]:
    """Where a line is broken, each further one being indented: at spaces only, as ARNs are to be copied whole."""
    found, used = [], 0
    for word in re.finditer(r"\s*\S+ ?", text):
        size = len(word[0])
        if used and used + len(word[0].rstrip()) > width:
            found.append(word.start())
            used = indent
        used += size
    return found


def terminal_width() -> int:
    """The terminal's, or what COLUMNS says."""
    from rich.console import Console

    return Console().width


def html(text: str) -> str:
    """An explanation for a notebook."""
    from rich.console import Console

    console = Console(file=io.StringIO(), record=True, width=10_000, highlight=False)
    console.print(text_of(text), soft_wrap=True)
    return console.export_html(inline_styles=True, code_format='<pre style="white-space: pre-wrap">{code}</pre>')


def html_of_repr(thing: object) -> str:
    """What a notebook shows of something whose ``repr()`` says it all."""
    return html(repr(thing))


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Rows as lines of plain text, with what is too long for the width in several; the first column never is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for number, column in enumerate(columns):
        made.add_column(column, overflow="fold", no_wrap=not number)
    for row in rows:
        made.add_row(*map(Text, row))
    console = Console(file=io.StringIO(), width=width, color_system=None, highlight=False, legacy_windows=False)
    with console.capture() as printed:
        console.print(made)
    return [line.rstrip() for line in printed.get().splitlines()]
