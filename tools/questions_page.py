"""Writes docs/questions.md, from the questions in tests/reports/explained, each asked in a world of its own.

``python -m tools.questions_page`` writes the page; a test fails when a row is out of date.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from moto.core.config import default_user_config

import kmsmock
from tests.reports.explained.table import MODULES
from tests.support.questions import first_advice, made, refusal_of

PAGE = Path(__file__).parents[1] / "docs" / "questions.md"
_HEAD = """\
# Questions about refusals, and what is advised first

This page is made by `python -m tools.questions_page` from `tests/reports/explained`; tests fail when it is out of date.

People have asked these questions in public about refusals of KMS, and were told what helps. In each row is the first
advice that kmsmock's explanation gives in that situation. The tests do as it says, and see that the call passes.
"""
_CHANCE = (
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…"),
    (r"\bkey (mrk-)?[0-9a-f]{8}\b", r"key \1…"),
    (r"\bo-[a-z0-9]{10,}", "o-…"),
    (r"\bA(ROA|IDA)[A-Z0-9]{12,}", r"A\1…"),
)
"""What is another each time, and what stands for it."""


def row(question: Any, advice: str) -> str:
    """The line of a question."""
    for pattern, instead in _CHANCE:
        advice = re.sub(pattern, instead, advice)
    advice = re.sub(r"^(To (do|allow it|avoid it|use the grant)|or): ", "", advice)
    advice = re.sub(r'(\{"Effect".*?\})(?= and: | or: |$)', r"`\1`", advice).replace("|", "\\|")
    where = re.sub(r"https://(www\.|github\.com/)?", "", question.source)
    return f"| {question.asked} | {advice} | [{where}]({question.source}) |"


def page() -> str:
    """The whole page."""
    return _HEAD + "".join(_part(module) for module in MODULES)


def _part(module: Any) -> str:
    title = module.__doc__.removeprefix("Questions about ").rstrip(".")
    rows = "\n".join(_rows(module))
    return f"\n## {title[0].upper()}{title[1:]}\n\n| question | first advice | source |\n|---|---|---|\n{rows}\n"


def _rows(module: Any) -> Iterator[str]:
    for question in module.QUESTIONS:
        with kmsmock.World(**question.options) as world:
            yield row(question, first_advice(refusal_of(world, made(question, world)[0])))


if __name__ == "__main__":
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    with patch.dict(default_user_config, {"lambda": {"use_docker": False}}):
        PAGE.write_text(page(), encoding="utf-8")
