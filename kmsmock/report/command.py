"""``python -m kmsmock report``: one page of the results of a run, or of several."""

from __future__ import annotations

import argparse
from pathlib import Path

OUTPUT = Path("report.html")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("results", nargs="+", type=Path, metavar="FILE", help="what --kmsmock-results wrote")
    parser.add_argument("-o", "--output", type=Path, default=OUTPUT, metavar="PAGE", help=f"(default: {OUTPUT})")
    parser.add_argument("--title", default="", help="what the page is called")


def run(asked: argparse.Namespace) -> int:
    """Write the page. Raises ValueError for what are no results, and OSError."""
    from kmsmock.report import build
    from kmsmock.results import merging

    results = merging.merged(_files(asked.results))
    asked.output.write_text(build.page(results, asked.title or build.TITLE), encoding="utf-8")
    print(f"{asked.output}: {len(results.tests)} tests")  # noqa: T201 - what a command says
    return 0


def _files(given: list[Path]) -> list[Path]:
    """The files that are named, and those of folders."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(path.glob("*.jsonl"))
            if not inside:
                raise ValueError(f"{path}: there is no *.jsonl in this folder")
            found += inside
        else:
            found.append(path)
    return found
