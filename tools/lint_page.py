"""Writes the rules into docs/lint.md, from their table.

``python -m tools.lint_page`` writes the page; a test fails when it is out of date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kmsmock.linting.rules.documents import LARGE
from kmsmock.linting.rules.rule import DEFAULT, Rule, Statements
from kmsmock.linting.rules.table import RULES

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "lint.md"
_BEGIN, _END = "<!-- rules: python -m tools.lint_page -->\n", "<!-- end of rules -->\n"


def page() -> str:
    """The whole page: what stands there, with the rules as they are."""
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.partition(_BEGIN)[0], text.partition(_END)[2]
    rows = "".join(f"| [{rule.code}](#{_anchor(rule)}) | {rule.severity} | {rule.title} |\n" for rule in RULES.values())
    rules = "\n".join("\n".join(_lines(rule)) for rule in RULES.values())
    return f"{before}{_BEGIN}\n| | | |\n|---|---|---|\n{rows}\n{rules}\n{_END}{after}"


def _heading(rule: Rule) -> str:
    return f"{rule.code}: {rule.title}"


def _anchor(rule: Rule) -> str:
    letters = "".join(each for each in _heading(rule).lower() if each.isalnum() or each in " -_")
    return letters.replace(" ", "-")


def _lines(rule: Rule) -> Iterator[str]:
    yield f"### {_heading(rule)}\n"
    yield f"{_text(rule.why)}\n"
    yield f"{_text(rule.fix)}. [AWS]({rule.page}).\n"
    if rule is not LARGE:
        yield "Found:\n"
        yield from _block(rule.bad)
        yield "Not found:\n"
        yield from _block(rule.good)


def _text(text: str) -> str:
    """Stars of policies are no emphasis."""
    return text.replace("*", "\\*")


def _block(statements: Statements) -> Iterator[str]:
    shown = [each for each in statements if each is not DEFAULT]
    yield "```json"
    if len(shown) < len(statements):
        yield "// beside the statement of the default key policy"
    yield from map(_statement, shown)
    yield "```\n"


def _statement(given: Mapping[str, Any]) -> str:
    """A statement, with its condition on a line of its own."""
    parts = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in given.items()]
    lines = ", ".join(each for each in parts if not each.startswith('"Condition"'))
    return "{" + ",\n ".join((lines, *(each for each in parts if each.startswith('"Condition"')))) + "}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
