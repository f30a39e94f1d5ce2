"""``python -m kmsmock doctor``: its arguments, and its exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from kmsmock.doctor.diagnosis import Diagnosis, diagnose
from kmsmock.doctor.report import as_json, as_text
from kmsmock.telling import colours


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="the project (default: this folder)")
    parser.add_argument("--format", choices=[*_SHOW], default="text", help="for a person, or for a program")


def run(asked: argparse.Namespace) -> int:
    """Print the diagnosis. Raises ValueError for a path that is not there."""
    paths = asked.paths or [Path()]
    for path in paths:
        if not path.exists():
            raise ValueError(f"{path}: there is no such file or folder")
    diagnosis = diagnose(paths)
    print(_SHOW[asked.format](diagnosis))  # noqa: T201 - what a command is for
    return diagnosis.status


def _as_text(diagnosis: Diagnosis) -> str:
    text = as_text(diagnosis)
    return colours.ansi(text) if colours.may_colour(sys.stdout) else text


_SHOW: Mapping[str, Callable[[Diagnosis], str]] = {"text": _as_text, "json": as_json}
