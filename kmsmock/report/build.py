"""The page as one file: the results, the script and the style inside of it, and nothing from anywhere else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from kmsmock import __version__
from kmsmock.report import data
from kmsmock.results import kinds
from kmsmock.results.merging import Results

TITLE = "What the tests did with KMS"
_HERE = Path(__file__).parent / "page"
_SCRIPTS = ("dom.js", "data.js", "axis.js", "map.js", "views.js", "policies.js", "tests.js", "main.js")
"""In the order in which they stand in the page, each knowing those before it."""


_DEAR = 1000
"""So many dollars are told without cents."""


def page(results: Results, title: str = TITLE) -> str:
    """The page, as HTML. What comes from tests is data, which the script puts in as text, or is escaped here."""
    style, script = _file("style.css"), "\n".join(["(() => {", *map(_file, _SCRIPTS), "})();"])
    return Template(_file("page.html")).substitute(
        title=_escaped(title),
        version=_escaped(__version__),
        subtitle=_escaped(_subtitle(results)),
        tiles="\n".join(_tiles(results)),
        data=_embedded(data.packed(results)),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


@cache
def _file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _escaped(text: str) -> str:
    return html.escape(text.encode("utf-8", "replace").decode())


def _embedded(values: dict[str, Any]) -> str:
    """JSON that ends no script, whatever is in it."""
    return json.dumps(values, separators=(",", ":")).replace("<", "\\u003c")


def _subtitle(results: Results) -> str:
    if not results.runs:
        return "No run."
    names = dict.fromkeys(each.run for each in results.runs)
    first = min(results.runs, key=lambda each: each.started)
    when = datetime.fromtimestamp(first.started, timezone.utc)
    workers = len([each for each in results.runs if each.worker])
    told = [f"{len(names)} runs, the first" if len(names) > 1 else "Run", f"of {when:%Y-%m-%d %H:%M} UTC"]
    more = [
        f"Python {', '.join(sorted({each.python for each in results.runs if each.python}))}",
        *([f"{workers} processes"] if workers else []),
        *([f"--kmsmock={first.mode}"] if first.mode else []),
    ]
    return f"{' '.join(told)} · {' · '.join(more)}"


def _tiles(results: Results) -> Iterator[str]:
    """The numbers at the top, which are there without a script."""
    worlds = [world.world for test in results.tests for world in test.worlds]
    bill = sum((Decimal(each.amount) for each in results.all_of(kinds.Bill)), Decimal(0))
    failed = sum(test.test.outcome == "failed" for test in results.tests)
    numbers: tuple[tuple[str, str, str], ...] = (
        (f"{len(results.tests):,}", "tests with a world", ""),
        (f"{failed:,}", "of them failed", "bad" if failed else ""),
        (f"{len(worlds):,}", "worlds", ""),
        (f"{sum(each.calls for each in worlds):,}", "calls", ""),
        (f"{sum(each.decisions for each in worlds):,}", "decisions", ""),
        (
            f"{sum(each.refused for each in worlds):,}",
            "refusals",
            "warn" if any(each.refused for each in worlds) else "",
        ),
        (f"{sum(each.throttled for each in worlds):,}", "throttled", ""),
        (f"${bill:,.{2 if bill < _DEAR else 0}f}", "on the bill", ""),
    )
    for number, words, kind in numbers:
        yield f'<div class="{kind}"><dt>{words}</dt><dd>{number}</dd></div>'
