"""Writes every page and picture that is made of the code: ``make pages``. Tests fail when one is out of date."""

from __future__ import annotations

import subprocess
import sys

WRITERS = (
    "tools.api_page",
    "tools.options_page",
    "tools.operations_page",
    "tools.services_page",
    "tools.limits_page",
    "tools.lint_page",
    "tools.evidence_page",
    "tools.moto_page",
    "tools.refusals_page",
    "tools.questions_page",
    "tools.moto_suites page",
    "tools.pictures",
)
"""Each a program of its own, as some begin worlds."""

if __name__ == "__main__":
    for each in WRITERS:
        print(each, flush=True)
        subprocess.run([sys.executable, "-m", *each.split()], check=True)  # noqa: S603  our own
