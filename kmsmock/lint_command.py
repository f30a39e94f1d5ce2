"""``python -m kmsmock lint``: its arguments, and its exit status."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from kmsmock.linting import Findings
from kmsmock.linting.findings import SEVERITIES
from kmsmock.telling import colours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="templates, cdk.out, plans, dumps, and policy documents"
    )
    parser.add_argument("--format", choices=[*_SHOW], default="text", help="for a person, or for a program")
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="the same as --format json")
    parser.add_argument("--severity", choices=SEVERITIES, default="warning", help="the least that is told")
    parser.add_argument("--select", action="append", default=[], metavar="CODES", help="run these rules, with commas")
    parser.add_argument("--ignore", action="append", default=[], metavar="CODES", help="do not run these")
    parser.add_argument("--accept", type=Path, metavar="FILE", help="what was agreed to, with reasons, as a JSON list")
    parser.add_argument("--account", metavar="ID", help="the account of what does not say its own")
    parser.add_argument("--region", metavar="NAME", help="the Region of what does not say its own")
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="a parameter of a template"
    )


def run(asked: argparse.Namespace) -> int:
    """Print what was found: 0 if that is nothing, 1 if it is something. Raises ValueError for what is no good."""
    from kmsmock.world import lint

    found = lint(
        *asked.files,
        account_id=asked.account,
        region_name=asked.region,
        parameters=_parameters(asked.parameter),
        severity=asked.severity,
        select=_codes(asked.select),
        ignore=_codes(asked.ignore),
        accept=asked.accept or (),
    )
    print(_SHOW[asked.format](found))  # noqa: T201 - what a command is for
    return 1 if found else 0


def _codes(given: list[str]) -> list[str]:
    return [code for each in given for code in each.replace(",", " ").split()]


def _parameters(pairs: list[str]) -> dict[str, str]:
    for each in pairs:
        if "=" not in each:
            raise ValueError(f"--parameter {each}: give NAME=VALUE")
    return dict(each.split("=", 1) for each in pairs)


def _as_text(found: Findings) -> str:
    return colours.ansi(str(found)) if colours.may_colour(sys.stdout) else str(found)


def _as_json(found: Findings) -> str:
    return json.dumps(found.as_dict(), indent=2)


_SHOW: Mapping[str, Callable[[Findings], str]] = {"text": _as_text, "json": _as_json}
